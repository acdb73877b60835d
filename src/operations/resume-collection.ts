/** Letting a paused run go on: the days that it has cost are written down first, each with its reason (B9). */
import { allBuckets } from '../domain/bucket.ts'
import { dayAt, type Instant, type Month } from '../domain/calendar.ts'
import { resumeRuns } from '../postgres/runs.ts'
import { recordPausedDays } from '../postgres/skips.ts'
import { rulesOf, type System } from './system.ts'

/** One month, or all of the coverage. Whoever dies half-way leaves it paused, and asks again. */
export async function resumeCollection(
  system: System,
  { coverage, month = null }: { readonly coverage: string; readonly month?: Month | null },
  now: Instant,
): Promise<void> {
  const { timeZone } = rulesOf(system, coverage)
  const of = { coverage, month, timeZone, today: dayAt(now, timeZone) }
  for (const bucket of allBuckets) await recordPausedDays(system.db, bucket, of, now)
  await resumeRuns(system.db, coverage, month)
}
