/**
 * The gateway's pace as rows that every process shares: `domain/pace.ts` decides, this reads the rows under lock with
 * the database's own wall clock, the one clock that all machines have in common. A draw is a transaction of two short
 * statements, some ten a second for each process and endpoint; it need not survive a crash of the server, and does not
 * wait for the disk.
 */
import { sql } from 'kysely'
import {
  type Draw,
  decideDraw,
  decideSlowDown,
  type Endpoint,
  type Pace,
  type PaceLimits,
  type Places,
  type Trouble,
} from '../domain/pace.ts'
import { type Database, json, type Queries, rowsOf, transaction } from './database.ts'

/** Takes up to `want` places in the coverage's lines. Throws what the database throws; nothing is taken then. */
export async function drawPlaces(
  db: Database,
  coverage: string,
  limits: PaceLimits,
  endpoint: Endpoint,
  draw: Draw,
): Promise<Places> {
  return onLines(db, coverage, endpoint, async (tx, lines) => {
    const drawn = decideDraw(lines, limits, draw, lines.nowMs)
    if (drawn.places.count > 0) await writeLines(tx, coverage, { all: drawn.all, [endpoint]: drawn.endpoint })
    return drawn.places
  })
}

/** Lowers the endpoint's pace for everybody. */
export async function slowLineDown(
  db: Database,
  coverage: string,
  endpoint: Endpoint,
  trouble: Trouble,
): Promise<void> {
  await onLines(db, coverage, endpoint, (tx, lines) =>
    writeLines(tx, coverage, { [endpoint]: decideSlowDown(lines.endpoint, trouble, lines.nowMs) }),
  )
}

interface Lines {
  readonly all: Pace
  readonly endpoint: Pace
  /** The database's wall clock, read under the lock. */
  readonly nowMs: number
}

/** Locks both lines and does `act`; the first call ever makes them. */
async function onLines<Result>(
  db: Database,
  coverage: string,
  endpoint: Endpoint,
  act: (tx: Queries, lines: Lines) => Promise<Result>,
): Promise<Result> {
  const done = await transaction(db, async (tx) => {
    const lines = await lockLines(tx, coverage, endpoint)
    return lines && { result: await act(tx, lines) }
  })
  if (done) return done.result
  await makeLines(db, coverage, endpoint)
  return onLines(db, coverage, endpoint, act)
}

/**
 * `all` comes first in everybody's order, so that no two wait for each other. The clock is read after the lock is had:
 * a moment from before the wait would place calls too late.
 */
async function lockLines(tx: Queries, coverage: string, endpoint: Endpoint): Promise<Lines | null> {
  const rows = await rowsOf(
    tx,
    sql<Pace & { readonly endpoint: string; readonly nowMs: number }>`
      with locked as materialized (
        select endpoint, taken_until, factor, slowed_at from gateway_pace
        where coverage = ${coverage} and endpoint in ('all', ${endpoint})
        order by endpoint
        for no key update
      )
      select endpoint, ${epochMs(sql`taken_until`)} as "takenUntilMs", factor, ${epochMs(sql`slowed_at`)} as "slowedAtMs",
        ${epochMs(sql`clock_timestamp()`)} as "nowMs", set_config('synchronous_commit', 'off', true)
      from locked`,
  )
  const all = rows.find((row) => row.endpoint === 'all')
  const own = rows.find((row) => row.endpoint === endpoint)
  return all && own ? { all, endpoint: own, nowMs: own.nowMs } : null
}

// To the microsecond: whole milliseconds would cost a limit of 300 a second a tenth of itself.
const epochMs = (timestamp: ReturnType<typeof sql>) => sql`(extract(epoch from ${timestamp}) * 1000)::float8`

async function writeLines(tx: Queries, coverage: string, lines: Readonly<Record<string, Pace>>): Promise<void> {
  await sql`
    update gateway_pace p
    set taken_until = to_timestamp(line."takenUntilMs" / 1000), factor = line.factor,
      slowed_at = to_timestamp(line."slowedAtMs" / 1000)
    from json_to_recordset(${json(Object.entries(lines).map(([endpoint, line]) => ({ ...line, endpoint })))})
      as line (endpoint text, "takenUntilMs" float8, factor float8, "slowedAtMs" float8)
    where p.coverage = ${coverage} and p.endpoint = line.endpoint`.execute(tx)
}

async function makeLines(db: Database, coverage: string, endpoint: Endpoint): Promise<void> {
  await sql`
    insert into gateway_pace (coverage, endpoint, taken_until)
    select ${coverage}, unnest(array['all', ${endpoint}]), clock_timestamp()
    on conflict do nothing`.execute(db)
}
