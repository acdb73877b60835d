/** Registering a card: what is accepted, and what a payer is told when it is not (B3, B4). */
import type { Instant } from './calendar.ts'
import { type ChargeStatus, isSettled } from './charge.ts'
import type { CoverageRules } from './coverage.ts'
import { type PublicCode, publicCodes } from './decline.ts'

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

/** A verification as its row has it. */
export interface RegistrationFacts {
  readonly status: ChargeStatus
  /** Since when it is being given up: its hold stood, it was declined, or its payer went away. */
  readonly releasingAt: Instant | null
  readonly failureCode: string | null
  /** Its card became the method. */
  readonly registered: boolean
  /** Of a card that was proven, whether it was taken or not. */
  readonly brand: string | null
}

/** Why no card came of it: the issuer, a brand not taken here, too many tries with one card, a payer who went away. */
export type RegistrationFailure = 'declined' | 'brand_not_accepted' | 'card_tried_too_often' | 'abandoned'
export type RegistrationEnd =
  | { readonly registered: true }
  | { readonly registered: false; readonly failure: RegistrationFailure; readonly code: PublicCode }

/** Null while the payer may still confirm it. */
export function registrationEnd({
  status,
  releasingAt,
  failureCode,
  registered,
  brand,
}: RegistrationFacts): RegistrationEnd | null {
  if (registered) return { registered: true }
  if (failureCode !== null) {
    const failure = brand === null ? 'declined' : 'card_tried_too_often'
    return { registered: false, failure, code: publicCodes.find((code) => code === failureCode) ?? 'card_declined' }
  }
  if (brand !== null) return { registered: false, failure: 'brand_not_accepted', code: 'invalid_number' }
  if (!isSettled(status) && releasingAt === null) return null
  return { registered: false, failure: 'abandoned', code: 'invalid_request' }
}
