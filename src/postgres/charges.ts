/**
 * Charges that are somebody's to work on: claiming those that are due, giving them back, and reading them with what
 * their outcome depends on.
 */
import { sql } from 'kysely'
import type { Instant, Month } from '../domain/calendar.ts'
import type { ChargeFacts } from '../domain/learnt.ts'
import type { Minor } from '../domain/money.ts'
import { bucketsWhere } from './attempts.ts'
import { at, type Queries, rowsOf } from './database.ts'

/** A charge as its worker knows it: what was frozen when it was intended, and how far it has come. */
export interface ClaimedCharge extends Omit<ChargeFacts, 'invoice' | 'cardMarked'> {
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  readonly subjectId: string
  readonly month: Month | null
  readonly currency: string
  readonly customerId: string
  readonly paymentMethodId: string | null
  readonly fingerprint: string | null
  readonly offSession: boolean
  readonly apiVersion: string
  readonly captureMinor: Minor | null
  readonly intendedAt: Instant
}

interface LockedCharge extends ClaimedCharge {
  readonly invoiceId: string | null
  readonly invoiceStatus: NonNullable<ChargeFacts['invoice']>['status'] | null
  readonly dueMinor: Minor | null
  readonly nextAttemptAt: Instant | null
  readonly currentCardId: string | null
  readonly cardMarked: boolean
}

const chargeColumns = sql`
  c.charge_id as "chargeId", c.account_id as "accountId", c.coverage,
  coalesce(c.invoice_id, c.order_id, c.charge_id) as "subjectId", c.currency, c.status, c.trigger,
  c.amount_minor as "amountMinor", c.card_id as "cardId", c.brand, c.gateway_payment_id as "paymentId",
  c.gateway_customer_id as "customerId", c.gateway_payment_method_id as "paymentMethodId", c.fingerprint, c.off_session as "offSession",
  c.api_version as "apiVersion", c.capture_minor as "captureMinor", c.first_sent_at as "firstSentAt",
  c.last_sent_at as "lastSentAt", c.sends, c.unknown_since as "unknownSince", c.intended_at as "intendedAt"`

/**
 * Claims charges that are due for their next step and nobody's: put back, given up by a dead worker, unknown and to be
 * looked up, or asked for by a person, who comes first. What a paused run merely intends is left where it is.
 */
export const claimDueCharges = (
  tx: Queries,
  bucket: number,
  workerId: string,
  now: Instant,
  limit: number,
): Promise<ClaimedCharge[]> =>
  rowsOf(
    tx,
    sql<ClaimedCharge>`
      with due as materialized (
        select c.charge_id, i.month from charges c
        left join invoices i on i.bucket = c.bucket and i.invoice_id = c.invoice_id
        where c.bucket = ${bucket} and ${dueCharge(now)}
        order by c.priority, c.next_step_at, c.account_id, c.charge_id
        limit ${limit}
        for no key update of c skip locked
      )
      update charges c set claimed_by = ${workerId} from due
      where c.bucket = ${bucket} and c.charge_id = due.charge_id
      returning ${chargeColumns}, due.month`,
  )

export const bucketsWithDueCharges = (queries: Queries, now: Instant): Promise<number[]> =>
  bucketsWhere(
    queries,
    sql`select from charges c left join invoices i on i.bucket = b and i.invoice_id = c.invoice_id
      where c.bucket = b and ${dueCharge(now)}`,
  )

const dueCharge = (now: Instant) => sql`
  c.settled_at is null and c.claimed_by is null and c.next_step_at <= ${at(now)}
  and not (c.status = 'intended' and c.attempt_on is not null and exists (
    select from runs r where r.coverage = c.coverage and r.month = i.month and r.paused_at is not null))`

/** Gives back what workers that have ended had claimed; whoever claims it next looks it up first. */
export async function releaseClaims(tx: Queries, bucket: number): Promise<void> {
  await sql`
    update charges c set claimed_by = null
    from workers w where c.bucket = ${bucket} and c.settled_at is null and ${claimOfTheDead}`.execute(tx)
}

export const bucketsWithClaimsOfTheDead = (queries: Queries): Promise<number[]> =>
  bucketsWhere(
    queries,
    sql`select from charges c join workers w on ${claimOfTheDead} where c.bucket = b and c.settled_at is null`,
  )

/** Gives back what this worker holds of these charges; they are looked up by whoever claims them next. */
export async function unclaim(
  queries: Queries,
  bucket: number,
  workerId: string,
  chargeIds: readonly string[],
): Promise<void> {
  await sql`
    update charges set claimed_by = null where bucket = ${bucket} and charge_id = any(${chargeIds}::uuid[])
      and claimed_by = ${workerId} and settled_at is null`.execute(queries)
}

const claimOfTheDead = sql`w.worker_id = c.claimed_by and w.ended_at is not null`

/**
 * Reads charges this worker still holds and locks their invoices, always in the order of their ids: the guard before a
 * capture and the record of an outcome see the invoice as it is now, and it stays so until they commit. A charge that
 * somebody else took over is not returned, and nothing is recorded for it.
 */
export async function lockForOutcome(
  tx: Queries,
  bucket: number,
  workerId: string,
  chargeIds: readonly string[],
): Promise<Map<string, { facts: ChargeFacts; invoiceId: string | null }>> {
  const columns = sql`select ${chargeColumns}, null as month, c.invoice_id as "invoiceId", s.card_id as "currentCardId",
    k.mark is not null as "cardMarked"`
  const joined = sql`
    left join payment_settings s on s.bucket = ${bucket} and s.account_id = c.account_id and s.coverage = c.coverage
    left join cards k on k.bucket = ${bucket} and k.card_id = c.card_id
    where c.bucket = ${bucket} and c.charge_id = any(${chargeIds}::uuid[]) and c.claimed_by = ${workerId}
      and c.settled_at is null`
  const rows = await rowsOf(
    tx,
    sql<LockedCharge>`
      ${columns}, i.status as "invoiceStatus", i.due_minor as "dueMinor", i.next_attempt_at as "nextAttemptAt"
      from charges c join invoices i on i.bucket = ${bucket} and i.invoice_id = c.invoice_id
      ${joined} order by i.invoice_id for no key update of i`,
  )
  // Verifications and orders have no invoice to lock.
  const others =
    rows.length === chargeIds.length
      ? []
      : await rowsOf(
          tx,
          sql<LockedCharge>`
            ${columns}, null as "invoiceStatus", null as "dueMinor", null as "nextAttemptAt"
            from charges c ${joined} and c.invoice_id is null order by c.charge_id`,
        )
  return new Map([...rows, ...others].map((row) => [row.chargeId, { facts: factsOf(row), invoiceId: row.invoiceId }]))
}

function factsOf(row: LockedCharge): ChargeFacts {
  const { invoiceStatus: status, dueMinor, nextAttemptAt, currentCardId: cardId } = row
  return { ...row, invoice: status !== null && dueMinor !== null ? { status, dueMinor, nextAttemptAt, cardId } : null }
}
