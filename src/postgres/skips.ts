/** Days on which the system did not try an invoice by itself, each with its reason (B9). */
import { sql } from 'kysely'
import type { Day, Instant, Month } from '../domain/calendar.ts'
import type { SkipReason } from '../domain/retry.ts'
import { at, type Queries, table } from './database.ts'
import { clockAfter, wakes } from './standing-wakes.ts'

export interface Skip {
  readonly invoice_id: string
  readonly account_id: string
  readonly skipped_on: Day
  readonly reason: SkipReason
  readonly until: string | null
  /** The public code an invoice without a failure of its own now shows. */
  readonly failure_code: string
  readonly next_attempt_at: string | null
  /** It counts as the payer's failure: `domain/standing.ts`. */
  readonly starts_clock: boolean
}

const skipColumns = {
  invoice_id: 'uuid',
  account_id: 'text',
  skipped_on: 'date',
  reason: 'text',
  until: 'timestamptz',
  failure_code: 'text',
  next_attempt_at: 'timestamptz',
  starts_clock: 'boolean',
} as const

/** Records days without an automatic attempt and moves the invoices on to their next. */
export async function recordSkips(tx: Queries, bucket: number, skips: readonly Skip[], now: Instant): Promise<void> {
  await sql`
    with d as materialized (
      select * from ${table(skips, skipColumns)}
    ), recorded as (
      insert into skips (bucket, invoice_id, skipped_on, account_id, reason, until, skipped_at)
      select ${bucket}, invoice_id, skipped_on, account_id, reason, until, ${at(now)} from d
      on conflict do nothing
    ), moved as (
    update invoices i set next_attempt_at = d.next_attempt_at,
      status = case when d.reason in ('charge_unsettled', 'payment_disputed') then i.status else 'outstanding' end,
      failure_code = case when d.reason in ('charge_unsettled', 'payment_disputed') then i.failure_code else coalesce(i.failure_code, d.failure_code) end,
      failed_at = case when d.reason in ('charge_unsettled', 'payment_disputed') then i.failed_at else coalesce(i.failed_at, ${at(now)}) end,
      overdue_since = ${clockAfter(sql`d.starts_clock`, now)}
    from d where i.bucket = ${bucket} and i.invoice_id = d.invoice_id
    returning i.account_id, i.coverage, d.starts_clock and i.overdue_since = ${at(now)} as started, false as ended
    ), ${wakes(bucket, 'moved', now)}
    select from lifted`.execute(tx)
}

/**
 * Records the days that invoices of paused runs have missed since, up to yesterday: today's attempt is still to be made
 * when they go on. Asked again it records nothing more.
 */
export async function recordPausedDays(
  queries: Queries,
  bucket: number,
  of: { readonly coverage: string; readonly month: Month | null; readonly timeZone: string; readonly today: Day },
  now: Instant,
): Promise<void> {
  const dayOf = (moment: ReturnType<typeof sql>) => sql`(${moment} at time zone ${of.timeZone})::date`
  await sql`
    insert into skips (bucket, invoice_id, skipped_on, account_id, reason, skipped_at)
    select i.bucket, i.invoice_id, d.day::date, i.account_id, 'run_paused', ${at(now)}
    from runs r
    join invoices i on i.bucket = ${bucket} and i.coverage = r.coverage and i.month = r.month and i.next_attempt_at <= ${at(now)}
    cross join lateral generate_series(greatest(${dayOf(sql`i.next_attempt_at`)}, ${dayOf(sql`r.paused_at`)}),
      ${of.today}::date - 1, interval '1 day') d(day)
    where r.coverage = ${of.coverage} and (${of.month}::text is null or r.month = ${of.month}) and r.paused_at is not null
      and not exists (select from charges c where c.bucket = ${bucket} and c.invoice_id = i.invoice_id
        and c.attempt_on = d.day::date)
    on conflict do nothing`.execute(queries)
}
