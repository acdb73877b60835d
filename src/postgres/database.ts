/**
 * The connection to PostgreSQL, and the one way to open a transaction.
 *
 * Values cross this border in one place: int8 ↔ bigint, timestamptz ↔ epoch milliseconds, date and numeric ↔ text.
 * `transaction` marks its asynchronous context; whatever speaks to the outside refuses to run under the mark
 * (design section 4.4), so that no lock is ever held while somebody else's computer thinks.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { Kysely, PostgresDialect, type PostgresPool, type RawBuilder, sql, type Transaction } from 'kysely'
import pg from 'pg'
import type { Instant } from '../domain/calendar.ts'
import type { Tables } from './tables.ts'

export type Database = Kysely<Tables>
/** What every function of this folder takes: a transaction, or the database itself for a single statement. */
export type Queries = Kysely<Tables> | Transaction<Tables>

const underTransaction = new AsyncLocalStorage<true>()
export const inTransaction = (): boolean => underTransaction.getStore() === true

/** Opens a pool. Throws nothing itself: the first statement does when the server cannot be reached. */
export function connect(url: string, options: { readonly connections?: number } = {}): Database {
  return databaseOn(poolFor(url, options))
}

export const databaseOn = (pool: PostgresPool): Database =>
  new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })

export function poolFor(url: string, options: { readonly connections?: number } = {}): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 8,
    types: { getTypeParser },
    // Text of timestamps and the planner's view of a day must not depend on the machine. A plan that was made for a table
    // while it was empty reads all of it when it has grown, until the next analyze: each is planned for what it meets.
    options: '-c TimeZone=UTC -c plan_cache_mode=force_custom_plan',
    application_name: 'kessai',
  })
  // A connection that the server closed is replaced at the next statement, which reports what is wrong. One that is in
  // use has no other listener, and would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
    keepStatements(client)
  })
  return pool
}

const keepMark = '/* kept */'

/**
 * A statement that every request of an open page asks: each connection parses it once. It is planned anew each time, as
 * all others are.
 */
export const kept = <Row>(query: RawBuilder<Row>): RawBuilder<Row> => sql<Row>`${sql.raw(keepMark)} ${query}`

const keptNames = new Map<string, string>()

/** What bears the mark is sent under a name, which is how PostgreSQL keeps it. */
function keepStatements(client: pg.PoolClient): void {
  const ask = client.query.bind(client) as (...asked: unknown[]) => unknown // one of its many overloads
  const query = (text: unknown, values: unknown, ...rest: unknown[]): unknown => {
    if (typeof text !== 'string' || !text.startsWith(keepMark)) return ask(text, values, ...rest)
    const name = keptNames.get(text) ?? `kept_${keptNames.size}`
    keptNames.set(text, name)
    return ask({ name, text, values }, ...rest)
  }
  client.query = query as typeof client.query // the same overloads
}

/**
 * Runs `work` in one transaction; no call to the outside is possible inside.
 *
 * Whoever locks rows of several tables locks them in this order, and several rows of one table in the order of their
 * keys, so that nobody waits in a circle (`test/operations/lock-order.test.ts`):
 *
 *   payment_settings, accounts, invoices, orders, charges, refunds, disputes, standings, standing_versions, cards
 *
 * Rows taken with `skip locked` may come in any order; what is only ever inserted comes last. Should somebody break it
 * all the same, the server undoes one of the two, and that one is run again: `work` changes nothing but the database.
 */
export async function transaction<Result>(
  db: Database,
  work: (tx: Transaction<Tables>) => Promise<Result>,
): Promise<Result> {
  for (let lost = 0; ; lost++) {
    try {
      return await underTransaction.run(true, () => db.transaction().execute(work))
    } catch (problem) {
      if (lost === timesToLose || !isDeadlock(problem)) throw problem
    }
  }
}

const timesToLose = 5
const isDeadlock = (problem: unknown): boolean =>
  problem instanceof Error && 'code' in problem && problem.code === '40P01'

export async function rowsOf<Row>(queries: Queries, query: RawBuilder<Row>): Promise<Row[]> {
  return (await query.execute(queries)).rows
}

/**
 * Rows (or plain values) as one JSON parameter for `json_populate_recordset` and its like: any number of rows, one
 * statement. A bigint is written as a JSON string, which PostgreSQL reads into int8 and numeric columns alike.
 */
export const json = (rows: readonly unknown[]): RawBuilder<unknown> => sql`${JSON.stringify(rows.map(plain))}::json`

/** A replacer function would be called for every value; bigints stand at a row's top level, or in one of its details. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value
  if (Array.isArray(value)) return value.map(plain)
  const copy: Record<string, unknown> = {}
  for (const key in value) {
    const column = (value as Record<string, unknown>)[key] // an object's own enumerable key
    copy[key] = typeof column === 'bigint' || typeof column === 'object' ? plain(column) : column
  }
  return copy
}

/** PostgreSQL's names for the columns that rows are sent in. */
export type ColumnType =
  | 'uuid'
  | 'text'
  | 'bigint'
  | 'integer'
  | 'smallint'
  | 'boolean'
  | 'timestamptz'
  | 'date'
  | 'jsonb'

/**
 * Rows as a table `d` in a `from` clause, sent as one array per column. On the hot paths this takes PostgreSQL a fifth
 * of the time that reading JSON does, and lets it know how many rows there are.
 */
export function table<Row>(
  rows: readonly Row[],
  columns: { readonly [Column in keyof Row & string]: ColumnType },
): RawBuilder<unknown> {
  const names = Object.keys(columns) as (keyof Row & string)[] // as the type says, and nothing else
  const arrays = names.map((name) => sql`${arrayOf(rows.map((row) => row[name]))}::${sql.raw(columns[name])}[]`)
  return sql`unnest(${sql.join(arrays)}) as d(${sql.join(names.map((name) => sql.ref(name)))})`
}

/** An array as PostgreSQL reads it from text. Numbers, ids and times stand as they are; all else is quoted. */
function arrayOf(values: readonly unknown[]): string {
  return `{${values.map(element).join()}}`
}

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  const text = typeof value === 'string' ? value : JSON.stringify(plain(value))
  return standsUnquoted.test(text) ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`
}

// At least one digit or dash, so that no word which means something to an array, such as NULL, is among them.
const standsUnquoted = /^[\w.:-]*[\d-][\w.:-]*$/

/** An instant as PostgreSQL reads it. */
export const at = (instant: Instant): RawBuilder<Instant> => sql`${new Date(instant)}::timestamptz`

const { INT8, TIMESTAMPTZ, DATE, NUMERIC } = pg.types.builtins
const int8Array = 1016
const timestamptzArray = 1185
const ours = new Map<number, (text: string) => unknown>([
  [INT8, BigInt],
  [TIMESTAMPTZ, epochMs],
  [DATE, (text) => text],
  [NUMERIC, (text) => text],
  [int8Array, (text) => elements(text).map(BigInt)],
  [timestamptzArray, (text) => elements(text).map(epochMs)],
])

// pg declares this as an overloaded function per format; ours answers text, and leaves binary to pg.
const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  (format !== 'binary' && ours.get(oid)) ||
  pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser

/** `2027-03-01 06:00:00.123+00`, the session being in UTC. */
function epochMs(text: string): number {
  return Date.parse(`${text.slice(0, 10)}T${text.slice(11).replace('+00', 'Z')}`)
}

const elements = (array: string): string[] =>
  array === '{}'
    ? []
    : array
        .slice(1, -1)
        .split(',')
        .map((element) => element.replaceAll('"', ''))
