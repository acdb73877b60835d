/** Moving business time and waiting until the workers have nothing left to do at it. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Instant } from '../domain/calendar.ts'
import { advanceClock } from '../operations/advance-clock.ts'
import { isIdle } from '../worker/idle.ts'
import type { Stage } from './stage.ts'

const pollMs = 40

/** Resolves once nothing is due at `now` and nothing is claimed; tells `onPoll` meanwhile. */
export async function untilIdle(stage: Stage, now: Instant, onPoll?: () => Promise<void>): Promise<void> {
  while (!(await isIdle(stage.system, now))) {
    stage.signal.throwIfAborted()
    await onPoll?.()
    await delay(pollMs)
  }
  await onPoll?.()
}

/** Moves time to `to` by way of every moment at which something is due, so that each thing happens at its own time. */
export async function moveTo(stage: Stage, to: Instant, onPoll?: (now: Instant) => void): Promise<void> {
  const waitUntilIdle = (now: Instant) => untilIdle(stage, now, async () => onPoll?.(now))
  await advanceClock(stage.system, { to, waitUntilIdle }, await stage.now())
}
