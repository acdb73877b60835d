/**
 * Which month's invoice a fee goes to, decided once when it is imported (docs/decisions/0005, F52).
 *
 * A closed month is never reopened: a fee that comes late goes to the next one that still takes fees, so it is neither
 * lost nor billed twice.
 */
import { type Month, nextMonth } from './calendar.ts'

export interface RunState {
  readonly month: Month
  /** Whether the month still takes fees. */
  readonly open: boolean
}

/**
 * The month of the fee's day while it is open, else the first later one that is open or has no run yet. A month without
 * a run that lies before a closed one counts as closed too: months close in order, and its turn is over.
 */
export function billingMonthFor(month: Month, runs: readonly RunState[]): Month {
  const states = new Map(runs.map((run) => [run.month, run.open]))
  const closedThrough = runs.reduce((latest, run) => (!run.open && run.month > latest ? run.month : latest), '')
  let candidate = month
  while (!(states.get(candidate) ?? candidate > closedThrough)) candidate = nextMonth(candidate)
  return candidate
}
