/** The books' rows as the JSON objects that Stripe's API shows, with `expand[]` where we use it. */
import type { AccountBooks, Books } from './books.ts'
import { clientSecretOf } from './customers.ts'
import type {
  Answer,
  Customer,
  Dispute,
  EventSubject,
  GatewayError,
  Method,
  Payment,
  PaymentDecline,
  Refund,
} from './rows.ts'
import { toStripeAmount } from './stripe-amounts.ts'
import { balanceTransaction, payoutObject } from './stripe-balance.ts'

export interface View {
  readonly books: Books
  readonly account: AccountBooks
  /** What the request asked to expand, without a list's `data.`. */
  readonly expand: ReadonlySet<string>
  readonly url: string
}
type Json = Readonly<Record<string, unknown>>

/** HTTP status and body of an answer. */
export function render(view: View, answer: Answer): { readonly status: number; readonly body: Json } {
  switch (answer.object) {
    case 'customer':
      return { status: 200, body: customer(answer.customer) }
    case 'method':
      return { status: 200, body: method(answer.method) }
    case 'payment':
      return { status: 200, body: intent(view, answer.payment) }
    case 'refund':
      return { status: 200, body: refund(answer.refund) }
    case 'dispute':
      return { status: 200, body: dispute(answer.dispute) }
    case 'payments':
      return {
        status: 200,
        body: page(
          view,
          answer.payments.map((one) => intent(view, one)),
          answer.hasMore,
        ),
      }
    case 'refunds':
      return { status: 200, body: page(view, answer.refunds.map(refund), answer.hasMore) }
    case 'disputes':
      return { status: 200, body: page(view, answer.disputes.map(dispute), answer.hasMore) }
    case 'balance': {
      const shown = answer.entries.map((entry) => balanceTransaction(view, entry, renderSubject))
      return { status: 200, body: page(view, shown, answer.hasMore) }
    }
    case 'payouts':
      return { status: 200, body: page(view, answer.payouts.map(payoutObject), answer.hasMore) }
    case 'error':
      return { status: answer.error.status, body: { error: error(view, answer.error) } }
  }
}

/** What an event carries as its `data.object`. */
export function renderSubject(view: View, subject: EventSubject): Json | string | null {
  if (subject.object === 'payout') return payoutObject(subject.payout)
  if (subject.object !== 'charge') return render(view, subject).body
  const { payment } = subject
  return latestCharge({ ...view, expand: new Set(['latest_charge']) }, payment, methodOf(view, payment))
}

const page = ({ url }: View, data: readonly Json[], hasMore: boolean): Json => ({
  object: 'list',
  data,
  has_more: hasMore,
  url,
})

const customer = ({ id, createdAt, email, name, metadata }: Customer): Json => ({
  id,
  object: 'customer',
  created: seconds(createdAt),
  email,
  name,
  metadata,
  livemode: false,
})

const method = (row: Method): Json => ({
  id: row.id,
  object: 'payment_method',
  type: 'card',
  created: seconds(row.createdAt),
  customer: row.customerId,
  card: card(row),
  livemode: false,
  metadata: {},
})

const card = ({ brand, last4, expMonth, expYear, fingerprint }: Method): Json => ({
  brand,
  display_brand: brand,
  last4,
  exp_month: expMonth,
  exp_year: expYear,
  fingerprint,
  funding: 'credit',
})

const refund = (row: Refund): Json => ({
  id: row.id,
  object: 'refund',
  amount: toStripeAmount(row.amountMinor, row.currency),
  currency: row.currency.toLowerCase(),
  created: seconds(row.createdAt),
  charge: chargeIdOf(row.paymentId),
  payment_intent: row.paymentId,
  status: row.status,
  ...(row.status === 'failed' ? { failure_reason: 'expired_or_canceled_card' } : {}),
  metadata: row.metadata,
})

const dispute = (row: Dispute): Json => ({
  id: row.id,
  object: 'dispute',
  amount: toStripeAmount(row.amountMinor, row.currency),
  currency: row.currency.toLowerCase(),
  created: seconds(row.createdAt),
  charge: chargeIdOf(row.paymentId),
  payment_intent: row.paymentId,
  reason: row.reason,
  status: row.status,
  is_charge_refundable: row.status.startsWith('warning_'),
  evidence_details: {
    due_by: seconds(row.evidenceDueAt),
    has_evidence: row.status.endsWith('under_review'),
    past_due: false,
    submission_count: row.status.endsWith('under_review') ? 1 : 0,
  },
  livemode: false,
  metadata: {},
})

function intent(view: View, payment: Payment): Json {
  const shown = methodOf(view, payment)
  const common = {
    id: payment.id,
    client_secret: clientSecretOf(view.books, payment.id),
    created: seconds(payment.createdAt),
    customer: payment.customerId,
    livemode: false,
    metadata: payment.metadata,
    next_action: payment.status === 'requires_action' ? nextAction : null,
    payment_method: shown !== undefined && view.expand.has('payment_method') ? method(shown) : payment.methodId,
    payment_method_types: ['card'],
    status: payment.status,
    cancellation_reason: payment.cancellationReason,
  }
  const lastError = payment.decline === null ? null : declineError(view, payment.decline)
  if (payment.kind === 'setup') {
    return { ...common, object: 'setup_intent', usage: 'off_session', last_setup_error: lastError }
  }
  return {
    ...common,
    object: 'payment_intent',
    ...amounts(payment),
    currency: payment.currency.toLowerCase(),
    capture_method: payment.captureMethod,
    confirmation_method: 'automatic',
    canceled_at: payment.canceledAt === null ? null : seconds(payment.canceledAt),
    latest_charge: latestCharge(view, payment, shown),
    last_payment_error: lastError,
    setup_future_usage: payment.setupFutureUsage ? 'off_session' : null,
  }
}

const methodOf = ({ account }: View, { methodId }: Payment): Method | undefined =>
  methodId === null ? undefined : account.methods.get(methodId)

const chargeIdOf = (paymentId: string): string => paymentId.replace('pi_', 'ch_')

const amounts = ({ amountMinor, capturedMinor, currency, status }: Payment): Json => ({
  amount: toStripeAmount(amountMinor, currency),
  amount_capturable: status === 'requires_capture' ? toStripeAmount(amountMinor, currency) : 0,
  amount_received: toStripeAmount(capturedMinor, currency),
})

/** Stripe.js acts on it in the browser; the simulator's own 3-D Secure page answers it. */
const nextAction = { type: 'use_stripe_sdk', use_stripe_sdk: { type: 'three_d_secure_redirect' } }

function latestCharge(view: View, payment: Payment, shown: Method | undefined): Json | string | null {
  if (payment.attempt === 0) return null
  const id = chargeIdOf(payment.id)
  if (!view.expand.has('latest_charge')) return id
  const { currency, capturedMinor, refundedMinor, holdExpiresAt } = payment
  const details = shown === undefined ? {} : card(shown)
  const captureBefore = holdExpiresAt === null ? {} : { capture_before: seconds(holdExpiresAt) }
  return {
    id,
    object: 'charge',
    amount: toStripeAmount(payment.amountMinor, currency),
    amount_captured: toStripeAmount(capturedMinor, currency),
    amount_refunded: toStripeAmount(refundedMinor, currency),
    captured: capturedMinor > 0n,
    created: seconds(payment.heldAt ?? payment.createdAt),
    currency: currency.toLowerCase(),
    metadata: payment.metadata,
    refunded: refundedMinor > 0n && refundedMinor === capturedMinor,
    status: payment.decline === null ? 'succeeded' : 'failed',
    payment_intent: payment.id,
    payment_method_details: { type: 'card', card: { ...details, ...captureBefore } },
  }
}

function error(view: View, given: GatewayError): Json {
  const { type, code, message, param, decline, payment } = given
  const object = payment === null ? {} : { [`${payment.kind}_intent`]: intent(view, payment) }
  const why = decline === null ? {} : declineError(view, decline)
  return { ...why, ...present({ type, code, message, param }), ...object }
}

function declineError(view: View, decline: PaymentDecline): Json {
  const shown = decline.methodId === null ? undefined : view.account.methods.get(decline.methodId)
  return {
    type: 'card_error',
    ...present({
      code: decline.code,
      decline_code: decline.declineCode,
      advice_code: decline.adviceCode,
      network_decline_code: decline.networkDeclineCode,
      network_advice_code: decline.networkAdviceCode,
    }),
    message: 'Your card was declined.',
    ...(shown === undefined ? {} : { payment_method: method(shown) }),
  }
}

/** Stripe leaves out what an error does not have. */
const present = (fields: Json): Json => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

const seconds = (atMs: number): number => Math.floor(atMs / 1000)
