/** Reconciliations as rows: begun once, claimed page by page, and what they found. No account's, so no bucket. */
import { sql } from 'kysely'
import type { Day, Instant } from '../domain/calendar.ts'
import type { Difference, DifferenceOutcome, Stage } from '../domain/reconciliation.ts'
import { at, json, type Queries, rowsOf } from './database.ts'

export interface Reconciliation {
  readonly reconciliationId: string
  readonly coverage: string
  readonly fromOn: Day
  readonly toOn: Day
  readonly reason: 'asked' | 'daily' | 'restored'
  readonly requestedBy: string
  readonly begunAt: Instant
  readonly finishedAt: Instant | null
  readonly stage: Stage
  readonly cursor: string | null
  /** From when on its next page may be read; null once it is finished. */
  readonly nextStepAt: Instant | null
  readonly paymentsRead: number
  readonly refundsRead: number
  readonly disputesRead: number
  readonly oursRead: number
  readonly foreignPayments: number
}

const columns = sql`r.reconciliation_id as "reconciliationId", r.coverage, r.from_on as "fromOn", r.to_on as "toOn",
  r.reason, r.requested_by as "requestedBy", r.begun_at as "begunAt", r.finished_at as "finishedAt", r.stage, r.cursor,
  r.next_step_at as "nextStepAt",
  r.payments_read as "paymentsRead", r.refunds_read as "refundsRead", r.disputes_read as "disputesRead",
  r.ours_read as "oursRead", r.foreign_payments as "foreignPayments"`

export interface NewReconciliation extends Pick<Reconciliation, 'coverage' | 'fromOn' | 'toOn' | 'reason'> {
  readonly reconciliationId: string
  readonly requestedBy: string
  /** Of a daily one: the day whose it is; a second one of that day is not begun. */
  readonly dailyOn: Day | null
}

export async function insertReconciliation(queries: Queries, row: NewReconciliation, now: Instant): Promise<void> {
  await sql`
    insert into reconciliations (reconciliation_id, coverage, from_on, to_on, reason, daily_on, requested_by, begun_at,
      stage, next_step_at)
    values (${row.reconciliationId}, ${row.coverage}, ${row.fromOn}, ${row.toOn}, ${row.reason}, ${row.dailyOn},
      ${row.requestedBy}, ${at(now)}, 'payments', ${at(now)})
    on conflict do nothing`.execute(queries)
}

/** The latest daily one of each coverage. */
export const readLatestDaily = (queries: Queries): Promise<{ coverage: string; dailyOn: Day; toOn: Day }[]> =>
  rowsOf(
    queries,
    sql<{ coverage: string; dailyOn: Day; toOn: Day }>`
      select distinct on (coverage) coverage, daily_on as "dailyOn", to_on as "toOn"
      from reconciliations where daily_on is not null order by coverage, daily_on desc`,
  )

const unclaimed = sql`(r.claimed_by is null
  or not exists (select from workers w where w.worker_id = r.claimed_by and w.ended_at is null))`

/** Those with a page to read, and nobody at it. */
export const readDueReconciliations = (queries: Queries, now: Instant): Promise<{ reconciliationId: string }[]> =>
  rowsOf(
    queries,
    sql<{ reconciliationId: string }>`
      select r.reconciliation_id as "reconciliationId" from reconciliations r
      where r.finished_at is null and r.next_step_at <= ${at(now)} and ${unclaimed}
      order by r.begun_at, r.reconciliation_id`,
  )

/** Null: finished, or somebody else is at it. */
export async function claimReconciliation(
  queries: Queries,
  reconciliationId: string,
  workerId: string,
): Promise<Reconciliation | null> {
  const [row] = await rowsOf(
    queries,
    sql<Reconciliation>`
      update reconciliations r set claimed_by = ${workerId}
      where r.reconciliation_id = ${reconciliationId} and r.finished_at is null
        and (r.claimed_by = ${workerId} or ${unclaimed})
      returning ${columns}`,
  )
  return row ?? null
}

export interface PageRead {
  readonly stage: Stage
  readonly cursor: string | null
  readonly payments: number
  readonly refunds: number
  readonly disputes: number
  readonly ours: number
  readonly foreign: number
}

/** The page is done and the claim given back. False when somebody has taken it over: they read the page again. */
export async function advanceReconciliation(
  tx: Queries,
  { reconciliationId }: Reconciliation,
  workerId: string,
  read: PageRead,
  now: Instant,
): Promise<boolean> {
  const done = read.stage === 'done'
  const rows = await rowsOf(
    tx,
    sql`
      update reconciliations set stage = ${read.stage}, cursor = ${read.cursor}, claimed_by = null,
        next_step_at = ${done ? sql`null` : at(now)}, finished_at = ${done ? at(now) : sql`null`},
        payments_read = payments_read + ${read.payments}, refunds_read = refunds_read + ${read.refunds},
        disputes_read = disputes_read + ${read.disputes}, ours_read = ours_read + ${read.ours},
        foreign_payments = foreign_payments + ${read.foreign}
      where reconciliation_id = ${reconciliationId} and claimed_by = ${workerId} and finished_at is null returning 1`,
  )
  return rows.length > 0
}

/** The gateway could not be read: the same page again, later. */
export async function putBackReconciliation(
  queries: Queries,
  { reconciliationId }: Reconciliation,
  workerId: string,
  until: Instant,
): Promise<void> {
  await sql`update reconciliations set claimed_by = null, next_step_at = ${at(until)}
    where reconciliation_id = ${reconciliationId} and claimed_by = ${workerId} and finished_at is null`.execute(queries)
}

export interface FoundDifference {
  readonly kind: Difference
  readonly object_id: string
  readonly account_id: string | null
  readonly outcome: DifferenceOutcome
  readonly evidence: Readonly<Record<string, unknown>>
}

/** A page that is read again after a crash finds the same, or what it has repaired meanwhile: the first word stays. */
export async function insertDifferences(
  tx: Queries,
  { reconciliationId, coverage }: Reconciliation,
  found: readonly FoundDifference[],
  now: Instant,
): Promise<void> {
  if (found.length === 0) return
  await sql`
    insert into reconciliation_differences (reconciliation_id, kind, object_id, coverage, account_id, outcome, evidence,
      found_at)
    select ${reconciliationId}, kind, object_id, ${coverage}, account_id, outcome, evidence, ${at(now)}
    from json_populate_recordset(null::reconciliation_differences, ${json(found)})
    on conflict do nothing`.execute(tx)
}

/** From its beginning, where a difference of these kinds could not be dealt with yet. */
export async function beginAgainIfWaiting(
  tx: Queries,
  reconciliationId: string,
  kinds: readonly Difference[],
  until: Instant,
): Promise<void> {
  const gone = await rowsOf(
    tx,
    sql`delete from reconciliation_differences where reconciliation_id = ${reconciliationId} and outcome = 'waiting'
      and kind = any(${kinds}::text[]) returning 1`,
  )
  if (gone.length === 0) return
  await sql`update reconciliations set stage = 'payments', cursor = null, finished_at = null, next_step_at = ${at(until)}
    where reconciliation_id = ${reconciliationId}`.execute(tx)
}

export interface DifferenceCount {
  readonly reconciliationId: string
  readonly kind: Difference
  readonly outcome: DifferenceOutcome
  readonly times: number
}

export const countDifferences = (queries: Queries, ids: readonly string[]): Promise<DifferenceCount[]> =>
  rowsOf(
    queries,
    sql<DifferenceCount>`
      select reconciliation_id as "reconciliationId", kind, outcome, count(*)::int as times
      from reconciliation_differences where reconciliation_id = any(${ids}::uuid[])
      group by 1, 2, 3 order by 1, 2, 3`,
  )

/** Newest first. */
export const listReconciliations = (
  queries: Queries,
  of: {
    readonly coverage: string
    readonly after: { readonly at: Instant; readonly id: string } | null
    readonly limit: number
  },
): Promise<Reconciliation[]> =>
  rowsOf(
    queries,
    sql<Reconciliation>`
      select ${columns} from reconciliations r where r.coverage = ${of.coverage}
        ${of.after === null ? sql`` : sql`and (r.begun_at, r.reconciliation_id) < (${at(of.after.at)}, ${of.after.id}::uuid)`}
      order by r.begun_at desc, r.reconciliation_id desc limit ${of.limit}`,
  )

export async function readReconciliation(queries: Queries, reconciliationId: string): Promise<Reconciliation | null> {
  const [row] = await rowsOf(
    queries,
    sql<Reconciliation>`select ${columns} from reconciliations r where r.reconciliation_id = ${reconciliationId}`,
  )
  return row ?? null
}

export interface DifferenceRow extends Omit<FoundDifference, 'object_id' | 'account_id'> {
  readonly objectId: string
  readonly accountId: string | null
  readonly foundAt: Instant
}

export const listDifferences = (
  queries: Queries,
  reconciliationId: string,
  after: { readonly kind: string; readonly id: string } | null,
  limit: number,
): Promise<DifferenceRow[]> =>
  rowsOf(
    queries,
    sql<DifferenceRow>`
      select kind, object_id as "objectId", account_id as "accountId", outcome, evidence, found_at as "foundAt"
      from reconciliation_differences where reconciliation_id = ${reconciliationId}
        ${after === null ? sql`` : sql`and (kind, object_id) > (${after.kind}, ${after.id})`}
      order by kind, object_id limit ${limit}`,
  )
