/** Who asks: the one place where a session's token or an API key becomes a caller. */
import type { Caller } from '../../domain/access.ts'
import { isGood, touchKeyEveryMs } from '../../domain/api-key.ts'
import { plusMs } from '../../domain/calendar.ts'
import { isLive, lifetimes, wantsTouch } from '../../domain/session.ts'
import { findKey, touchKey } from '../../postgres/api-keys.ts'
import { type FoundSession, findSession, touchSession } from '../../postgres/sessions.ts'
import type { System } from '../system.ts'
import { hashOf, isToken } from './tokens.ts'

export type Credential =
  | { readonly kind: 'session'; readonly token: string }
  | { readonly kind: 'key'; readonly token: string }
  | null

const nobody: Caller = { kind: 'nobody' }

/** Nobody for what is unknown, malformed, expired, ended or revoked: which of these is nobody's business. */
export async function identify(system: System, credential: Credential): Promise<Caller> {
  if (credential === null || !isToken(credential.token, credential.kind)) return nobody
  const hash = hashOf(credential.token)
  return credential.kind === 'session' ? identifySession(system, hash) : identifyKey(system, hash)
}

async function identifySession(system: System, tokenHash: string): Promise<Caller> {
  const session = await findSession(system.db, tokenHash)
  const wall = system.wallNow()
  if (session === null || !isLive(session, wall)) return nobody
  const caller = callerOf(session)
  if (caller.kind !== 'nobody' && wantsTouch(session, wall)) {
    await touchSession(system.db, session.sessionId, wall, plusMs(wall, lifetimes[session.kind].idleMs))
  }
  return caller
}

function callerOf(session: FoundSession): Caller {
  const { sessionId, loginId, kind, accountId, staffRole: role, staffName: name } = session
  if (kind !== 'staff') return accountId === null ? nobody : { kind, accountId, userId: loginId, sessionId }
  if (role === null || name === null || session.staffEndedAt !== null) return nobody
  return { kind: 'staff', role, staffId: loginId, name, sessionId }
}

async function identifyKey(system: System, keyHash: string): Promise<Caller> {
  const key = await findKey(system.db, keyHash)
  const wall = system.wallNow()
  if (key === null || !isGood(key, key.keyHash === keyHash ? 'key' : 'former', wall)) return nobody
  if (key.lastUsedAt === null || wall >= key.lastUsedAt + touchKeyEveryMs) await touchKey(system.db, key.keyId, wall)
  return { kind: 'platform', keyId: key.keyId, name: key.name, scopes: key.scopes }
}
