/**
 * Where an act on somebody's sign-in is written down: a payer's among the events of the account, so that the account's
 * own story tells it; a staff member's in the audit.
 */
import { bucketOfAccount } from '../../domain/bucket.ts'
import type { Instant } from '../../domain/calendar.ts'
import type { IdentityEvent } from '../../domain/event.ts'
import type { AuditedAct } from '../../postgres/audit.ts'
import type { Queries } from '../../postgres/database.ts'
import { appendEvents } from '../../postgres/events.ts'
import type { LoginRow } from '../../postgres/logins.ts'
import type { System } from '../system.ts'
import { type Actor, audit } from './audit.ts'

type SecurityAct = IdentityEvent & AuditedAct

export async function tellSecurity(
  system: System,
  tx: Queries,
  login: Pick<LoginRow, 'loginId' | 'kind' | 'accountId' | 'userName'>,
  act: SecurityAct,
  by: Actor,
  now: Instant,
): Promise<void> {
  if (login.accountId === null) return audit(system, tx, by, act, login.loginId)
  await tellAccountEvent(system, tx, login.accountId, act, login.userName, by, now)
}

/** `userName` null: the root user. */
export async function tellAccountEvent(
  system: System,
  tx: Queries,
  accountId: string,
  kind: IdentityEvent,
  userName: string | null,
  by: Actor,
  now: Instant,
): Promise<void> {
  const bucket = bucketOfAccount(accountId)
  const details = { who: userName ?? 'root', by: by.id, address: by.address }
  const event = { event_id: system.makeId(bucket, now), account_id: accountId, coverage: null, kind, details }
  await appendEvents(tx, bucket, [event], now)
}
