/**
 * Databases for test files, lent and taken back: making a clone of the migrated template costs a hundred times what
 * emptying one does. One that comes back with another schema than it was lent with is dropped and not lent again.
 */
import { join } from 'node:path'
import pg from 'pg'
import { startThrowAwayPostgres } from '../../src/adapters/embedded-postgres/throw-away.ts'
import { instant } from '../../src/domain/calendar.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { emptyDatabase } from './empty.ts'
import { runOn } from './run-on.ts'

export interface TestServer {
  /** A database of the server that is not the template, with the right to create others. */
  readonly adminUrl: string
  readonly template: string
}

export interface Lending extends TestServer {
  /** The address of a database as the migrations leave it, for one borrower at a time. */
  lend(): Promise<string>
  takeBack(url: string): Promise<void>
  stop(): Promise<void>
}

const migrationsFolder = join(import.meta.dirname, '..', '..', 'migrations')

/** On the server of KESSAI_TEST_DATABASE_URL when it is set, else on an embedded one. */
export async function startLending(): Promise<Lending> {
  const given = process.env.KESSAI_TEST_DATABASE_URL
  const embedded = given ? null : await startThrowAwayPostgres(settings)
  const adminUrl = given ?? embedded?.url ?? ''
  const template = `kessai_template_${process.pid}`
  await runOn(adminUrl, `drop database if exists ${template}`, `create database ${template}`)
  const pool = new pg.Pool({ connectionString: urlOf(adminUrl, template), max: 1 })
  try {
    await migrate(pool, migrationsFolder, instant(0))
  } finally {
    await pool.end()
  }
  const asMigrated = await schemaOf(urlOf(adminUrl, template))
  const free: string[] = []
  let made = 0
  return {
    adminUrl,
    template,
    lend: async () => {
      const known = free.pop()
      if (known) return known
      made += 1
      const name = `kessai_lent_${process.pid}_${made}`
      await runOn(adminUrl, `drop database if exists ${name} with (force)`)
      await runOn(adminUrl, `create database ${name} template ${template}`)
      return urlOf(adminUrl, name)
    },
    takeBack: async (url) => {
      if (await cleaned(url, asMigrated)) free.push(url)
      else await runOn(adminUrl, `drop database if exists ${nameOf(url)} with (force)`)
    },
    stop: async () => {
      const lent = Array.from({ length: made }, (_, index) => `kessai_lent_${process.pid}_${index + 1}`)
      const drops = [...lent, template].map((name) => `drop database if exists ${name} with (force)`)
      if (given) await runOn(adminUrl, ...drops)
      await embedded?.stop()
    },
  }
}

// Tests kill processes, never the machine: here alone nothing has to outlive a power cut.
const settings = {
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_compression: 'off',
}

/** Whether it is as it was lent: empty, with nobody in it, and of the same schema. */
async function cleaned(url: string, asMigrated: string): Promise<boolean> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  pool.on('error', () => undefined)
  try {
    await pool.query(`select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
    await emptyDatabase(pool)
    return (await schemaIn(pool)) === asMigrated
  } catch {
    return false
  } finally {
    await pool.end()
  }
}

async function schemaOf(url: string): Promise<string> {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  try {
    return await schemaIn(pool)
  } finally {
    await pool.end()
  }
}

/** All that a test could have changed besides rows, and the rows that are never deleted. */
async function schemaIn(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ parts: string }>(`
    with ours as (select oid, relname, relkind from pg_class where relnamespace = 'public'::regnamespace)
    select string_agg(part, e'\\n' order by part) as parts from (
      select concat_ws(' ', 'schema', nspname) from pg_namespace where nspname !~ '^pg_'
      union all select concat_ws(' ', relkind, relname) from ours
      union all select concat_ws(' ', relname, attname, atttypid::regtype, attnotnull)
        from pg_attribute a join ours on ours.oid = attrelid where attnum > 0
      union all select concat_ws(' ', relname, pg_get_indexdef(indexrelid), indisvalid)
        from pg_index join ours on ours.oid = indrelid
      union all select concat_ws(' ', relname, conname, pg_get_constraintdef(c.oid))
        from pg_constraint c join ours on ours.oid = conrelid
      union all select concat_ws(' ', relname, tgname, tgenabled)
        from pg_trigger join ours on ours.oid = tgrelid where not tgisinternal
      union all select concat_ws(' ', 'function', proname) from pg_proc where pronamespace = 'public'::regnamespace
      union all select concat_ws(' ', 'setting', unnest(setconfig)) from pg_db_role_setting s
        join pg_database d on d.oid = s.setdatabase and d.datname = current_database()
      union all select concat_ws(' ', 'migrated', to_jsonb(m)) from migrations m
    ) as things(part)`)
  return rows[0]?.parts ?? ''
}

function urlOf(adminUrl: string, name: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  return url.href
}
const nameOf = (url: string): string => new URL(url).pathname.slice(1)
