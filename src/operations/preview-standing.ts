/** What would happen to these accounts if nothing is paid: for staff, before it does. */
import type { Day, Instant } from '../domain/calendar.ts'
import type { Minor } from '../domain/money.ts'
import { overdueSum, type Standing } from '../domain/standing.ts'
import { type Foretold, foretell } from '../domain/standing-forecast.ts'
import { readNextOverdue, readOverdueOf, type StandingToForetell } from '../postgres/standing-reads.ts'
import { rulesOf, type System } from './system.ts'

export interface StandingForecast {
  readonly accountId: string
  readonly coverage: string
  readonly currency: string
  readonly status: Standing
  readonly dueMinor: Minor
  readonly events: readonly Foretold[]
}

export const previewAtMost = 1000

/** Of the accounts given, those that are overdue; without any, those for whom something comes soonest. Nothing changes. */
export async function previewStanding(
  system: System,
  of: { readonly accountIds: readonly string[] | null; readonly coverage: string | null; readonly until: Day },
  now: Instant,
): Promise<StandingForecast[]> {
  const rows =
    of.accountIds === null
      ? await readNextOverdue(system.db, of.coverage, previewAtMost)
      : await readOverdueOf(system.db, of.accountIds, of.coverage)
  return rows.map((row) => forecastOf(system, row, now, of.until))
}

function forecastOf(system: System, row: StandingToForetell, now: Instant, until: Day): StandingForecast {
  const rules = rulesOf(system, row.coverage)
  return {
    accountId: row.accountId,
    coverage: row.coverage,
    currency: rules.currency,
    status: row.status,
    dueMinor: overdueSum(row.overdue),
    events: foretell(row, row.overdue, rules, now, until),
  }
}
