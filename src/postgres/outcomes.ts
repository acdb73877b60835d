/**
 * Writing outcomes: charges, invoices, ledger, events, card marks, credit and the staff queue move in one transaction,
 * together or not at all.
 */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import { isSettled } from '../domain/charge.ts'
import type { Effects } from '../domain/learnt.ts'
import { postingKinds } from '../domain/ledger.ts'
import { isAutomatic } from '../domain/retry.ts'
import type { ClaimedCharge } from './charges.ts'
import { at, type Queries, rowsOf, table } from './database.ts'
import { outboxInsert } from './mail-outbox.ts'
import { orderEventRow, orderedPart } from './order-outcomes.ts'
import { clockAfter, wakes } from './standing-wakes.ts'

/** A charge was taken over while its outcome was being written. Read again who holds what, and write the rest. */
export class Overtaken extends Error {}

/** One charge and what follows for it, with the ids of the rows to append. */
export interface Recorded {
  readonly charge: ClaimedCharge
  readonly effects: Effects
  readonly eventId: string
  /** Null when nothing happened to an order. */
  readonly orderEventId: string | null
  readonly staffEntryId: string | null
}

/**
 * Writes outcomes, their invoices and orders being locked in the same transaction. Throws Overtaken, and so
 * undoes all of them, when a charge was taken over in between. `lifted`: standings were woken because something was paid.
 */
export async function writeOutcomes(
  tx: Queries,
  bucket: number,
  workerId: string,
  outcomes: readonly Recorded[],
  now: Instant,
): Promise<{ readonly lifted: boolean }> {
  const charges = outcomes.map(chargeRow)
  const invoices = outcomes.flatMap(invoiceRow)
  const postings = outcomes.flatMap(postingRows)
  const events = [...outcomes.flatMap(eventRow), ...outcomes.flatMap(orderEventRow)]
  const outbox = outboxInsert(bucket, events)
  const [written] = await rowsOf(
    tx,
    sql<{ charges: bigint; lifted: boolean }>`
    with changed as (
      update charges c set status = d.status,
        claimed_by = case when d.keep_claim then c.claimed_by end,
        next_step_at = case when d.keep_claim then c.next_step_at else d.parked_until end,
        gateway_payment_id = coalesce(d.payment_id, c.gateway_payment_id),
        hold_expires_at = coalesce(d.hold_expires_at, c.hold_expires_at),
        held_at = case when d.held then coalesce(c.held_at, ${at(now)}) else c.held_at end,
        releasing_at = case when d.status = 'releasing' then coalesce(c.releasing_at, ${at(now)}) else c.releasing_at end,
        capturing_at = case when d.status = 'capturing' then coalesce(c.capturing_at, ${at(now)}) else c.capturing_at end,
        capture_minor = coalesce(c.capture_minor, d.capture_minor),
        captured_at = case when d.status = 'captured' then ${at(now)} end,
        captured_minor = coalesce(d.captured_minor, 0),
        released_at = case when d.status = 'released' then ${at(now)} end,
        unknown_since = coalesce(c.unknown_since, case when d.status = 'unknown' then ${at(now)} end),
        settled_at = case when d.settled then ${at(now)} end,
        failure_code = coalesce(d.failure_code, c.failure_code), error_code = coalesce(d.error_code, c.error_code),
        decline_code = coalesce(d.decline_code, c.decline_code), advice_code = coalesce(d.advice_code, c.advice_code),
        network_code = coalesce(d.network_code, c.network_code), refused_reason = d.refused_reason,
        attempt_on = case when d.attempt_undone then null else c.attempt_on end,
        first_sent_at = case when d.never_sent then null when d.sent_again then coalesce(c.first_sent_at, ${at(now)}) else c.first_sent_at end,
        last_sent_at = case when d.never_sent then null when d.sent_again then ${at(now)} else c.last_sent_at end,
        sends = case when d.never_sent then 0 when d.sent_again then c.sends + 1 else c.sends end
      from ${table(charges, chargeColumns)}
      where c.bucket = ${bucket} and c.charge_id = d.charge_id and c.claimed_by = ${workerId} and c.settled_at is null
      returning 1
    )
    ${
      invoices.length === 0
        ? sql``
        : sql`, billed as (
      update invoices i set status = d.status, captured_minor = i.captured_minor + d.captured_minor,
        next_attempt_at = d.next_attempt_at,
        requested_trigger = case when d.status = 'paid' then null else i.requested_trigger end,
        requested_at = case when d.status = 'paid' then null else i.requested_at end,
        failure_code = case when d.status = 'paid' then null else coalesce(d.failure_code, i.failure_code) end,
        failure_decline_code = case when d.status = 'paid' then null else coalesce(d.decline_code, i.failure_decline_code) end,
        failed_at = case when d.status = 'paid' then null when d.failure_code is not null then ${at(now)} else i.failed_at end,
        paid_at = case when d.status = 'paid' then coalesce(i.paid_at, ${at(now)}) end,
        overdue_since = ${clockAfter(sql`d.failed_by_itself`, now)}
      from ${table(invoices, invoiceColumns)}
      where i.bucket = ${bucket} and i.invoice_id = d.invoice_id
      returning i.account_id, i.coverage, d.failed_by_itself and i.overdue_since = ${at(now)} as started,
        i.due_minor <= i.reopened_minor as ended
    ), ${wakes(bucket, 'billed', now)}`
    }
    ${orderedPart(bucket, outcomes, now)}
    ${
      postings.length === 0
        ? sql``
        : sql`, posted as (
      insert into postings (bucket, account_id, source_id, kind, coverage, invoice_id, debit, credit, amount_minor, currency, posted_at)
      select ${bucket}, account_id, source_id, kind, coverage, invoice_id, debit, credit, amount_minor, currency, ${at(now)}
      from ${table(postings, postingColumns)}
    )`
    }
    ${
      events.length === 0
        ? sql``
        : sql`, told as (
      insert into events (bucket, account_id, event_id, coverage, kind, invoice_id, charge_id, details, happened_at)
      select ${bucket}, account_id, event_id, coverage, kind, invoice_id, charge_id, details, ${at(now)}
      from ${table(events, eventColumns)}
    )`
    }
    ${outbox === null ? sql`` : sql`, outbox as (${outbox})`}
    select count(*) as charges, ${invoices.length === 0 ? sql`false` : sql`exists (select from lifted)`} as lifted from changed`,
  )
  if (Number(written?.charges) !== outcomes.length) throw new Overtaken()
  return { lifted: written?.lifted === true }
}

const chargeColumns = {
  charge_id: 'uuid',
  status: 'text',
  keep_claim: 'boolean',
  held: 'boolean',
  parked_until: 'timestamptz',
  payment_id: 'text',
  hold_expires_at: 'timestamptz',
  capture_minor: 'bigint',
  captured_minor: 'bigint',
  settled: 'boolean',
  failure_code: 'text',
  error_code: 'text',
  decline_code: 'text',
  advice_code: 'text',
  network_code: 'text',
  refused_reason: 'text',
  attempt_undone: 'boolean',
  never_sent: 'boolean',
  sent_again: 'boolean',
} as const
const invoiceColumns = {
  invoice_id: 'uuid',
  status: 'text',
  captured_minor: 'bigint',
  next_attempt_at: 'timestamptz',
  failure_code: 'text',
  decline_code: 'text',
  failed_by_itself: 'boolean',
} as const
const postingColumns = {
  account_id: 'text',
  source_id: 'uuid',
  kind: 'text',
  coverage: 'text',
  invoice_id: 'uuid',
  debit: 'text',
  credit: 'text',
  amount_minor: 'bigint',
  currency: 'text',
} as const
const eventColumns = {
  account_id: 'text',
  event_id: 'uuid',
  coverage: 'text',
  kind: 'text',
  invoice_id: 'uuid',
  charge_id: 'uuid',
  details: 'jsonb',
} as const

function chargeRow({ charge: { chargeId }, effects: { charge } }: Recorded) {
  return {
    charge_id: chargeId,
    status: charge.status,
    keep_claim: charge.parkedUntil === null,
    // Whoever learns of a hold learns when it ends; what was captured had been held, whoever captured it.
    held: charge.holdExpiresAt !== undefined || charge.status === 'captured',
    parked_until: charge.parkedUntil === 'never' ? null : iso(charge.parkedUntil),
    payment_id: charge.paymentId,
    hold_expires_at: iso(charge.holdExpiresAt ?? null),
    capture_minor: charge.captureMinor,
    captured_minor: charge.capturedMinor,
    settled: isSettled(charge.status),
    failure_code: charge.failureCode,
    error_code: charge.decline?.code,
    decline_code: charge.decline?.declineCode,
    advice_code: charge.decline?.adviceCode,
    network_code: charge.decline?.networkCode,
    refused_reason: charge.refusedReason,
    attempt_undone: charge.attemptUndone ?? false,
    never_sent: charge.neverSent ?? false,
    sent_again: charge.sentAgain ?? false,
  }
}

function invoiceRow({ charge: { invoiceId, trigger }, effects: { invoice } }: Recorded) {
  if (!invoice || !invoiceId) return []
  return [
    {
      invoice_id: invoiceId,
      status: invoice.status,
      captured_minor: invoice.capturedMinor,
      next_attempt_at: iso(invoice.nextAttemptAt),
      failure_code: invoice.failure?.code,
      decline_code: invoice.failure?.declineCode,
      // What a person tried does not count (F28).
      failed_by_itself: invoice.failure !== null && isAutomatic(trigger),
    },
  ]
}

function postingRows({ charge: { chargeId, accountId, coverage, currency, invoiceId }, effects }: Recorded) {
  return effects.postings.map(({ kind, amountMinor }) => ({
    account_id: accountId,
    source_id: chargeId,
    kind,
    coverage,
    invoice_id: invoiceId,
    ...postingKinds[kind],
    amount_minor: amountMinor,
    currency,
  }))
}

function eventRow({ charge, eventId, effects }: Recorded) {
  if (!effects.event) return []
  const { chargeId, accountId, coverage, invoiceId } = charge
  const { capturedMinor, failureCode } = effects.charge
  return [
    {
      account_id: accountId,
      event_id: eventId,
      coverage,
      kind: effects.event,
      invoice_id: invoiceId,
      charge_id: chargeId,
      details: {
        amountMinor: capturedMinor,
        code: failureCode,
        invoice: effects.invoice?.status,
        orderId: charge.orderId ?? undefined,
      },
    },
  ]
}

const iso = (instant: Instant | null): string | null => (instant === null ? null : new Date(instant).toISOString())
