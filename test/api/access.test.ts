/**
 * B1, F56: every operation of the reference, asked as every kind of caller. What is expected is read from the table of
 * access alone; the request is as plain as its schema allows, because access is decided before anything else is looked at.
 */
import { beforeAll, expect, test } from 'vitest'
import { access, scopes, staffRoles, type Who } from '../../src/domain/access.ts'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { instant } from '../../src/domain/calendar.ts'
import { type Answer, apiOn, openApi, type TestApi } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { emptyDatabase } from '../support/empty.ts'
import { accountWithCard, type Engine, engineOn } from '../support/engine.ts'
import { type Described, exampleOf, fillPath, operations } from '../support/openapi.ts'
import { freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const own = 'OP0000000001'
const others = 'OP0000000002'
const nobodys = 'OP0000009999'

interface CallerKind {
  readonly name: string
  /** The word under which the table of access lists it; null: only what everybody may. */
  readonly who: Who | null
  /** Whose account is asked for. */
  readonly account: string
  token(api: TestApi): Promise<string | null>
}

const kinds: readonly CallerKind[] = [
  { name: 'nobody', who: null, account: own, token: async () => null },
  { name: 'an expired session', who: null, account: own, token: async () => `kss_${'x'.repeat(43)}` },
  { name: 'a revoked key', who: null, account: own, token: async () => `kak_${'x'.repeat(43)}` },
  { name: 'root', who: 'root', account: own, token: (api) => api.rootToken(own) },
  { name: 'root of another account', who: 'root', account: others, token: (api) => api.rootToken(own) },
  { name: 'SAM', who: 'sam', account: own, token: (api) => api.samToken(own) },
  { name: 'SAM of another account', who: 'sam', account: others, token: (api) => api.samToken(own) },
  ...staffRoles.map(
    (role): CallerKind => ({ name: role, who: role, account: own, token: (api) => api.staffToken(role) }),
  ),
  ...scopes.map(
    (scope): CallerKind => ({ name: `key ${scope}`, who: scope, account: own, token: (api) => api.keyToken([scope]) }),
  ),
]

/** What the table says: the code of the refusal, or null when the caller may. */
function expected({ operation, path }: Described, { who, account }: CallerKind): string | null {
  const mays: readonly Who[] = access[operation]
  if (mays.includes('nobody')) return null
  if (who === null) return 'sign_in_required'
  if (!mays.includes(who)) return who === 'sam' && mays.includes('root') ? 'root_only' : 'not_permitted'
  const isPayer = who === 'root' || who === 'sam'
  return isPayer && path.includes('{accountId}') && account !== own ? 'not_found' : null
}

/** Signing in is dear: a token serves until something it did succeeded. */
const tokens = new Map<CallerKind, string | null>()

const refusals = ['sign_in_required', 'root_only', 'not_permitted']

async function ask(
  engine: Engine,
  api: TestApi,
  described: Described,
  kind: CallerKind,
  account: string,
): Promise<Answer> {
  const { method, path, parameters, body } = described
  const id = engine.system.makeId(bucketOfAccount(account), instant(0))
  const values = Object.fromEntries(
    parameters.flatMap((one) =>
      one.in === 'path' ? [[one.name, one.name.endsWith('Id') ? id : String(exampleOf(one.schema))]] : [],
    ),
  )
  const address = fillPath(path, { ...values, accountId: account, coverage: 'g' })
  const token = tokens.has(kind) ? (tokens.get(kind) ?? null) : await kind.token(api)
  tokens.set(kind, token)
  const answer = await api.ask(token, method, address, body === null ? undefined : (exampleOf(body) as object))
  // It may have ended sessions, its own or others of the same user.
  if (method !== 'GET' && answer.status < 300) tokens.clear()
  return answer
}

let engine: Engine
let api: TestApi
beforeAll(async () => {
  await emptyDatabase(database.pool)
  engine = await engineOn(database.url)
  for (const accountId of [own, others]) await accountWithCard(engine, accountId)
  api = await openApi(engine, { requestsPerMinute: 1_000_000 })
  return async () => {
    await api.app.close()
    await engine.close()
  }
})

test.each(operations.map((described) => [described.operation, described] as const))(
  'B1 %s',
  async (_name, described) => {
    const api = await apiOn(engine, { requestsPerMinute: 1_000_000 })
    for (const kind of kinds) {
      const refusal = expected(described, kind)
      const answer = await ask(engine, api, described, kind, kind.account)
      const told = `${kind.name}: ${answer.status} ${answer.text.slice(0, 200)}`
      if (refusal === null) {
        expect(refusals, told).not.toContain(answer.body.code)
        expect(answer.status, told).toBeLessThan(500)
      } else expect(answer.body.code, told).toBe(refusal)
    }
  },
)

test('F56 somebody else’s account answers exactly as one that does not exist', async () => {
  const fresh = await freshEngine(database)
  for (const accountId of [own, others]) await accountWithCard(fresh, accountId)
  const api = await apiOn(fresh, { requestsPerMinute: 1_000_000 })
  tokens.clear()
  const root: CallerKind = { name: 'root', who: 'root', account: own, token: (on) => on.rootToken(own) }
  const withAccount = operations.filter(
    ({ path, operation }) => path.includes('{accountId}') && (access[operation] as readonly Who[]).includes('root'),
  )
  expect(withAccount.length).toBeGreaterThan(5)
  for (const described of withAccount) {
    const theirs = await ask(fresh, api, described, root, others)
    const none = await ask(fresh, api, described, root, nobodys)
    const said = ({ body: { requestId: _, ...body }, status }: Answer) => ({
      operation: described.operation,
      status,
      body,
    })
    expect(said(theirs)).toEqual(said(none))
  }
})
