/** What must hold after every day, and what must be so in the end. */
import { sql } from 'kysely'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { bookDifferences, capturesPerInvoice, refundDifferences } from '../support/books.ts'
import type { Engine } from '../support/engine.ts'

/** Sentences about what is broken now; empty when nothing is. */
export async function brokenNow(engine: Engine): Promise<string[]> {
  const proofs = await checkInvariants(engine.system.db)
  const invariants = proofs
    .filter((proof) => proof.broken > 0)
    .map((proof) => `${proof.name}: ${proof.says} ${JSON.stringify(proof.examples[0], asText)}`)
  // An invoice whose money went back may have been paid again.
  const { rows } = await sql<{ invoice: string }>`
    select invoice_id as invoice from invoices where refunded_minor > 0 or reopened_at is not null`.execute(
    engine.system.db,
  )
  const mended = new Set(rows.map(({ invoice }) => invoice))
  const twice = [...capturesPerInvoice(engine)]
    .filter(([invoice, times]) => times > 1 && !mended.has(invoice))
    .map(([invoice, times]) => `invoice ${invoice} was captured ${times} times at the network`)
  return [...invariants, ...twice, ...(await bookDifferences(engine))]
}

/** In the end nothing is under way, and every unpaid invoice has a reason and somebody who goes on with it. */
export async function unfinished(engine: Engine, daysOff: readonly string[]): Promise<string[]> {
  const told = await Promise.all(ends(daysOff).map(([says, rows]) => rows.execute(engine.system.db).then(tell(says))))
  return [...told.flat(), ...(await refundDifferences(engine))]
}

const ends = (daysOff: readonly string[]): readonly (readonly [string, ReturnType<typeof sql>])[] => [
  [
    'a charge is unsettled',
    sql`select account_id, charge_id, trigger, status, next_step_at from charges c where settled_at is null
      and not exists (select from orders o where o.order_id = c.order_id and o.status = 'held' and c.status = 'held')`,
  ],
  [
    'an order waits for something that never comes',
    sql`select account_id, order_id, status from orders where status in ('confirming', 'shipping', 'cancelling')`,
  ],
  [
    'a refund is under way',
    sql`select account_id, refund_id, carries, status, next_step_at from refunds where settled_at is null`,
  ],
  [
    'the gateway told something and nobody listened',
    sql`select coverage, event_id, type, attempts, last_problem from gateway_events where handled_at_wall is null`,
  ],
  [
    'a run never finished',
    sql`select coverage, month, status, paused_reason from runs where status in ('closing', 'collecting')`,
  ],
  [
    'a request was never answered',
    sql`select account_id, invoice_id, requested_trigger from invoices where requested_at is not null`,
  ],
  [
    'an invoice is unpaid without a reason or a next attempt',
    sql`select account_id, month, status, failure_code, next_attempt_at from invoices
      where status in ('scheduled', 'outstanding') and reopened_at is null
        and (failure_code is null or next_attempt_at is null)`,
  ],
  [
    'an unpaid invoice has days on which nothing happened',
    sql`select i.account_id, i.month, d.day::text from invoices i
      cross join lateral generate_series(i.issued_at::date + 1, (select max(skipped_on) from skips) - 1, interval '1 day') d(day)
      where i.status = 'outstanding' and i.approved_at is null and i.reopened_at is null
        and not exists (select from skips s where s.invoice_id = i.invoice_id and s.skipped_on = d.day::date)
        and not exists (select from charges c where c.invoice_id = i.invoice_id
          and (c.attempt_on = d.day::date or d.day::date between c.intended_at::date and c.settled_at::date))
        and not d.day::date = any(${daysOff}::date[])`,
  ],
]

const tell = (says: string) => (answer: { readonly rows: readonly unknown[] }) =>
  answer.rows.slice(0, 3).map((row) => `${says}: ${JSON.stringify(row, asText)}`)

const asText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

/** The account that a sentence is about, if it names one. */
export const accountIn = (sentence: string): string | null => /OP\d{10}/.exec(sentence)?.[0] ?? null
