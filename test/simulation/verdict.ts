/** What must hold after every day, and what must be so in the end. */
import { type RawBuilder, sql } from 'kysely'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { settlementInvariants } from '../../src/postgres/settlement-invariants.ts'
import { bookDifferences, capturesPerInvoice, refundDifferences } from '../support/books.ts'
import type { Stage } from './stage/stage.ts'
import { touchedSince } from './stage/today.ts'

/**
 * Sentences about what is broken now; empty when nothing is. Of a day only the accounts are looked at to which anything
 * happened on it; what is asked of them is the same.
 */
export async function brokenNow(stage: Stage, what: 'everything' | 'today'): Promise<string[]> {
  const { engine, onlooker } = stage
  if (what === 'today') {
    await touchedSince(onlooker.db, stage.earliestSinceChecked())
    return brokenIn((await checkInvariants(stage.ofToday)).filter(({ name }) => !ofNoAccount.has(name)))
  }
  // An invoice whose money went back may have been paid again.
  const { rows } = await sql<{ invoice: string }>`
    select invoice_id as invoice from invoices where refunded_minor > 0 or reopened_minor > 0`.execute(onlooker.db)
  const mended = new Set(rows.map(({ invoice }) => invoice))
  const twice = [...capturesPerInvoice(engine)]
    .filter(([invoice, times]) => times > 1 && !mended.has(invoice))
    .map(([invoice, times]) => `invoice ${invoice} was captured ${times} times at the network`)
  return [...brokenIn(await checkInvariants(onlooker.db)), ...twice, ...(await bookDifferences(engine))]
}

/** What is asked of the gateway's balance says nothing about a few accounts alone. */
const ofNoAccount = new Set(settlementInvariants.map(({ name }) => name))

const brokenIn = (proofs: Awaited<ReturnType<typeof checkInvariants>>): string[] =>
  proofs
    .filter((proof) => proof.broken > 0)
    .map((proof) => `${proof.name}: ${proof.says} ${JSON.stringify(proof.examples[0], asText)}`)

/** In the end nothing is under way, and every unpaid invoice has a reason and somebody who goes on with it. */
export async function unfinished({ engine, onlooker }: Stage, daysOff: readonly string[]): Promise<string[]> {
  const told: string[] = []
  for (const [says, query] of Object.entries({ ...ends, 'an invoice was missed on a day': missed(daysOff) })) {
    const { rows } = await query.execute(onlooker.db)
    told.push(...rows.slice(0, 3).map((row) => `${says}: ${JSON.stringify(row, asText)}`))
  }
  return [...told, ...(await refundDifferences(engine))]
}

const ends: Readonly<Record<string, RawBuilder<unknown>>> = {
  'a charge is unsettled': sql`
    select account_id, charge_id, trigger, status, next_step_at from charges c where settled_at is null
      and not exists (select from orders o where o.order_id = c.order_id and o.status = 'held' and c.status = 'held')`,
  'an order waits for something that never comes': sql`
    select account_id, order_id, status from orders where status in ('confirming', 'shipping', 'cancelling')`,
  'a refund is under way': sql`
    select account_id, refund_id, carries, status, next_step_at from refunds where settled_at is null`,
  'the gateway told something and nobody listened': sql`
    select coverage, event_id, type, attempts, last_problem from gateway_events where handled_at_wall is null`,
  'a run never finished': sql`
    select coverage, month, status, paused_reason from runs where status in ('closing', 'collecting')`,
  'a request was never answered': sql`
    select account_id, invoice_id, requested_trigger from invoices where requested_at is not null`,
  'an invoice is unpaid and nobody goes on with it': sql`
    select i.account_id, i.month, i.status, i.failure_code, i.next_attempt_at from invoices i
    join accounts a on a.bucket = i.bucket and a.account_id = i.account_id
    where i.status in ('scheduled', 'outstanding', 'awaiting_approval') and not (
      i.failure_code is not null and i.next_attempt_at is not null
      or i.reopened_minor > 0
      or i.disputed_at is not null
      or i.status = 'awaiting_approval'
      or a.closed_at is not null)`,
}

/**
 * Days between the first on which an invoice was due and the one on which it was paid, on which it was neither tried nor
 * skipped for a reason, nor had a charge at work; but for days on which nobody worked.
 */
const missed = (daysOff: readonly string[]): RawBuilder<unknown> => sql`
  with covered as materialized (
    select bucket, invoice_id, skipped_on as day from skips
    union all select bucket, invoice_id, attempt_on from charges where attempt_on is not null
    union all select c.bucket, c.invoice_id, d::date from charges c join coverages v on v.coverage = c.coverage,
      generate_series((c.intended_at at time zone v.time_zone)::date, (c.settled_at at time zone v.time_zone)::date, '1 day') d
    where c.invoice_id is not null and c.settled_at > c.intended_at
  ), due as (
    select i.bucket, i.account_id, i.invoice_id, i.month, i.status, d::date as day from invoices i
    join coverages v on v.coverage = i.coverage
    join accounts a on a.bucket = i.bucket and a.account_id = i.account_id
    join (select bucket, invoice_id, min(day) as day from covered group by 1, 2) f
      on f.bucket = i.bucket and f.invoice_id = i.invoice_id,
    generate_series(f.day + 1, (least(i.paid_at, a.closed_at, (select max(skipped_at) from skips)) at time zone v.time_zone)::date - 1, '1 day') d
    where i.status in ('outstanding', 'paid') and i.reopened_minor = 0 and i.refunded_minor = 0
  )
  select due.* from due left join covered c on c.bucket = due.bucket and c.invoice_id = due.invoice_id and c.day = due.day
  where c.day is null and not due.day = any(${daysOff}::date[])`

const asText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

/** The account that a sentence is about, if it names one. */
export const accountIn = (sentence: string): string | null => /OP\d{10}/.exec(sentence)?.[0] ?? null
