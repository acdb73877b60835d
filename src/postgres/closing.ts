/**
 * Closing a month, set-based: which accounts are left, what their fees come to, and the invoices that follow. Fees are
 * read, never written: what belongs to a month was decided when it was imported (docs/decisions/0005).
 */
import { sql } from 'kysely'
import type { Instant, Month } from '../domain/calendar.ts'
import type { MonthEvent } from '../domain/event.ts'
import { postingKinds } from '../domain/ledger.ts'
import type { Minor } from '../domain/money.ts'
import { bucketsWhere } from './attempts.ts'
import { at, type Queries, rowsOf, table } from './database.ts'
import type { Method } from './tables.ts'

export interface AccountToClose {
  readonly accountId: string
  readonly method: Method
  readonly creditMinor: Minor
  readonly usualMinor: Minor | null
  readonly carriedFrom: Month | null
}

/** Locks accounts of which `month` is not closed yet. */
export const lockAccountsToClose = (
  tx: Queries,
  bucket: number,
  coverage: string,
  month: Month,
  limit: number,
): Promise<AccountToClose[]> =>
  rowsOf(
    tx,
    sql<AccountToClose>`
      select account_id as "accountId", method, credit_minor as "creditMinor", usual_minor as "usualMinor",
        carried_from as "carriedFrom"
      from payment_settings s
      where bucket = ${bucket} and coverage = ${coverage} and ${notClosed(month)}
      order by account_id limit ${limit}
      for no key update skip locked`,
  )

export const bucketsToClose = (queries: Queries, coverage: string, month: Month): Promise<number[]> =>
  bucketsWhere(
    queries,
    sql`select from payment_settings s where s.bucket = b and s.coverage = ${coverage} and ${notClosed(month)}`,
  )

const notClosed = (month: Month) => sql`(s.closed_through is null or s.closed_through < ${month})`

export interface FeeSumRow {
  readonly accountId: string
  readonly taxRateBp: number
  readonly waived: boolean
  /** Exact, as PostgreSQL prints a numeric. */
  readonly amount: string
}

/** Exact sums by tax rate, with the months carried over; a trial's days are kept apart. */
export const sumFees = (
  tx: Queries,
  bucket: number,
  coverage: string,
  month: Month,
  accounts: readonly AccountToClose[],
): Promise<FeeSumRow[]> => {
  const ids = accounts.map((account) => account.accountId)
  const carried = accounts.filter((account) => account.carriedFrom !== null)
  const sums = sql`
    select f.account_id as "accountId", f.tax_rate_bp as "taxRateBp", s.trial_days @> f.day as waived, sum(f.amount) as amount
    from payment_settings s
    join fees f on f.bucket = ${bucket} and f.coverage = ${coverage} and f.account_id = s.account_id`
  const these = sql`where s.bucket = ${bucket} and s.coverage = ${coverage}`
  const now = sql`${sums} and f.billing_month = ${month} ${these} and s.account_id = any(${ids}) group by 1, 2, 3`
  if (carried.length === 0) return rowsOf(tx, sql<FeeSumRow>`${now}`)
  return rowsOf(
    tx,
    sql<FeeSumRow>`${now} union all
      ${sums} and f.billing_month >= s.carried_from and f.billing_month < ${month}
      ${these} and s.account_id = any(${carried.map((account) => account.accountId)}) group by 1, 2, 3`,
  )
}

/** One account's closed month: columns by name, with the ids of the rows that follow from it. */
export interface ClosedAccount {
  readonly account_id: string
  readonly credit_minor: Minor
  readonly usual_minor: Minor | null
  readonly carried_from: Month | null
}

export interface IssuedInvoice {
  readonly invoice_id: string
  readonly event_id: string
  readonly event: MonthEvent
  readonly account_id: string
  readonly first_month: Month
  readonly status: string
  readonly tax_lines: unknown
  readonly net_minor: Minor
  readonly tax_minor: Minor
  readonly waived_minor: Minor
  readonly credit_applied_minor: Minor
  readonly next_attempt_at: string | null
}

const closedColumns = {
  account_id: 'text',
  credit_minor: 'bigint',
  usual_minor: 'bigint',
  carried_from: 'text',
} as const
const invoiceColumns = {
  invoice_id: 'uuid',
  event_id: 'uuid',
  event: 'text',
  account_id: 'text',
  first_month: 'text',
  status: 'text',
  tax_lines: 'jsonb',
  net_minor: 'bigint',
  tax_minor: 'bigint',
  waived_minor: 'bigint',
  credit_applied_minor: 'bigint',
  next_attempt_at: 'timestamptz',
} as const

/**
 * Writes the closed month of many accounts in one statement: the invoices, and from each its ledger lines and its
 * event. A second close of the same month finds no account left, and the unique constraint would refuse its invoice.
 */
export async function writeClosed(
  tx: Queries,
  bucket: number,
  of: { readonly coverage: string; readonly month: Month; readonly currency: string },
  closed: readonly ClosedAccount[],
  invoices: readonly IssuedInvoice[],
  now: Instant,
): Promise<void> {
  await sql`
    update payment_settings s set closed_through = ${of.month}, credit_minor = d.credit_minor,
      usual_minor = d.usual_minor, carried_from = d.carried_from
    from ${table(closed, closedColumns)}
    where s.bucket = ${bucket} and s.coverage = ${of.coverage} and s.account_id = d.account_id`.execute(tx)
  if (invoices.length === 0) return
  const posting = (
    kind: keyof typeof postingKinds,
    amount: ReturnType<typeof sql>,
    when: ReturnType<typeof sql>,
  ) => sql`
    select ${bucket}::smallint, account_id, invoice_id, ${kind}, ${of.coverage}, invoice_id, ${postingKinds[kind].debit},
      ${postingKinds[kind].credit}, ${amount}, ${of.currency}, ${at(now)} from d where ${when}`
  const owed = sql`status in ('awaiting_approval', 'scheduled', 'paid')`
  await sql`
    with d as materialized (
      select * from ${table(invoices, invoiceColumns)}
    ), issued as (
      insert into invoices (bucket, invoice_id, account_id, coverage, month, first_month, status, currency, tax_lines,
        net_minor, tax_minor, total_minor, waived_minor, credit_applied_minor, issued_at, next_attempt_at, paid_at)
      select ${bucket}, invoice_id, account_id, ${of.coverage}, ${of.month}, first_month, status, ${of.currency}, tax_lines,
        net_minor, tax_minor, net_minor + tax_minor, waived_minor, credit_applied_minor, ${at(now)}, next_attempt_at,
        case when status = 'paid' then ${at(now)} end
      from d
    ), posted as (
      insert into postings (bucket, account_id, source_id, kind, coverage, invoice_id, debit, credit, amount_minor, currency, posted_at)
      ${posting('invoice_net', sql`net_minor`, sql`${owed} and net_minor > 0`)}
      union all ${posting('invoice_tax', sql`tax_minor`, sql`${owed} and tax_minor > 0`)}
      union all ${posting('invoice_net_reversed', sql`-net_minor`, sql`${owed} and net_minor < 0`)}
      union all ${posting('invoice_tax_reversed', sql`-tax_minor`, sql`${owed} and tax_minor < 0`)}
      union all ${posting('credit_applied', sql`credit_applied_minor`, sql`credit_applied_minor > 0`)}
      union all ${posting('month_credited_net', sql`-net_minor`, sql`status = 'credited' and net_minor < 0`)}
      union all ${posting('month_credited_tax', sql`-tax_minor`, sql`status = 'credited' and tax_minor < 0`)}
      union all ${posting('month_credited_net_reversed', sql`net_minor`, sql`status = 'credited' and net_minor > 0`)}
      union all ${posting('month_credited_tax_reversed', sql`tax_minor`, sql`status = 'credited' and tax_minor > 0`)}
    )
    insert into events (bucket, account_id, event_id, coverage, kind, invoice_id, details, happened_at)
    select ${bucket}, account_id, event_id, ${of.coverage}, event, invoice_id,
      jsonb_build_object('month', ${of.month}::text, 'totalMinor', net_minor + tax_minor), ${at(now)}
    from d`.execute(tx)
}
