/**
 * Moving business time on in the sandbox so that everything happens at its own moment: from each instant at which
 * something falls due to the next, waiting at each until nobody has anything left to do.
 */
import { addDays, type Instant, instantOn, monthAt, previousMonth } from '../domain/calendar.ts'
import { closingTimeOf, endOf } from '../domain/coverage.ts'
import { firstTrialEnds, freezeClock, nextDueAt } from '../postgres/clock.ts'
import type { System } from './system.ts'

export interface Advance {
  readonly to: Instant
  /** Resolves once nothing is due at `now` and nothing is being worked on. */
  readonly waitUntilIdle: (now: Instant) => Promise<void>
  /** Told of each instant when it is done with. */
  readonly onReached?: (now: Instant) => void | Promise<void>
}

/**
 * Moves business time from `now` to `to`, and leaves it standing there. Where it is interrupted it stands at the instant
 * it had reached, and the same call goes on from there.
 */
export async function advanceClock(system: System, advance: Advance, now: Instant): Promise<void> {
  for (let at = now; ; at = await nextInstant(system, at, advance.to)) {
    await freezeClock(system.db, at)
    await advance.waitUntilIdle(at)
    await advance.onReached?.(at)
    if (at >= advance.to) return
  }
}

/** When something is next to be done after `at`; `to` when nothing is before it. */
export async function nextInstant(system: System, at: Instant, to: Instant): Promise<Instant> {
  const rows = await nextDueAt(system.db, at)
  const candidates = [...(rows === null ? [] : [rows]), ...closings(system, at), ...(await trialEnds(system))]
  return candidates.filter((candidate) => candidate > at).reduce((one, other) => (one < other ? one : other), to)
}

/** When each coverage's months are over, and when they close by themselves. */
const closings = (system: System, at: Instant): Instant[] =>
  [...system.coverages.values()].flatMap((rules) => {
    const month = monthAt(at, rules.timeZone)
    return [closingTimeOf(previousMonth(month), rules), endOf(month, rules), closingTimeOf(month, rules)]
  })

/** The first midnight after the last day of the earliest trial. */
async function trialEnds(system: System): Promise<Instant[]> {
  const ends = await firstTrialEnds(system.db)
  return ends.flatMap(({ coverage, endsOn }) => {
    const rules = system.coverages.get(coverage)
    return rules ? [instantOn(addDays(endsOn, 1), '00:00', rules.timeZone)] : []
  })
}
