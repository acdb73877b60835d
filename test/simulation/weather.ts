/** What goes wrong between us and the gateway on a day: nothing, single calls, or whole hours. */
import { type Instant, minuteMs, plusMs } from '../../src/domain/calendar.ts'
import type { FaultPlan } from '../../src/simulator/faults.ts'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { type Chance, pickOne } from './world.ts'

export interface Trouble {
  readonly name: string
  readonly from: Instant
  readonly until: Instant
  readonly plan: Partial<FaultPlan>
}

/** Single calls fail all day long; on one day in six something larger begins, most often while there is work. */
export function troubleOf(midnight: Instant, chance: Chance): Trouble | null {
  if (chance() >= 1 / 6) return null
  const minute = Math.floor((chance() < 0.7 ? 5.5 + chance() * 4 : chance() * 24) * 60)
  const from = plusMs(midnight, minute * minuteMs)
  const lasting = (minutes: number) => ({ from, until: plusMs(from, minutes * minuteMs) })
  return pickOne<Trouble>(chance, [
    { name: 'the gateway is down for an hour', ...lasting(60), plan: { down: true } },
    { name: 'the gateway is down for a day and a half', ...lasting(36 * 60), plan: { down: true } },
    { name: '429 for ten minutes', ...lasting(10), plan: { rates: { rate_limited: 1 } } },
    { name: '401 for three hours', ...lasting(180), plan: { unauthorised: true } },
    { name: 'half of the answers are lost', ...lasting(120), plan: { rates: { timeout_after: 0.5 } } },
    { name: 'half of the calls get lost', ...lasting(120), plan: { rates: { timeout_before: 0.5 } } },
    { name: 'a bad deploy at the gateway', ...lasting(120), plan: { rates: badDeploy } },
  ])
}

const badDeploy = { error_500: 0.3, error_500_stored: 0.3, error_500_stored_after: 0.3 }

const ordinary: FaultPlan['rates'] = {
  timeout_before: 0.01,
  timeout_after: 0.01,
  error_500: 0.005,
  error_500_stored: 0.005,
  error_500_stored_after: 0.005,
  rate_limited: 0.01,
  key_in_use: 0.005,
}

/** Sets the gateway to what it is like at `now`. */
export function applyWeather({ faults }: Simulator, trouble: Trouble | null, now: Instant): void {
  const calm = { down: false, unauthorised: false, rates: ordinary }
  faults.set(trouble && trouble.from <= now && now < trouble.until ? { ...calm, ...trouble.plan } : calm)
}
