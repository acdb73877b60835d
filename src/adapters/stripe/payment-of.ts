/** Stripe's intents as the port's payments. */
import type Stripe from 'stripe'
import { instant } from '../../domain/calendar.ts'
import type { Decline, GatewayCard, GatewayPayment } from '../../ports/card-gateway.ts'
import { fromStripeAmount } from './amounts.ts'
import { declineOf } from './outcome-of.ts'

/** What has to be expanded for `paymentOf` to see all of it. */
export const expanded = ['payment_method', 'latest_charge']
export const inList = expanded.map((field) => `data.${field}`)

export function paymentOf(intent: Stripe.PaymentIntent): GatewayPayment {
  const error = intent.last_payment_error
  return {
    paymentId: intent.id,
    ...ourMetadata(intent.metadata),
    customerId: idOf(intent.customer),
    status: statusOf(intent, error !== null),
    amountMinor: fromStripeAmount(intent.amount, intent.currency),
    capturedMinor: fromStripeAmount(intent.amount_received, intent.currency),
    refundedMinor: refundedOf(intent),
    currency: intent.currency.toUpperCase(),
    createdAt: instant(intent.created * 1000),
    holdExpiresAt: intent.status === 'requires_capture' ? holdExpiry(intent) : null,
    decline: error === null ? null : declined(error),
    card: cardOf(intent.payment_method ?? error?.payment_method ?? null),
  }
}

/** A zero check: held with amount 0 when it has passed. Setup intents have no currency; ours is in the metadata. */
export function paymentOfSetup(intent: Stripe.SetupIntent): GatewayPayment {
  const error = intent.last_setup_error
  return {
    paymentId: intent.id,
    ...ourMetadata(intent.metadata),
    customerId: idOf(intent.customer),
    status: intent.status === 'succeeded' ? 'held' : statusOf(intent, error !== null),
    amountMinor: 0n,
    capturedMinor: 0n,
    refundedMinor: 0n,
    currency: intent.metadata?.kessai_currency ?? '',
    createdAt: instant(intent.created * 1000),
    holdExpiresAt: null,
    decline: error === null ? null : declined(error),
    card: cardOf(intent.payment_method ?? error?.payment_method ?? null),
  }
}

const ourMetadata = (metadata: Stripe.Metadata | null) => ({
  chargeId: metadata?.kessai_charge ?? null,
  accountId: metadata?.kessai_account ?? null,
  subjectId: metadata?.kessai_subject ?? null,
  trigger: metadata?.kessai_trigger ?? null,
})

/** Known where the charge was expanded; a payment has one that took money. */
function refundedOf({ latest_charge: charge, currency }: Stripe.PaymentIntent): bigint {
  return typeof charge === 'object' && charge !== null ? fromStripeAmount(charge.amount_refunded, currency) : 0n
}

/** When the hold ends, if the charge was expanded; null otherwise. */
export function holdExpiry(intent: Stripe.PaymentIntent) {
  const charge = intent.latest_charge
  const seconds = typeof charge === 'object' ? charge?.payment_method_details?.card?.capture_before : undefined
  return seconds === undefined ? null : instant(seconds * 1000)
}

function statusOf(
  intent: { readonly status: Stripe.PaymentIntent.Status; readonly cancellation_reason: string | null },
  failed: boolean,
): GatewayPayment['status'] {
  switch (intent.status) {
    case 'requires_payment_method':
      return failed ? 'declined' : 'needs_customer'
    case 'requires_confirmation':
    case 'requires_action':
      return 'needs_customer'
    case 'processing':
      return 'processing'
    case 'requires_capture':
      return 'held'
    case 'succeeded':
      return 'captured'
    case 'canceled':
      return intent.cancellation_reason === 'automatic' ? 'expired' : 'released'
    default:
      // A status that a newer API version may bring says nothing about money.
      return 'processing'
  }
}

const declined = (error: Stripe.PaymentIntent.LastPaymentError | Stripe.SetupIntent.LastSetupError): Decline =>
  declineOf(error)

export function cardOf(method: string | Stripe.PaymentMethod | null): GatewayCard | null {
  if (method === null || typeof method === 'string' || method.card === undefined) return null
  const { fingerprint, brand, last4, exp_month: expMonth, exp_year: expYear } = method.card
  return { paymentMethodId: method.id, fingerprint: fingerprint ?? method.id, brand, last4, expMonth, expYear }
}

export const idOf = (reference: string | { readonly id: string } | null): string | null =>
  typeof reference === 'object' ? (reference?.id ?? null) : reference
