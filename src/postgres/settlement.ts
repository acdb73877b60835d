/**
 * How far each balance of the gateway has been read, and what was found in it. One reader per coverage at a time: it
 * claims the coverage's row, and whoever dies with it in hand is taken over. No account's, so no bucket.
 */
import { sql } from 'kysely'
import { type Instant, plusMs } from '../domain/calendar.ts'
import type { Direction, EntryKind, GatewayPosting, PayoutStatus, Verdict } from '../domain/settlement.ts'
import { gatewayPostingKinds, overlapMs } from '../domain/settlement.ts'
import { at, json, type Queries, rowsOf, table } from './database.ts'

export interface Reading {
  readonly coverage: string
  readonly readThrough: Instant
  readonly readingTo: Instant | null
  readonly readingAfter: string | null
  readonly payoutsReadThrough: Instant
  readonly toldThrough: Instant
}

const isFree = sql`(r.claimed_by is null or not exists (
  select from workers w where w.worker_id = r.claimed_by and w.ended_at is null))`

/** Its time has come; or the clock went back, and what happens from now on would lie in what was read already. */
const isDue = (now: Instant) => sql`(r.next_read_at <= ${at(now)} or r.read_through > ${at(plusMs(now, overlapMs))})`

/** Coverages whose balance is to be read, those included that never were. */
export async function coveragesToSettle(
  queries: Queries,
  coverages: readonly string[],
  now: Instant,
): Promise<string[]> {
  const rows = await rowsOf(
    queries,
    sql<{ coverage: string }>`
      select c.coverage from unnest(${coverages}::text[]) c(coverage)
      left join balance_readings r on r.coverage = c.coverage
      where r.coverage is null or (${isDue(now)} and ${isFree}) order by 1`,
  )
  return rows.map(({ coverage }) => coverage)
}

/** The first time: from our first charge on, where there is any. True when the row was not there. */
export async function beginReading(
  queries: Queries,
  coverage: string,
  now: Instant,
  nextReadAt: Instant,
): Promise<boolean> {
  const rows = await rowsOf(
    queries,
    sql`
      insert into balance_readings (coverage, next_read_at, read_through, payouts_read_through, told_through)
      select ${coverage}, ${at(nextReadAt)}, f.began_at, f.began_at, f.began_at from (
        select least(min(c.intended_at), ${at(now)}) as began_at from charges c where c.coverage = ${coverage}
      ) f on conflict do nothing returning coverage`,
  )
  return rows.length > 0
}

/** Null: nothing is due, or somebody else is at it. */
export async function claimReading(
  queries: Queries,
  coverage: string,
  workerId: string,
  now: Instant,
): Promise<Reading | null> {
  const [row] = await rowsOf(
    queries,
    sql<Reading>`
      update balance_readings r set claimed_by = ${workerId},
        read_through = least(read_through, ${at(now)}), told_through = least(told_through, ${at(now)}),
        payouts_read_through = least(payouts_read_through, ${at(now)}),
        reading_to = case when read_through <= ${at(now)} then reading_to end,
        reading_after = case when read_through <= ${at(now)} then reading_after end
      where r.coverage = ${coverage} and ${isDue(now)} and ${isFree}
      returning r.coverage, r.read_through as "readThrough", r.reading_to as "readingTo",
        r.reading_after as "readingAfter", r.payouts_read_through as "payoutsReadThrough",
        r.told_through as "toldThrough"`,
  )
  return row ?? null
}

/** `nextReadAt` null: it stays due. Where somebody else has taken over meanwhile, it is theirs. */
export async function releaseReading(
  queries: Queries,
  coverage: string,
  workerId: string,
  nextReadAt: Instant | null,
): Promise<void> {
  const next = nextReadAt === null ? sql`next_read_at` : at(nextReadAt)
  await sql`update balance_readings set claimed_by = null, next_read_at = ${next}
    where coverage = ${coverage} and claimed_by = ${workerId}`.execute(queries)
}

/** The gateway hinted at news: read at once. */
export async function readBalanceSoon(queries: Queries, coverage: string, now: Instant): Promise<boolean> {
  const rows = await rowsOf(
    queries,
    sql`update balance_readings set next_read_at = ${at(now)}
      where coverage = ${coverage} and next_read_at > ${at(now)} returning coverage`,
  )
  return rows.length > 0
}

/** Where the reading is, in the transaction that records what was read. */
export async function moveReading(
  tx: Queries,
  coverage: string,
  to: Partial<Omit<Reading, 'coverage'>>,
): Promise<void> {
  const moment = (value: Instant | null) => (value === null ? null : new Date(value))
  await tx
    .updateTable('balance_readings')
    .where('coverage', '=', coverage)
    .set({
      ...(to.readThrough === undefined ? {} : { read_through: new Date(to.readThrough) }),
      ...(to.readingTo === undefined ? {} : { reading_to: moment(to.readingTo) }),
      ...(to.readingAfter === undefined ? {} : { reading_after: to.readingAfter }),
      ...(to.payoutsReadThrough === undefined ? {} : { payouts_read_through: new Date(to.payoutsReadThrough) }),
      ...(to.toldThrough === undefined ? {} : { told_through: new Date(to.toldThrough) }),
    })
    .execute()
}

/** An entry and what was made of it. */
export interface EntryRow {
  readonly entryId: string
  readonly kind: EntryKind
  readonly verdict: Verdict
  readonly amountMinor: bigint
  readonly feeMinor: bigint
  readonly currency: string
  readonly createdAt: Instant
  readonly availableAt: Instant
  readonly paymentId: string | null
  readonly gatewayRefundId: string | null
  readonly gatewayDisputeId: string | null
  readonly chargeId: string | null
  readonly accountId: string | null
  readonly ofBucket: number | null
  readonly sourceId: string | null
  readonly direction: Direction | null
  readonly aboutPayoutId: string | null
  readonly payoutId: string | null
}

/** Answers the ids of those that were not there; the others stay as they are. */
export async function insertEntries(
  tx: Queries,
  coverage: string,
  entries: readonly EntryRow[],
): Promise<ReadonlySet<string>> {
  const rows = await rowsOf(
    tx,
    sql<{ entryId: string }>`
      insert into balance_entries (coverage, entry_id, kind, verdict, amount_minor, fee_minor, currency, created_at,
        available_at, gateway_payment_id, gateway_refund_id, gateway_dispute_id, charge_id, account_id, of_bucket,
        source_id, direction, about_payout_id)
      select ${coverage}, d.* from ${table(
        entries.map(({ payoutId: _, ...entry }) => ({
          ...entry,
          createdAt: new Date(entry.createdAt).toISOString(),
          availableAt: new Date(entry.availableAt).toISOString(),
        })),
        {
          entryId: 'text',
          kind: 'text',
          verdict: 'text',
          amountMinor: 'bigint',
          feeMinor: 'bigint',
          currency: 'text',
          createdAt: 'timestamptz',
          availableAt: 'timestamptz',
          paymentId: 'text',
          gatewayRefundId: 'text',
          gatewayDisputeId: 'text',
          chargeId: 'uuid',
          accountId: 'text',
          ofBucket: 'smallint',
          sourceId: 'uuid',
          direction: 'text',
          aboutPayoutId: 'text',
        },
      )}
      on conflict (coverage, entry_id) do nothing returning entry_id as "entryId"`,
  )
  return new Set(rows.map(({ entryId }) => entryId))
}

/** These went out with this payout. */
export async function markPaidOut(
  tx: Queries,
  coverage: string,
  payoutId: string,
  entryIds: readonly string[],
): Promise<void> {
  await sql`update balance_entries set payout_id = ${payoutId}
    where coverage = ${coverage} and entry_id = any(${entryIds}::text[]) and payout_id is distinct from ${payoutId}
  `.execute(tx)
}

export async function insertGatewayPostings(
  tx: Queries,
  of: { readonly coverage: string; readonly currency: string; readonly postedAt: Instant },
  postings: readonly (GatewayPosting & { readonly entryId: string })[],
): Promise<void> {
  const rows = postings.map((posting) => ({
    coverage: of.coverage,
    entry_id: posting.entryId,
    kind: posting.kind,
    ...gatewayPostingKinds[posting.kind],
    amount_minor: posting.amountMinor,
    currency: of.currency,
    posted_at: new Date(of.postedAt).toISOString(),
  }))
  await sql`insert into gateway_postings select * from json_populate_recordset(null::gateway_postings, ${json(rows)})
    on conflict do nothing`.execute(tx)
}

export interface PayoutRow {
  readonly payoutId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly status: PayoutStatus
  readonly createdAt: Instant
  readonly arrivesAt: Instant
  readonly entriesKnown: boolean
}

/** As the gateway has them now: a payout may fail after it was paid. */
export async function putPayouts(tx: Queries, coverage: string, payouts: readonly PayoutRow[]): Promise<void> {
  const rows = payouts.map((payout) => ({
    coverage,
    payout_id: payout.payoutId,
    amount_minor: payout.amountMinor,
    currency: payout.currency,
    status: payout.status,
    created_at: new Date(payout.createdAt).toISOString(),
    arrives_at: new Date(payout.arrivesAt).toISOString(),
    entries_known: payout.entriesKnown,
  }))
  await sql`
    insert into payouts select * from json_populate_recordset(null::payouts, ${json(rows)})
    on conflict (coverage, payout_id) do update set status = excluded.status, arrives_at = excluded.arrives_at,
      entries_known = excluded.entries_known`.execute(tx)
}

/** The oldest whose entries are not all known to have gone with it. */
export async function nextPayoutToRead(
  queries: Queries,
  coverage: string,
): Promise<{ readonly payoutId: string; readonly entriesAfter: string | null } | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ payoutId: string; entriesAfter: string | null }>`
      select payout_id as "payoutId", entries_after as "entriesAfter" from payouts
      where coverage = ${coverage} and entries_known and entries_read_at is null
      order by created_at, payout_id limit 1`,
  )
  return row ?? null
}

/** `readAt` null: more pages follow, after `entriesAfter`. */
export async function movePayout(
  tx: Queries,
  coverage: string,
  payoutId: string,
  to: { readonly entriesAfter: string | null; readonly readAt: Instant | null },
): Promise<void> {
  await sql`update payouts set entries_after = ${to.entriesAfter},
      entries_read_at = ${to.readAt === null ? null : new Date(to.readAt)}
    where coverage = ${coverage} and payout_id = ${payoutId}`.execute(tx)
}
