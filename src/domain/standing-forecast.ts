/** What would happen to an account that pays nothing while nobody acts: the decision itself, asked day by day. */
import { type Day, dayAt, type Instant } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import { type Announcement, decideStanding, type OverdueInvoice, type StandingState } from './standing.ts'

export type Foretold = Announcement & { readonly on: Day }

/** Everything that would be told up to and including `until`, in order. */
export function foretell(
  state: StandingState,
  overdue: readonly OverdueInvoice[],
  rules: CoverageRules,
  now: Instant,
  until: Day,
): Foretold[] {
  // An attempt under way says nothing of the days to come.
  const unpaid = overdue.map((invoice) => ({ ...invoice, busy: false }))
  const foretold: Foretold[] = []
  let current = state
  for (let at: Instant | null = now; at !== null && dayAt(at, rules.timeZone) <= until; ) {
    const decision = decideStanding(current, unpaid, rules, at)
    if (decision.announce) foretold.push({ ...decision.announce, on: dayAt(at, rules.timeZone) })
    current = { ...current, status: decision.status, remindedOn: decision.remindedOn }
    at = decision.nextCheckAt
  }
  return foretold
}
