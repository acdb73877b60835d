/**
 * Stripe's endpoints that we use, one line each: method, path, the parameters it takes, and the command it becomes.
 * A parameter that is not listed is refused, as Stripe does, so that the adapter cannot send what only we understand.
 */

import type { CardDetails } from './cards.ts'
import type { Command } from './core.ts'
import { invalid } from './errors.ts'
import { type Form, list, nested, text, texts } from './form.ts'
import type { Answer } from './rows.ts'
import { fromStripeAmount } from './stripe-amounts.ts'
import { balanceListParams, listBalanceOf, listPayoutsOf, payoutListParams } from './stripe-balance.ts'

export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  readonly takes: readonly string[]
  /** A browser may call it with the publishable key and the payment's client secret. */
  readonly browser: boolean
  readonly command: (id: string, form: Form) => Command | Answer
}

export const findRoute = (method: string, path: string): Route | null =>
  routes.find((one) => one.method === method && one.path.test(path)) ?? null

/** Card details within a form: `card[number]`, `card[exp_month]`, … */
export function cardDetails(form: Form): CardDetails | null {
  const number = text(form, 'number')
  if (number === null) return null
  return {
    number,
    expMonth: Number(text(form, 'exp_month')),
    expYear: Number(text(form, 'exp_year')),
    cvc: text(form, 'cvc'),
  }
}

const intentParams = [
  'customer',
  'payment_method',
  'payment_method_types',
  'payment_method_options',
  'confirm',
  'metadata',
  'description',
  'return_url',
]
const listParams = ['limit', 'starting_after', 'created', 'customer']

const routes: readonly Route[] = [
  route('POST', 'customers', ['metadata', 'email', 'name', 'description'], (_id, form) => ({
    name: 'create_customer',
    metadata: texts(form, 'metadata'),
    email: text(form, 'email'),
    fullName: text(form, 'name'),
  })),
  route('GET', 'customers/:id', [], (customerId) => ({ name: 'get_customer', customerId })),

  inBrowser(
    route('POST', 'payment_methods', ['type', 'card', 'billing_details'], (_id, form) => {
      const card = cardDetails(nested(form, 'card'))
      return card === null ? invalid('Missing required param: card.', 'card') : { name: 'create_method', card }
    }),
  ),
  route('GET', 'payment_methods/:id', [], (methodId) => ({ name: 'get_method', methodId })),
  route('POST', 'payment_methods/:id/attach', ['customer'], (methodId, form) => ({
    name: 'attach_method',
    methodId,
    customerId: text(form, 'customer') ?? '',
  })),

  route(
    'POST',
    'payment_intents',
    [
      ...intentParams,
      'amount',
      'currency',
      'capture_method',
      'off_session',
      'setup_future_usage',
      'statement_descriptor_suffix',
    ],
    createPaymentIntent,
  ),
  route('GET', 'payment_intents', listParams, (_id, form) => listIntents('payment', form)),
  inBrowser(route('GET', 'payment_intents/:id', [], (paymentId) => ({ name: 'get_payment', paymentId }))),
  inBrowser(
    route('POST', 'payment_intents/:id/confirm', ['payment_method', 'payment_method_data', 'return_url'], confirm),
  ),
  route('POST', 'payment_intents/:id/capture', ['amount_to_capture'], capture),
  route('POST', 'payment_intents/:id/cancel', ['cancellation_reason'], cancel),

  route('POST', 'setup_intents', [...intentParams, 'usage'], createSetupIntent),
  route('GET', 'setup_intents', listParams, (_id, form) => listIntents('setup', form)),
  inBrowser(route('GET', 'setup_intents/:id', [], (paymentId) => ({ name: 'get_payment', paymentId }))),
  inBrowser(
    route('POST', 'setup_intents/:id/confirm', ['payment_method', 'payment_method_data', 'return_url'], confirm),
  ),
  route('POST', 'setup_intents/:id/cancel', ['cancellation_reason'], cancel),

  route('POST', 'refunds', ['payment_intent', 'amount', 'metadata', 'reason'], createRefund),
  route('GET', 'balance_transactions', balanceListParams, (_id, form) => listBalanceOf(form)),
  route('GET', 'payouts', payoutListParams, (_id, form) => listPayoutsOf(form)),
  route('GET', 'disputes/:id', [], (disputeId) => ({ name: 'get_dispute', disputeId })),
  route('GET', 'refunds', ['payment_intent', 'limit', 'starting_after', 'created'], (_id, form) => {
    const page = pageOf(form)
    return 'object' in page ? page : { name: 'list_refunds', paymentId: text(form, 'payment_intent'), ...page }
  }),
  route('GET', 'disputes', ['limit', 'starting_after', 'created'], (_id, form) => {
    const page = pageOf(form)
    return 'object' in page ? page : { name: 'list_disputes', ...page }
  }),
]

function route(method: Route['method'], path: string, takes: readonly string[], command: Route['command']): Route {
  return { method, path: new RegExp(`^/v1/${path.replace(':id', '([^/]+)')}$`), takes, browser: false, command }
}

function inBrowser(given: Route): Route {
  return { ...given, browser: true, takes: [...given.takes, 'client_secret', 'key', 'use_stripe_sdk'] }
}

function createPaymentIntent(_id: string, form: Form): Command | Answer {
  const currency = (text(form, 'currency') ?? '').toUpperCase()
  if (!/^[A-Z]{3}$/.test(currency)) return invalid('Missing required param: currency.', 'currency', 'parameter_missing')
  const amountMinor = fromStripeAmount(text(form, 'amount') ?? '', currency)
  if (amountMinor === null) return invalid('Invalid amount for this currency.', 'amount', 'parameter_invalid_integer')
  const confirm = text(form, 'confirm') === 'true'
  const offSession = text(form, 'off_session') === 'true'
  if (offSession && !confirm) return invalid('`off_session` can only be used with `confirm=true`.', 'off_session')
  if (confirm && !list(form, 'payment_method_types').includes('card') && text(form, 'return_url') === null) {
    // Without a list of types the account's redirecting ones are on, and those need somewhere to return to.
    return invalid('This PaymentIntent may redirect: pass a `return_url` or `payment_method_types`.', 'return_url')
  }
  return {
    name: 'create_payment',
    kind: 'payment',
    amountMinor,
    currency,
    customerId: text(form, 'customer'),
    methodId: text(form, 'payment_method'),
    confirm,
    offSession,
    captureMethod: text(form, 'capture_method') === 'manual' ? 'manual' : 'automatic',
    setupFutureUsage: text(form, 'setup_future_usage') !== null,
    metadata: texts(form, 'metadata'),
  }
}

function createSetupIntent(_id: string, form: Form): Command {
  return {
    name: 'create_payment',
    kind: 'setup',
    amountMinor: 0n,
    currency: 'USD',
    customerId: text(form, 'customer'),
    methodId: text(form, 'payment_method'),
    confirm: text(form, 'confirm') === 'true',
    offSession: false,
    captureMethod: 'manual',
    setupFutureUsage: true,
    metadata: texts(form, 'metadata'),
  }
}

function confirm(paymentId: string, form: Form): Command {
  return {
    name: 'confirm_payment',
    paymentId,
    methodId: text(form, 'payment_method'),
  }
}

/** The currency is the payment's, so the amount is converted by the wire once the payment is known. */
function capture(paymentId: string, form: Form): Command | Answer {
  const amount = text(form, 'amount_to_capture')
  if (amount !== null && !/^\d+$/.test(amount)) return invalid('Invalid integer', 'amount_to_capture')
  return { name: 'capture_payment', paymentId, amountMinor: amount === null ? null : BigInt(amount) }
}

function cancel(paymentId: string, form: Form): Command {
  return {
    name: 'cancel_payment',
    paymentId,
    reason: text(form, 'cancellation_reason'),
  }
}

function createRefund(_id: string, form: Form): Command | Answer {
  const amount = text(form, 'amount')
  if (amount !== null && !/^\d+$/.test(amount)) return invalid('Invalid integer', 'amount')
  return {
    name: 'create_refund',
    paymentId: text(form, 'payment_intent') ?? '',
    amountMinor: amount === null ? null : BigInt(amount),
    metadata: texts(form, 'metadata'),
  }
}

function listIntents(kind: 'payment' | 'setup', form: Form): Command | Answer {
  const page = pageOf(form)
  return 'object' in page ? page : { name: 'list_payments', kind, customerId: text(form, 'customer'), ...page }
}

/** Which page of a list; `created` in whole seconds. */
function pageOf(form: Form) {
  const limit = Number(text(form, 'limit') ?? 10)
  if (!(limit >= 1 && limit <= 100)) return invalid('Limit must be between 1 and 100.', 'limit')
  const created = nested(form, 'created')
  const from = boundMs(created, 'gte', 0) ?? boundMs(created, 'gt', 1)
  const until = boundMs(created, 'lt', 0) ?? boundMs(created, 'lte', 1)
  return { from, until, startingAfter: text(form, 'starting_after'), limit }
}

/** `created` is compared in whole seconds: `gt` and `lte` begin at the next one. */
function boundMs(created: Form, name: string, plusSeconds: number): number | null {
  const value = text(created, name)
  return value === null ? null : (Number(value) + plusSeconds) * 1000
}
