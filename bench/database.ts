/** A migrated throw-away database for one measurement, and the process to ask for its CPU time. */
import { join } from 'node:path'
import pg from 'pg'
import { startThrowAwayPostgres } from '../src/adapters/embedded-postgres/throw-away.ts'
import { instant } from '../src/domain/calendar.ts'
import { poolFor } from '../src/postgres/database.ts'
import { migrate } from '../src/postgres/migrate.ts'

export interface BenchDatabase {
  readonly url: string
  /** The server's process id. */
  readonly postmaster: number
  stop(): Promise<void>
}

export async function benchDatabase(): Promise<BenchDatabase> {
  const server = await startThrowAwayPostgres()
  const pool = poolFor(server.url)
  await migrate(pool, join(import.meta.dirname, '..', 'migrations'), instant(0))
  await pool.end()
  return { url: server.url, postmaster: await postmasterOf(server.url), stop: server.stop }
}

async function postmasterOf(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ pid: string }>(
    "select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid",
  )
  await client.end()
  return Number(rows[0]?.pid)
}
