/** Who asks: the session or key a request carries, and whether a browser was tricked into carrying it. */
import type { FastifyRequest } from 'fastify'
import type { Caller } from '../domain/access.ts'
import { csrfTokenOf } from '../operations/identity/csrf.ts'
import { identify } from '../operations/identity/identify.ts'
import type { System } from '../operations/system.ts'
import { Problem } from './errors.ts'

export const sessionCookie = 'kessai_session'
const harmless = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Rejects with `csrf_token_missing`: a cookie alone, which a browser adds by itself, may change nothing. */
export async function callerOf(request: FastifyRequest, system: System): Promise<Caller> {
  const bearer = /^Bearer ([\w-]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
  if (bearer) return identify(system, { kind: bearer.startsWith('kak_') ? 'key' : 'session', token: bearer })
  const token = request.cookies[sessionCookie]
  if (!token) return { kind: 'nobody' }
  const caller = await identify(system, { kind: 'session', token })
  if (
    caller.kind !== 'nobody' &&
    !harmless.has(request.method) &&
    request.headers['x-csrf-token'] !== csrfTokenOf(token)
  ) {
    throw new Problem('csrf_token_missing')
  }
  return caller
}
