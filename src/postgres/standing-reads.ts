/** Standings as they are shown, foretold and polled: plain reads, and none that looks at more rows than it answers. */
import { sql } from 'kysely'
import { allBuckets, bucketOfAccount } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import type { OverdueInvoice, Standing } from '../domain/standing.ts'
import { json, type Queries, rowsOf } from './database.ts'
import type { SettingsKey } from './payment-settings.ts'
import { type StandingRow, stateColumns } from './standing.ts'
import { isOverdue } from './standing-wakes.ts'

/** One account and coverage as staff see it; an account that never failed is in good standing. */
export interface StandingView extends StandingRow {
  readonly suspendedAt: Instant | null
  readonly restoredAt: Instant | null
  readonly exemptBy: string | null
  readonly exemptNote: string | null
  readonly postponedBy: string | null
  readonly postponedNote: string | null
  readonly changedAt: Instant | null
  readonly overdue: readonly OverdueInvoice[]
}

const viewColumns = sql`coalesce(s.status, 'good') as status, s.overdue_since as "overdueSince",
  s.reminded_on as "remindedOn", s.reminded_after_days as "remindedAfterDays", s.postponed_until as "postponedUntil",
  case when s.exempt_since is not null then coalesce(s.exempt_until::text, 'always') end as "exemptUntil",
  s.suspended_at as "suspendedAt", s.restored_at as "restoredAt", s.exempt_by as "exemptBy",
  s.exempt_note as "exemptNote", s.postponed_by as "postponedBy", s.postponed_note as "postponedNote",
  s.changed_at as "changedAt", a.closed_at is not null as "accountClosed"`

// A sum is text in JSON: what JSON calls a number is not exact. An instant is epoch milliseconds.
const overdueOf = (bucket: string, accountId: string, coverage: string) => sql`coalesce((
  select json_agg(json_build_object('invoiceId', i.invoice_id, 'month', i.month, 'dueMinor', i.due_minor::text,
    'overdueSince', (extract(epoch from i.overdue_since) * 1000)::bigint, 'busy', false) order by i.month)
  from invoices i where i.bucket = ${sql.ref(bucket)} and i.account_id = ${sql.ref(accountId)}
    and i.coverage = ${sql.ref(coverage)} and ${isOverdue}), '[]'::json) as overdue`

type Shown<View extends { readonly overdue: readonly OverdueInvoice[] }> = Omit<View, 'overdue'> & {
  readonly overdue: readonly (Omit<OverdueInvoice, 'dueMinor'> & { readonly dueMinor: string })[]
}
const readable = <View extends { readonly overdue: readonly OverdueInvoice[] }>(row: Shown<View>) => ({
  ...row,
  overdue: row.overdue.map((invoice) => ({ ...invoice, dueMinor: BigInt(invoice.dueMinor) })),
})

/** Every coverage that the account uses. */
export async function readStandings(queries: Queries, accountId: string): Promise<StandingView[]> {
  const rows = await rowsOf(
    queries,
    sql<Shown<StandingView>>`
      select p.account_id as "accountId", p.coverage, ${viewColumns}, ${overdueOf('p.bucket', 'p.account_id', 'p.coverage')}
      from payment_settings p
      join accounts a on a.bucket = p.bucket and a.account_id = p.account_id
      left join standings s on s.bucket = p.bucket and s.account_id = p.account_id and s.coverage = p.coverage
      where p.bucket = ${bucketOfAccount(accountId)} and p.account_id = ${accountId} order by p.coverage`,
  )
  return rows.map((row) => readable<StandingView>(row))
}

/** One coverage of one account; null when it does not use it. */
export async function standingOf(queries: Queries, key: SettingsKey): Promise<StandingView | null> {
  const [row] = await rowsOf(
    queries,
    sql<Shown<StandingView>>`
      select p.account_id as "accountId", p.coverage, ${viewColumns}, ${overdueOf('p.bucket', 'p.account_id', 'p.coverage')}
      from payment_settings p
      join accounts a on a.bucket = p.bucket and a.account_id = p.account_id
      left join standings s on s.bucket = p.bucket and s.account_id = p.account_id and s.coverage = p.coverage
      where p.bucket = ${key.bucket} and p.account_id = ${key.accountId} and p.coverage = ${key.coverage}`,
  )
  return row ? readable<StandingView>(row) : null
}

/** A standing with what is overdue, for saying what comes next. */
export interface StandingToForetell extends StandingRow {
  readonly overdue: readonly OverdueInvoice[]
}

/** Those of these accounts that are overdue or suspended, in whatever coverage. */
export async function readOverdueOf(
  queries: Queries,
  accountIds: readonly string[],
  coverage: string | null,
): Promise<StandingToForetell[]> {
  const accounts = [...new Set(accountIds)].map((account_id) => ({ bucket: bucketOfAccount(account_id), account_id }))
  const rows = await rowsOf(
    queries,
    sql<Shown<StandingToForetell>>`
      select ${stateColumns}, ${overdueOf('s.bucket', 's.account_id', 's.coverage')}
      from json_to_recordset(${json(accounts)}) as d(bucket smallint, account_id text)
      join standings s on s.bucket = d.bucket and s.account_id = d.account_id
      where s.status <> 'good' and (${coverage}::text is null or s.coverage = ${coverage})
      order by s.account_id, s.coverage`,
  )
  return rows.map((row) => readable<StandingToForetell>(row))
}

/** Those of all accounts for which something comes next soonest, up to `limit`. */
export async function readNextOverdue(
  queries: Queries,
  coverage: string | null,
  limit: number,
): Promise<StandingToForetell[]> {
  const rows = await rowsOf(
    queries,
    sql<Shown<StandingToForetell>>`
      select ${stateColumns}, ${overdueOf('s.bucket', 's.account_id', 's.coverage')}
      from generate_series(0, 63) b, lateral (
        select * from standings o where o.bucket = b and o.next_check_at is not null
          and (${coverage}::text is null or o.coverage = ${coverage})
        order by o.next_check_at limit ${limit}
      ) s order by s.next_check_at, s.account_id, s.coverage limit ${limit}`,
  )
  return rows.map((row) => readable<StandingToForetell>(row))
}

/** A change of a standing, as those who poll see it. */
export interface ChangedStanding {
  readonly bucket: number
  readonly version: bigint
  readonly accountId: string
  readonly coverage: string
  readonly status: Standing
  readonly overdueSince: Instant | null
  readonly suspendedAt: Instant | null
  readonly changedAt: Instant
}

/** How far somebody has read: the version of each bucket. */
export type ReadUpTo = readonly bigint[]
export const fromTheBeginning: ReadUpTo = allBuckets.map(() => 0n)

/**
 * What changed after `from`, up to `limit`: one probe of an index per bucket, and nothing else where nothing changed. A
 * bucket's versions are given in the order of its commits, so none is missed; an account that changed twice shows its
 * latest change.
 */
export const readChangedStandings = (queries: Queries, from: ReadUpTo, limit: number): Promise<ChangedStanding[]> =>
  rowsOf(
    queries,
    sql<ChangedStanding>`
      select s.bucket, s.version, s.account_id as "accountId", s.coverage, s.status, s.overdue_since as "overdueSince",
        s.suspended_at as "suspendedAt", s.changed_at as "changedAt"
      from unnest(${from.map(String)}::bigint[]) with ordinality as f(version, nth), lateral (
        select * from standings o where o.bucket = f.nth - 1 and o.version > f.version and o.version > 0
        order by o.version limit ${limit}
      ) s order by s.bucket, s.version limit ${limit}`,
  )
