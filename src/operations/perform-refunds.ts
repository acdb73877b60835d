/**
 * The only place that gives money back: takes refunds this worker has claimed to the gateway, one answer recorded before
 * the next call. What was ever sent is looked up first, and sent again under its own key or not at all.
 */
import { bucketOf } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { firstRefundActOf } from '../domain/refund.ts'
import type { RefundLearnt } from '../domain/refund-outcome.ts'
import type { CardGateway, GatewayRefund } from '../ports/card-gateway.ts'
import { transaction } from '../postgres/database.ts'
import { type ClaimedRefund, claimDueRefunds, unclaimRefunds } from '../postgres/refunds.ts'
import { recordRefund } from './record-refund.ts'
import { gatewayOf, type System } from './system.ts'

/** Claims up to `limit` due refunds of one bucket and performs them. Answers how many. */
export async function performDueRefunds(system: System, bucket: number, now: Instant, limit: number): Promise<number> {
  const refunds = await transaction(system.db, (tx) => claimDueRefunds(tx, bucket, system.workerId, now, limit))
  const ended = await Promise.allSettled(refunds.map((refund) => perform(system, refund, now)))
  const failed = ended.find((end) => end.status === 'rejected')
  if (!failed) return refunds.length
  // What failed is a bug of ours. Its refunds are given back, so that they are looked up and not left lying.
  const ids = refunds.map(({ refundId }) => refundId)
  await unclaimRefunds(system.db, bucket, system.workerId, ids)
  throw failed.reason
}

async function perform(system: System, refund: ClaimedRefund, now: Instant): Promise<void> {
  const { refundId, chargeId } = refund
  const gateway = gatewayOf(system, refund.coverage)
  for (let act: 'send' | 'look_up' | null = firstRefundActOf(refund); act; ) {
    const learnt = await ask(gateway, refund, act)
    const effects = await recordRefund(system, { bucket: bucketOf(refundId), chargeId, refundId }, learnt, now)
    act = effects?.next ?? null
  }
}

async function ask(gateway: CardGateway, refund: ClaimedRefund, act: 'send' | 'look_up'): Promise<RefundLearnt> {
  if (act === 'look_up') return lookUp(gateway, refund)
  const answer = await gateway.refund(refund)
  switch (answer.outcome) {
    case 'approved':
      return learntFromRefund(answer.refund)
    case 'declined':
      return { kind: 'declined', reason: answer.reason }
    default:
      return { kind: answer.outcome, reason: answer.reason }
  }
}

async function lookUp(gateway: CardGateway, { paymentId, refundId }: ClaimedRefund): Promise<RefundLearnt> {
  const answer = await gateway.lookUpRefunds({ paymentId })
  // Not being able to ask says nothing about what happened.
  if (answer.outcome !== 'found') return { kind: 'unknown', reason: answer.reason }
  const found = answer.refunds.find((one) => one.refundId === refundId)
  return found ? learntFromRefund(found) : { kind: 'absent' }
}

export const learntFromRefund = ({ gatewayRefundId, status }: GatewayRefund): RefundLearnt => ({
  kind: 'found',
  gatewayRefundId,
  status,
})
