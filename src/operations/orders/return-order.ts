/**
 * The goods came back (B13, B18): the order is marked, and what was captured for it is asked back, together or not at
 * all. The refund is an intent with a life of its own.
 */
import type { Instant } from '../../domain/calendar.ts'
import { decideReturn, orderActions } from '../../domain/order.ts'
import type { Queries } from '../../postgres/database.ts'
import { findPayment, moveOrder, type OrderKey } from '../../postgres/orders.ts'
import { readRepairedCharge } from '../../postgres/repairs.ts'
import { intendRefund } from '../request-refund.ts'
import type { System } from '../system.ts'
import { type Ordered, type OrderRequest, withOrder } from './confirm-order.ts'
import { tellOrder } from './tell-order.ts'

export interface ReturnRequest extends OrderRequest {
  /** The refund's id, made by whoever asks. */
  readonly refundId: string
  readonly reason: string
  readonly returnedBy: string
}

export const returnOrder = (system: System, request: ReturnRequest, now: Instant): Promise<Ordered> =>
  withOrder(system, request, async (tx, key, order) => {
    const decision = decideReturn(order)
    if ('refused' in decision) return decision
    if (decision.act === 'done') return { done: true }
    await moveOrder(tx, key, orderActions.return.to, now)
    const refund = await refundPayment(system, tx, key, request, now)
    const details = { amountMinor: order.totalMinor, who: request.returnedBy, refund }
    await tellOrder(system, tx, key, order.coverage, 'order_returned', details, now)
    return { done: true }
  })

/** The refund's id; or why there is none: staff gave the money back before, or the network has a dispute about it. */
async function refundPayment(
  system: System,
  tx: Queries,
  key: OrderKey,
  { refundId, reason, returnedBy }: ReturnRequest,
  now: Instant,
): Promise<string> {
  const chargeId = await findPayment(tx, key)
  const charge = chargeId && (await readRepairedCharge(tx, key.bucket, chargeId))
  if (!charge) throw new Error(`order ${key.orderId} was shipped without a captured charge`)
  const wish = { carries: 'credit_note' as const, reason, requestedBy: returnedBy }
  const asked = await intendRefund(
    system,
    tx,
    charge,
    { ...wish, refundId, accountId: key.accountId, chargeId: charge.chargeId },
    now,
  )
  return 'refused' in asked ? asked.refused : asked.refundId
}
