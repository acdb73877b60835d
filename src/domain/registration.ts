/** Registering a card: what is accepted, and what a payer is told when it is not (B3, B4). */
import type { CoverageRules } from './coverage.ts'

/** A registered card as the gateway shows it. */
export interface GatewayCardFacts {
  readonly paymentMethodId: string
  readonly fingerprint: string
  readonly brand: string
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
}

export type RegistrationRefusal = 'account_unknown' | 'account_closed' | 'gateway_unavailable'

export const brandAccepted = (card: GatewayCardFacts, rules: CoverageRules): boolean =>
  rules.brands.includes(card.brand)
