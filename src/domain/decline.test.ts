import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CodeSource,
  type DeclineCodes,
  declineTable,
  isConfidential,
  payerReason,
  publicCodes,
  readDecline,
  strictness,
} from './decline.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** One case: what the gateway said, as `brand code/decline/advice/network`, `-` for nothing → retry, public code, reason, advice. */
function check(said: string, expected: string) {
  const [network = '', codes = ''] = said.split(' ')
  const [code = '', declineCode, adviceCode, networkCode] = codes.split('/')
  const read = readDecline(
    { code, declineCode: given(declineCode), adviceCode: given(adviceCode), networkCode: given(networkCode) },
    network,
  )
  const retry = read.retry.kind === 'after' ? `after ${read.retry.delayMs / hourMs}h` : read.retry.kind
  expect(`${retry}, ${read.publicCode}, ${read.reason}, ${read.advice}`, said).toBe(expected)
}
const given = (text: string | undefined) => (text === undefined || text === '-' ? null : text)

test('what a gateway says becomes one rule, one public code, one reason', () => {
  // Nothing known
  check('visa card_declined/-/-/-', 'daily, card_declined, unexplained, contact_issuer')
  check('visa card_declined/generic_decline/-/-', 'daily, card_declined, unexplained, contact_issuer')
  check('visa card_declined/code_of_next_year/-/-', 'daily, card_declined, unexplained, contact_issuer')
  check('visa code_of_next_year/-/advice_of_next_year/ZZ', 'daily, card_declined, unexplained, contact_issuer')
  check('jcb card_declined/do_not_honor/-/05', 'daily, card_declined, unexplained, contact_issuer')
  // The daily retry's ordinary work
  check('visa card_declined/insufficient_funds/-/51', 'daily, card_declined, insufficient_funds, add_funds')
  check('amex card_declined/card_velocity_exceeded/-/-', 'daily, card_declined, limit_exceeded, add_funds')
  check('visa processing_error/processing_error/-/-', 'daily, processing_error, processing_failed, wait')
  check('jcb card_declined/issuer_not_available/-/-', 'daily, processing_error, issuer_unreachable, wait')
  check('visa card_declined/currency_not_supported/-/-', 'daily, card_declined, currency_not_supported, another_card')
  // Only the customer can help
  check('visa expired_card/expired_card/-/54', 'customer, invalid_expiry, expired, update_card')
  check('visa expired_card/-/-/-', 'customer, invalid_expiry, expired, update_card')
  check('visa incorrect_cvc/incorrect_cvc/-/N7', 'customer, incorrect_cvc, cvc_wrong, update_card')
  check('visa incorrect_cvc/-/-/-', 'customer, incorrect_cvc, cvc_wrong, update_card')
  check('visa incorrect_number/-/-/-', 'customer, incorrect_number, number_wrong, update_card')
  check('visa invalid_expiry_month/-/-/-', 'customer, invalid_expiry_month, expiry_wrong, update_card')
  check('visa invalid_expiry_year/-/-/-', 'customer, invalid_expiry_year, expiry_wrong, update_card')
  check('visa authentication_required/-/-/-', 'customer, card_declined, authentication_needed, authenticate')
  check(
    'visa card_declined/authentication_required/-/1A',
    'customer, card_declined, authentication_needed, authenticate',
  )
  check('visa card_declined/testmode_decline/-/-', 'customer, card_declined, test_card, another_card')
  // Forbidden
  check('visa card_declined/lost_card/-/41', 'never, card_declined, lost, another_card')
  check('visa card_declined/stolen_card/-/43', 'never, card_declined, stolen, another_card')
  check('visa card_declined/pickup_card/-/-', 'never, card_declined, withheld, another_card')
  check('visa card_declined/fraudulent/-/-', 'never, card_declined, fraud_suspected, another_card')
  check('visa card_declined/merchant_blacklist/-/-', 'never, card_declined, blocked, another_card')
  check('visa card_declined/highest_risk_level/-/-', 'never, card_declined, blocked, another_card')
  check('visa card_declined/blocked/-/-', 'never, card_declined, blocked, another_card')
  check('visa card_declined/invalid_account/-/-', 'never, card_declined, account_closed, another_card')
  check('visa card_declined/revocation_of_authorization/-/-', 'never, card_declined, revoked, another_card')
  check('visa card_declined/revocation_of_all_authorizations/-/-', 'never, card_declined, revoked, another_card')
  check('visa card_declined/stop_payment_order/-/-', 'never, card_declined, revoked, another_card')
  check('visa card_declined/do_not_try_again/-/-', 'never, card_declined, unexplained, another_card')
  // An advice or the network is stricter than the code; the telling reason stays
  check(
    'visa card_declined/insufficient_funds/do_not_try_again/-',
    'never, card_declined, insufficient_funds, another_card',
  )
  check('visa incorrect_cvc/incorrect_cvc/do_not_try_again/-', 'never, incorrect_cvc, cvc_wrong, another_card')
  check('amex card_declined/generic_decline/confirm_card_data/-', 'customer, card_declined, details_wrong, update_card')
  check('visa card_declined/lost_card/try_again_later/-', 'never, card_declined, lost, another_card')
  check('visa card_declined/transaction_not_allowed/-/57', 'never, card_declined, use_not_permitted, another_card')
  check('visa card_declined/generic_decline/-/R1', 'never, card_declined, revoked, another_card')
  check('visa incorrect_cvc/incorrect_cvc/-/43', 'never, card_declined, stolen, another_card')
  check('mastercard card_declined/generic_decline/-/01', 'customer, card_declined, card_replaced, update_card')
  check('mastercard card_declined/generic_decline/-/02', 'daily, card_declined, unexplained, contact_issuer')
  check('mastercard card_declined/generic_decline/-/03', 'never, card_declined, unexplained, another_card')
  check('mastercard card_declined/generic_decline/-/21', 'never, card_declined, revoked, another_card')
  check('mastercard expired_card/expired_card/-/30', 'customer, invalid_expiry, expired, update_card')
  // Prescribed delays
  check('mastercard card_declined/insufficient_funds/-/24', 'after 1h, card_declined, insufficient_funds, add_funds')
  check(
    'mastercard card_declined/insufficient_funds/try_again_later/30',
    'after 240h, card_declined, insufficient_funds, add_funds',
  )
  check('visa card_decline_rate_limit_exceeded/-/-/-', 'after 24h, card_declined, attempts_exhausted, wait')
  check('mastercard card_decline_rate_limit_exceeded/-/-/24', 'after 24h, card_declined, attempts_exhausted, wait')
  // The same two characters mean different things to different networks, and nothing to others
  check('visa card_declined/generic_decline/-/03', 'daily, card_declined, unexplained, contact_issuer')
  check('mastercard card_declined/generic_decline/-/41', 'customer, card_declined, use_not_permitted, contact_issuer')
  check('amex card_declined/generic_decline/-/03', 'daily, card_declined, unexplained, contact_issuer')
  // Keys that every object has are not codes
  check('visa constructor/toString/__proto__/hasOwnProperty', 'daily, card_declined, unexplained, contact_issuer')
})

test('the delays Mastercard prescribes', () => {
  const delays = { 24: hourMs, 25: dayMs, 26: 2 * dayMs, 27: 4 * dayMs, 28: 6 * dayMs, 29: 8 * dayMs, 30: 10 * dayMs }
  for (const [code, delayMs] of Object.entries(delays)) {
    expect(declineTable.mastercard[code]?.retry, code).toEqual({ kind: 'after', delayMs })
  }
})

test("everything Visa's category 1 names is never tried again", () => {
  const codes = ['04', '07', '12', '14', '15', '41', '43', '46', '57', 'R0', 'R1', 'R3']
  for (const code of codes) expect(declineTable.visa[code]?.retry.kind, code).toBe('never')
  const others = Object.entries(declineTable.visa).filter(([code]) => !codes.includes(code))
  expect(others.filter(([, row]) => row.retry.kind === 'never')).toEqual([])
})

test('every decline code Stripe documents for cards has a row', () => {
  for (const code of documented.split(/\s+/)) expect(declineTable.decline, code).toHaveProperty(code)
})

describe('every row of the table', () => {
  const rows = Object.entries(declineTable).flatMap(([source, codes]) =>
    // The keys of the table are exactly its sources.
    Object.entries(codes).map(([code, row]) => ({ source: source as CodeSource, code, row })),
  )
  test.each(rows)('$source $code is read as it stands', ({ source, code, row }) => {
    const read = readDecline(saidBy(source, code), source)
    expect(read).toMatchObject(row)
    expect(read.advice === 'another_card' || row.retry.kind !== 'never').toBe(true)
    expect(publicCodes).toContain(row.publicCode)
    // Nothing that failed reads as paid, on its way, our own fault, or without a method.
    expect(['success', 'processing', 'missing', 'invalid_request']).not.toContain(row.publicCode)
    if (isConfidential(row.reason)) {
      expect(row.publicCode).toBe('card_declined')
      expect(payerReason(row.reason)).toBe('unexplained')
    }
  })
})

test('the strictest of everything said wins, whoever says it', () => {
  const codeOf = (source: CodeSource) => fc.constantFrom(...Object.keys(declineTable[source]), 'unheard_of')
  const maybe = (source: CodeSource) => fc.option(codeOf(source), { nil: null })
  fc.assert(
    fc.property(
      fc.constantFrom('visa' as const, 'mastercard' as const),
      codeOf('error'),
      maybe('decline'),
      maybe('advice'),
      fc.nat(),
      (network, code, declineCode, adviceCode, pick) => {
        const networkCodes = Object.keys(declineTable[network])
        const networkCode = networkCodes[pick % networkCodes.length] ?? null
        const read = readDecline({ code, declineCode, adviceCode, networkCode }, network)
        const alone = [
          readDecline({ ...nothing, code }, network),
          readDecline({ ...nothing, declineCode }, network),
          readDecline({ ...nothing, adviceCode }, network),
          readDecline({ ...nothing, networkCode }, network),
        ]
        expect(strictness(read.retry)).toBe(Math.max(...alone.map((one) => strictness(one.retry))))
        // A reason that only staff may know never reaches the payer through its public code.
        if (isConfidential(read.reason)) expect(read.publicCode).toBe('card_declined')
      },
    ),
  )
})

const nothing: DeclineCodes = { code: 'card_declined', declineCode: null, adviceCode: null, networkCode: null }
function saidBy(source: CodeSource, code: string): DeclineCodes {
  if (source === 'error') return { ...nothing, code }
  if (source === 'decline') return { ...nothing, declineCode: code }
  return source === 'advice' ? { ...nothing, adviceCode: code } : { ...nothing, networkCode: code }
}

const documented = `approve_with_id authentication_not_handled authentication_required call_issuer card_not_supported
card_velocity_exceeded currency_not_supported do_not_honor do_not_try_again duplicate_transaction expired_card
fraudulent generic_decline incorrect_address incorrect_cvc incorrect_number incorrect_pin incorrect_zip
insufficient_funds invalid_account invalid_amount invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number
invalid_pin issuer_not_available lost_card merchant_blacklist mobile_device_authentication_required
new_account_information_available no_action_taken not_permitted offline_pin_required online_or_offline_pin_required
pickup_card pin_try_exceeded processing_error reenter_transaction restricted_card revocation_of_all_authorizations
revocation_of_authorization security_violation service_not_allowed stolen_card stop_payment_order testmode_decline
transaction_not_allowed try_again_later withdrawal_count_limit_exceeded`
