/** Which database this is, and how new its rows are: what a process proves before it charges. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import { type Queries, rowsOf } from './database.ts'

export interface Server {
  /** Another one after a restart, a fail-over, a restore or a rename: whoever restores a database does one of these. */
  readonly identity: string
  /** A reconciliation after a restore is not done. */
  readonly beingRestored: boolean
}

export async function readServer(queries: Queries, coverage: string): Promise<Server> {
  const [row] = await rowsOf(
    queries,
    sql<Server>`
      select concat_ws(' ', inet_server_addr(), inet_server_port(), pg_postmaster_start_time(), d.oid) as identity,
        exists (select from reconciliations where coverage = ${coverage} and reason = 'restored'
          and finished_at is null) as "beingRestored"
      from pg_database d where d.datname = current_database()`,
  )
  if (!row) throw new Error('the database does not know itself')
  return row
}

/** When the newest charge that the gateway has answered was intended: what was merely intended says nothing of then. */
export async function readNewestAnswered(queries: Queries, coverage: string): Promise<Instant | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ newest: Instant | null }>`
      select max(x.intended_at) as newest from generate_series(0, 63) b, lateral (
        select c.intended_at from charges c where c.bucket = b and c.coverage = ${coverage}
          and c.gateway_payment_id is not null
        order by c.charge_id desc limit 1
      ) x`,
  )
  return row?.newest ?? null
}
