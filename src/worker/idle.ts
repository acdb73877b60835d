/** Whether anybody has anything left to do: what moving business time waits for. */
import type { Instant } from '../domain/calendar.ts'
import type { System } from '../operations/system.ts'
import { anyClaim } from '../postgres/run-reports.ts'
import { steps } from './steps.ts'

/** Nothing is due at `now`, and no worker holds a charge. E-mail that waits for its server holds no clock up. */
export async function isIdle(system: System, now: Instant): Promise<boolean> {
  for (const step of steps) if (step.lane !== 'mail' && (await step.due(system, now)).length > 0) return false
  return !(await anyClaim(system.db))
}
