/** What every operation is handed: the parts that `main.ts` wired together. Time is not among them: it is an argument. */
import type { Logger } from 'pino'
import type { Instant } from '../domain/calendar.ts'
import type { CoverageRules } from '../domain/coverage.ts'
import type { CardGateway } from '../ports/card-gateway.ts'
import type { Database } from '../postgres/database.ts'

export interface System {
  readonly db: Database
  readonly coverages: ReadonlyMap<string, CoverageRules>
  /** One per coverage. */
  readonly gateways: ReadonlyMap<string, CardGateway>
  /** Makes an id of business time `at` that carries the account's bucket. */
  readonly makeId: (bucket: number, at: Instant) => string
  /** Who claims: the row in `workers` that this process keeps alive. */
  readonly workerId: string
  /** Waits in wall time, for something outside to come back. */
  readonly pause: (delayMs: number) => Promise<void>
  readonly log: Logger
}

export function rulesOf(system: Pick<System, 'coverages'>, coverage: string): CoverageRules {
  const rules = system.coverages.get(coverage)
  if (!rules) throw new Error(`coverage ${coverage} is in the database but not in the settings`)
  return rules
}

export function gatewayOf(system: Pick<System, 'gateways'>, coverage: string): CardGateway {
  const gateway = system.gateways.get(coverage)
  if (!gateway) throw new Error(`coverage ${coverage} has no card gateway configured`)
  return gateway
}
