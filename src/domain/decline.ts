/**
 * What a decline means: whether and when the same card may be tried again, what the payer is told, what staff read.
 *
 * One table for everything a gateway can say. B9 is the law it serves: a failed collection is retried daily until
 * paid, unless a code or an advice forbids it, only the customer can help, or the network prescribes a delay. Of all
 * that one decline says, the strictest counts; what we do not know forbids nothing. The sentences are in `texts/`.
 *
 * Sources: Stripe, "Decline codes", "Error codes" and "Card declines" (advice codes); Mastercard's merchant advice
 * codes (Transaction Processing Excellence); Visa's response code categories (Excessive Reattempts rule).
 */
import { dayMs, hourMs } from './calendar.ts'

/** May the same card be tried again by itself, and when. */
export type RetryRule =
  | { readonly kind: 'never' }
  | { readonly kind: 'customer' }
  | { readonly kind: 'after'; readonly delayMs: number }
  | { readonly kind: 'daily' }

/** The codes the API shows to payers; the set is the contract's (B11), no other code ever leaves the system. */
export const publicCodes = [
  'success',
  'processing',
  'invalid_request',
  'invalid_number',
  'incorrect_number',
  'invalid_name',
  'invalid_expiry_month',
  'invalid_expiry_year',
  'invalid_expiry',
  'incorrect_expiry',
  'invalid_cvc',
  'incorrect_cvc',
  'card_declined',
  'missing',
  'processing_error',
] as const
export type PublicCode = (typeof publicCodes)[number]

/** Told to staff only: a payer, or a thief at the payer's screen, sees them as `unexplained` and `card_declined`. */
export const confidentialReasons = ['lost', 'stolen', 'withheld', 'restricted', 'fraud_suspected', 'blocked'] as const
export type ConfidentialReason = (typeof confidentialReasons)[number]

/** Why, in our words; `texts/declines.ts` has a sentence for each. */
export type DeclineReason =
  | ConfidentialReason
  | 'unexplained'
  | 'insufficient_funds'
  | 'limit_exceeded'
  | 'expired'
  | 'details_wrong'
  | 'number_wrong'
  | 'expiry_wrong'
  | 'cvc_wrong'
  | 'address_wrong'
  | 'authentication_needed'
  | 'pin_needed'
  | 'account_closed'
  | 'card_replaced'
  | 'revoked'
  | 'use_not_permitted'
  | 'currency_not_supported'
  | 'amount_refused'
  | 'duplicate'
  | 'attempts_exhausted'
  | 'issuer_unreachable'
  | 'processing_failed'
  | 'test_card'

/** What the payer can do about it; with a `never`, only another card helps, whatever the reason. */
export type DeclineAdvice = 'another_card' | 'update_card' | 'contact_issuer' | 'add_funds' | 'authenticate' | 'wait'

export interface ReadDecline {
  readonly retry: RetryRule
  readonly publicCode: PublicCode
  readonly reason: DeclineReason
  readonly advice: DeclineAdvice
}

/** A decline as the card gateway's port reports it. */
export interface DeclineCodes {
  /** The gateway's error code: `card_declined`, `expired_card`, … */
  readonly code: string
  readonly declineCode: string | null
  readonly adviceCode: string | null
  /** Mastercard: the merchant advice code. Visa: the response code. Two characters either way. */
  readonly networkCode: string | null
}

/**
 * Reads one decline. `network` is the card's brand in the gateway's spelling; only `visa` and `mastercard` publish
 * rules about their codes. A code nobody knows is an ordinary `card_declined`, tried again daily.
 */
export function readDecline(decline: DeclineCodes, network: string): ReadDecline {
  const rows = [
    look('decline', decline.declineCode),
    look('error', decline.code) ?? look('decline', decline.code),
    network === 'visa' || network === 'mastercard' ? look(network, decline.networkCode) : undefined,
    look('advice', decline.adviceCode),
  ].filter((row) => row !== undefined)
  const byStrictness = rows.toSorted((a, b) => strictness(b.retry) - strictness(a.retry))
  const retry = byStrictness[0]?.retry ?? daily
  const telling = byStrictness.find((row) => row.reason !== 'unexplained')
  const reason = telling?.reason ?? 'unexplained'
  return {
    retry,
    publicCode: telling?.publicCode ?? 'card_declined',
    reason,
    advice: retry.kind === 'never' ? 'another_card' : adviceFor[reason],
  }
}

/** Higher is stricter: daily, then delays by their length, then the customer, then never. */
export function strictness(rule: RetryRule): number {
  switch (rule.kind) {
    case 'daily':
      return 0
    case 'after':
      return rule.delayMs
    case 'customer':
      return Number.MAX_SAFE_INTEGER
    case 'never':
      return Number.POSITIVE_INFINITY
  }
}

/** What a payer may be told of a reason. */
export type PayerReason = Exclude<DeclineReason, ConfidentialReason>
export const payerReason = (reason: DeclineReason): PayerReason => (isConfidential(reason) ? 'unexplained' : reason)
export const isConfidential = (reason: DeclineReason): reason is ConfidentialReason =>
  // Widened, because `includes` of a narrow list refuses to be asked about anything outside it.
  (confidentialReasons as readonly DeclineReason[]).includes(reason)

interface Row {
  readonly retry: RetryRule
  readonly reason: DeclineReason
  readonly publicCode: PublicCode
}
const never: RetryRule = { kind: 'never' }
const customer: RetryRule = { kind: 'customer' }
const daily: RetryRule = { kind: 'daily' }
const after = (delayMs: number): RetryRule => ({ kind: 'after', delayMs })
const row = (retry: RetryRule, reason: DeclineReason, publicCode: PublicCode = 'card_declined'): Row => ({
  retry,
  reason,
  publicCode,
})

export type CodeSource = 'decline' | 'error' | 'advice' | 'mastercard' | 'visa'

/** Everything we know, by who says it. */
export const declineTable: Readonly<Record<CodeSource, Readonly<Record<string, Row>>>> = {
  /** Stripe's `decline_code`: all that are documented for cards, and what Radar says of a payment it blocked. */
  decline: {
    approve_with_id: row(daily, 'unexplained'),
    authentication_not_handled: row(customer, 'authentication_needed'),
    authentication_required: row(customer, 'authentication_needed'),
    blocked: row(never, 'blocked'),
    call_issuer: row(daily, 'unexplained'),
    card_not_supported: row(daily, 'use_not_permitted'),
    card_velocity_exceeded: row(daily, 'limit_exceeded'),
    currency_not_supported: row(daily, 'currency_not_supported'),
    do_not_honor: row(daily, 'unexplained'),
    do_not_try_again: row(never, 'unexplained'),
    duplicate_transaction: row(daily, 'duplicate'),
    expired_card: row(customer, 'expired', 'invalid_expiry'),
    // Stripe's own suspicion as often as the issuer's: repeating it helps nobody, and B9 forbids it.
    fraudulent: row(never, 'fraud_suspected'),
    generic_decline: row(daily, 'unexplained'),
    highest_risk_level: row(never, 'blocked'),
    incorrect_address: row(customer, 'address_wrong'),
    incorrect_cvc: row(customer, 'cvc_wrong', 'incorrect_cvc'),
    incorrect_number: row(customer, 'number_wrong', 'incorrect_number'),
    incorrect_pin: row(customer, 'pin_needed'),
    incorrect_zip: row(customer, 'address_wrong'),
    insufficient_funds: row(daily, 'insufficient_funds'),
    invalid_account: row(never, 'account_closed'),
    invalid_amount: row(daily, 'amount_refused'),
    invalid_cvc: row(customer, 'cvc_wrong', 'invalid_cvc'),
    invalid_expiry_month: row(customer, 'expiry_wrong', 'invalid_expiry_month'),
    invalid_expiry_year: row(customer, 'expiry_wrong', 'invalid_expiry_year'),
    invalid_number: row(customer, 'number_wrong', 'invalid_number'),
    invalid_pin: row(customer, 'pin_needed'),
    issuer_not_available: row(daily, 'issuer_unreachable', 'processing_error'),
    lost_card: row(never, 'lost'),
    low_probability_of_authorization: row(never, 'blocked'),
    merchant_blacklist: row(never, 'blocked'),
    mobile_device_authentication_required: row(customer, 'authentication_needed'),
    new_account_information_available: row(customer, 'card_replaced'),
    no_action_taken: row(daily, 'unexplained'),
    not_permitted: row(daily, 'use_not_permitted'),
    offline_pin_required: row(customer, 'pin_needed'),
    online_or_offline_pin_required: row(customer, 'pin_needed'),
    pickup_card: row(never, 'withheld'),
    pin_try_exceeded: row(customer, 'pin_needed'),
    processing_error: row(daily, 'processing_failed', 'processing_error'),
    reenter_transaction: row(daily, 'processing_failed', 'processing_error'),
    // A restriction an issuer can lift when its customer calls: Visa puts its code 62 among those to try again.
    restricted_card: row(daily, 'restricted'),
    revocation_of_all_authorizations: row(never, 'revoked'),
    revocation_of_authorization: row(never, 'revoked'),
    rule: row(never, 'blocked'),
    security_violation: row(daily, 'unexplained'),
    service_not_allowed: row(daily, 'use_not_permitted'),
    stolen_card: row(never, 'stolen'),
    stop_payment_order: row(never, 'revoked'),
    test_mode_decline: row(customer, 'test_card'),
    testmode_decline: row(customer, 'test_card'),
    transaction_not_allowed: row(daily, 'use_not_permitted'),
    try_again_later: row(daily, 'unexplained'),
    withdrawal_count_limit_exceeded: row(daily, 'limit_exceeded'),
  },

  /** Stripe's error `code`, where it is not a decline code too (`expired_card` is both, and means the same). */
  error: {
    account_closed: row(never, 'account_closed'),
    // Stripe refuses a card for 24 hours after it declined too often.
    card_decline_rate_limit_exceeded: row(after(dayMs), 'attempts_exhausted'),
    card_declined: row(daily, 'unexplained'),
    charge_exceeds_transaction_limit: row(daily, 'limit_exceeded'),
    expired_payment_method: row(customer, 'expired', 'invalid_expiry'),
    incorrect_postal_code: row(customer, 'address_wrong'),
    invalid_card_type: row(customer, 'use_not_permitted'),
    payment_intent_action_required: row(customer, 'authentication_needed'),
    payment_intent_authentication_failure: row(customer, 'authentication_needed'),
    payment_intent_payment_attempt_expired: row(customer, 'authentication_needed'),
    payment_intent_payment_attempt_failed: row(daily, 'unexplained'),
    payment_method_customer_decline: row(customer, 'authentication_needed'),
    payment_method_not_available: row(daily, 'issuer_unreachable', 'processing_error'),
    payment_method_provider_decline: row(daily, 'unexplained'),
    payment_method_provider_timeout: row(daily, 'issuer_unreachable', 'processing_error'),
    postal_code_invalid: row(customer, 'address_wrong'),
    setup_intent_authentication_failure: row(customer, 'authentication_needed'),
    testmode_charges_only: row(customer, 'test_card'),
    three_d_secure_authentication_upstream_error: row(customer, 'authentication_needed'),
  },

  /** Stripe's `advice_code`: the issuer's advice in three words, translated from every network's own. */
  advice: {
    confirm_card_data: row(customer, 'details_wrong'),
    do_not_try_again: row(never, 'unexplained'),
    try_again_later: row(daily, 'unexplained'),
  },

  /** Mastercard's merchant advice codes. */
  mastercard: {
    '01': row(customer, 'card_replaced'),
    '02': row(daily, 'unexplained'),
    '03': row(never, 'unexplained'),
    // The network's token for this card is not good (any more): registering the card makes a new one.
    '04': row(customer, 'details_wrong'),
    '21': row(never, 'revoked'),
    '22': row(customer, 'use_not_permitted'),
    '24': row(after(hourMs), 'unexplained'),
    '25': row(after(dayMs), 'unexplained'),
    '26': row(after(2 * dayMs), 'unexplained'),
    '27': row(after(4 * dayMs), 'unexplained'),
    '28': row(after(6 * dayMs), 'unexplained'),
    '29': row(after(8 * dayMs), 'unexplained'),
    '30': row(after(10 * dayMs), 'unexplained'),
    // A prepaid card that cannot be filled again, and a number good for one payment: both are used up.
    '40': row(customer, 'use_not_permitted'),
    '41': row(customer, 'use_not_permitted'),
    '42': row(never, 'blocked'),
  },

  /** Visa's response codes; what is not here is Visa's category 4, which says nothing about trying again. */
  visa: {
    // Category 1: the issuer will never approve. Each further attempt costs a fee.
    '04': row(never, 'withheld'),
    '07': row(never, 'withheld'),
    '12': row(never, 'unexplained'),
    '14': row(never, 'number_wrong', 'incorrect_number'),
    '15': row(never, 'number_wrong', 'incorrect_number'),
    '41': row(never, 'lost'),
    '43': row(never, 'stolen'),
    '46': row(never, 'account_closed'),
    '57': row(never, 'use_not_permitted'),
    R0: row(never, 'revoked'),
    R1: row(never, 'revoked'),
    R3: row(never, 'revoked'),
    // Category 2: not now. Tried again daily, within the network's count.
    '03': row(daily, 'unexplained'),
    '19': row(daily, 'processing_failed', 'processing_error'),
    '51': row(daily, 'insufficient_funds'),
    '59': row(daily, 'fraud_suspected'),
    '61': row(daily, 'limit_exceeded'),
    '62': row(daily, 'restricted'),
    '65': row(daily, 'limit_exceeded'),
    '75': row(customer, 'pin_needed'),
    '78': row(daily, 'restricted'),
    '86': row(daily, 'processing_failed', 'processing_error'),
    '91': row(daily, 'issuer_unreachable', 'processing_error'),
    '93': row(daily, 'use_not_permitted'),
    '96': row(daily, 'processing_failed', 'processing_error'),
    // Category 3: not with these details.
    '1A': row(customer, 'authentication_needed'),
    '54': row(customer, 'expired', 'invalid_expiry'),
    '55': row(customer, 'pin_needed'),
    '6P': row(customer, 'details_wrong'),
    '70': row(customer, 'pin_needed'),
    '82': row(customer, 'cvc_wrong', 'incorrect_cvc'),
    N7: row(customer, 'cvc_wrong', 'incorrect_cvc'),
  },
}

/** What helps against a reason as long as nothing forbids another attempt. */
export const adviceFor: Readonly<Record<DeclineReason, DeclineAdvice>> = {
  lost: 'another_card',
  stolen: 'another_card',
  withheld: 'another_card',
  restricted: 'contact_issuer',
  fraud_suspected: 'contact_issuer',
  blocked: 'another_card',
  unexplained: 'contact_issuer',
  insufficient_funds: 'add_funds',
  limit_exceeded: 'add_funds',
  expired: 'update_card',
  details_wrong: 'update_card',
  number_wrong: 'update_card',
  expiry_wrong: 'update_card',
  cvc_wrong: 'update_card',
  address_wrong: 'update_card',
  authentication_needed: 'authenticate',
  pin_needed: 'another_card',
  account_closed: 'another_card',
  card_replaced: 'update_card',
  revoked: 'another_card',
  use_not_permitted: 'contact_issuer',
  currency_not_supported: 'another_card',
  amount_refused: 'contact_issuer',
  duplicate: 'wait',
  attempts_exhausted: 'wait',
  issuer_unreachable: 'wait',
  processing_failed: 'wait',
  test_card: 'another_card',
}

/** By own keys only: these codes come from outside, and `constructor` is not one of ours. */
function look(source: CodeSource, code: string | null): Row | undefined {
  const rows = declineTable[source]
  return code !== null && Object.hasOwn(rows, code) ? rows[code] : undefined
}
