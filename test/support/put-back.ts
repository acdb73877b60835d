/**
 * A moment that can be come back to: the database's rows and the card network's books, as often as wanted and in a few
 * milliseconds, so that a scene is set up once and played many times.
 */
import type pg from 'pg'
import type { Simulator } from '../../src/simulator/simulator.ts'

export interface RememberedRows {
  putBack(): Promise<void>
  forget(): Promise<void>
}

/** Copies every table that has rows into a schema of its own. */
export async function rememberRows(pool: pg.Pool): Promise<RememberedRows> {
  const tables = await tablesOf(pool)
  const asked = tables.map(({ name }, index) => `exists (select from ${name}) as t${index}`)
  const { rows } = await pool.query<Record<string, boolean>>(`select ${asked.join(', ')}`)
  const filled = tables.filter((_table, index) => rows[0]?.[`t${index}`])
  const copies = filled.map(({ name }) => `create table kept.${name} as table ${name}`)
  const forget = 'drop schema if exists kept cascade'
  await pool.query([forget, 'create schema kept', ...copies].join(';'))
  const putBack = [
    'begin',
    // Foreign keys are not asked meanwhile: all that was there together comes back together.
    'set local session_replication_role = replica',
    ...tables.map(({ name }) => `delete from ${name}`),
    ...filled.map(({ name, columns }) => `insert into ${name} (${columns}) select ${columns} from kept.${name}`),
    'commit',
  ].join(';')
  const run = async (statements: string) => void (await pool.query(statements))
  return { putBack: () => run(putBack), forget: () => run(forget) }
}

/** With the columns that can be written: generated ones follow. */
async function tablesOf(pool: pg.Pool): Promise<{ name: string; columns: string }[]> {
  const { rows } = await pool.query<{ name: string; columns: string }>(`
    select quote_ident(c.relname) as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname <> 'migrations'
    group by c.relname order by c.relname`)
  return rows
}

/** The books as they are now; what it answers puts them back. Faults that are still armed then are not kept. */
export function rememberBooks({ books, faults }: Simulator): () => void {
  const then = structuredClone(books)
  const plan = faults.plan()
  return () => {
    restore(books, structuredClone(then))
    faults.clear()
    if (faults.plan() !== plan) faults.set(plan)
  }
}

/** Every part in its place: gateways keep their account's books at hand. Rows are never changed, only put over others. */
function restore<Part extends object>(part: Part, then: Part): void {
  for (const name of Object.keys(then) as (keyof Part)[]) {
    const [now, was] = [part[name], then[name]]
    if (now instanceof Map && was instanceof Map) refill(now, was)
    else part[name] = was
  }
}

function refill(map: Map<unknown, unknown>, from: ReadonlyMap<unknown, unknown>): void {
  const before = new Map(map)
  map.clear()
  for (const [key, was] of from) {
    const now = before.get(key)
    if (isAccount(now) && isAccount(was)) restore(now, was)
    map.set(key, isAccount(now) ? now : was)
  }
}

const isAccount = (part: unknown): part is object => typeof part === 'object' && part !== null && 'timeline' in part
