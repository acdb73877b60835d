/**
 * Charges that are somebody's to work on: claiming those that are due, giving them back, and reading them with what
 * their outcome depends on.
 */
import { sql } from 'kysely'
import type { Instant, Month } from '../domain/calendar.ts'
import type { ChargeFacts, InvoiceFacts } from '../domain/learnt.ts'
import { bucketsWhere } from './attempts.ts'
import { at, type Queries, rowsOf } from './database.ts'

/**
 * A charge as the worker that holds its claim knows it: what was frozen when it was intended, and how far it has come.
 * Nobody else writes it while the claim stands, so it need not be read again.
 */
export interface ClaimedCharge extends Omit<ChargeFacts, 'invoice' | 'order'> {
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  /** Null for verifications and orders. */
  readonly invoiceId: string | null
  /** Null for verifications and invoices. */
  readonly orderId: string | null
  /** The invoice's, the order's or, for a verification, the charge's own id. */
  readonly subjectId: string
  readonly month: Month | null
  readonly currency: string
  readonly customerId: string
  readonly paymentMethodId: string | null
  readonly fingerprint: string | null
  readonly offSession: boolean
  readonly apiVersion: string
}

const chargeColumns = sql`
  c.charge_id as "chargeId", c.account_id as "accountId", c.coverage, c.invoice_id as "invoiceId", c.order_id as "orderId",
  coalesce(c.invoice_id, c.order_id, c.charge_id) as "subjectId", c.currency, c.status, c.trigger,
  c.amount_minor as "amountMinor", c.card_id as "cardId", c.brand, c.gateway_payment_id as "paymentId",
  c.gateway_customer_id as "customerId", c.gateway_payment_method_id as "paymentMethodId", c.fingerprint, c.off_session as "offSession",
  c.api_version as "apiVersion", c.capture_minor as "captureMinor", c.first_sent_at as "firstSentAt",
  c.last_sent_at as "lastSentAt", c.sends, c.unknown_since as "unknownSince", c.intended_at as "intendedAt",
  c.failure_code as "failureCode",
  (select k.mark from cards k where k.bucket = c.bucket and k.card_id = c.card_id) as mark`

/**
 * Claims charges that are due for their next step and nobody's: put back, given up by a dead worker, unknown and to be
 * looked up, or asked for by a person, who comes first. What a paused run has put back unsent is left where it is; what it
 * may have sent is looked up.
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

// A verification whose payer may be done is read as a registration first: `finish-due-registrations.ts`.
const dueCharge = (now: Instant) => sql`
  c.settled_at is null and c.claimed_by is null and c.next_step_at <= ${at(now)}
  and not (c.trigger = 'verification' and c.releasing_at is null)
  and not (c.status = 'intended' and c.first_sent_at is null and c.attempt_on is not null and exists (
    select from runs r where r.coverage = c.coverage and r.month = i.month and r.paused_at is not null))`

/** Gives back what workers that have ended had claimed; whoever claims it next looks it up first. */
export async function releaseClaims(tx: Queries, bucket: number): Promise<void> {
  await sql`
    update charges c set claimed_by = null from (
      select c.charge_id from charges c where c.bucket = ${bucket} and ${claimOfTheDead}
      for no key update of c skip locked
    ) d where c.bucket = ${bucket} and c.charge_id = d.charge_id`.execute(tx)
}

export const bucketsWithClaimsOfTheDead = (queries: Queries): Promise<number[]> =>
  bucketsWhere(queries, sql`select from charges c where c.bucket = b and ${claimOfTheDead}`)

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

/**
 * Of a worker that has ended, or of a process that never said it was one. What is claimed has a next step, and an order's
 * hold that rests until it ships has none: it is not read at every pass.
 */
const claimOfTheDead = sql`c.settled_at is null and c.next_step_at is not null and c.claimed_by is not null
  and not exists (select from workers w where w.worker_id = c.claimed_by and w.ended_at is null)`

/** Claims one charge out of turn, for recording what was learnt of it; null when it is settled or somebody else's. */
export async function claimCharge(
  queries: Queries,
  bucket: number,
  workerId: string,
  chargeId: string,
): Promise<ClaimedCharge | null> {
  const [row] = await rowsOf(
    queries,
    sql<ClaimedCharge>`
      update charges c set claimed_by = ${workerId} where c.bucket = ${bucket} and c.charge_id = ${chargeId}
        and c.settled_at is null and c.claimed_by is null
      returning ${chargeColumns}, null as month`,
  )
  return row ?? null
}

/** Which of these charges this worker still holds. */
export async function stillClaimed(
  queries: Queries,
  bucket: number,
  workerId: string,
  chargeIds: readonly string[],
): Promise<Set<string>> {
  const rows = await rowsOf(
    queries,
    sql<{ chargeId: string }>`
      select charge_id as "chargeId" from charges where bucket = ${bucket} and charge_id = any(${chargeIds}::uuid[])
        and claimed_by = ${workerId} and settled_at is null`,
  )
  return new Set(rows.map((row) => row.chargeId))
}

/**
 * Locks invoices whose charges have an outcome, always in the order of their ids, so that two workers never wait for
 * each other in a circle: the guard before a capture and the record of an outcome read them as they are now, and they
 * stay so until the commit. `inFull` also reads what few outcomes depend on: the card the account pays with now, whether
 * the run is paused, and when the gateway refused us last.
 */
export async function lockInvoices(
  tx: Queries,
  bucket: number,
  invoiceIds: readonly string[],
  inFull: boolean,
): Promise<Map<string, InvoiceFacts>> {
  // A closed account pays with no card any more: what was put back before it closed is not sent again (F30).
  const card = sql`(select s.card_id from payment_settings s
    join accounts a on a.bucket = s.bucket and a.account_id = s.account_id and a.closed_at is null
    where s.bucket = ${bucket} and s.account_id = i.account_id and s.coverage = i.coverage)`
  const paused = sql`exists (
    select from runs r where r.coverage = i.coverage and r.month = i.month and r.paused_at is not null)`
  const refused = sql`(select max(c.settled_at) from charges c where c.bucket = i.bucket and c.account_id = i.account_id
    and c.invoice_id = i.invoice_id and c.status = 'refused')`
  const rows = await rowsOf(
    tx,
    sql<InvoiceFacts & { invoiceId: string }>`
      select invoice_id as "invoiceId", status, due_minor as "dueMinor", next_attempt_at as "nextAttemptAt",
        disputed_at is not null as disputed, reopened_minor as "reopenedMinor",
        ${inFull ? card : sql`null::uuid`} as "cardId", ${inFull ? paused : sql`false`} as "runPaused",
        ${inFull ? refused : sql`null::timestamptz`} as "lastRefusedAt"
      from invoices i where bucket = ${bucket} and invoice_id = any(${invoiceIds}::uuid[])
      order by invoice_id for no key update`,
  )
  return new Map(rows.map((row) => [row.invoiceId, row]))
}

/** A charge for an invoice or order that waits for its payer's answer; null when it does not. */
export async function readAsking(queries: Queries, bucket: number, chargeId: string): Promise<ClaimedCharge | null> {
  const [row] = await rowsOf(
    queries,
    sql<ClaimedCharge>`select ${chargeColumns}, null as month from charges c
      where c.bucket = ${bucket} and c.charge_id = ${chargeId} and c.status = 'needs_customer' and c.trigger <> 'verification'`,
  )
  return row ?? null
}

/** What waits for its payer becomes due now. */
export async function bringForward(queries: Queries, bucket: number, chargeId: string, now: Instant): Promise<void> {
  await sql`update charges set next_step_at = ${at(now)} where bucket = ${bucket} and charge_id = ${chargeId}
    and status = 'needs_customer' and claimed_by is null`.execute(queries)
}
