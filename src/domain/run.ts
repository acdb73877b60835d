/** The month of one coverage as a whole: when it closes, and which months there are to close. */
import { type Instant, type Month, monthAt, monthsBetween, previousMonth } from './calendar.ts'
import { type CoverageRules, closingTimeOf, endOf } from './coverage.ts'

export const runStatuses = {
  open: 'Fees come in.',
  closing: 'No fee joins this month any more; its invoices are being made, account by account.',
  collecting: 'All its invoices are made; each is being attempted for the first time.',
  finished: 'Every invoice has had its first attempt; what failed is tried again daily.',
} as const

export interface RunFacts {
  readonly month: Month
  readonly status: 'open' | 'closing' | 'collecting' | 'finished'
  readonly feesCompleteAt: Instant | null
}

/**
 * The months that ought to have a run by now: from the earliest known to the one before the current. A system that was
 * down for months closes each of them, in order.
 */
export function monthsDue(known: readonly Month[], rules: CoverageRules, now: Instant): Month[] {
  const last = previousMonth(monthAt(now, rules.timeZone))
  const first = known.length > 0 ? known.reduce((one, other) => (one < other ? one : other)) : last
  return monthsBetween(first, last).filter((month) => !known.includes(month))
}

/** The run to close now, if any: the earliest that is open, once it is over and complete or its time has come. */
export function decideClosing(runs: readonly RunFacts[], rules: CoverageRules, now: Instant): Month | null {
  const sorted = [...runs].sort((one, other) => one.month.localeCompare(other.month))
  if (sorted.some((run) => run.status === 'closing')) return null
  const first = sorted.find((run) => run.status === 'open')
  if (!first || endOf(first.month, rules) > now) return null
  return first.feesCompleteAt !== null || closingTimeOf(first.month, rules) <= now ? first.month : null
}
