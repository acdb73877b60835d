/**
 * The goods came back (B13, B18): the order is marked, and what was captured for it is asked back, together or not at
 * all. The refund is an intent with a life of its own.
 */
import type { Instant } from '../../domain/calendar.ts'
import { decideReturn, orderActions } from '../../domain/order.ts'
import type { Queries } from '../../postgres/database.ts'
import { findPayment, moveOrder, type OrderKey } from '../../postgres/orders.ts'
import { callStaff, readRepairedCharge } from '../../postgres/repairs.ts'
import { intendRefund } from '../request-refund.ts'
import type { System } from '../system.ts'
import { type Ordered, type OrderRequest, withOrderAndCredit } from './confirm-order.ts'
import { tellOrder } from './tell-order.ts'

export interface ReturnRequest extends OrderRequest {
  /** The refund's id, made by whoever asks. */
  readonly refundId: string
  readonly reason: string
  readonly returnedBy: string
}

export const returnOrder = (system: System, request: ReturnRequest, now: Instant): Promise<Ordered> =>
  withOrderAndCredit(system, request, async (tx, key, order) => {
    const decision = decideReturn(order)
    if ('refused' in decision) return decision
    if (decision.act === 'done') return { done: true }
    await moveOrder(tx, key, orderActions.return.to, now)
    const asked = await refundPayment(system, tx, key, request, now)
    const refund = 'refused' in asked ? asked.refused : asked.refundId
    const details = { amountMinor: order.totalMinor, who: request.returnedBy, refund }
    await tellOrder(system, tx, key, order.coverage, 'order_returned', details, now)
    return { done: true }
  })

/**
 * The refund; or why there is none. Staff gave the money back before: then nothing is left to do. The network has a
 * dispute about it: nobody asks again by themselves, so staff are called.
 */
async function refundPayment(
  system: System,
  tx: Queries,
  key: OrderKey,
  { refundId, reason, returnedBy }: ReturnRequest,
  now: Instant,
): Promise<RefundAsked> {
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
  if ('refused' in asked && asked.refused !== 'refunded_already') {
    const evidence = { orderId: key.orderId, refused: asked.refused, reason, returnedBy }
    const entry = {
      entryId: system.makeId(key.bucket, now),
      kind: 'return_not_refunded',
      subjectId: key.orderId,
    } as const
    await callStaff(tx, charge, { ...entry, evidence }, now)
  }
  return asked
}

type RefundAsked = Awaited<ReturnType<typeof intendRefund>>
