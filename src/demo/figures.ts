/** The figures that a demonstration ends with: counted from the tables, whatever happened on the way there. */
import { sql } from 'kysely'
import { type Queries, rowsOf } from '../postgres/database.ts'

export interface Figures {
  readonly accounts: number
  readonly invoices: number
  readonly paid: number
  readonly outstanding: number
  readonly waived: number
  readonly carriedOver: number
  /** Months in which discounts exceeded fees. */
  readonly credited: number
  /** Waiting for staff, or for their first attempt. */
  readonly waiting: number
  /** Attempts to take money for an invoice. */
  readonly charges: number
  /** Declined charges and verifications, by the issuer's own code. */
  readonly declinedByCode: Readonly<Record<string, number>>
  /** Charges that the daily retry made. */
  readonly retries: number
  readonly skippedByReason: Readonly<Record<string, number>>
  readonly unknownLeft: number
  readonly verifications: number
  /** Charges made because a payer pressed Activate, or registered a card. */
  readonly activated: number
  readonly afterRegistration: number
  readonly ledgerBalanced: boolean
}

export async function readFigures(queries: Queries): Promise<Figures> {
  const [accounts, invoices, charges, declined, skipped, ledger] = await Promise.all([
    countsOf(queries, sql`select 'accounts' as name, count(*)::int from accounts`),
    countsOf(queries, sql`select status as name, count(*)::int from invoices group by status`),
    countsOf(
      queries,
      sql`select trigger as name, count(*)::int from charges group by trigger
        union all select 'unsettled', count(*)::int from charges where settled_at is null`,
    ),
    countsOf(
      queries,
      sql`select coalesce(decline_code, error_code) as name, count(*)::int from charges
        where status = 'declined' group by 1 order by 1`,
    ),
    countsOf(queries, sql`select reason as name, count(*)::int from skips group by reason order by reason`),
    isLedgerBalanced(queries),
  ])
  const sum = (counts: Counts) => Object.values(counts).reduce((total, count) => total + count, 0)
  const { unsettled = 0, verification = 0, ...triggers } = charges
  return {
    accounts: accounts.accounts ?? 0,
    invoices: sum(invoices),
    paid: invoices.paid ?? 0,
    outstanding: invoices.outstanding ?? 0,
    waived: invoices.waived ?? 0,
    carriedOver: invoices.carried_over ?? 0,
    credited: invoices.credited ?? 0,
    waiting: (invoices.scheduled ?? 0) + (invoices.awaiting_approval ?? 0),
    charges: sum(triggers),
    declinedByCode: declined,
    retries: triggers.daily_retry ?? 0,
    skippedByReason: skipped,
    unknownLeft: unsettled,
    verifications: verification,
    activated: triggers.activate ?? 0,
    afterRegistration: triggers.card_registered ?? 0,
    ledgerBalanced: ledger,
  }
}

type Counts = Readonly<Record<string, number>>

async function countsOf(queries: Queries, counted: ReturnType<typeof sql>): Promise<Counts> {
  const rows = await rowsOf(queries, sql<{ name: string; count: number }>`${counted}`)
  return Object.fromEntries(rows.map((row) => [row.name, row.count]))
}

/**
 * Every invoice's receivable is what is open on it, and what the ledger says the gateway owes us is what charges took.
 */
async function isLedgerBalanced(queries: Queries): Promise<boolean> {
  const [row] = await rowsOf(
    queries,
    sql<{ balanced: boolean }>`
      with lines as (
        select invoice_id, coverage, debit as account, amount_minor as minor from postings
        union all select invoice_id, coverage, credit, -amount_minor from postings
      ), receivable as (
        select invoice_id, sum(minor) as minor from lines where account = 'receivable' group by invoice_id
      ), clearing as (
        select coverage, sum(minor) as minor from lines where account = 'gateway_clearing' group by coverage
      ), took as (
        select coverage, sum(captured_minor) as minor from charges where captured_minor > 0 group by coverage
      )
      select not exists (select from invoices i left join receivable r using (invoice_id)
          where coalesce(r.minor, 0) <> i.due_minor)
        and not exists (select from clearing full join took using (coverage)
          where clearing.minor is distinct from took.minor)
        and coalesce((select sum(minor) from lines), 0) = 0 as balanced`,
  )
  return row?.balanced ?? false
}
