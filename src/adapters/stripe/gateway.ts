/**
 * The card gateway on Stripe: payment intents with manual capture.
 *
 * Everything that is sent comes from the frozen request, the API version included, so that a replay is the same call to
 * the byte, whatever was deployed in between. Retries are ours: the SDK makes each call once.
 */
import Stripe from 'stripe'
import { hourMs } from '../../domain/calendar.ts'
import {
  type CaptureOutcome,
  type CardGateway,
  type CustomerOutcome,
  type GatewayPayment,
  type HoldOutcome,
  type LookUpOutcome,
  type LookUpRequest,
  mostTelling,
  type RegistrationOutcome,
  type ReleaseOutcome,
} from '../../ports/card-gateway.ts'
import { fromStripeAmount, toStripeAmount, unsendable } from './amounts.ts'
import { stripeApiVersion } from './api-version.ts'
import { balanceOf, payoutsOf } from './balance.ts'
import { type HttpClient, onlyStripesAnswers, withoutRetries } from './http-client.ts'
import { listsOf } from './lists.ts'
import { declineOf, notDoneOf, outcomeOf } from './outcome-of.ts'
import { expanded, holdExpiry, inList, paymentOf, paymentOfSetup } from './payment-of.ts'
import { readEvent } from './read-event.ts'
import { disputeOf, registeredCard } from './reading.ts'
import { refundOn, refundsOf } from './refunds.ts'

export interface StripeGatewayOptions {
  readonly secretKey: string
  /** The signing secret of our webhook endpoint; without one (null or left out) every event is refused. */
  readonly webhookSecret?: string | null
  /** How long one call may take before its outcome is unknown. */
  readonly timeoutMs: number
  /** Where the API is, when it is not Stripe's own address. */
  readonly host?: string
  readonly port?: number
  readonly protocol?: 'http' | 'https'
  /** In place of a socket: the simulator's wire in the same process. */
  readonly httpClient?: HttpClient
}

export function stripeGateway(options: StripeGatewayOptions): CardGateway {
  const stripe = connect(options)
  const reading = { apiVersion: stripeApiVersion }
  return {
    apiVersion: stripeApiVersion,

    async createCustomer({ accountId, coverage }): Promise<CustomerOutcome> {
      const idempotencyKey = `${coverage}:${accountId}:customer`
      try {
        const metadata = { kessai_account: accountId, kessai_coverage: coverage }
        const customer = await stripe.customers.create({ metadata }, { ...reading, idempotencyKey })
        return { outcome: 'approved', customerId: customer.id }
      } catch (problem) {
        return notDoneOf(problem)
      }
    },

    async beginRegistration(request): Promise<RegistrationOutcome> {
      const { chargeId, accountId, coverage, customerId: customer, amountMinor, currency, apiVersion } = request
      const amount = toStripeAmount(amountMinor, currency)
      if (amount === null) return unsendable(amountMinor, currency)
      const metadata = { kessai_charge: chargeId, kessai_account: accountId, kessai_coverage: coverage }
      const once = { apiVersion, idempotencyKey: `${chargeId}:register` }
      try {
        const intent =
          amount === 0
            ? await stripe.setupIntents.create(
                {
                  customer,
                  ...byCard,
                  ...authenticated,
                  usage: 'off_session',
                  metadata: { ...metadata, kessai_currency: currency },
                },
                once,
              )
            : await stripe.paymentIntents.create(
                {
                  amount,
                  currency: currency.toLowerCase(),
                  customer,
                  ...byCard,
                  ...heldOnly,
                  ...authenticated,
                  ...savedForLater,
                  metadata,
                },
                once,
              )
        return { outcome: 'approved', paymentId: intent.id, clientSecret: intent.client_secret ?? '' }
      } catch (problem) {
        return notDoneOf(problem)
      }
    },

    async hold(request): Promise<HoldOutcome> {
      const { chargeId, accountId, coverage, subjectId, amountMinor, currency, offSession, apiVersion } = request
      const amount = toStripeAmount(amountMinor, currency)
      if (amount === null) return unsendable(amountMinor, currency)
      try {
        const intent = await stripe.paymentIntents.create(
          {
            amount,
            currency: currency.toLowerCase(),
            customer: request.customerId,
            payment_method: request.paymentMethodId,
            ...byCard,
            ...heldOnly,
            confirm: true,
            off_session: offSession,
            metadata: {
              kessai_charge: chargeId,
              kessai_account: accountId,
              kessai_coverage: coverage,
              kessai_subject: subjectId,
              kessai_trigger: request.trigger,
            },
            expand: ['latest_charge'],
          },
          { apiVersion, idempotencyKey: `${chargeId}:hold` },
        )
        return holdOutcome(intent)
      } catch (problem) {
        const failure = outcomeOf(problem)
        return failure.outcome === 'unexpected_state' ? holdOutcome(failure.payment) : failure
      }
    },

    async capture({ chargeId, paymentId, amountMinor, currency, apiVersion }): Promise<CaptureOutcome> {
      const amount = toStripeAmount(amountMinor, currency)
      if (amount === null) return unsendable(amountMinor, currency)
      const once = { apiVersion, idempotencyKey: `${chargeId}:capture` }
      try {
        const intent = await stripe.paymentIntents.capture(paymentId, { amount_to_capture: amount }, once)
        return captureOutcome(intent)
      } catch (problem) {
        const failure = outcomeOf(problem)
        return failure.outcome === 'unexpected_state' ? captureOutcome(failure.payment) : failure
      }
    },

    async release({ chargeId, paymentId, apiVersion }): Promise<ReleaseOutcome> {
      // A zero check holds nothing, so there is nothing to give up.
      if (isSetup(paymentId)) return { outcome: 'approved' }
      try {
        await stripe.paymentIntents.cancel(paymentId, {}, { apiVersion, idempotencyKey: `${chargeId}:release` })
        return { outcome: 'approved' }
      } catch (problem) {
        const failure = outcomeOf(problem)
        if (failure.outcome === 'unexpected_state') return releaseOutcome(failure.payment)
        return failure.outcome === 'declined' ? { outcome: 'unknown', reason: `declined: ${failure.code}` } : failure
      }
    },

    async lookUp(request): Promise<LookUpOutcome> {
      const { paymentId } = request
      try {
        const payment =
          paymentId === null
            ? await findByCharge(stripe, request)
            : isSetup(paymentId)
              ? paymentOfSetup(await stripe.setupIntents.retrieve(paymentId, { expand: ['payment_method'] }, reading))
              : paymentOf(await stripe.paymentIntents.retrieve(paymentId, { expand: expanded }, reading))
        return payment === null ? { outcome: 'absent' } : { outcome: 'found', payment }
      } catch (problem) {
        // An id that the gateway does not know is an account or a key of ours gone wrong, not a payment that is absent.
        return notDoneOf(problem)
      }
    },

    refund: (request) => refundOn(stripe, request),
    lookUpRefunds: ({ paymentId }) => refundsOf(stripe, paymentId, stripeApiVersion),
    lookUpDispute: ({ disputeId }) => disputeOf(stripe, disputeId, stripeApiVersion),
    lookUpCard: (request) => registeredCard(stripe, request, stripeApiVersion),
    listBalance: (request) => balanceOf(stripe, request, stripeApiVersion),
    listPayouts: (request) => payoutsOf(stripe, request, stripeApiVersion),
    readEvent: (request) => readEvent(stripe, options.webhookSecret ?? null, request),
    ...listsOf(stripe, stripeApiVersion),
  }
}

const byCard: { payment_method_types: ['card'] } = { payment_method_types: ['card'] }
const heldOnly = { capture_method: 'manual' } as const
/** 3-D Secure wherever the card has it: later charges are made without the payer and lean on this one (B5). */
const authenticated = { payment_method_options: { card: { request_three_d_secure: 'any' } } } as const
const savedForLater = { setup_future_usage: 'off_session' } as const

/** Their clock is not ours: a payment may look a little older than the row that asked for it. */
const clockSkewMs = hourMs

function connect({ secretKey, timeoutMs, host, port, protocol, httpClient }: StripeGatewayOptions): Stripe {
  return new Stripe(secretKey, {
    apiVersion: stripeApiVersion,
    maxNetworkRetries: 0,
    telemetry: false,
    timeout: timeoutMs,
    httpClient: withoutRetries(onlyStripesAnswers(httpClient ?? Stripe.createNodeHttpClient())),
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port }),
    ...(protocol === undefined ? {} : { protocol }),
  })
}

function holdOutcome(intent: Stripe.PaymentIntent): HoldOutcome {
  const { id: paymentId, status } = intent
  if (status === 'requires_capture' || status === 'succeeded') {
    return { outcome: 'approved', paymentId, expiresAt: holdExpiry(intent) }
  }
  if (status === 'requires_action') {
    return { outcome: 'needs_customer', paymentId, clientSecret: intent.client_secret ?? '' }
  }
  const error = intent.last_payment_error
  if (status === 'requires_payment_method' && error) return { outcome: 'declined', paymentId, ...declineOf(error) }
  return { outcome: 'unknown', reason: `the payment is ${status}` }
}

function captureOutcome(payment: Stripe.PaymentIntent): CaptureOutcome {
  if (payment.status === 'succeeded') {
    return { outcome: 'approved', capturedMinor: fromStripeAmount(payment.amount_received, payment.currency) }
  }
  if (payment.status === 'canceled') return { outcome: 'expired' }
  const neverHeld = ['requires_payment_method', 'requires_confirmation', 'requires_action'].includes(payment.status)
  return { outcome: neverHeld ? 'refused' : 'unknown', reason: `the payment is ${payment.status}` }
}

function releaseOutcome(payment: Stripe.PaymentIntent): ReleaseOutcome {
  if (payment.status === 'canceled') return { outcome: 'approved' }
  if (payment.status === 'succeeded') {
    return { outcome: 'captured', capturedMinor: fromStripeAmount(payment.amount_received, payment.currency) }
  }
  return { outcome: 'unknown', reason: `the payment is ${payment.status}` }
}

/**
 * Lists the customer's payments, newest first: the search index lags and would prove nothing. Once the charge is found,
 * the listing ends at `since`; an absence is believed only after all of them were read, whatever the clocks said.
 */
async function findByCharge(stripe: Stripe, request: LookUpRequest): Promise<GatewayPayment | null> {
  const reading = { apiVersion: stripeApiVersion }
  const query = { customer: request.customerId, limit: 100 }
  const oldest = (request.since - clockSkewMs) / 1000
  const found: GatewayPayment[] = []
  for await (const intent of stripe.paymentIntents.list({ ...query, expand: inList }, reading)) {
    if (intent.metadata.kessai_charge === request.chargeId) found.push(paymentOf(intent))
    if (found.length > 0 && intent.created < oldest) break
  }
  if (found.length > 0) return mostTelling(found)
  for await (const intent of stripe.setupIntents.list({ ...query, expand: ['data.payment_method'] }, reading)) {
    if (intent.metadata?.kessai_charge === request.chargeId) found.push(paymentOfSetup(intent))
  }
  return mostTelling(found)
}

const isSetup = (paymentId: string): boolean => paymentId.startsWith('seti_')
