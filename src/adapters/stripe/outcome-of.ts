/**
 * What an error of the SDK means for a charge, in one place. A class of errors that the SDK adds does not compile until
 * somebody has decided here what it means.
 *
 * The rule behind the table: only an answer that proves that nothing happened is `not_executed` or `refused`; whatever
 * might have reached the gateway and taken effect is `unknown`, and is settled by reading (design section 4.3, 4.9).
 */
import Stripe from 'stripe'
import type { Decline, NotDone } from '../../ports/card-gateway.ts'

export type Failure =
  | ({ readonly outcome: 'declined'; readonly paymentId: string | null } & Decline)
  /** The payment is in a state that does not allow the act; the error shows it as it is. */
  | { readonly outcome: 'unexpected_state'; readonly payment: Stripe.PaymentIntent }
  | NotDone

/** Throws what is not an error of the SDK: that would be a bug of ours. */
export function outcomeOf(problem: unknown): Failure {
  if (!(problem instanceof Stripe.errors.StripeError)) throw problem
  const decide: ((error: SdkError) => Failure) | undefined = isKnown(problem.type) ? byClass[problem.type] : undefined
  return (decide ?? unknown)(problem)
}

/** The same for calls that cannot be declined and meet no state. */
export function notDoneOf(problem: unknown): NotDone {
  const failure = outcomeOf(problem)
  if (failure.outcome === 'declined' || failure.outcome === 'unexpected_state') {
    return { outcome: 'refused', reason: `unexpected ${failure.outcome}` }
  }
  return failure
}

/** The same for a refund: what the gateway will not give back is declined with its code. */
export function refundFailureOf(problem: unknown): { outcome: 'declined'; reason: string } | NotDone {
  const failure = outcomeOf(problem)
  if (failure.outcome === 'declined') return { outcome: 'declined', reason: failure.code }
  if (failure.outcome === 'unexpected_state') {
    return { outcome: 'refused', reason: `the payment is ${failure.payment.status}` }
  }
  if (failure.outcome !== 'refused' || !(problem instanceof Stripe.errors.StripeInvalidRequestError)) return failure
  const { code, param } = problem
  if (code !== undefined && refundRefusals.has(code)) return { outcome: 'declined', reason: code }
  // More than is left of the payment: Stripe names the parameter, and not always a code.
  return code === undefined && param === 'amount' ? { outcome: 'declined', reason: 'amount_too_large' } : failure
}

/** Facts about the payment or our balance, none of them a mistake of ours. */
const refundRefusals = new Set([
  'amount_too_large',
  'balance_insufficient',
  'charge_already_refunded',
  'charge_disputed',
  'insufficient_funds',
  'refund_disputed_payment',
])

/** An issuer's no, as a payment or an error carries it. */
export const declineOf = (error: {
  readonly code?: string
  readonly decline_code?: string
  readonly advice_code?: string
  readonly network_advice_code?: string
}): Decline => ({
  code: error.code ?? 'card_declined',
  declineCode: error.decline_code || null,
  adviceCode: error.advice_code ?? null,
  networkCode: error.network_advice_code ?? null,
})

type SdkError = InstanceType<typeof Stripe.errors.StripeError>
type SdkErrorClass = {
  [Name in keyof typeof Stripe.errors]: (typeof Stripe.errors)[Name] extends new (
    ...args: never[]
  ) => SdkError
    ? Name
    : never
}[keyof typeof Stripe.errors]

const unknown = (error: SdkError): NotDone => ({ outcome: 'unknown', reason: reasonOf(error) })
const refused = (error: SdkError): NotDone => ({ outcome: 'refused', reason: reasonOf(error) })
const notExecuted = (error: SdkError): NotDone => ({
  outcome: 'not_executed',
  reason: reasonOf(error),
  retryAfterMs: retryAfterMs(error),
})
const declined = (error: SdkError): Failure => ({
  outcome: 'declined',
  paymentId: error.payment_intent?.id ?? null,
  ...declineOf(error),
})
const invalidRequest = (error: SdkError): Failure =>
  error.code === 'payment_intent_unexpected_state' && error.payment_intent !== undefined
    ? { outcome: 'unexpected_state', payment: error.payment_intent }
    : refused(error)
const noConnection = (error: SdkError): NotDone =>
  nothingWasSent.has(codeOf(error.detail)) ? notExecuted(error) : unknown(error)

const byClass = {
  StripeCardError: declined,
  StripeInvalidRequestError: invalidRequest,
  StripeAuthenticationError: refused,
  StripePermissionError: refused,
  StripeRateLimitError: notExecuted,
  StripeConnectionError: noConnection,
  /** 5xx, 409 "key in use" and answers that are not JSON. */
  StripeAPIError: unknown,
  /** Other parameters under a key: the first call's result is not known from this answer. */
  StripeIdempotencyError: unknown,
  /** The SDK's base class: an error that it could not name. */
  StripeError: unknown,
  // The rest belong to webhooks, OAuth and Stripe's second API, none of which is called here. Should one come all the
  // same, nothing is known about the payment.
  StripeSignatureVerificationError: unknown,
  StripeOAuthError: unknown,
  StripeInvalidGrantError: unknown,
  StripeInvalidClientError: unknown,
  StripeOAuthInvalidRequestError: unknown,
  StripeInvalidScopeError: unknown,
  StripeUnsupportedGrantTypeError: unknown,
  StripeUnsupportedResponseTypeError: unknown,
  AlreadyCanceledError: unknown,
  BlockedByStripeError: unknown,
  CannotProceedError: unknown,
  CapabilityNotEnabledError: unknown,
  ControlledByAlternateResourceError: unknown,
  FeatureNotEnabledError: unknown,
  FinancialAccountNotOpenError: unknown,
  FxQuoteNeedsRefreshError: unknown,
  InsufficientFundsError: unknown,
  InvalidPaymentMethodError: unknown,
  InvalidPayoutMethodError: unknown,
  InvalidVaultedCredentialError: unknown,
  NotCancelableError: unknown,
  QuotaExceededError: unknown,
  RateLimitError: unknown,
  RecipientNotNotifiableError: unknown,
  TemporarySessionExpiredError: unknown,
  VerificationAttemptFailedError: unknown,
  VerificationExpiredError: unknown,
  VerificationNotInitiatedError: unknown,
} satisfies Record<SdkErrorClass, (error: SdkError) => Failure>

const isKnown = (type: string): type is SdkErrorClass => Object.hasOwn(byClass, type)

/** The connection never came about, so no request can have arrived. A reset or a time-out proves nothing. */
const nothingWasSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'])

/** The system's error code, also where `fetch` hides it in the cause; empty for none. */
function codeOf(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return ''
  if ('code' in detail && typeof detail.code === 'string') return detail.code
  return 'cause' in detail ? codeOf(detail.cause) : ''
}

function retryAfterMs(error: SdkError): number | null {
  const seconds = Number(error.headers?.['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : null
}

/** For staff and logs: class, code, status, request and the message, without anything that opens a door (F57). */
function reasonOf(error: SdkError): string {
  const facts = [error.type, error.code, error.statusCode, error.requestId].filter((fact) => fact !== undefined)
  return `${facts.join(' ')}: ${withoutSecrets(error.message)}`.slice(0, 300)
}

const withoutSecrets = (message: string): string =>
  message
    .replace(/\b(sk|pk|rk|whsec)_\w+/g, '$1_…')
    .replace(/\b\w+_secret_\w+/g, '…')
    .replace(/\b\d[\d -]{10,}\d\b/g, '…')
