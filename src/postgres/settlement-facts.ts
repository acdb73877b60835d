/** What our own books say of the entries that the gateway made: whose they are, and what was posted for it. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { Direction, EntryKind, Verdict } from '../domain/settlement.ts'
import { at, json, type Queries, rowsOf } from './database.ts'
import type { EntryRow } from './settlement.ts'

/** An entry by what it names. */
export interface NamedEntry {
  readonly entryId: string
  readonly kind: EntryKind
  readonly direction: Direction
  readonly paymentId: string | null
  /** Ours, and its bucket. */
  readonly chargeId: string | null
  readonly ofBucket: number | null
  readonly gatewayRefundId: string | null
  readonly gatewayDisputeId: string | null
}

export interface FoundSource {
  readonly entryId: string
  readonly ofBucket: number | null
  readonly accountId: string | null
  readonly sourceId: string | null
  readonly chargeId: string | null
  /** What the ledger moved through the clearing account, with its sign; null: we have no such thing. */
  readonly postedMinor: bigint | null
  readonly settledElsewhere: boolean
  /** What the capture of its payment was taken for, where that was read. */
  readonly captureVerdict: Verdict | null
}

/**
 * One row for each entry. A charge is found by the id in its metadata, refunds and disputes by the gateway's: those are
 * few, and asked for in every bucket.
 */
export const readSources = (tx: Queries, coverage: string, entries: readonly NamedEntry[]): Promise<FoundSource[]> =>
  rowsOf(
    tx,
    sql<FoundSource>`
      with named as materialized (
        select * from json_to_recordset(${json(entries)}) as n("entryId" text, kind text, direction text,
          "paymentId" text, "chargeId" uuid, "ofBucket" smallint, "gatewayRefundId" text, "gatewayDisputeId" text)
      ), found as (
        select n."entryId", c.bucket, c.account_id, c.charge_id as source_id, c.charge_id from named n
        join charges c on c.bucket = n."ofBucket" and c.charge_id = n."chargeId"
        where n.kind = 'capture' and c.coverage = ${coverage} and c.gateway_payment_id = n."paymentId"
        union all
        select n."entryId", r.bucket, r.account_id, r.refund_id, r.charge_id from named n
        cross join generate_series(0, 63) b
        join refunds r on r.bucket = b and r.gateway_refund_id = n."gatewayRefundId"
        where n.kind in ('refund', 'refund_returned') and r.coverage = ${coverage}
        union all
        select n."entryId", d.bucket, d.account_id, d.dispute_id, d.charge_id from named n
        cross join generate_series(0, 63) b
        join disputes d on d.bucket = b and d.gateway_dispute_id = n."gatewayDisputeId"
        where n.kind in ('dispute_withdrawn', 'dispute_reinstated') and d.coverage = ${coverage}
      )
      select n."entryId", f.bucket as "ofBucket", coalesce(f.account_id, k.account_id) as "accountId",
        f.source_id as "sourceId", coalesce(f.charge_id, k.charge_id) as "chargeId", p.posted_minor as "postedMinor",
        exists (select from balance_entries o where o.coverage = ${coverage} and o.source_id = f.source_id
          and o.direction = n.direction and o.verdict = 'ours' and o.entry_id <> n."entryId") as "settledElsewhere",
        k.verdict as "captureVerdict"
      from named n
      left join found f on f."entryId" = n."entryId"
      left join lateral (
        select sum(case n.direction when 'in' then p.amount_minor else -p.amount_minor end)::bigint as posted_minor
        from postings p where p.bucket = f.bucket and p.account_id = f.account_id and p.source_id = f.source_id
          and case n.direction when 'in' then p.debit else p.credit end = 'gateway_clearing'
      ) p on true
      left join lateral (
        select e.verdict, e.account_id, e.charge_id from balance_entries e
        where e.coverage = ${coverage} and e.gateway_payment_id = n."paymentId" and e.kind = 'capture'
        order by e.created_at limit 1
      ) k on true`,
  )

/** Entries that our books do not know yet, oldest first, after one of them. */
export const readOpenEntries = (
  tx: Queries,
  coverage: string,
  after: { readonly createdAt: Instant; readonly entryId: string } | null,
  limit: number,
): Promise<EntryRow[]> =>
  rowsOf(
    tx,
    sql<EntryRow>`
      select ${entryColumns} from balance_entries e where e.coverage = ${coverage} and e.verdict = 'open'
        ${after === null ? sql`` : sql`and (e.created_at, e.entry_id) > (${at(after.createdAt)}, ${after.entryId})`}
      order by e.created_at, e.entry_id limit ${limit}`,
  )

export const entryColumns = sql`e.entry_id as "entryId", e.kind, e.verdict, e.amount_minor as "amountMinor",
  e.fee_minor as "feeMinor", e.currency, e.created_at as "createdAt", e.available_at as "availableAt",
  e.gateway_payment_id as "paymentId", e.gateway_refund_id as "gatewayRefundId",
  e.gateway_dispute_id as "gatewayDisputeId", e.charge_id as "chargeId", e.account_id as "accountId",
  e.of_bucket as "ofBucket", e.source_id as "sourceId", e.direction, e.about_payout_id as "aboutPayoutId",
  e.payout_id as "payoutId"`

/** What is known of them by now. */
export async function updateEntries(
  tx: Queries,
  coverage: string,
  entries: readonly Pick<EntryRow, 'entryId' | 'verdict' | 'ofBucket' | 'sourceId' | 'accountId' | 'chargeId'>[],
): Promise<void> {
  await sql`
    update balance_entries e set verdict = d.verdict, of_bucket = d."ofBucket", source_id = d."sourceId",
      account_id = d."accountId", charge_id = d."chargeId"
    from json_to_recordset(${json(entries)}) as d("entryId" text, verdict text, "ofBucket" smallint, "sourceId" uuid,
      "accountId" text, "chargeId" uuid)
    where e.coverage = ${coverage} and e.entry_id = d."entryId" and e.verdict = 'open'`.execute(tx)
}

/** What our books moved through the clearing account in [from, to), and no entry settles. */
export interface Unsettled {
  readonly ofBucket: number
  readonly accountId: string
  readonly sourceId: string
  readonly chargeId: string
  readonly direction: Direction
  readonly amountMinor: bigint
  readonly postedAt: Instant
}

/** `olderThanId`: no charge whose id is below it can have been captured since `from`. */
export const readUnsettled = (
  tx: Queries,
  coverage: string,
  { from, to, lowestId }: { readonly from: Instant; readonly to: Instant; readonly lowestId: string },
): Promise<Unsettled[]> =>
  rowsOf(
    tx,
    sql<Unsettled>`
      select m.bucket as "ofBucket", m.account_id as "accountId", m.source_id as "sourceId", m.charge_id as "chargeId",
        m.direction, m.amount_minor as "amountMinor", m.posted_at as "postedAt"
      from (
        select c.bucket, c.account_id, c.charge_id as source_id, c.charge_id, 'in' as direction,
          c.captured_minor as amount_minor, c.captured_at as posted_at
        from generate_series(0, 63) b join charges c on c.bucket = b and c.charge_id >= ${lowestId}::uuid
        where c.coverage = ${coverage} and c.status = 'captured'
          and c.captured_at >= ${at(from)} and c.captured_at < ${at(to)}
        union all
        select s.bucket, s.account_id, s.source_id, s.charge_id,
          case when p.debit = 'gateway_clearing' then 'in' else 'out' end,
          sum(case when p.debit = 'gateway_clearing' then p.amount_minor else -p.amount_minor end)::bigint,
          min(p.posted_at)
        from (
          select bucket, account_id, refund_id as source_id, charge_id from refunds where coverage = ${coverage}
          union all
          select bucket, account_id, dispute_id, charge_id from disputes where coverage = ${coverage}
        ) s join postings p on p.bucket = s.bucket and p.account_id = s.account_id and p.source_id = s.source_id
        where 'gateway_clearing' in (p.debit, p.credit)
          and p.posted_at >= ${at(from)} and p.posted_at < ${at(to)} group by 1, 2, 3, 4, 5
      ) m
      where not exists (select from balance_entries e where e.coverage = ${coverage} and e.source_id = m.source_id
        and e.direction = m.direction and e.verdict = 'ours')`,
  )

/** What is settled at last needs nobody any more: told of by its entry, or by what it settles. */
export async function endSettlementEntries(tx: Queries, coverage: string, now: Instant): Promise<void> {
  await sql`
    update staff_queue q set closed_at = ${at(now)} from balance_entries e
    where q.bucket = e.of_bucket and q.kind = 'settlement_mismatch' and q.closed_at is null
      and q.coverage = ${coverage} and e.coverage = ${coverage} and e.verdict = 'ours'
      and (q.evidence->>'entryId' = e.entry_id
        or (q.subject_id = e.source_id and q.evidence->>'direction' = e.direction))`.execute(tx)
}

export interface SettlementQueueEntry {
  readonly entryId: string
  readonly bucket: number
  readonly accountId: string
  readonly subjectId: string
  readonly chargeId: string
  readonly evidence: Readonly<Record<string, unknown>>
}

/** Once for each subject. */
export async function tellStaffOfSettlement(
  tx: Queries,
  coverage: string,
  entries: readonly SettlementQueueEntry[],
  now: Instant,
): Promise<void> {
  if (entries.length === 0) return
  await sql`
    insert into staff_queue (bucket, entry_id, account_id, coverage, kind, subject_id, charge_id, evidence, opened_at)
    select d.bucket, d."entryId", d."accountId", ${coverage}, 'settlement_mismatch', d."subjectId", d."chargeId",
      d.evidence, ${at(now)}
    from json_to_recordset(${json(entries)}) as d(bucket smallint, "entryId" uuid, "accountId" text, "subjectId" uuid,
      "chargeId" uuid, evidence jsonb)
    on conflict do nothing`.execute(tx)
}
