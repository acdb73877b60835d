/** Cancelling (B13): what is set aside is given up. What is on its way is remembered, and given up when it arrives. */
import type { Instant } from '../../domain/calendar.ts'
import { decideCancel, orderActions } from '../../domain/order.ts'
import { moveOrder, wakeCharge } from '../../postgres/orders.ts'
import type { System } from '../system.ts'
import { type Ordered, type OrderRequest, withOrder } from './confirm-order.ts'
import { tellOrder } from './tell-order.ts'

export interface CancelRequest extends OrderRequest {
  readonly by: 'payer' | 'platform' | 'staff'
  /** Names the person or the key; the payer is themselves. */
  readonly cancelledBy: string | null
}

export const cancelOrder = (system: System, request: CancelRequest, now: Instant): Promise<Ordered> =>
  withOrder(system, request, async (tx, key, order) => {
    const decision = decideCancel(order, request.by)
    if ('refused' in decision) return decision
    if (decision.act === 'done') return { done: true }
    const details = { by: request.by, who: request.cancelledBy }
    if (decision.when === 'now') {
      await moveOrder(tx, key, orderActions.end.to, now)
      await tellOrder(system, tx, key, order.coverage, 'order_cancelled', details, now)
      return { done: true }
    }
    await moveOrder(tx, key, orderActions.cancel.to, now)
    await wakeCharge(tx, key, now)
    await tellOrder(system, tx, key, order.coverage, 'order_cancelling', details, now)
    return { done: true }
  })
