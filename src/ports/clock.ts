/** Where business time comes from: the system's clock in production, a movable one in the sandbox (design section 4.5). */
import type { Instant } from '../domain/calendar.ts'

export interface Clock {
  /** Read once per step and passed on as an argument from there. */
  now(): Promise<Instant>
}
