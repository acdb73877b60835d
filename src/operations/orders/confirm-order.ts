/**
 * The payer confirms an order, or staff retry one whose payment failed: both commit one charge for a worker to hold.
 * However often it is asked, an order has one charge at work (F15).
 */
import { bucketOfAccount } from '../../domain/bucket.ts'
import type { Instant } from '../../domain/calendar.ts'
import {
  type CardRefusal,
  decideConfirm,
  decideRetry,
  type OrderRefusal,
  orderActions,
  refuseCard,
} from '../../domain/order.ts'
import { type Queries, transaction } from '../../postgres/database.ts'
import {
  coverageOfOrder,
  insertOrderIntents,
  type LockedOrder,
  lockOrder,
  moveOrder,
  type OrderKey,
  readOrderPayments,
} from '../../postgres/orders.ts'
import { lockSettings } from '../../postgres/payment-settings.ts'
import { rulesOf, type System } from '../system.ts'
import { orderIntent, paymentFactsOf } from './order-charge.ts'
import { tellOrder } from './tell-order.ts'

export interface OrderRequest {
  readonly accountId: string
  readonly orderId: string
}

/** `until`: when the reason ends by itself, where it does. */
export type Ordered =
  | { readonly done: true }
  | { readonly refused: OrderRefusal | 'not_found' }
  | { readonly refused: CardRefusal; readonly until: Instant | null }

/** Answers at once; what comes of the hold is read from the order. */
export const confirmOrder = (system: System, request: OrderRequest, now: Instant): Promise<Ordered> =>
  withOrder(system, request, async (tx, key, order) => {
    const decision = decideConfirm(order, now)
    if ('refused' in decision) return decision
    if (decision.act === 'done') return { done: true }
    return charge(system, tx, key, order, 'payer', null, now)
  })

/** Staff ask the account's card, as it is now, once more; `retriedBy` names the person (F37). */
export const retryOrder = (
  system: System,
  request: OrderRequest & { readonly retriedBy: string },
  now: Instant,
): Promise<Ordered> =>
  withOrder(system, request, async (tx, key, order) => {
    const decision = decideRetry(order)
    if ('refused' in decision) return decision
    if (decision.act === 'done') return { done: true }
    return charge(system, tx, key, order, 'staff', request.retriedBy, now)
  })

async function charge(
  system: System,
  tx: Queries,
  key: OrderKey,
  order: LockedOrder,
  askedBy: 'payer' | 'staff',
  who: string | null,
  now: Instant,
): Promise<Ordered> {
  const [payment] = await readOrderPayments(tx, key.bucket, [key.orderId], now)
  if (!payment) throw new Error(`order ${key.orderId} belongs to no payment settings`)
  const trigger = askedBy === 'staff' ? 'staff' : 'order'
  const rules = rulesOf(system, order.coverage)
  const refusal = refuseCard(trigger, paymentFactsOf(payment), order, rules, now)
  if (refusal) return { refused: refusal.reason, until: refusal.until }
  const action = askedBy === 'staff' ? 'retry' : 'confirm'
  await moveOrder(tx, key, orderActions[action].to, now)
  const made = await insertOrderIntents(tx, key.bucket, [orderIntent(system, key.bucket, payment, askedBy, now)], now)
  // The card was replaced while we looked at it: everything is undone, and asked again with the new one.
  if (!made.has(key.orderId)) throw new CardReplaced(key.orderId)
  const kind = askedBy === 'staff' ? 'order_retried' : 'order_confirmed'
  await tellOrder(system, tx, key, order.coverage, kind, { amountMinor: order.totalMinor, who }, now)
  return { done: true }
}

class CardReplaced extends Error {}

type Act = (tx: Queries, key: OrderKey, order: LockedOrder) => Promise<Ordered>

/** Runs `act` on the locked order, in one transaction. */
export const withOrder = (system: System, request: OrderRequest, act: Act): Promise<Ordered> =>
  onOrder(system, request, act, false)

/** The same for what may change the account's credit, which is locked first. */
export const withOrderAndCredit = (system: System, request: OrderRequest, act: Act): Promise<Ordered> =>
  onOrder(system, request, act, true)

async function onOrder(
  system: System,
  { accountId, orderId }: OrderRequest,
  act: Act,
  withCredit: boolean,
): Promise<Ordered> {
  const key = { bucket: bucketOfAccount(accountId), accountId, orderId }
  for (let again = 0; ; again++) {
    try {
      return await transaction(system.db, async (tx) => {
        const coverage = withCredit ? await coverageOfOrder(tx, key) : null
        if (coverage !== null) await lockSettings(tx, { ...key, coverage })
        const order = await lockOrder(tx, key)
        return order ? act(tx, key, order) : { refused: 'not_found' }
      })
    } catch (problem) {
      if (!(problem instanceof CardReplaced) || again === timesReplaced) throw problem
    }
  }
}

const timesReplaced = 3
