/**
 * Payments and card checks: created, confirmed, authenticated, captured, cancelled.
 *
 * A hold lives seven days of business time. Nobody ticks a clock for that: `asOf` says what a payment is at a moment,
 * and every read and every act goes through it.
 */
import { type AccountBooks, type Books, record } from './books.ts'
import { findMethod, idOf } from './customers.ts'
import { disputeAsPublished } from './disputes.ts'
import { cardError, declineOf, invalid, missing, unexpectedState } from './errors.ts'
import { announcePayment } from './events.ts'
import { askIssuer, spend } from './issuer.ts'
import type { Answer, Metadata, Method, Payment } from './rows.ts'

export interface CreatePayment {
  readonly name: 'create_payment'
  readonly kind: Payment['kind']
  readonly amountMinor: bigint
  readonly currency: string
  readonly customerId: string | null
  readonly methodId: string | null
  readonly confirm: boolean
  readonly offSession: boolean
  readonly captureMethod: Payment['captureMethod']
  readonly setupFutureUsage: boolean
  readonly metadata: Metadata
}
export interface ConfirmPayment {
  readonly name: 'confirm_payment'
  readonly paymentId: string
  readonly methodId: string | null
}
/** The end of a 3-D Secure challenge, from the payer's browser. */
export interface AuthenticatePayment {
  readonly name: 'authenticate_payment'
  readonly paymentId: string
  readonly passed: boolean
}
export interface CapturePayment {
  readonly name: 'capture_payment'
  readonly paymentId: string
  /** Null takes all that was held. */
  readonly amountMinor: bigint | null
}
export interface CancelPayment {
  readonly name: 'cancel_payment'
  readonly paymentId: string
  readonly reason: string | null
}
const holdMs = 7 * 86_400_000

/** What the payment is at `now`: a hold that has run out is a cancelled payment. */
export function asOf(payment: Payment, now: number): Payment {
  if (payment.status !== 'requires_capture' || payment.holdExpiresAt === null || now < payment.holdExpiresAt)
    return payment
  return { ...payment, status: 'canceled', canceledAt: payment.holdExpiresAt, cancellationReason: 'automatic' }
}

export function createPayment(books: Books, account: AccountBooks, command: CreatePayment, now: number): Answer {
  const { customerId, methodId, kind } = command
  if (kind === 'payment' && command.amountMinor <= 0n) return invalid('Invalid positive integer', 'amount')
  if (customerId !== null && !account.customers.has(customerId)) return missing('customer', customerId)
  const method = methodId === null ? null : usableMethod(books, account, methodId, customerId, now)
  if (method !== null && 'object' in method) return method
  if (command.confirm && method === null) {
    return invalid('You cannot confirm this PaymentIntent because it is missing a payment method.', 'payment_method')
  }
  const created = newPayment(account, command, method, now)
  if (method === null || !command.confirm) return put(books, account, created, now)
  return authorise(books, account, created, method, false, now)
}

export function confirmPayment(books: Books, account: AccountBooks, command: ConfirmPayment, now: number): Answer {
  const payment = findPayment(account, command.paymentId, now)
  if (payment === null) return missing('payment_intent', command.paymentId, 'intent')
  if (!['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(payment.status)) {
    return unexpectedState('confirmed', payment)
  }
  const methodId = command.methodId ?? payment.methodId
  if (methodId === null) return invalid('This intent is missing a payment method.', 'payment_method')
  const method = usableMethod(books, account, methodId, payment.customerId, now)
  return 'object' in method ? method : authorise(books, account, payment, method, false, now)
}

export function authenticatePayment(
  books: Books,
  account: AccountBooks,
  command: AuthenticatePayment,
  now: number,
): Answer {
  const payment = findPayment(account, command.paymentId, now)
  if (payment === null) return missing('payment_intent', command.paymentId, 'intent')
  if (payment.status !== 'requires_action') return unexpectedState('authenticated', payment)
  const method = payment.methodId === null ? undefined : account.methods.get(payment.methodId)
  if (method === undefined) return invalid('This intent is missing a payment method.', 'payment_method')
  if (command.passed) return authorise(books, account, payment, method, true, now)
  const code = `${payment.kind}_intent_authentication_failure`
  const decline = { code, declineCode: null, adviceCode: null, networkDeclineCode: null, networkAdviceCode: null }
  return put(
    books,
    account,
    {
      ...payment,
      status: 'requires_payment_method',
      methodId: null,
      decline: { ...decline, methodId: method.id },
    },
    now,
  )
}

export function capturePayment(books: Books, account: AccountBooks, command: CapturePayment, now: number): Answer {
  const payment = findPayment(account, command.paymentId, now)
  if (payment === null) return missing('payment_intent', command.paymentId, 'intent')
  if (payment.status !== 'requires_capture') return unexpectedState('captured', payment)
  const capturedMinor = command.amountMinor ?? payment.amountMinor
  if (capturedMinor <= 0n || capturedMinor > payment.amountMinor) {
    return invalid(
      'The requested capture amount is greater than the authorized amount.',
      'amount_to_capture',
      'amount_too_large',
    )
  }
  return put(books, account, { ...payment, status: 'succeeded', capturedMinor, capturedAt: now }, now)
}

export function cancelPayment(books: Books, account: AccountBooks, command: CancelPayment, now: number): Answer {
  const payment = findPayment(account, command.paymentId, now)
  if (payment === null) return missing('payment_intent', command.paymentId, 'intent')
  if (payment.status === 'succeeded' || payment.status === 'canceled') return unexpectedState('canceled', payment)
  const method = payment.methodId === null ? undefined : account.methods.get(payment.methodId)
  if (payment.status === 'requires_capture' && method !== undefined && payment.heldAt !== null) {
    spend(books, method.fingerprint, -payment.amountMinor, payment.currency, payment.heldAt)
  }
  return put(
    books,
    account,
    {
      ...payment,
      status: 'canceled',
      canceledAt: now,
      cancellationReason: command.reason,
    },
    now,
  )
}

export function findPayment(account: AccountBooks, paymentId: string, now: number): Payment | null {
  const payment = account.payments.get(paymentId)
  return payment === undefined ? null : asOf(payment, now)
}

/** Asks the issuer and writes down what it said: money is held, refused, or the payer has to be asked first. */
function authorise(
  books: Books,
  account: AccountBooks,
  payment: Payment,
  method: Method,
  authenticated: boolean,
  now: number,
): Answer {
  const decision = askIssuer(books, method, { ...issuerRequest(payment), authenticated }, now)
  if (decision.answer === 'authentication_required') {
    return put(books, account, { ...payment, methodId: method.id, status: 'requires_action' }, now)
  }
  if (decision.answer === 'declined') {
    const decline = declineOf(decision.reason, method)
    const { attempt } = decision
    const refused: Payment = { ...payment, methodId: null, status: 'requires_payment_method', attempt, decline }
    put(books, account, refused, now)
    return cardError(decision.reason, method, refused)
  }
  if (payment.setupFutureUsage) saveMethod(books, account, method, payment.customerId, authenticated)
  return put(
    books,
    account,
    {
      ...approved(payment, now),
      methodId: method.id,
      attempt: decision.attempt,
      decline: null,
    },
    now,
  )
}

const issuerRequest = ({ kind, amountMinor, currency, offSession }: Payment) => ({
  kind,
  amountMinor,
  currency,
  offSession,
})

function approved(payment: Payment, now: number): Payment {
  if (payment.kind === 'setup') return { ...payment, status: 'succeeded' }
  const held = { ...payment, heldAt: now }
  return payment.captureMethod === 'manual'
    ? { ...held, status: 'requires_capture', holdExpiresAt: now + holdMs }
    : { ...held, status: 'succeeded', capturedMinor: payment.amountMinor, capturedAt: now }
}

function saveMethod(
  books: Books,
  account: AccountBooks,
  method: Method,
  customerId: string | null,
  authenticated: boolean,
): void {
  const setUp = method.setUp || authenticated
  if (method.customerId === customerId && method.setUp === setUp) return
  record(books, ['method', account.name, { ...method, customerId, setUp }])
}

function usableMethod(
  books: Books,
  account: AccountBooks,
  methodId: string,
  customerId: string | null,
  now: number,
): Method | Answer {
  const method = findMethod(books, account, methodId, now)
  if (method === null) return missing('payment_method', methodId)
  if (method.customerId !== null && method.customerId !== customerId) {
    return invalid('The payment method does not belong to the customer of this intent.', 'payment_method')
  }
  return method
}

function newPayment(account: AccountBooks, command: CreatePayment, method: Method | null, now: number): Payment {
  const number = account.lastNumber + 1
  return {
    id: idOf(command.kind === 'setup' ? 'seti' : 'pi', account, number),
    kind: command.kind,
    number,
    chargeId: command.metadata.kessai_charge ?? null,
    customerId: command.customerId,
    methodId: method?.id ?? null,
    status: method === null ? 'requires_payment_method' : 'requires_confirmation',
    amountMinor: command.amountMinor,
    capturedMinor: 0n,
    refundedMinor: 0n,
    currency: command.currency,
    captureMethod: command.captureMethod,
    offSession: command.offSession,
    setupFutureUsage: command.setupFutureUsage,
    metadata: command.metadata,
    createdAt: now,
    heldAt: null,
    holdExpiresAt: null,
    capturedAt: null,
    canceledAt: null,
    cancellationReason: null,
    attempt: 0,
    decline: null,
  }
}

/** Every way for a payment to become another: what follows from that (events, a dispute) follows from here. */
function put(books: Books, account: AccountBooks, payment: Payment, now: number): Answer {
  const before = account.payments.get(payment.id)
  record(books, ['payment', account.name, payment])
  announcePayment(books, account, before, payment, now)
  if (payment.status === 'succeeded' && before?.status !== 'succeeded') disputeAsPublished(books, account, payment, now)
  return { object: 'payment', payment }
}
