/**
 * What every operation is handed: the parts that `main.ts` wired together. Business time is not among them: it is an
 * argument.
 */
import type { Logger } from 'pino'
import type { Instant } from '../domain/calendar.ts'
import type { CoverageRules } from '../domain/coverage.ts'
import type { CardGateway } from '../ports/card-gateway.ts'
import type { Mailer } from '../ports/mailer.ts'
import type { Database } from '../postgres/database.ts'

export interface System {
  readonly db: Database
  readonly coverages: ReadonlyMap<string, CoverageRules>
  /** One per coverage. */
  readonly gateways: ReadonlyMap<string, CardGateway>
  /** Makes an id of business time `at` that carries the account's bucket. */
  readonly makeId: (bucket: number, at: Instant) => string
  /** What a payer's browser needs for a coverage's card fields. */
  readonly cardFields: (coverage: string) => CardFields
  /** Null where no e-mail can be sent: messages then stay queued. */
  readonly mailer: Mailer | null
  /** The address people reach us under, without a slash at its end: the links in e-mail begin with it. */
  readonly publicUrl: string
  /** Who claims: the row in `workers` that this process keeps alive. */
  readonly workerId: string
  /** Fresh random bytes for tokens, keys and codes. */
  readonly random: (size: number) => Uint8Array
  /** Seals what must be read again and is nobody's business in a dump: 32 bytes that never reach the database. */
  readonly secret: Uint8Array
  /** Wall time, for sessions, links and limits on guessing; it decides nothing about money. */
  readonly wallNow: () => Instant
  /** Waits in wall time, for something outside to come back. */
  readonly pause: (delayMs: number) => Promise<void>
  readonly log: Logger
}

/** The gateway's side in the payer's browser: card numbers go there and never to us (B5). */
export interface CardFields {
  readonly gateway: 'stripe' | 'simulator'
  readonly publishableKey: string
  /** The gateway's own script, from its own origin. */
  readonly scriptUrl: string
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
