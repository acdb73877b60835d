/** Requests under an Idempotency-Key: begun once, answered as often as they are asked (design section 7). */
import { sql } from 'kysely'
import { type Queries, rowsOf } from './database.ts'

export interface RequestKey {
  readonly caller: string
  readonly key: string
}

export interface RequestRow {
  readonly operation: string
  readonly requestHash: Buffer
  readonly resourceId: string
  /** Null while it is not done. */
  readonly status: number | null
  readonly answer: string | null
}

/**
 * Claims a request: one never seen, or one whose process ended before it was done. Null when somebody else is at work on
 * it or it is done; `readRequest` says which.
 */
export async function claimRequest(
  queries: Queries,
  { caller, key }: RequestKey,
  wanted: Pick<RequestRow, 'operation' | 'requestHash' | 'resourceId'>,
  workerId: string,
): Promise<RequestRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<RequestRow>`
      insert into idempotent_requests as r (caller, key, operation, request_hash, resource_id, claimed_by, started_at)
      values (${caller}, ${key}, ${wanted.operation}, ${wanted.requestHash}, ${wanted.resourceId}, ${workerId}, clock_timestamp())
      on conflict (caller, key) do update set claimed_by = excluded.claimed_by
      where r.finished_at is null and r.operation = excluded.operation and r.request_hash = excluded.request_hash
        and not exists (select from workers w where w.worker_id = r.claimed_by and w.ended_at is null)
      returning operation, request_hash as "requestHash", resource_id as "resourceId", status, answer`,
  )
  return row ?? null
}

export async function readRequest(queries: Queries, { caller, key }: RequestKey): Promise<RequestRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<RequestRow>`
      select operation, request_hash as "requestHash", resource_id as "resourceId", status, answer
      from idempotent_requests where caller = ${caller} and key = ${key}`,
  )
  return row ?? null
}

/** Keeps the answer for whoever asks again. */
export async function finishRequest(
  queries: Queries,
  { caller, key }: RequestKey,
  answered: { readonly status: number; readonly answer: string },
): Promise<void> {
  await sql`
    update idempotent_requests set finished_at = clock_timestamp(), claimed_by = null, status = ${answered.status},
      answer = ${answered.answer}
    where caller = ${caller} and key = ${key} and finished_at is null`.execute(queries)
}

/**
 * Not done, and nobody is at work on it: the next one who asks begins it again, under the same resource id. Nothing where
 * another process has taken it over.
 */
export async function giveRequestBack(queries: Queries, { caller, key }: RequestKey, workerId: string): Promise<void> {
  await sql`
    update idempotent_requests set claimed_by = null
    where caller = ${caller} and key = ${key} and claimed_by = ${workerId}`.execute(queries)
}

/** Keys are remembered for `keptForMs` of wall time. */
export async function forgetOldRequests(queries: Queries, keptForMs: number): Promise<void> {
  await sql`
    delete from idempotent_requests
    where started_at < clock_timestamp() - ${keptForMs} * interval '1 millisecond'`.execute(queries)
}
