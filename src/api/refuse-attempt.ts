/** Why an invoice cannot be tried now, as a problem: with the date from which it can, where one is known (B10). */
import type { Instant } from '../domain/calendar.ts'
import type { SkipReason } from '../domain/retry.ts'
import { rulesOf } from '../operations/system.ts'
import type { AttemptRefusal } from '../texts/problems.ts'
import { Problem } from './errors.ts'

interface Refused {
  readonly refused: SkipReason | AttemptRefusal | 'not_outstanding'
  /** Business time, or null: it takes somebody's act. */
  readonly until?: Instant | null
}

export const refuseAttempt = (
  system: Parameters<typeof rulesOf>[0],
  { refused, until = null }: Refused,
  coverage: string,
): Problem => new Problem(refused, { facts: { until, zone: rulesOf(system, coverage).timeZone } })
