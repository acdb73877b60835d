/** The rows of `runs`: a coverage's months as they open, close and are collected. */
import { sql } from 'kysely'
import type { Instant, Month } from '../domain/calendar.ts'
import type { InvoiceStatus } from '../domain/invoice.ts'
import type { RunFacts } from '../domain/run.ts'
import { at, json, type Queries, rowsOf } from './database.ts'

export interface RunRow extends RunFacts {
  readonly coverage: string
  readonly closingAt: Instant | null
  readonly collectingAt: Instant | null
  readonly finishedAt: Instant | null
  readonly pausedAt: Instant | null
  readonly pausedReason: string | null
}

export const readRuns = (queries: Queries, coverage: string): Promise<RunRow[]> =>
  rowsOf(
    queries,
    sql<RunRow>`
      select coverage, month, status, fees_complete_at as "feesCompleteAt", closing_at as "closingAt",
        collecting_at as "collectingAt", finished_at as "finishedAt", paused_at as "pausedAt", paused_reason as "pausedReason"
      from runs where coverage = ${coverage} order by month`,
  )

export async function openRuns(queries: Queries, coverage: string, months: readonly Month[]): Promise<void> {
  if (months.length === 0) return
  await sql`
    insert into runs (coverage, month, status) select ${coverage}, m #>> '{}', 'open' from json_array_elements(${json(months)}) m
    on conflict do nothing`.execute(queries)
}

/**
 * Stops fees from joining the month. Waits for imports that hold the row shared; the first of two starters does it.
 */
export async function beginClosing(queries: Queries, coverage: string, month: Month, now: Instant): Promise<void> {
  await sql`update runs set status = 'closing', closing_at = ${at(now)}
    where coverage = ${coverage} and month = ${month} and status = 'open'`.execute(queries)
}

/** To `collecting` once no account is left to close. */
export async function endClosing(queries: Queries, coverage: string, month: Month, now: Instant): Promise<void> {
  await sql`update runs set status = 'collecting', collecting_at = ${at(now)}
    where coverage = ${coverage} and month = ${month} and status = 'closing'`.execute(queries)
}

/** To `finished` where every invoice that is collected by card has had its first attempt. */
export async function finishRuns(queries: Queries, now: Instant): Promise<void> {
  await sql`update runs r set status = 'finished', finished_at = ${at(now)}
    where r.status = 'collecting' and not exists (select from generate_series(0, 63) b where ${scheduledIn})`.execute(
    queries,
  )
}

export async function anyRunToFinish(queries: Queries): Promise<boolean> {
  const rows = await rowsOf(
    queries,
    sql`select from runs r where r.status = 'collecting'
      and not exists (select from generate_series(0, 63) b where ${scheduledIn}) limit 1`,
  )
  return rows.length > 0
}

const scheduledIn = sql`exists (
  select from invoices i where i.bucket = b and i.coverage = r.coverage and i.month = r.month and i.status = 'scheduled'
    and i.next_attempt_at is not null)`

export async function declareFeesComplete(
  queries: Queries,
  coverage: string,
  month: Month,
  now: Instant,
): Promise<void> {
  await sql`update runs set fees_complete_at = coalesce(fees_complete_at, ${at(now)})
    where coverage = ${coverage} and month = ${month} and status = 'open'`.execute(queries)
}

/** Pauses one month, or the collection of every month of the coverage that has begun to close when none is given. A pause keeps its first reason. */
export async function pauseRuns(
  queries: Queries,
  coverage: string,
  reason: string,
  now: Instant,
  month: Month | null = null,
): Promise<void> {
  await sql`update runs set paused_at = ${at(now)}, paused_reason = ${reason}
    where coverage = ${coverage} and paused_at is null and (${month}::text is null or month = ${month})
      and status <> 'open'`.execute(queries)
}

export async function resumeRuns(queries: Queries, coverage: string, month: Month | null = null): Promise<void> {
  await sql`update runs set paused_at = null, paused_reason = null
    where coverage = ${coverage} and (${month}::text is null or month = ${month})`.execute(queries)
}

/** How many invoices of a month are in each state, and what they come to. */
export interface RunProgress {
  readonly status: InvoiceStatus
  readonly invoices: bigint
  readonly totalMinor: bigint
  readonly dueMinor: bigint
}
export const readProgress = (queries: Queries, coverage: string, month: Month): Promise<RunProgress[]> =>
  rowsOf(
    queries,
    sql<RunProgress>`
      select status, count(*) as invoices, sum(total_minor)::bigint as "totalMinor", sum(due_minor)::bigint as "dueMinor"
      from generate_series(0, 63) b join invoices i on i.bucket = b and i.coverage = ${coverage} and i.month = ${month}
      group by status order by status`,
  )
