/** What there is to tell at the end of a month: read from the tables, decided by the same rules that collected it. */
import { sql } from 'kysely'
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Instant, Month } from '../domain/calendar.ts'
import { type DeclineReason, readDecline } from '../domain/decline.ts'
import { decideAttempt, type SkipReason } from '../domain/retry.ts'
import { factsOf } from '../operations/attempt-invoices.ts'
import { rulesOf, type System } from '../operations/system.ts'
import { readOutstanding } from '../postgres/attempts.ts'
import { at, type Queries, rowsOf } from '../postgres/database.ts'

export interface Findings {
  readonly collected: readonly Sum[]
  readonly declined: readonly { readonly reason: DeclineReason; readonly count: number }[]
  readonly outstanding: readonly Sum[]
  /** Why the outstanding ones are not paid: what tomorrow's retry would do about each. */
  readonly reasons: readonly { readonly next: SkipReason | 'retried'; readonly invoices: number }[]
  readonly byTrigger: Readonly<Record<string, number>>
  readonly skippedDays: number
  readonly byStatus: Readonly<Record<string, number>>
  /** Charges whose answer from the card network was lost at first. */
  readonly unanswered: number
  /** An invoice whose staff have to look at it, if there is one. */
  readonly awaitingApproval: string | null
  readonly storyAccount: string | null
  readonly openAccount: string | null
}

export interface Sum {
  readonly coverage: string
  readonly currency: string
  readonly invoices: number
  readonly sumMinor: bigint
}

/** Of what happened since `since`, when the collection of `month` began; outstanding is all that is at `now`. */
export async function readFindings(system: System, month: Month, since: Instant, now: Instant): Promise<Findings> {
  const { db } = system
  const [collected, declined, outstanding, reasons, triggers, statuses, [more], approval, story] = await Promise.all([
    rowsOf(
      db,
      sql<Sum>`select coverage, currency, count(*)::int as invoices, sum(captured_minor)::bigint as "sumMinor"
        from charges where captured_at >= ${at(since)} group by coverage, currency order by coverage`,
    ),
    readDeclined(db, since),
    rowsOf(
      db,
      sql<Sum>`select coverage, currency, count(*)::int as invoices, sum(due_minor)::bigint as "sumMinor"
        from invoices where status in ('outstanding', 'scheduled') group by coverage, currency order by coverage`,
    ),
    readReasons(system, now),
    counts(db, sql`select trigger as name, count(*)::int from charges where intended_at >= ${at(since)} group by 1`),
    counts(db, sql`select status as name, count(*)::int from invoices where month = ${month} group by 1`),
    rowsOf(
      db,
      sql<{ unanswered: number; skipped: number }>`
        select (select count(*) from events where kind = 'charge_unknown' and happened_at >= ${at(since)})::int as unanswered,
          (select count(*) from skips where skipped_at >= ${at(since)})::int as skipped`,
    ),
    rowsOf(
      db,
      sql<{
        id: string
      }>`select invoice_id as id from invoices where status = 'awaiting_approval' order by total_minor desc limit 1`,
    ),
    readStories(db, since),
  ])
  return {
    collected,
    declined,
    outstanding,
    reasons,
    byTrigger: triggers,
    byStatus: statuses,
    skippedDays: more?.skipped ?? 0,
    unanswered: more?.unanswered ?? 0,
    awaitingApproval: approval[0]?.id ?? null,
    ...story,
  }
}

async function readDeclined(db: Queries, since: Instant): Promise<{ reason: DeclineReason; count: number }[]> {
  const rows = await rowsOf(
    db,
    sql<{
      code: string
      declineCode: string | null
      adviceCode: string | null
      networkCode: string | null
      brand: string | null
      count: number
    }>`
      select error_code as code, decline_code as "declineCode", advice_code as "adviceCode", network_code as "networkCode",
        brand, count(*)::int as count
      from charges where status = 'declined' and settled_at >= ${at(since)} group by 1, 2, 3, 4, 5`,
  )
  const byReason = new Map<DeclineReason, number>()
  for (const row of rows) {
    const { reason } = readDecline(row, row.brand ?? '')
    byReason.set(reason, (byReason.get(reason) ?? 0) + row.count)
  }
  return [...byReason].map(([reason, count]) => ({ reason, count })).sort((one, other) => other.count - one.count)
}

async function readReasons(system: System, now: Instant): Promise<Findings['reasons']> {
  const { db } = system
  const open = await rowsOf(
    db,
    sql<{ accountId: string; coverage: string }>`
      select distinct account_id as "accountId", coverage from invoices where status = 'outstanding'`,
  )
  const found = new Map<SkipReason | 'retried', number>()
  for (const { accountId, coverage } of open) {
    for (const row of await readOutstanding(db, bucketOfAccount(accountId), accountId, coverage, now)) {
      const decision = decideAttempt('daily_retry', factsOf(row), rulesOf(system, coverage), now)
      const next = decision.attempt ? 'retried' : decision.reason
      found.set(next, (found.get(next) ?? 0) + 1)
    }
  }
  return [...found].map(([next, invoices]) => ({ next, invoices })).sort((one, other) => other.invoices - one.invoices)
}

/** The account whose paid invoice took most, and one that still owes and has been asked often. */
async function readStories(db: Queries, since: Instant): Promise<Pick<Findings, 'storyAccount' | 'openAccount'>> {
  const most = (status: 'paid' | 'outstanding') =>
    rowsOf(
      db,
      sql<{ accountId: string }>`
        select i.account_id as "accountId" from invoices i join charges c on c.bucket = i.bucket and c.invoice_id = i.invoice_id
        where i.status = ${status} and c.intended_at >= ${at(since)}
        group by i.account_id, i.invoice_id order by count(distinct c.trigger) desc, count(*) desc, i.account_id limit 1`,
    )
  const [paid, open] = await Promise.all([most('paid'), most('outstanding')])
  return { storyAccount: paid[0]?.accountId ?? null, openAccount: open[0]?.accountId ?? null }
}

async function counts(db: Queries, counted: ReturnType<typeof sql>): Promise<Readonly<Record<string, number>>> {
  const rows = await rowsOf(db, sql<{ name: string; count: number }>`${counted}`)
  return Object.fromEntries(rows.map((row) => [row.name, row.count]))
}
