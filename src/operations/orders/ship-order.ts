/**
 * Shipping captures (B13): the order is `shipping` until the money is there, and only then `shipped`. A hold that ran
 * out while it waited is replaced by a charge of its own, which nobody is there to answer questions for.
 */
import type { Instant } from '../../domain/calendar.ts'
import { decideShip, orderActions, refuseCard } from '../../domain/order.ts'
import { transaction } from '../../postgres/database.ts'
import { appendEvents } from '../../postgres/events.ts'
import {
  insertOrderIntents,
  lockOrdersWantingCharge,
  moveOrder,
  type OrderPayment,
  readOrderPayments,
  settleWanted,
  wakeCharge,
  wantCharge,
} from '../../postgres/orders.ts'
import { rulesOf, type System } from '../system.ts'
import { type Ordered, type OrderRequest, withOrder } from './confirm-order.ts'
import { orderIntent, paymentFactsOf } from './order-charge.ts'
import { tellOrder } from './tell-order.ts'

/** The platform is about to ship; it does once the order is `shipped`. */
export const shipOrder = (
  system: System,
  request: OrderRequest & { readonly shippedBy: string },
  now: Instant,
): Promise<Ordered> =>
  withOrder(system, request, async (tx, key, order) => {
    const decision = decideShip(order)
    if ('refused' in decision) return decision
    if (decision.act === 'done') return { done: true }
    const details = { amountMinor: order.totalMinor, who: request.shippedBy }
    if (decision.by === 'complete') {
      await moveOrder(tx, key, orderActions.complete.to, now)
      await tellOrder(system, tx, key, order.coverage, 'order_shipped', details, now)
      return { done: true }
    }
    await moveOrder(tx, key, orderActions.ship.to, now)
    await (decision.by === 'capture' ? wakeCharge : wantCharge)(tx, key, now)
    await tellOrder(system, tx, key, order.coverage, 'order_shipping', details, now)
    return { done: true }
  })

/** Makes the charges of orders that are about to ship without a hold; those whose card cannot pay have failed. */
export async function chargeShippingOrders(
  system: System,
  bucket: number,
  now: Instant,
  limit: number,
): Promise<number> {
  return transaction(system.db, async (tx) => {
    const orderIds = await lockOrdersWantingCharge(tx, bucket, now, limit)
    const payments = await readOrderPayments(tx, bucket, orderIds, now)
    const coded = payments.map((payment) => ({ payment, code: codeOf(system, payment, now) }))
    const intents = coded.flatMap(({ payment, code }) =>
      code === null ? [orderIntent(system, bucket, payment, 'system', now)] : [],
    )
    // One whose card was replaced a moment ago is left as it is, and charged with the new card next time.
    const charged = await insertOrderIntents(tx, bucket, intents, now)
    const settled = coded.filter(({ payment, code }) => code !== null || charged.has(payment.orderId))
    const rows = settled.map(({ payment, code }) => ({ order_id: payment.orderId, failure_code: code }))
    await settleWanted(tx, bucket, rows, now)
    const failed = settled.filter(({ code }) => code !== null)
    const events = failed.map(({ payment: { accountId, coverage, orderId, totalMinor }, code }) => ({
      event_id: system.makeId(bucket, now),
      account_id: accountId,
      coverage,
      kind: 'order_failed' as const,
      details: { orderId, amountMinor: totalMinor, code },
    }))
    await appendEvents(tx, bucket, events, now)
    return orderIds.length
  })
}

/** The public code of an order whose account has no card that may be asked; null when it has. */
function codeOf(system: System, payment: OrderPayment, now: Instant) {
  const rules = rulesOf(system, payment.coverage)
  const refusal = refuseCard('order', paymentFactsOf(payment), { ...payment, unsettled: null }, rules, now)
  if (!refusal) return null
  if (refusal.reason === 'account_closed') return 'processing_error'
  return refusal.reason === 'method_missing' || refusal.reason === 'method_not_card' ? 'missing' : 'card_declined'
}
