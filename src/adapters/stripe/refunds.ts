/** Money given back through Stripe, and every refund of a payment, whoever made it. */
import type Stripe from 'stripe'
import { instant } from '../../domain/calendar.ts'
import type { GatewayRefund, RefundOutcome, RefundRequest, RefundsOutcome } from '../../ports/card-gateway.ts'
import { fromStripeAmount, toStripeAmount, unsendable } from './amounts.ts'
import { notDoneOf, refundFailureOf } from './outcome-of.ts'
import { idOf } from './payment-of.ts'

export async function refundOn(stripe: Stripe, request: RefundRequest): Promise<RefundOutcome> {
  const { refundId, chargeId, paymentId, amountMinor, currency, apiVersion } = request
  const amount = toStripeAmount(amountMinor, currency)
  if (amount === null) return unsendable(amountMinor, currency)
  const metadata = { kessai_refund: refundId, kessai_charge: chargeId }
  const once = { apiVersion, idempotencyKey: `${refundId}:refund` }
  try {
    const refund = await stripe.refunds.create({ payment_intent: paymentId, amount, metadata }, once)
    return { outcome: 'approved', refund: refundOf(refund, paymentId) }
  } catch (problem) {
    return refundFailureOf(problem)
  }
}

export async function refundsOf(stripe: Stripe, paymentId: string, apiVersion: string): Promise<RefundsOutcome> {
  const newestFirst: GatewayRefund[] = []
  try {
    const listed = stripe.refunds.list({ payment_intent: paymentId, limit: 100 }, { apiVersion })
    for await (const refund of listed) newestFirst.push(refundOf(refund, paymentId))
    return { outcome: 'found', refunds: newestFirst.reverse() }
  } catch (problem) {
    return notDoneOf(problem)
  }
}

/** Null: of a charge without a payment intent. */
export function seenRefund(refund: Stripe.Refund): GatewayRefund | null {
  const paymentId = idOf(refund.payment_intent)
  return paymentId === null ? null : refundOf(refund, paymentId)
}

const refundOf = (refund: Stripe.Refund, paymentId: string): GatewayRefund => ({
  gatewayRefundId: refund.id,
  refundId: refund.metadata?.kessai_refund ?? null,
  paymentId: idOf(refund.payment_intent) ?? paymentId,
  amountMinor: fromStripeAmount(refund.amount, refund.currency),
  currency: refund.currency.toUpperCase(),
  status: statusOf(refund.status),
  createdAt: instant(refund.created * 1000),
})

/** A cancelled refund gave nothing back; a status that a newer API version may bring says nothing about money yet. */
function statusOf(status: string | null): GatewayRefund['status'] {
  if (status === 'succeeded') return 'succeeded'
  return status === 'failed' || status === 'canceled' ? 'failed' : 'pending'
}
