/**
 * Finding invoices to charge, with all that the decision needs, and writing what was decided. One bucket a statement;
 * hundreds of rows a statement. SQL finds and locks; `domain/retry.ts` decides.
 */
import { type RawBuilder, sql } from 'kysely'
import { type Day, dayMs, type Instant, type Month, plusMs } from '../domain/calendar.ts'
import type { Minor } from '../domain/money.ts'
import type { Trigger } from '../domain/retry.ts'
import { at, type Queries, rowsOf, table } from './database.ts'
import type { Method, RequestedTrigger } from './tables.ts'

/** An invoice that wants an attempt, and everything about its account and card that decides whether it gets one. */
export interface AttemptRow {
  readonly invoiceId: string
  readonly accountId: string
  readonly coverage: string
  readonly month: Month
  readonly status: 'scheduled' | 'outstanding'
  readonly currency: string
  readonly dueMinor: Minor
  /** Of all that was due: what was given back and made due again, for which only people ask. */
  readonly reopenedMinor: Minor
  readonly requestedTrigger: RequestedTrigger | null
  readonly failureCode: string | null
  readonly accountClosed: boolean
  readonly method: Method
  readonly customerId: string | null
  readonly unsettled: boolean
  readonly disputed: boolean
  readonly cardId: string | null
  readonly paymentMethodId: string | null
  readonly fingerprint: string | null
  readonly brand: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly mark: 'never' | 'customer' | 'after' | null
  readonly retryAfter: Instant | null
  readonly attemptsAt: Instant[]
}

/**
 * Locks invoices whose automatic attempt is due. One with a charge at work is left alone; one whose charge is unknown
 * is returned, so that the day it costs is recorded. A paused run's invoices wait.
 *
 * Two workers never get the same row: the lock is skipped, and whatever settles a charge rewrites its invoice, so that
 * a row locked after that is read afresh. Should both still insert, a unique index keeps one.
 */
export const lockDueInvoices = (tx: Queries, bucket: number, now: Instant, limit: number): Promise<AttemptRow[]> =>
  rowsOf(
    tx,
    sql<AttemptRow>`
      ${attemptFacts(now)}
      where i.bucket = ${bucket} and i.next_attempt_at <= ${at(now)}
        and (u.charge_id is null or u.status = 'unknown')
        and not exists (select from runs r where r.coverage = i.coverage and r.month = i.month and r.paused_at is not null)
      order by i.next_attempt_at, i.account_id, i.month
      limit ${limit}
      for no key update of i skip locked`,
  )

/** Locks invoices for which a person's act asked for an attempt, oldest month of each account first. */
export const lockRequestedInvoices = (
  tx: Queries,
  bucket: number,
  now: Instant,
  limit: number,
): Promise<AttemptRow[]> =>
  rowsOf(
    tx,
    sql<AttemptRow>`
      ${attemptFacts(now)}
      where i.bucket = ${bucket} and i.requested_at is not null and u.charge_id is null
      order by i.requested_at, i.account_id, i.month
      limit ${limit}
      for no key update of i skip locked`,
  )

/** The same facts without a lock: for previews, and for telling a payer why Activate cannot help. */
export const readOutstanding = (
  queries: Queries,
  bucket: number,
  accountId: string,
  coverage: string,
  now: Instant,
): Promise<AttemptRow[]> =>
  rowsOf(
    queries,
    sql<AttemptRow>`
      ${attemptFacts(now)}
      where i.bucket = ${bucket} and i.account_id = ${accountId} and i.coverage = ${coverage} and i.status = 'outstanding'
      order by i.month`,
  )

/** The same facts without a lock for all that is due, account by account: what a run would do. */
export const readDueInvoices = (
  queries: Queries,
  bucket: number,
  coverage: string,
  month: Month,
  now: Instant,
): Promise<AttemptRow[]> =>
  rowsOf(
    queries,
    sql<AttemptRow>`
      ${attemptFacts(now)}
      where i.bucket = ${bucket} and i.coverage = ${coverage} and i.month = ${month} and i.next_attempt_at <= ${at(now)}
      order by i.account_id`,
  )

// Attempts are counted for this card and amount over the longest window any network has, 30 days, from when they were
// sent; one may have been intended long before, and put back. What never reached the issuer does not count. The reference `i` is in every part's bucket, so that one node of a cluster answers.
export const attemptFacts = (now: Instant, more = { columns: sql``, joins: sql`` }): RawBuilder<unknown> => sql`
  select i.invoice_id as "invoiceId", i.account_id as "accountId", i.coverage, i.month, i.status, i.currency,
    i.due_minor as "dueMinor", i.reopened_minor as "reopenedMinor", i.requested_trigger as "requestedTrigger", i.failure_code as "failureCode",
    a.closed_at is not null as "accountClosed", s.method, s.gateway_customer_id as "customerId",
    u.charge_id is not null as unsettled, i.disputed_at is not null as disputed,
    k.card_id as "cardId", k.gateway_payment_method_id as "paymentMethodId", k.fingerprint, k.brand,
    k.exp_month as "expMonth", k.exp_year as "expYear", k.mark, k.retry_after as "retryAfter",
    array(
      select c.first_sent_at from charges c
      where c.bucket = i.bucket and c.account_id = i.account_id and c.intended_at > ${at(plusMs(now, -60 * dayMs))}
        and c.fingerprint = k.fingerprint and c.amount_minor in (i.due_minor, i.due_minor - i.reopened_minor)
        and c.first_sent_at > ${at(plusMs(now, -30 * dayMs))}
        and c.status not in ('not_executed', 'refused')
      order by c.first_sent_at
    ) as "attemptsAt"${more.columns}
  from invoices i
  join accounts a on a.bucket = i.bucket and a.account_id = i.account_id
  join payment_settings s on s.bucket = i.bucket and s.account_id = i.account_id and s.coverage = i.coverage
  left join cards k on k.bucket = s.bucket and k.card_id = s.card_id
  left join charges u on u.bucket = i.bucket and u.invoice_id = i.invoice_id and u.settled_at is null${more.joins}`

/** A charge to be made, as it is frozen: columns of `charges` by name. */
export interface Intent {
  readonly charge_id: string
  readonly account_id: string
  readonly coverage: string
  readonly invoice_id: string
  readonly trigger: Trigger
  readonly priority: number
  readonly amount_minor: Minor
  readonly currency: string
  readonly gateway_customer_id: string
  readonly card_id: string
  readonly gateway_payment_method_id: string
  readonly fingerprint: string
  readonly brand: string
  readonly off_session: boolean
  readonly api_version: string
  readonly attempt_on: Day | null
}

const intentColumns = {
  charge_id: 'uuid',
  account_id: 'text',
  coverage: 'text',
  invoice_id: 'uuid',
  trigger: 'text',
  priority: 'smallint',
  amount_minor: 'bigint',
  currency: 'text',
  gateway_customer_id: 'text',
  card_id: 'uuid',
  gateway_payment_method_id: 'text',
  fingerprint: 'text',
  brand: 'text',
  off_session: 'boolean',
  api_version: 'text',
  attempt_on: 'date',
} as const

/**
 * Commits intents, claimed by the worker that is about to send them. Answers the ids that were inserted: an invoice
 * that has an unsettled charge, or had its automatic attempt of the day, refuses another; so does an account whose card
 * was replaced since its invoice was read.
 */
export async function insertIntents(
  tx: Queries,
  bucket: number,
  intents: readonly Intent[],
  workerId: string,
  now: Instant,
): Promise<Set<string>> {
  const rows = await rowsOf(
    tx,
    sql<{ charge_id: string }>`
      insert into charges (bucket, charge_id, account_id, coverage, invoice_id, trigger, status, priority, amount_minor,
        currency, gateway_customer_id, card_id, gateway_payment_method_id, fingerprint, brand, off_session, api_version,
        attempt_on, intended_at, next_step_at, claimed_by, first_sent_at, last_sent_at, sends)
      select ${bucket}, charge_id, account_id, coverage, invoice_id, trigger, 'intended', priority, amount_minor,
        currency, gateway_customer_id, card_id, gateway_payment_method_id, fingerprint, brand, off_session, api_version,
        attempt_on, ${at(now)}, ${at(now)}, ${workerId}, ${at(now)}, ${at(now)}, 1
      from ${table(intents, intentColumns)}
      where exists (select from payment_settings s where s.bucket = ${bucket} and s.account_id = d.account_id
        and s.coverage = d.coverage and s.card_id = d.card_id)
      on conflict do nothing
      returning charge_id`,
  )
  return new Set(rows.map((row) => row.charge_id))
}

/**
 * Moves invoices on whose automatic attempt of the day was made already: the clock went back after it, and they would be
 * due for ever.
 */
export async function passAttemptedDay(
  tx: Queries,
  bucket: number,
  attempts: readonly { readonly invoice_id: string; readonly attempt_on: Day; readonly next_attempt_at: string }[],
): Promise<void> {
  await sql`
    update invoices i set next_attempt_at = d.next_attempt_at
    from ${table(attempts, { invoice_id: 'uuid', attempt_on: 'date', next_attempt_at: 'timestamptz' })}
    where i.bucket = ${bucket} and i.invoice_id = d.invoice_id and exists (
      select from charges c where c.bucket = ${bucket} and c.invoice_id = d.invoice_id and c.attempt_on = d.attempt_on
        and c.settled_at is not null)`.execute(tx)
}

/** What is left of these was given back: the system asks for it no more (B18). */
export async function leaveToPeople(tx: Queries, bucket: number, invoiceIds: readonly string[]): Promise<void> {
  await sql`update invoices set next_attempt_at = null
    where bucket = ${bucket} and invoice_id = any(${invoiceIds}::uuid[])`.execute(tx)
}

/** Forgets what was asked for: it has become a charge, or cannot be done. */
export async function clearRequests(tx: Queries, bucket: number, invoiceIds: readonly string[]): Promise<void> {
  await sql`
    update invoices set requested_trigger = null, requested_at = null
    where bucket = ${bucket} and invoice_id = any(${invoiceIds}::uuid[])`.execute(tx)
}

/** Buckets in which an automatic attempt is due. */
export const bucketsWithDueInvoices = (queries: Queries, now: Instant): Promise<number[]> =>
  bucketsWhere(
    queries,
    sql`select from invoices i where i.bucket = b and i.next_attempt_at <= ${at(now)}
    and not exists (select from runs r where r.coverage = i.coverage and r.month = i.month and r.paused_at is not null)
    and not exists (select from charges u where u.bucket = b and u.invoice_id = i.invoice_id and u.settled_at is null
      and u.status <> 'unknown')`,
  )

/** Buckets in which somebody's act asks for an attempt that no unsettled charge blocks. */
export const bucketsWithRequests = (queries: Queries): Promise<number[]> =>
  bucketsWhere(
    queries,
    sql`select from invoices i where i.bucket = b and i.requested_at is not null
    and not exists (select from charges u where u.bucket = b and u.invoice_id = i.invoice_id and u.settled_at is null)`,
  )

/** Asks every bucket one question at once; the idle ones cost an index probe each. */
export async function bucketsWhere(queries: Queries, question: RawBuilder<unknown>): Promise<number[]> {
  const rows = await rowsOf(
    queries,
    sql<{ b: number }>`select b from generate_series(0, 63) b where exists (${question})`,
  )
  return rows.map((row) => row.b)
}
