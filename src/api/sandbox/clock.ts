/** Moving the sandbox's clock from the page: everything that falls due on the way happens, each at its own moment. */
import { z } from 'zod'
import { type Instant, plusMs } from '../../domain/calendar.ts'
import { advanceClock } from '../../operations/advance-clock.ts'
import type { System } from '../../operations/system.ts'
import type { Clock } from '../../ports/clock.ts'
import { offsetClock, readClock } from '../../postgres/clock.ts'
import { Problem } from '../errors.ts'
import type { SandboxControls } from './sandbox.ts'

const longestDays = 31

export const advanceBody = z.strictObject({
  /** A number of days as ISO 8601 writes it: `P1D` … `P31D`. */
  advance: z
    .string()
    .regex(/^P\d{1,2}D$/, 'days such as P1D')
    .transform((text) => Number(text.slice(1, -1)))
    .refine((days) => days >= 1 && days <= longestDays, `P1D to P${longestDays}D`),
})

const lookEveryMs = 50
/** Wall time that a moment of business time may take; longer, and nobody is at work. */
const patienceMs = 60_000

/** One move at a time: two would pull the clock to and fro. */
export function clockMover(system: System, clock: Clock, { isIdle }: Pick<SandboxControls, 'isIdle'>) {
  let moving = false
  return async ({ advance }: z.output<typeof advanceBody>): Promise<Instant> => {
    if (moving) throw new Problem('request_in_progress', { retryAfterSeconds: 1 })
    moving = true
    try {
      const [now, before] = [await clock.now(), await readClock(system.db)]
      const to = plusMs(now, advance * 86_400_000)
      await advanceClock(system, { to, waitUntilIdle: (at) => untilIdle(system, isIdle, at) }, now)
      // Where time ran on beside the wall's it does so again.
      if (before?.frozenAt == null) await offsetClock(system.db, to - system.wallNow())
      return to
    } finally {
      moving = false
    }
  }
}

async function untilIdle(system: System, isIdle: SandboxControls['isIdle'], at: Instant): Promise<void> {
  for (let waited = 0; !(await isIdle(at)); waited += lookEveryMs) {
    if (waited > patienceMs) throw new Problem('unavailable', { retryAfterSeconds: 5 })
    await system.pause(lookEveryMs)
  }
}
