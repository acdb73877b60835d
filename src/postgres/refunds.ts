/** Refunds: intending them, claiming those that are due, and writing what became of them. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { Minor } from '../domain/money.ts'
import { type Carries, isRefundSettled, type RefundStatus } from '../domain/refund.ts'
import type { RefundEffects, RefundFacts } from '../domain/refund-outcome.ts'
import { bucketsWhere } from './attempts.ts'
import { at, type Queries, rowsOf } from './database.ts'
import { type RepairedCharge, readLines, type WrittenLine, writtenLines } from './repairs.ts'

/** What the gateway is asked for, as it was frozen. */
export interface ClaimedRefund {
  readonly refundId: string
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  readonly paymentId: string
  readonly amountMinor: Minor
  readonly currency: string
  readonly apiVersion: string
  /** Before this claim; null: it is sent for the first time. */
  readonly firstSentAt: Instant | null
}

export interface NewRefund {
  readonly refundId: string
  readonly origin: 'staff' | 'gateway'
  readonly carries: Carries
  readonly status: RefundStatus
  readonly amountMinor: Minor
  /** Set aside by whoever inserts it. */
  readonly fromCreditMinor: Minor
  readonly paymentId: string
  readonly gatewayRefundId: string | null
  readonly apiVersion: string
  readonly reason: string
  readonly requestedBy: string | null
  readonly sentAt: Instant | null
}

export async function insertRefund(
  tx: Queries,
  { bucket, accountId, coverage, chargeId, invoiceId, orderId, currency }: RepairedCharge,
  refund: NewRefund,
  now: Instant,
): Promise<void> {
  const sentAt = refund.sentAt === null ? sql`null` : at(refund.sentAt)
  await sql`
    insert into refunds (bucket, refund_id, account_id, coverage, charge_id, invoice_id, order_id, origin, carries, status,
      amount_minor, from_credit_minor, currency, gateway_payment_id, gateway_refund_id, api_version, reason, requested_by,
      intended_at, next_step_at, first_sent_at, last_sent_at)
    values (${bucket}, ${refund.refundId}, ${accountId}, ${coverage}, ${chargeId}, ${invoiceId}, ${orderId},
      ${refund.origin}, ${refund.carries}, ${refund.status}, ${refund.amountMinor}, ${refund.fromCreditMinor},
      ${currency}, ${refund.paymentId}, ${refund.gatewayRefundId}, ${refund.apiVersion}, ${refund.reason}, ${refund.requestedBy}, ${at(now)}, ${at(now)},
      ${sentAt}, ${sentAt})`.execute(tx)
}

/** Claims refunds that are due for their next step; one that was never sent counts as sent from here on. */
export const claimDueRefunds = (
  tx: Queries,
  bucket: number,
  workerId: string,
  now: Instant,
  limit: number,
): Promise<ClaimedRefund[]> =>
  rowsOf(
    tx,
    sql<ClaimedRefund>`
      with due as materialized (
        select refund_id, first_sent_at from refunds r where r.bucket = ${bucket} and ${dueRefund(now)}
        order by next_step_at, refund_id limit ${limit}
        for no key update skip locked
      )
      update refunds r set claimed_by = ${workerId}, first_sent_at = coalesce(r.first_sent_at, ${at(now)}),
        last_sent_at = coalesce(r.last_sent_at, ${at(now)}),
        sends = case when r.first_sent_at is null then r.sends + 1 else r.sends end
      from due where r.bucket = ${bucket} and r.refund_id = due.refund_id
      returning r.refund_id as "refundId", r.charge_id as "chargeId", r.account_id as "accountId", r.coverage,
        r.gateway_payment_id as "paymentId", r.amount_minor as "amountMinor", r.currency, r.api_version as "apiVersion",
        due.first_sent_at as "firstSentAt"`,
  )

/** Nobody's, or that of a worker which has ended. */
const unclaimed = sql`(r.claimed_by is null
  or not exists (select from workers w where w.worker_id = r.claimed_by and w.ended_at is null))`
const dueRefund = (now: Instant) => sql`r.settled_at is null and r.next_step_at <= ${at(now)} and ${unclaimed}`

export const bucketsWithDueRefunds = (queries: Queries, now: Instant): Promise<number[]> =>
  bucketsWhere(queries, sql`select from refunds r where r.bucket = b and ${dueRefund(now)}`)

/** Gives back what this worker still holds of these refunds; they are looked up by whoever claims them next. */
export async function unclaimRefunds(
  queries: Queries,
  bucket: number,
  workerId: string,
  refundIds: readonly string[],
): Promise<void> {
  await sql`update refunds set claimed_by = null where bucket = ${bucket} and refund_id = any(${refundIds}::uuid[])
    and claimed_by = ${workerId}`.execute(queries)
}

export interface LockedRefund extends Omit<RefundFacts, 'subject' | 'creditLeftMinor'> {
  readonly refundId: string
  readonly claimedBy: string | null
}

/** The row as it stays until the commit, its charge being locked already; null when there is none. */
export async function lockRefund(tx: Queries, bucket: number, refundId: string): Promise<LockedRefund | null> {
  const [row] = await rowsOf(
    tx,
    sql<Omit<LockedRefund, 'noteLines'> & { noteLines: readonly WrittenLine[] | null }>`
      select refund_id as "refundId", claimed_by as "claimedBy", status, carries, amount_minor as "amountMinor",
        from_credit_minor as "fromCreditMinor", first_sent_at as "firstSentAt", last_sent_at as "lastSentAt", sends, unknown_since as "unknownSince",
        gateway_refund_id as "gatewayRefundId", note_lines as "noteLines", lost_minor as "lostMinor"
      from refunds where bucket = ${bucket} and refund_id = ${refundId} for no key update`,
  )
  return row ? { ...row, noteLines: readLines(row.noteLines) } : null
}

/** Of the refund itself; what else moves is `writeRepair`'s. A claim that is somebody else's stays theirs. */
export async function writeRefund(
  tx: Queries,
  bucket: number,
  refundId: string,
  effects: RefundEffects,
  mine: boolean,
  now: Instant,
): Promise<void> {
  const { status, parkedUntil } = effects
  const settled = isRefundSettled(status)
  const claim =
    parkedUntil === null
      ? sql``
      : sql`, next_step_at = ${settled || parkedUntil === 'never' ? sql`null` : at(parkedUntil)}
          ${settled || mine ? sql`, claimed_by = null` : sql``}`
  const sent = effects.sentAgain
    ? sql`, first_sent_at = coalesce(first_sent_at, ${at(now)}), last_sent_at = ${at(now)}, sends = sends + 1`
    : effects.neverSent
      ? sql`, first_sent_at = null, last_sent_at = null, sends = 0`
      : sql``
  await sql`
    update refunds set status = ${status}, gateway_refund_id = coalesce(${effects.gatewayRefundId}, gateway_refund_id),
      note_lines = coalesce(${writtenLines(effects.noteLines)}::jsonb, note_lines),
      lost_minor = coalesce(${effects.lostMinor}, lost_minor), failed_reason = ${effects.failedReason},
      unknown_since = ${status === 'unknown' ? sql`coalesce(unknown_since, ${at(now)})` : sql`unknown_since`},
      succeeded_at = ${status === 'succeeded' ? at(now) : status === 'returned' ? sql`succeeded_at` : sql`null`},
      settled_at = ${settled ? at(now) : sql`null`} ${claim} ${sent}
    where bucket = ${bucket} and refund_id = ${refundId}`.execute(tx)
}

/** The refund that the gateway knows by this id; null when we do not have it. */
export async function findGatewayRefund(
  queries: Queries,
  bucket: number,
  gatewayRefundId: string,
): Promise<string | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ refundId: string }>`
      select refund_id as "refundId" from refunds where bucket = ${bucket} and gateway_refund_id = ${gatewayRefundId}`,
  )
  return row?.refundId ?? null
}
