/**
 * Brings a database up to the plain SQL files of `migrations/`, in the order of their numbers.
 *
 * Each file and the row that says it ran are one transaction, so a kill between two files, or inside one, leaves a
 * database that the next start simply goes on with. The lock is taken anew for every file and what has run is read
 * under it: any number of processes may start at once. What ran is never run again and never changed: a file that
 * differs from the one that ran means that this database and this program are not a pair, and nothing is touched.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import type { Instant } from '../domain/calendar.ts'

export interface Migration {
  /** The file's name, `0001_accounts.sql`. */
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

interface Applied {
  readonly name: string
  readonly checksum: string
}

/** Any number, as long as no other program that uses this database takes the same. */
const lockKey = 7_041_553

/**
 * Runs the files of `folder` that have not run yet; returns their names. Throws, with nothing changed by the file in
 * question, when a file fails, or when what ran before is changed, missing or out of order.
 */
export async function migrate(pool: pg.Pool, folder: string, now: Instant): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const ran: string[] = []
  const client = await pool.connect()
  try {
    for (;;) {
      const name = await inTransaction(client, () => runNext(client, migrations, now))
      if (name === null) return ran
      ran.push(name)
    }
  } finally {
    client.release()
  }
}

/** The names of the files of `folder` that this database has not run. Throws when the two are not a pair. */
export async function readPending(pool: pg.Pool, folder: string): Promise<string[]> {
  const exists = await pool.query<{ found: boolean }>("select to_regclass('migrations') is not null as found")
  const applied = exists.rows[0]?.found
    ? (await pool.query<Applied>('select name, checksum from migrations order by name collate "C"')).rows
    : []
  return pendingMigrations(await readMigrations(folder), applied).map((migration) => migration.name)
}

/** The files of `folder` in order; throws when a name or the numbering is wrong. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  const wrong = names.find((name, index) => !isNumber(name, index + 1))
  if (wrong) throw new Error(`${wrong}: migrations are named 0001_words.sql, 0002_words.sql, … without a gap`)
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex') }
    }),
  )
}

/** What is still to run, in order; throws when what ran and the files are not a pair. */
export function pendingMigrations(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  applied.forEach(({ name, checksum }, index) => {
    const here = migrations[index]
    if (!migrations.some((migration) => migration.name === name)) {
      throw new Error(
        `the database has run migration ${name}, which this version of Kessai does not know: use a newer version`,
      )
    }
    if (here?.name !== name) {
      throw new Error(`migration ${here?.name} stands before ${name}, which has already run: give it a later number`)
    }
    if (here.checksum !== checksum) {
      throw new Error(`migration ${name} was changed after it ran: restore the file, and put the change into a new one`)
    }
  })
  return migrations.slice(applied.length)
}

async function runNext(client: pg.ClientBase, migrations: readonly Migration[], now: Instant): Promise<string | null> {
  await client.query('select pg_advisory_xact_lock($1)', [lockKey])
  await client.query(`
    create table if not exists migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null
    )`)
  const applied = await client.query<Applied>('select name, checksum from migrations order by name collate "C"')
  const next = pendingMigrations(migrations, applied.rows)[0]
  if (!next) return null
  try {
    await client.query(next.sql)
  } catch (error) {
    throw new Error(`migration ${next.name} failed: ${explain(error, next.sql)}`, { cause: error })
  }
  await client.query('insert into migrations values ($1, $2, to_timestamp($3::float8 / 1000))', [
    next.name,
    next.checksum,
    now,
  ])
  return next.name
}

async function inTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    // A connection that is gone has rolled back already; its own error is the one to report.
    await client.query('rollback').catch(() => {})
    throw error
  }
}

const isNumber = (name: string, number: number): boolean =>
  /^\d{4}_[a-z0-9_]+\.sql$/.test(name) && Number(name.slice(0, 4)) === number

/** PostgreSQL gives the character at which it stopped; a person wants the line. */
function explain(error: unknown, sql: string): string {
  if (!(error instanceof Error)) return String(error)
  const position = 'position' in error ? Number(error.position) : 0
  return position > 0 ? `${error.message} (line ${sql.slice(0, position).split('\n').length})` : error.message
}
