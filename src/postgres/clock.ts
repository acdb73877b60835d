/** The row that moves business time in the sandbox. Production has none: business time is then the wall's. */
import { sql } from 'kysely'
import { type Day, type Instant, instant, plusMs } from '../domain/calendar.ts'
import { at, kept, type Queries, rowsOf } from './database.ts'

export interface ClockRow {
  readonly frozenAt: Instant | null
  readonly offsetMs: bigint | null
}

/** Null where time has never been moved. */
export async function readClock(queries: Queries): Promise<ClockRow | null> {
  const [row] = await rowsOf(
    queries,
    kept(sql<ClockRow>`select frozen_at as "frozenAt", offset_ms as "offsetMs" from clock`),
  )
  return row ?? null
}

/** Business time, given what the wall says. */
export function businessTime(clock: ClockRow | null, wallMs: number): Instant {
  if (clock?.frozenAt != null) return clock.frozenAt
  return clock ? plusMs(instant(wallMs), Number(clock.offsetMs)) : instant(wallMs)
}

export async function freezeClock(queries: Queries, frozenAt: Instant): Promise<void> {
  await sql`insert into clock (only_row, frozen_at) values (true, ${at(frozenAt)})
    on conflict (only_row) do update set frozen_at = excluded.frozen_at, offset_ms = null`.execute(queries)
}

export async function offsetClock(queries: Queries, offsetMs: number): Promise<void> {
  await sql`insert into clock (only_row, offset_ms) values (true, ${offsetMs})
    on conflict (only_row) do update set frozen_at = null, offset_ms = excluded.offset_ms`.execute(queries)
}

/**
 * The next business time after `after` at which a row falls due, if any does; for moving the clock from one to the next.
 * What is due already and still waits (a paused run) is passed over.
 */
export async function nextDueAt(queries: Queries, after: Instant | null = null): Promise<Instant | null> {
  const later = (column: string) => (after === null ? sql`true` : sql`${sql.ref(column)} > ${at(after)}`)
  const [row] = await rowsOf(
    queries,
    sql<{ due: Instant | null }>`
      select least(
        (select min(m) from generate_series(0, 63) b, lateral (
          select min(i.next_attempt_at) as m from invoices i
          where i.bucket = b and i.next_attempt_at is not null and ${later('i.next_attempt_at')}) x),
        (select min(m) from generate_series(0, 63) b, lateral (
          select min(c.next_step_at) as m from charges c
          where c.bucket = b and c.settled_at is null and ${later('c.next_step_at')}) y),
        (select min(m) from generate_series(0, 63) b, lateral (
          select min(r.next_step_at) as m from refunds r
          where r.bucket = b and r.settled_at is null and ${later('r.next_step_at')}) w),
        (select min(m) from generate_series(0, 63) b, lateral (
          select min(s.next_check_at) as m from standings s
          where s.bucket = b and s.next_check_at is not null and ${later('s.next_check_at')}) z)
      ) as due`,
  )
  return row?.due ?? null
}

/** The last day of each coverage's earliest trial. */
export const firstTrialEnds = (queries: Queries): Promise<{ coverage: string; endsOn: Day }[]> =>
  rowsOf(
    queries,
    sql<{ coverage: string; endsOn: Day }>`
      select coverage, min(trial_ends_on) as "endsOn" from payment_settings where method = 'trial' group by coverage`,
  )
