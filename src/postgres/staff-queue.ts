/** What needs a person: read over all buckets, oldest first; closed by whoever has seen to it. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { StaffQueueKind } from '../domain/staff-queue.ts'
import { at, type Queries, rowsOf } from './database.ts'

export interface StaffQueueRow {
  readonly entryId: string
  readonly accountId: string
  readonly coverage: string
  readonly kind: StaffQueueKind
  readonly subjectId: string
  readonly chargeId: string | null
  readonly evidence: Readonly<Record<string, unknown>>
  readonly openedAt: Instant
}

const columns = sql`q.entry_id as "entryId", q.account_id as "accountId", q.coverage, q.kind, q.subject_id as "subjectId",
  q.charge_id as "chargeId", q.evidence, q.opened_at as "openedAt"`

export const listStaffQueue = (
  queries: Queries,
  of: {
    readonly kind?: StaffQueueKind | undefined
    readonly coverage?: string | undefined
    readonly after: { readonly at: Instant; readonly id: string } | null
    readonly limit: number
  },
): Promise<StaffQueueRow[]> =>
  rowsOf(
    queries,
    sql<StaffQueueRow>`
      select q.* from generate_series(0, 63) b, lateral (
        select ${columns} from staff_queue q where q.bucket = b and q.closed_at is null
          ${of.kind === undefined ? sql`` : sql`and q.kind = ${of.kind}`}
          ${of.coverage === undefined ? sql`` : sql`and q.coverage = ${of.coverage}`}
          ${of.after === null ? sql`` : sql`and (q.opened_at, q.entry_id) > (${at(of.after.at)}, ${of.after.id}::uuid)`}
        order by q.opened_at, q.entry_id limit ${of.limit}
      ) q order by q."openedAt", q."entryId" limit ${of.limit}`,
  )

/** One that is open; null when there is none of this id. */
export async function readStaffQueueEntry(
  queries: Queries,
  bucket: number,
  entryId: string,
): Promise<StaffQueueRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<StaffQueueRow>`select ${columns} from staff_queue q
      where q.bucket = ${bucket} and q.entry_id = ${entryId} and q.closed_at is null`,
  )
  return row ?? null
}

/** What these entries were about has ended by itself, or was decided. */
export async function endStaffQueueEntries(
  tx: Queries,
  bucket: number,
  kind: StaffQueueKind,
  subjectIds: readonly string[],
  now: Instant,
): Promise<void> {
  await sql`update staff_queue set closed_at = ${at(now)} where bucket = ${bucket} and kind = ${kind}
    and subject_id = any(${subjectIds}::uuid[]) and closed_at is null`.execute(tx)
}

export async function closeStaffQueueEntry(
  queries: Queries,
  bucket: number,
  entryId: string,
  closedBy: string,
  now: Instant,
): Promise<void> {
  await sql`update staff_queue set closed_at = ${at(now)}, closed_by = ${closedBy}
    where bucket = ${bucket} and entry_id = ${entryId} and closed_at is null`.execute(queries)
}
