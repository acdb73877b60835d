/** The moments counted against each limit. `domain/limit.ts` says what they mean. Wall time. */
import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import { at, type Queries, rowsOf } from './database.ts'

/** Holds the rows of `keys`, made if need be, always in the same order: two requests never wait for each other. */
export async function lockCounts(
  tx: Queries,
  keys: readonly string[],
  wall: Instant,
): Promise<ReadonlyMap<string, readonly Instant[]>> {
  await sql`
    insert into rate_limits (limited, forget_at)
    select limited, ${at(wall)} from unnest(${[...keys]}::text[]) limited order by limited collate "C"
    on conflict do nothing`.execute(tx)
  return readCounts(tx, keys, sql`for update`)
}

export async function readCounts(
  queries: Queries,
  keys: readonly string[],
  lock: RawBuilder<unknown> = sql``,
): Promise<ReadonlyMap<string, readonly Instant[]>> {
  const rows = await rowsOf(
    queries,
    sql<{ limited: string; countedAt: Instant[] }>`
      select limited, counted_at as "countedAt" from rate_limits
      where limited = any(${[...keys]}::text[]) order by limited collate "C" ${lock}`,
  )
  return new Map(rows.map(({ limited, countedAt }) => [limited, countedAt]))
}

export async function writeCounts(
  tx: Queries,
  key: string,
  countedAt: readonly Instant[],
  forgetAt: Instant,
): Promise<void> {
  await sql`
    update rate_limits set counted_at = ${countedAt.map((moment) => new Date(moment))}::timestamptz[],
      forget_at = ${at(forgetAt)}
    where limited = ${key}`.execute(tx)
}

export async function forgetCounts(tx: Queries, keys: readonly string[]): Promise<void> {
  await sql`update rate_limits set counted_at = '{}' where limited = any(${[...keys]}::text[])`.execute(tx)
}

/** Takes back one moment that was counted. */
export async function takeBackCount(tx: Queries, keys: readonly string[], countedAt: Instant): Promise<void> {
  await sql`
    update rate_limits set counted_at = array_remove(counted_at, ${at(countedAt)})
    where limited = any(${[...keys]}::text[])`.execute(tx)
}

/** Rows that say nothing any longer. */
export async function forgetOldCounts(queries: Queries, wall: Instant): Promise<void> {
  await sql`delete from rate_limits where forget_at < ${at(wall)}`.execute(queries)
}
