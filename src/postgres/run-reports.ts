/** What a person wants to know of a run while it goes and after: how much is left, and what became of the rest. */
import { sql } from 'kysely'
import type { Instant, Month } from '../domain/calendar.ts'
import type { ChargeStatus, Unsettled } from '../domain/charge.ts'
import type { Minor } from '../domain/money.ts'
import { at, type Queries, rowsOf } from './database.ts'

export interface RunKey {
  readonly coverage: string
  readonly month: Month
}

/** Whether any worker holds a charge. */
export async function anyClaim(queries: Queries): Promise<boolean> {
  const rows = await rowsOf(
    queries,
    sql`select 1 from generate_series(0, 63) b
      join charges c on c.bucket = b and c.settled_at is null and c.claimed_by is not null limit 1`,
  )
  return rows.length > 0
}

/** Accounts of a coverage of which `month` is not closed. */
export async function countToClose(queries: Queries, { coverage, month }: RunKey): Promise<number> {
  const [row] = await rowsOf(
    queries,
    sql<{ left: bigint }>`
      select count(*) as left from generate_series(0, 63) b join payment_settings s on s.bucket = b
      where s.coverage = ${coverage} and (s.closed_through is null or s.closed_through < ${month})`,
  )
  return Number(row?.left ?? 0n)
}

/** Invoices of a month with something to be done at `now`: an attempt that is due, or a charge that is at work. */
export async function countAtWork(queries: Queries, { coverage, month }: RunKey, now: Instant): Promise<number> {
  const [row] = await rowsOf(
    queries,
    sql<{ left: bigint }>`
      select count(*) as left from generate_series(0, 63) b
      join invoices i on i.bucket = b and i.coverage = ${coverage} and i.month = ${month}
      left join charges u on u.bucket = b and u.invoice_id = i.invoice_id and u.settled_at is null
      where i.status in ('scheduled', 'outstanding') and case
        when u.charge_id is null then i.next_attempt_at <= ${at(now)} or i.requested_at is not null
        when u.claimed_by is not null then true
        when u.status = 'unknown' and i.next_attempt_at <= ${at(now)} then true
        else u.next_step_at <= ${at(now)} end`,
  )
  return Number(row?.left ?? 0n)
}

/** Unsettled charges of a month that nobody works on now: unknown ones waiting for a look-up, and those put back. */
export const readWaiting = (
  queries: Queries,
  { coverage, month }: RunKey,
): Promise<{ status: string; charges: bigint; amountMinor: Minor; nextStepAt: Instant | null }[]> =>
  rowsOf(
    queries,
    sql<{ status: string; charges: bigint; amountMinor: Minor; nextStepAt: Instant | null }>`
      select u.status, count(*) as charges, sum(u.amount_minor)::bigint as "amountMinor", min(u.next_step_at) as "nextStepAt"
      from generate_series(0, 63) b
      join invoices i on i.bucket = b and i.coverage = ${coverage} and i.month = ${month}
      join charges u on u.bucket = b and u.invoice_id = i.invoice_id and u.settled_at is null
      group by u.status order by u.status`,
  )

/** Why invoices of a month are outstanding, by the issuer's code or ours. */
export const readFailures = (
  queries: Queries,
  { coverage, month }: RunKey,
): Promise<{ code: string; invoices: bigint; dueMinor: Minor }[]> =>
  rowsOf(
    queries,
    sql<{ code: string; invoices: bigint; dueMinor: Minor }>`
      select coalesce(i.failure_decline_code, i.failure_code, 'none') as code, count(*) as invoices,
        sum(i.due_minor)::bigint as "dueMinor"
      from generate_series(0, 63) b join invoices i on i.bucket = b and i.coverage = ${coverage} and i.month = ${month}
      where i.status = 'outstanding' group by 1 order by 2 desc, 1`,
  )

export interface ApprovalRow {
  readonly invoiceId: string
  readonly accountId: string
  readonly dueMinor: Minor
  readonly usualMinor: Minor | null
}

/** Invoices of a month that wait for approval, the largest first. */
export const readAwaitingApproval = (queries: Queries, { coverage, month }: RunKey): Promise<ApprovalRow[]> =>
  rowsOf(
    queries,
    sql<ApprovalRow>`
      select i.invoice_id as "invoiceId", i.account_id as "accountId", i.due_minor as "dueMinor", s.usual_minor as "usualMinor"
      from generate_series(0, 63) b
      join invoices i on i.bucket = b and i.coverage = ${coverage} and i.month = ${month} and i.status = 'awaiting_approval'
      join payment_settings s on s.bucket = b and s.account_id = i.account_id and s.coverage = i.coverage
      order by i.due_minor desc, i.account_id`,
  )

/** What came to an end in a span of business time: charges by what became of them, and days skipped. */
export interface SpanRow {
  readonly coverage: string
  readonly currency: string
  readonly what: SettledStatus | 'skipped'
  readonly count: bigint
  readonly amountMinor: Minor
}
type SettledStatus = Exclude<ChargeStatus, Unsettled>

export const readSpan = (queries: Queries, from: Instant, to: Instant): Promise<SpanRow[]> =>
  rowsOf(
    queries,
    sql<SpanRow>`
      select coverage, currency, status as what, count(*) as count,
        sum(case when status = 'captured' then captured_minor else amount_minor end)::bigint as "amountMinor"
      from charges where settled_at > ${at(from)} and settled_at <= ${at(to)} and trigger <> 'verification'
      group by 1, 2, 3
      union all
      select i.coverage, i.currency, 'skipped', count(*), sum(i.due_minor)::bigint
      from skips s join invoices i on i.bucket = s.bucket and i.invoice_id = s.invoice_id
      where s.skipped_at > ${at(from)} and s.skipped_at <= ${at(to)} group by 1, 2
      order by 1, 3`,
  )
