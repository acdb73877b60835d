/** What the demonstration reads of the tables while it runs: how far a month is, and what a day brought. */
import { sql } from 'kysely'
import type { Instant, Month } from '../domain/calendar.ts'
import { at, type Queries, rowsOf } from '../postgres/database.ts'

/** Fingerprints of the cards that were in use at `until`, by account and coverage. */
export async function readCards(queries: Queries, until: Instant): Promise<Map<string, string>> {
  const rows = await rowsOf(
    queries,
    sql<{ account: string; fingerprint: string }>`
      select distinct on (account_id, coverage) account_id || ' ' || coverage as account, fingerprint
      from cards where registered_at < ${at(until)} order by account_id, coverage, registered_at desc`,
  )
  return new Map(rows.map((row) => [row.account, row.fingerprint]))
}

export interface MonthProgress {
  /** Accounts whose month is closed, of all. */
  readonly closed: number
  readonly accounts: number
  /** Invoices that have had their first attempt or were given up for today, of those to be collected. */
  readonly tried: number
  readonly toCollect: number
  readonly paid: number
}

export async function readProgress(queries: Queries, month: Month): Promise<MonthProgress> {
  const [row] = await rowsOf(
    queries,
    sql<MonthProgress>`
      select (select count(*) from payment_settings where closed_through >= ${month})::int as closed,
        (select count(*) from payment_settings)::int as accounts,
        count(*) filter (where status in ('paid', 'outstanding'))::int as tried,
        count(*) filter (where status in ('paid', 'outstanding', 'scheduled'))::int as "toCollect",
        count(*) filter (where status = 'paid')::int as paid
      from invoices where month = ${month}`,
  )
  return row ?? { closed: 0, accounts: 0, tried: 0, toCollect: 0, paid: 0 }
}

export interface DaySums {
  /** Charges for invoices begun that day, verifications left out. */
  readonly tried: number
  readonly declined: number
  readonly collected: readonly { readonly currency: string; readonly invoices: number; readonly sumMinor: bigint }[]
  readonly skipped: readonly { readonly reason: string; readonly invoices: number }[]
  /** Invoices of all months at the end of the day. */
  readonly paid: number
  readonly open: number
}

/** What happened from `from` up to `to`, and what was paid and open then. */
export async function readDay(queries: Queries, from: Instant, to: Instant): Promise<DaySums> {
  const within = (column: string) => sql`${sql.ref(column)} >= ${at(from)} and ${sql.ref(column)} < ${at(to)}`
  const [charges, collected, skipped, invoices] = await Promise.all([
    rowsOf(
      queries,
      sql<{ tried: number; declined: number }>`
        select count(*) filter (where ${within('intended_at')})::int as tried,
          count(*) filter (where status = 'declined' and ${within('settled_at')})::int as declined
        from charges where trigger <> 'verification'`,
    ),
    rowsOf(
      queries,
      sql<{ currency: string; invoices: number; sumMinor: bigint }>`
        select currency, count(*)::int as invoices, sum(captured_minor)::bigint as "sumMinor"
        from charges where ${within('captured_at')} group by currency order by currency desc`,
    ),
    rowsOf(
      queries,
      sql<{ reason: string; invoices: number }>`
        select reason, count(*)::int as invoices from skips where ${within('skipped_at')}
        group by reason order by invoices desc, reason`,
    ),
    rowsOf(
      queries,
      sql<{ paid: number; open: number }>`
        select count(*) filter (where paid_at < ${at(to)})::int as paid,
          count(*) filter (where paid_at is null or paid_at >= ${at(to)})::int as open
        from invoices where issued_at < ${at(to)} and status in ('paid', 'outstanding', 'scheduled', 'awaiting_approval')`,
    ),
  ])
  return {
    tried: charges[0]?.tried ?? 0,
    declined: charges[0]?.declined ?? 0,
    collected,
    skipped,
    paid: invoices[0]?.paid ?? 0,
    open: invoices[0]?.open ?? 0,
  }
}
