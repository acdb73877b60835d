/** Payouts, what they are made of, and whether the clearing account is the gateway's balance: for people who look. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { PayoutStatus } from '../domain/settlement.ts'
import { at, type Queries, rowsOf } from './database.ts'
import type { EntryRow } from './settlement.ts'
import { entryColumns } from './settlement-facts.ts'

/** A payout with sums over what it took with it; null while that is not known. */
export interface PayoutSums {
  readonly payoutId: string
  readonly coverage: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly status: PayoutStatus
  readonly createdAt: Instant
  readonly arrivesAt: Instant
  readonly entriesRead: boolean
  readonly entries: bigint
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  readonly disputedMinor: bigint
  readonly feesMinor: bigint
  readonly otherMinor: bigint
}

export interface TimePlace {
  readonly at: Instant
  readonly id: string
}

/** Newest first. */
export const listPayouts = (
  queries: Queries,
  of: { readonly coverage: string; readonly after: TimePlace | null; readonly limit: number },
): Promise<PayoutSums[]> =>
  rowsOf(
    queries,
    sql<PayoutSums>`
      ${selectPayouts} where p.coverage = ${of.coverage}
        ${of.after === null ? sql`` : sql`and (p.created_at, p.payout_id) < (${at(of.after.at)}, ${of.after.id})`}
      order by p.created_at desc, p.payout_id desc limit ${of.limit}`,
  )

export async function readPayout(queries: Queries, coverage: string, payoutId: string): Promise<PayoutSums | null> {
  const [row] = await rowsOf(
    queries,
    sql<PayoutSums>`${selectPayouts} where p.coverage = ${coverage} and p.payout_id = ${payoutId}`,
  )
  return row ?? null
}

const sumOf = (kinds: readonly string[]) =>
  sql`coalesce(sum(e.amount_minor) filter (where e.kind = any(${kinds}::text[])), 0)::bigint`

const selectPayouts = sql`
  select p.payout_id as "payoutId", p.coverage, p.amount_minor as "amountMinor", p.currency, p.status,
    p.created_at as "createdAt", p.arrives_at as "arrivesAt", p.entries_read_at is not null as "entriesRead", s.*
  from payouts p cross join lateral (
    select count(*) as entries, ${sumOf(['capture'])} as "capturedMinor",
      ${sumOf(['refund', 'refund_returned'])} as "refundedMinor",
      ${sumOf(['dispute_withdrawn', 'dispute_reinstated'])} as "disputedMinor",
      (coalesce(sum(e.fee_minor), 0) - ${sumOf(['fee'])})::bigint as "feesMinor",
      ${sumOf(['payout', 'payout_returned', 'adjustment'])} as "otherMinor"
    from balance_entries e where e.coverage = p.coverage and e.payout_id = p.payout_id
      and e.about_payout_id is distinct from p.payout_id
  ) s`

/** What one payout took with it, oldest first. */
export const listPayoutEntries = (
  queries: Queries,
  of: {
    readonly coverage: string
    readonly payoutId: string
    readonly after: TimePlace | null
    readonly limit: number
  },
): Promise<EntryRow[]> =>
  rowsOf(
    queries,
    sql<EntryRow>`
      select ${entryColumns} from balance_entries e
      where e.coverage = ${of.coverage} and e.payout_id = ${of.payoutId}
        and e.about_payout_id is distinct from ${of.payoutId}
        ${of.after === null ? sql`` : sql`and (e.created_at, e.entry_id) > (${at(of.after.at)}, ${of.after.id})`}
      order by e.created_at, e.entry_id limit ${of.limit}`,
  )

/** The clearing account beside the gateway's balance. */
export interface Clearing {
  /** Up to when the balance was read; null: never yet. */
  readonly readThrough: Instant | null
  /** What our books have at the gateway: of accounts, and of fees, payouts and the rest. */
  readonly clearingMinor: bigint
  /** What the gateway's entries come to. */
  readonly balanceMinor: bigint
  /** Moved in our books, and not entered by the gateway, or not yet read. */
  readonly unsettledMinor: bigint
  readonly unsettled: bigint
  /** Entered by the gateway, and not in our books, or not as it says. */
  readonly openMinor: bigint
  readonly open: bigint
  /** Clearing − unsettled − (balance − open): anything but zero is a fault in the books. */
  readonly differenceMinor: bigint
}

/** Whole tables are summed up, in one snapshot. */
export async function readClearing(queries: Queries, coverage: string): Promise<Clearing> {
  const [row] = await rowsOf(
    queries,
    sql<Omit<Clearing, 'differenceMinor'>>`${clearingOf(sql`v.coverage = ${coverage}`)}`,
  )
  const none = {
    readThrough: null,
    clearingMinor: 0n,
    balanceMinor: 0n,
    unsettledMinor: 0n,
    unsettled: 0n,
    openMinor: 0n,
    open: 0n,
  }
  const sums = row ?? none
  const differenceMinor = sums.clearingMinor - sums.unsettledMinor - (sums.balanceMinor - sums.openMinor)
  return { ...sums, differenceMinor }
}

const movedBy = sql`case 'gateway_clearing' when p.debit then p.amount_minor when p.credit then -p.amount_minor end`

/** What our books moved through the clearing account, by what it was for and by side. */
export const movements = sql`
  select p.bucket, p.account_id, p.coverage, p.source_id,
    case when p.debit = 'gateway_clearing' then 'in' else 'out' end as direction,
    sum(${movedBy})::bigint as amount_minor, min(p.posted_at) as posted_at
  from postings p where 'gateway_clearing' in (p.debit, p.credit) group by 1, 2, 3, 4, 5`

export const clearingOf = (where: ReturnType<typeof sql>) => sql`
  select v.coverage, r.read_through as "readThrough",
    (coalesce(m.moved_minor, 0) + coalesce(g.moved_minor, 0))::bigint as "clearingMinor",
    coalesce(b.balance_minor, 0)::bigint as "balanceMinor",
    coalesce(m.unsettled_minor, 0)::bigint as "unsettledMinor", coalesce(m.unsettled, 0) as unsettled,
    coalesce(b.open_minor, 0)::bigint as "openMinor", coalesce(b.open, 0) as open
  from coverages v
  left join balance_readings r on r.coverage = v.coverage
  left join (
    select m.coverage, sum(m.amount_minor) as moved_minor,
      sum(m.amount_minor) filter (where e.entry_id is null) as unsettled_minor,
      count(*) filter (where e.entry_id is null) as unsettled
    from (${movements}) m left join balance_entries e on e.coverage = m.coverage and e.source_id = m.source_id
      and e.direction = m.direction and e.verdict = 'ours' group by 1
  ) m on m.coverage = v.coverage
  left join (
    select p.coverage, sum(${movedBy}) as moved_minor from gateway_postings p group by 1
  ) g on g.coverage = v.coverage
  left join (
    select coverage, sum(amount_minor - fee_minor) as balance_minor,
      sum(amount_minor) filter (where verdict = 'open') as open_minor, count(*) filter (where verdict = 'open') as open
    from balance_entries group by 1
  ) b on b.coverage = v.coverage
  where ${where}`
