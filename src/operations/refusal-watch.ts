/**
 * When every answer of a gateway is a refusal, our key or our requests are at fault, and no payer's card: the coverage's
 * runs pause and staff are called (design section 4.9).
 */
import type { Instant } from '../domain/calendar.ts'
import type { Learnt } from '../domain/learnt.ts'
import { pauseRuns } from '../postgres/runs.ts'
import type { System } from './system.ts'

const refusalsThatPause = 5

/** In a row, by worker and coverage, whichever bucket they came from. Forgotten with the process, and soon counted again. */
const inARow = new WeakMap<System, Map<string, number>>()

/** Told of every answer. Pauses at the fifth refusal in a row, and again at the tenth should somebody have resumed. */
export async function watchRefusals(system: System, coverage: string, learnt: Learnt, now: Instant): Promise<void> {
  const counts = inARow.get(system) ?? new Map<string, number>()
  inARow.set(system, counts)
  if (learnt.kind !== 'refused') {
    counts.delete(coverage)
    return
  }
  const count = (counts.get(coverage) ?? 0) + 1
  counts.set(coverage, count)
  if (count % refusalsThatPause !== 0) return
  system.log.error({ coverage, reason: learnt.reason }, 'the gateway refuses us; collection of this coverage is paused')
  await pauseRuns(system.db, coverage, `the gateway refused ${count} calls in a row: ${learnt.reason}`, now)
}
