/** The charge that an order gets, frozen as it will be sent. */
import type { Instant } from '../../domain/calendar.ts'
import type { PaymentFacts } from '../../domain/order.ts'
import type { OrderIntent, OrderPayment } from '../../postgres/orders.ts'
import { gatewayOf, type System } from '../system.ts'

/** `payer`: who confirmed it is there to answer 3-D Secure. `system`: its hold ran out, and is replaced. */
export type AskedBy = 'payer' | 'staff' | 'system'

export const paymentFactsOf = (payment: OrderPayment): PaymentFacts => {
  const { accountClosed, method, brand, expMonth, expYear, mark, retryAfter, attemptsAt } = payment
  const card = brand && expMonth && expYear ? { brand, expMonth, expYear, mark, retryAfter, attemptsAt } : null
  return { accountClosed, method, card }
}

export function orderIntent(
  system: System,
  bucket: number,
  payment: OrderPayment,
  askedBy: AskedBy,
  now: Instant,
): OrderIntent {
  const { orderId, accountId, coverage, customerId, cardId, paymentMethodId, fingerprint, brand } = payment
  if (!customerId || !cardId || !paymentMethodId || !fingerprint || !brand) {
    throw new Error(`order ${orderId} is to be paid by a card that account ${accountId} does not have`)
  }
  return {
    charge_id: system.makeId(bucket, now),
    account_id: accountId,
    coverage,
    order_id: orderId,
    trigger: askedBy === 'staff' ? 'staff' : 'order',
    priority: askedBy === 'system' ? 1 : 0,
    amount_minor: payment.totalMinor,
    currency: payment.currency,
    gateway_customer_id: customerId,
    card_id: cardId,
    gateway_payment_method_id: paymentMethodId,
    fingerprint,
    brand,
    off_session: askedBy !== 'payer',
    api_version: gatewayOf(system, coverage).apiVersion,
  }
}
