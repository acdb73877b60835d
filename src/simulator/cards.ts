/**
 * Card numbers, and the moment they cease to exist: a number becomes a fingerprint, a brand, four digits and a way to
 * behave, and is not kept (F57). The published test numbers behave as published; every other number that passes the
 * Luhn check in a known range is a good card, so that a demonstration can give each account a card of its own.
 */
import { createHmac } from 'node:crypto'

export interface CardDetails {
  readonly number: string
  readonly expMonth: number
  readonly expYear: number
  readonly cvc?: string | null
}

/** A card as the network knows it once its number is gone. */
export interface Card {
  readonly fingerprint: string
  readonly brand: Brand
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  readonly behaviour: BehaviourName
}

export type Brand = 'visa' | 'mastercard' | 'amex' | 'jcb' | 'discover' | 'diners' | 'unionpay'

export interface Behaviour {
  /** Decline code of every payment, after authentication where that is asked for. */
  readonly declines: string | null
  /** False: saving the card, or checking it for nothing, fails like a payment. */
  readonly savable: boolean
  /** When 3-D Secure is asked for; `unless_set_up` spares payments without the payer once the card was set up. */
  readonly authenticates: 'never' | 'unless_set_up' | 'always'
  /** Was set up before anybody here saw it. */
  readonly setUp: boolean
  /** What the cardholder's bank does once the money is taken. */
  readonly disputed: { readonly reason: string; readonly inquiry: boolean } | null
  /** How a refund goes: done at once, pending for a day, or done and then failed. */
  readonly refunds: 'at_once' | 'pending' | 'fails_later'
}

export type BehaviourName = keyof typeof behaviours
export type CardError =
  | 'invalid_number'
  | 'incorrect_number'
  | 'invalid_expiry_month'
  | 'invalid_expiry_year'
  | 'invalid_cvc'

/** Reads card details at `now` (epoch ms) and forgets the number; `secret` keys the fingerprint. */
export function readCard(details: CardDetails, secret: string, now: number): Card | CardError {
  const number = details.number.replace(/[\s-]/g, '')
  if (!/^\d{12,19}$/.test(number)) return 'invalid_number'
  const brand = brandOf(number)
  if (brand === null || !passesLuhn(number)) return 'incorrect_number'
  if (!(details.expMonth >= 1 && details.expMonth <= 12)) return 'invalid_expiry_month'
  const expYear = details.expYear < 100 ? 2000 + details.expYear : details.expYear
  if (hasExpired(details.expMonth, expYear, now)) return 'invalid_expiry_year'
  if (details.cvc && !/^\d{3,4}$/.test(details.cvc)) return 'invalid_cvc'
  return {
    fingerprint: createHmac('sha256', secret).update(number).digest('base64url').slice(0, 16),
    brand,
    last4: number.slice(-4),
    expMonth: details.expMonth,
    expYear,
    behaviour: published[number] ?? 'good',
  }
}

/** True once the month after the card's last one has begun (UTC). */
export const hasExpired = (expMonth: number, expYear: number, now: number): boolean =>
  now >= Date.UTC(expYear, expMonth)

/** The number behind a test payment method such as `pm_card_visa`; null for a name that is not one. */
export const testMethodNumber = (methodId: string): string | null => testMethods[methodId] ?? null

/** A good card of its own for the index-th account: a valid number that nobody published a behaviour for. */
export function goodCardNumber(index: number, brand: 'visa' | 'mastercard' | 'amex' | 'jcb' = 'visa'): string {
  const [prefix, length] = {
    visa: ['424270', 16],
    mastercard: ['555570', 16],
    amex: ['378270', 15],
    jcb: ['356670', 16],
  }[brand] as [string, number] // the literal above has no other shape
  const body = prefix + String(index).padStart(length - prefix.length - 1, '0')
  return body + luhnDigit(body)
}

const steady = {
  savable: true,
  authenticates: 'never',
  setUp: false,
  disputed: null,
  refunds: 'at_once',
} as const
const good = { ...steady, declines: null }
const refusing = (declines: string): Behaviour => ({ ...steady, declines, savable: false })
const asking = (authenticates: Behaviour['authenticates'], declines: string | null = null): Behaviour => ({
  ...steady,
  declines,
  authenticates,
})

export const behaviours = {
  good,
  declines_payments: { ...steady, declines: 'generic_decline' },
  generic_decline: refusing('generic_decline'),
  insufficient_funds: refusing('insufficient_funds'),
  lost_card: refusing('lost_card'),
  stolen_card: refusing('stolen_card'),
  expired_card: refusing('expired_card'),
  incorrect_cvc: refusing('incorrect_cvc'),
  processing_error: refusing('processing_error'),
  incorrect_number: refusing('incorrect_number'),
  card_velocity_exceeded: refusing('card_velocity_exceeded'),
  fraudulent: refusing('fraudulent'),
  authenticates_unless_set_up: asking('unless_set_up'),
  authenticates_always: asking('always'),
  authenticates_then_insufficient_funds: asking('unless_set_up', 'insufficient_funds'),
  authenticates_then_declined: asking('unless_set_up', 'generic_decline'),
  set_up_already: { ...asking('unless_set_up'), setUp: true },
  disputed_as_fraudulent: { ...good, disputed: { reason: 'fraudulent', inquiry: false } },
  disputed_as_not_received: { ...good, disputed: { reason: 'product_not_received', inquiry: false } },
  inquired_about: { ...good, disputed: { reason: 'fraudulent', inquiry: true } },
  refunds_pending: { ...good, refunds: 'pending' },
  refunds_fail_later: { ...good, refunds: 'fails_later' },
} satisfies Record<string, Behaviour>

const published: Readonly<Record<string, BehaviourName>> = {
  '4000000000000341': 'declines_payments',
  '4000000000000002': 'generic_decline',
  '4000000000009995': 'insufficient_funds',
  '4000000000009987': 'lost_card',
  '4000000000009979': 'stolen_card',
  '4000000000000069': 'expired_card',
  '4000000000000127': 'incorrect_cvc',
  '4000000000000119': 'processing_error',
  '4000000000006975': 'card_velocity_exceeded',
  '4100000000000019': 'fraudulent',
  '4000000000004954': 'fraudulent',
  '4000002500003155': 'authenticates_unless_set_up',
  '4000000000003220': 'authenticates_unless_set_up',
  '4000002760003184': 'authenticates_always',
  '4000008260003178': 'authenticates_then_insufficient_funds',
  '4000008400001629': 'authenticates_then_declined',
  '4000003800000446': 'set_up_already',
  '4000000000000259': 'disputed_as_fraudulent',
  '4000000000002685': 'disputed_as_not_received',
  '4000000000001976': 'inquired_about',
  '4000000000007726': 'refunds_pending',
  '4000000000005126': 'refunds_fail_later',
}

const testMethods: Readonly<Record<string, string>> = {
  pm_card_visa: '4242424242424242',
  pm_card_mastercard: '5555555555554444',
  pm_card_amex: '378282246310005',
  pm_card_jcb: '3566002020360505',
  pm_card_discover: '6011111111111117',
  pm_card_chargeCustomerFail: '4000000000000341',
  pm_card_visa_chargeDeclined: '4000000000000002',
  pm_card_visa_chargeDeclinedInsufficientFunds: '4000000000009995',
  pm_card_visa_chargeDeclinedLostCard: '4000000000009987',
  pm_card_visa_chargeDeclinedStolenCard: '4000000000009979',
  pm_card_chargeDeclinedExpiredCard: '4000000000000069',
  pm_card_chargeDeclinedIncorrectCvc: '4000000000000127',
  pm_card_chargeDeclinedProcessingError: '4000000000000119',
  pm_card_visa_chargeDeclinedVelocityLimitExceeded: '4000000000006975',
  pm_card_authenticationRequiredOnSetup: '4000002500003155',
  pm_card_authenticationRequired: '4000002760003184',
  pm_card_authenticationRequiredSetupForOffSession: '4000003800000446',
  pm_card_authenticationRequiredChargeDeclinedInsufficientFunds: '4000008260003178',
  pm_card_threeDSecure2Required: '4000000000003220',
  pm_card_createDispute: '4000000000000259',
  pm_card_createDisputeProductNotReceived: '4000000000002685',
  pm_card_createDisputeInquiry: '4000000000001976',
  pm_card_pendingRefund: '4000000000007726',
  pm_card_refundFail: '4000000000005126',
}

function brandOf(number: string): Brand | null {
  const two = Number(number.slice(0, 2))
  const four = Number(number.slice(0, 4))
  if (number.startsWith('4')) return 'visa'
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return 'mastercard'
  if (two === 34 || two === 37) return 'amex'
  if (four >= 3528 && four <= 3589) return 'jcb'
  if (four === 6011 || two === 65) return 'discover'
  if (two === 36 || two === 38 || two === 30) return 'diners'
  return two === 62 ? 'unionpay' : null
}

const passesLuhn = (number: string): boolean => luhnDigit(number.slice(0, -1)) === number.at(-1)

function luhnDigit(body: string): string {
  let sum = 0
  for (let index = 0; index < body.length; index++) {
    const digit = Number(body[body.length - 1 - index])
    const doubled = index % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return String((10 - (sum % 10)) % 10)
}
