/**
 * Queues an e-mail that no event makes: a one-time link. Call it in the transaction that makes the link good, so that
 * there is never one without the other.
 *
 *   await queueLink(tx, system, { kind: 'password_reset', accountId, loginId, token, about: tokenHash, goodForMs }, now)
 *
 * The token is kept sealed until the mail has left and not a moment longer: a dump of the database opens no account.
 */
import { bucketOfAccount } from '../../domain/bucket.ts'
import type { Instant } from '../../domain/calendar.ts'
import type { Queries } from '../../postgres/database.ts'
import { insertMessages } from '../../postgres/messages.ts'
import { seal } from '../identity/seal.ts'
import type { System } from '../system.ts'

export interface LinkMessage {
  readonly kind: 'password_reset' | 'invitation'
  /** The account whose root user is written to; null for staff. */
  readonly accountId: string | null
  /** For staff: the login whose address is written to. */
  readonly loginId: string | null
  /** What the link ends with; part of no row, log or message but this one's, sealed. */
  readonly token: string
  /** Its hash, or another name of this link and no other. */
  readonly about: string
  /** Wall time for which the link is good; it is not sent after. */
  readonly goodForMs: number
}

export async function queueLink(
  tx: Queries,
  system: Pick<System, 'makeId' | 'secret' | 'random' | 'wallNow'>,
  link: LinkMessage,
  now: Instant,
): Promise<void> {
  const { kind, accountId, loginId, token, about, goodForMs } = link
  // Staff belong to no account; their mail is kept in the first bucket.
  const bucket = accountId === null ? 0 : bucketOfAccount(accountId)
  const messageId = system.makeId(bucket, now)
  const message = {
    message_id: messageId,
    account_id: accountId,
    ...(loginId !== null && accountId === null ? { login_id: loginId } : {}),
    coverage: null,
    kind,
    about,
    happened_at: now,
    details: { goodForMs },
    sealed: seal(system, Buffer.from(token), linkIn(messageId)),
    good_for_ms: goodForMs,
  }
  await insertMessages(tx, bucket, [message], system.wallNow())
}

/** What the sealed token belongs to. */
export const linkIn = (messageId: string): string => `message ${messageId}`
