/** Who is alive: the rows of `workers`. Wall time throughout; business time never meets it. */
import { sql } from 'kysely'
import { type Queries, rowsOf } from './database.ts'

export async function registerWorker(
  queries: Queries,
  worker: { readonly workerId: string; readonly host: string; readonly pid: number },
): Promise<void> {
  await sql`
    insert into workers (worker_id, host, pid, started_at, heartbeat_at)
    values (${worker.workerId}, ${worker.host}, ${worker.pid}, clock_timestamp(), clock_timestamp())`.execute(queries)
}

/** Says that the worker is alive. False when it has been declared dead: it must claim nothing more. */
export async function beat(queries: Queries, workerId: string): Promise<boolean> {
  const rows = await rowsOf(
    queries,
    sql`update workers set heartbeat_at = clock_timestamp() where worker_id = ${workerId} and ended_at is null returning 1`,
  )
  return rows.length > 0
}

export async function endWorker(queries: Queries, workerId: string): Promise<void> {
  await sql`update workers set ended_at = clock_timestamp() where worker_id = ${workerId} and ended_at is null`.execute(
    queries,
  )
}

/** Declares dead whoever has been silent too long. */
export async function endSilentWorkers(queries: Queries, silentForMs: number): Promise<void> {
  await sql`
    update workers set ended_at = clock_timestamp()
    where ended_at is null and heartbeat_at < clock_timestamp() - ${silentForMs} * interval '1 millisecond'`.execute(
    queries,
  )
}

/** Whether anybody but `workerId` is at work: heard of within `silentForMs`. */
export async function anyOtherAlive(queries: Queries, workerId: string, silentForMs: number): Promise<boolean> {
  const rows = await rowsOf(
    queries,
    sql`select 1 from workers where worker_id <> ${workerId} and ended_at is null
      and heartbeat_at >= clock_timestamp() - ${silentForMs} * interval '1 millisecond' limit 1`,
  )
  return rows.length > 0
}
