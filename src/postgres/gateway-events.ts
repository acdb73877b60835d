/**
 * What the gateway told us: kept before it is acknowledged, claimed, and closed once the gateway has been read. No
 * account's, so no bucket; wall time throughout, as what is waited for is a process, not a day.
 */
import { sql } from 'kysely'
import type { GatewayEventOutcome } from '../domain/gateway-event.ts'
import { type Queries, rowsOf } from './database.ts'

export interface EventKey {
  readonly coverage: string
  readonly eventId: string
}

/** Keeps it; one that came before is left as it is. */
export async function insertGatewayEvent(
  queries: Queries,
  { coverage, eventId }: EventKey,
  event: { readonly type: string; readonly about: unknown },
): Promise<void> {
  await sql`
    insert into gateway_events (coverage, event_id, type, about, received_at_wall, next_try_at_wall)
    values (${coverage}, ${eventId}, ${event.type}, ${JSON.stringify(event.about)}::jsonb, clock_timestamp(), clock_timestamp())
    on conflict do nothing`.execute(queries)
}

export interface ClaimedEvent extends EventKey {
  readonly about: unknown
  /** This one included. */
  readonly attempts: number
}

/** Whose time has come, or whose worker has ended with it in hand (F23). */
const due = sql`e.handled_at_wall is null and (e.next_try_at_wall <= clock_timestamp() or e.claimed_by is not null
  and not exists (select from workers w where w.worker_id = e.claimed_by and w.ended_at is null))`

export async function anyDueGatewayEvents(queries: Queries): Promise<boolean> {
  const rows = await rowsOf(queries, sql`select from gateway_events e where ${due} limit 1`)
  return rows.length > 0
}

/** Claims events for `leaseMs`: after that they are anybody's again, should this worker live and not finish them. */
export const claimGatewayEvents = (
  tx: Queries,
  workerId: string,
  leaseMs: number,
  limit: number,
): Promise<ClaimedEvent[]> =>
  rowsOf(
    tx,
    sql<ClaimedEvent>`
      with due as materialized (
        select coverage, event_id from gateway_events e where ${due}
        order by next_try_at_wall, event_id limit ${limit} for no key update skip locked
      )
      update gateway_events e set claimed_by = ${workerId}, attempts = e.attempts + 1,
        next_try_at_wall = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
      from due where e.coverage = due.coverage and e.event_id = due.event_id
      returning e.coverage, e.event_id as "eventId", e.about, e.attempts`,
  )

export async function closeGatewayEvent(
  queries: Queries,
  { coverage, eventId }: EventKey,
  outcome: GatewayEventOutcome,
): Promise<void> {
  await sql`
    update gateway_events set handled_at_wall = clock_timestamp(), outcome = ${outcome}, next_try_at_wall = null,
      claimed_by = null
    where coverage = ${coverage} and event_id = ${eventId} and handled_at_wall is null`.execute(queries)
}

export async function putBackGatewayEvent(
  queries: Queries,
  { coverage, eventId }: EventKey,
  againAfterMs: number,
  problem: string | null,
): Promise<void> {
  await sql`
    update gateway_events set claimed_by = null, last_problem = ${problem},
      next_try_at_wall = clock_timestamp() + ${againAfterMs} * interval '1 millisecond'
    where coverage = ${coverage} and event_id = ${eventId} and handled_at_wall is null`.execute(queries)
}
