/** The coverages' rows, as the settings have them: what SQL joins, and what foreign keys hold. */
import { sql } from 'kysely'
import type { CoverageRules } from '../domain/coverage.ts'
import { json, type Queries, rowsOf } from './database.ts'

/**
 * Adds what is new. A coverage whose currency or zone differs from what its rows were made with is refused: amounts
 * already stored would change their meaning. So is the absence of one that accounts use: nobody would collect it.
 */
export async function syncCoverages(queries: Queries, coverages: readonly CoverageRules[]): Promise<void> {
  const wanted = coverages.map(({ coverage, currency, timeZone }) => ({ coverage, currency, time_zone: timeZone }))
  await sql`insert into coverages select * from json_populate_recordset(null::coverages, ${json(wanted)})
    on conflict do nothing`.execute(queries)
  const different = await rowsOf(
    queries,
    sql<{ coverage: string }>`
      select c.coverage from coverages c join json_populate_recordset(null::coverages, ${json(wanted)}) w using (coverage)
      where (c.currency, c.time_zone) <> (w.currency, w.time_zone)`,
  )
  if (different.length > 0) {
    const names = different.map((row) => row.coverage).join(', ')
    throw new Error(`coverage ${names}: currency and timeZone cannot change once rows exist`)
  }
  const forgotten = await rowsOf(
    queries,
    sql<{ coverage: string }>`
      select c.coverage from coverages c where c.coverage <> all(${wanted.map((row) => row.coverage)}::text[])
        and exists (select from payment_settings s where s.coverage = c.coverage)`,
  )
  if (forgotten.length > 0) {
    const names = forgotten.map((row) => row.coverage).join(', ')
    throw new Error(`coverage ${names} has accounts but is not in the settings: put it back`)
  }
}

/**
 * Notes which coverages charge real cards from now on. Answers those that did and are about to be simulated instead: a
 * secret key was lost, and whoever owes them would be charged by nobody, in a time that anybody may move.
 */
export async function markLive(queries: Queries, live: readonly string[]): Promise<string[]> {
  await sql`update coverages set live_since = clock_timestamp()
    where coverage = any(${live}::text[]) and live_since is null`.execute(queries)
  const lost = await rowsOf(
    queries,
    sql<{ coverage: string }>`
      select coverage from coverages where live_since is not null and coverage <> all(${live}::text[]) order by 1`,
  )
  return lost.map((row) => row.coverage)
}
