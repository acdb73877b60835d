/** The real API in-process on a test's engine, and real sign-ins: users, staff, keys and sessions made by the operations. */
import type { FastifyInstance, InjectOptions } from 'fastify'
import { onTestFinished } from 'vitest'
import { type ApiSettings, buildApi } from '../../src/api/app.ts'
import type { Scope, StaffRole } from '../../src/domain/access.ts'
import { addStaff } from '../../src/operations/identity/add-staff.ts'
import { createKey } from '../../src/operations/identity/api-keys.ts'
import { operator } from '../../src/operations/identity/audit.ts'
import { openSession } from '../../src/operations/identity/open-session.ts'
import { addSamUser } from '../../src/operations/identity/sam-users.ts'
import { findLogin, readRootLogin } from '../../src/postgres/logins.ts'
import type { Engine } from './engine.ts'

export interface Answer {
  readonly status: number
  /** The JSON body; empty when there is none, or it is not JSON. */
  readonly body: Readonly<Record<string, unknown>>
  readonly text: string
  readonly headers: Readonly<Record<string, unknown>>
}

export interface TestApi {
  readonly app: FastifyInstance
  /** Asks with a bearer token, or as nobody; `path` begins with `/api`, or `/` for what is under it. */
  ask(
    token: string | null,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>
  /** A token of the root user of an account that is there already. */
  rootToken(accountId: string): Promise<string>
  samToken(accountId: string, userName?: string): Promise<string>
  staffToken(role: StaffRole): Promise<string>
  keyToken(scopes: readonly Scope[]): Promise<string>
}

/** Closed with the test. */
export async function apiOn(engine: Engine, options: Partial<ApiSettings> = {}): Promise<TestApi> {
  const api = await openApi(engine, options)
  onTestFinished(() => api.app.close())
  return api
}

/** Closed by whoever opened it: for a whole file of tests. */
export async function openApi(engine: Engine, options: Partial<ApiSettings> = {}): Promise<TestApi> {
  const clock = { now: async () => engine.now() }
  const settings: ApiSettings = { sandbox: true, publicUrl: 'http://localhost', ...options }
  const app = await buildApi({ system: engine.system, clock, settings })
  await app.ready()
  return { app, ask: asking(app), ...tokensOn(engine) }
}

const asking =
  (app: FastifyInstance): TestApi['ask'] =>
  async (token, method, path, body, headers = {}) => {
    const answer = await app.inject({
      method,
      url: path.startsWith('/api') ? path : `/api${path}`,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      // JSON that the test wrote.
      ...(body === undefined ? {} : { payload: body as NonNullable<InjectOptions['payload']> }),
    })
    const isJson = /json/.test(String(answer.headers['content-type'] ?? '')) && answer.body !== ''
    // Our own API answers objects.
    const read = isJson ? (answer.json() as Answer['body']) : {}
    return { status: answer.statusCode, body: read, text: answer.body, headers: answer.headers }
  }

const origin = { address: '192.0.2.1', userAgent: 'test' }

/** Tokens alone, for tests that speak to another app than `apiOn`'s. */
export function tokensOn(engine: Engine): Pick<TestApi, 'rootToken' | 'samToken' | 'staffToken' | 'keyToken'> {
  const { system } = engine
  return {
    rootToken: async (accountId) => {
      const login = await readRootLogin(system.db, accountId)
      if (login === null) throw new Error(`${accountId} has no root login: add the account first`)
      return (await openSession(system, login, origin)).token
    },
    samToken: async (accountId, userName = 'sam') => {
      const added = await addSamUser(system, { accountId, userName, password: null }, operator, engine.now())
      if ('refused' in added && added.refused === 'not_found') throw new Error(`there is no account ${accountId}`)
      const login = await findLogin(system.db, { kind: 'sam', accountId, userName })
      if (login === null) throw new Error(`${accountId} has no SAM user ${userName}`)
      return (await openSession(system, login, origin)).token
    },
    staffToken: async (role) => {
      const name = `${role} ${staffMade++}`
      const added = await addStaff(system, { name, role, email: `${name.replace(' ', '-')}@example.com` }, operator)
      if ('refused' in added) throw new Error(added.refused)
      return (await openSession(system, { loginId: added.staffId, kind: 'staff' }, origin)).token
    },
    keyToken: async (scopes) => (await createKey(system, { name: 'test', scopes, expiresAt: null }, operator)).key,
  }
}

let staffMade = 0
