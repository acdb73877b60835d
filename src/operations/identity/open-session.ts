/** Opens a session for somebody who has proven who they are. The token is answered once; its hash stays. */
import { bucketOf } from '../../domain/bucket.ts'
import { type LoginKind, startOfSession } from '../../domain/session.ts'
import type { Queries } from '../../postgres/database.ts'
import { insertSession } from '../../postgres/sessions.ts'
import type { System } from '../system.ts'
import { hashOf, newToken } from './tokens.ts'

/** Where a request comes from, as far as is known. */
export interface Origin {
  readonly address: string
  readonly userAgent: string
}

export interface OpenedSession {
  readonly sessionId: string
  readonly token: string
  /** Wall time. */
  readonly expiresAt: number
}

export async function openSession(
  system: System,
  who: { readonly loginId: string; readonly kind: LoginKind },
  origin: Origin,
  tx: Queries = system.db,
): Promise<OpenedSession> {
  const wall = system.wallNow()
  const token = newToken(system, 'session')
  const sessionId = system.makeId(bucketOf(who.loginId), wall)
  const { idleUntil, expiresAt } = startOfSession(who.kind, wall)
  await insertSession(tx, {
    sessionId,
    tokenHash: hashOf(token),
    loginId: who.loginId,
    startedAt: wall,
    idleUntil,
    expiresAt,
    address: origin.address,
    userAgent: origin.userAgent.slice(0, 300),
  })
  return { sessionId, token, expiresAt }
}
