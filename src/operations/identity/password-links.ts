/** One-time links to a password: whoever holds one may set it, once, and for a while. */
import { dayMs, minuteMs, plusMs } from '../../domain/calendar.ts'
import type { Queries } from '../../postgres/database.ts'
import { insertLink, type LinkPurpose } from '../../postgres/password-links.ts'
import type { System } from '../system.ts'
import { hashOf, newToken } from './tokens.ts'

export const linkGoodForMs = { invitation: 7 * dayMs, reset: 30 * minuteMs } as const satisfies Record<
  LinkPurpose,
  number
>

/** Answers the token, which is kept nowhere. Links made before no longer work. */
export async function makeLink(system: System, tx: Queries, loginId: string, purpose: LinkPurpose): Promise<string> {
  const wall = system.wallNow()
  const token = newToken(system, 'link')
  const expiresAt = plusMs(wall, linkGoodForMs[purpose])
  await insertLink(tx, { tokenHash: hashOf(token), loginId, purpose, expiresAt }, wall)
  return token
}
