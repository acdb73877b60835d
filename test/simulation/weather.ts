/** What goes wrong by itself: single calls to the gateway, whole hours of it, events on their way, and the clock. */
import { dayMs, type Instant, minuteMs, plusMs } from '../../src/domain/calendar.ts'
import type { FaultPlan } from '../../src/simulator/faults.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { type Chance, pickOne } from './chance.ts'

/** All day long: one call in twenty of those that move money, and one event in ten. */
const ordinary: Partial<FaultPlan> = {
  down: false,
  unauthorised: false,
  rates: {
    timeout_before: 0.01,
    timeout_after: 0.01,
    error_500: 0.005,
    error_500_stored: 0.005,
    error_500_stored_after: 0.005,
    rate_limited: 0.01,
    key_in_use: 0.005,
    slow: 0.003,
  },
  events: { rates: { lost: 0.03, twice: 0.05, reordered: 0.1, late: 0.1 }, lateMs: 0 },
}

const badDeploy = { error_500: 0.3, error_500_stored: 0.3, error_500_stored_after: 0.3 }
const larger = {
  'the gateway is down for an hour': { minutes: 60, plan: { down: true } },
  'the gateway is down for a day and a half': { minutes: 36 * 60, plan: { down: true } },
  '429 for ten minutes': { minutes: 10, plan: { rates: { rate_limited: 1 } } },
  '401 for three hours': { minutes: 180, plan: { unauthorised: true } },
  'half of the answers are lost': { minutes: 120, plan: { rates: { timeout_after: 0.5 } } },
  'half of the calls are lost': { minutes: 120, plan: { rates: { timeout_before: 0.5 } } },
  'a bad deploy at the gateway': { minutes: 120, plan: { rates: badDeploy } },
  'no event arrives for two days': { minutes: 48 * 60, plan: { events: { rates: { lost: 1 }, lateMs: 0 } } },
} as const satisfies Record<string, { minutes: number; plan: Partial<FaultPlan> }>
export type Trouble = keyof typeof larger
const troubles = Object.keys(larger) as Trouble[] // its own keys

export interface Weather {
  readonly trouble: { readonly name: Trouble; readonly from: Instant; readonly until: Instant } | null
  /** Nobody works before this moment: an outage of ours, of a day or of most of a week. */
  readonly idleUntil: Instant
}

/** The weather of a day: on one in six something larger begins, most often while there is work. */
export function weatherOf(before: Weather | null, midnight: Instant, chance: Chance): Weather {
  const idle = chance() < 0.02 ? plusMs(midnight, (1 + Math.floor(chance() * 6)) * dayMs) : midnight
  const idleUntil = before && before.idleUntil > idle ? before.idleUntil : idle
  if (before?.trouble && before.trouble.until > midnight) return { trouble: before.trouble, idleUntil }
  if (chance() >= 1 / 6) return { trouble: null, idleUntil }
  const name = pickOne(chance, troubles)
  const from = plusMs(midnight, Math.floor((chance() < 0.7 ? 5.5 + chance() * 4 : chance() * 24) * 60) * minuteMs)
  return { trouble: { name, from, until: plusMs(from, larger[name].minutes * minuteMs) }, idleUntil }
}

/** Sets the gateway to what it is like at `now`. */
export function blow({ faults }: Simulator, { trouble }: Weather, now: Instant): void {
  const rages = trouble !== null && trouble.from <= now && now < trouble.until
  faults.set({ ...ordinary, ...(rages ? larger[trouble.name].plan : {}) })
}

/** When the weather itself next changes after `now`. */
export const changesAt = ({ trouble }: Weather, now: Instant): Instant[] =>
  trouble === null ? [] : [trouble.from, trouble.until].filter((at) => at > now)

/** A clock that is set back by some hours, or jumps ahead by weeks: by a careless hand, or after a restore. */
export function clockSlip(chance: Chance): number {
  const roll = chance()
  if (roll < 0.02) return -Math.floor(chance() * 36 * 60) * minuteMs
  return roll < 0.026 ? Math.floor((3 + chance() * 25) * 24 * 60) * minuteMs : 0
}
