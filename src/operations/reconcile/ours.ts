/**
 * What of ours the gateway did not mention. A list may lag and proves no absence: each is read by its own id before
 * anything is concluded.
 */
import { makeId } from '../../domain/bucket.ts'
import { dayMs, type Instant, plusMs } from '../../domain/calendar.ts'
import type { Difference } from '../../domain/reconciliation.ts'
import type { FoundDifference } from '../../postgres/reconciliations.ts'
import {
  type FoundCharge,
  type FoundDispute,
  type FoundRefund,
  findCharges,
  type OurCursor,
  type OurPage,
  readOpenDisputes,
  readUnmentionedCharges,
  readUnmentionedRefunds,
} from '../../postgres/reconciling.ts'
import { gatewayOf } from '../system.ts'
import { hear } from './given-back.ts'
import { type Page, type Reading, Unread } from './page.ts'
import { repairAllKnown } from './payments.ts'
import { callStaff } from './repair.ts'

/** Each is a call. */
const limit = 25

export async function readOurCharges(reading: Reading): Promise<Page> {
  const rows = await readUnmentionedCharges(reading.system.db, pageOf(reading))
  const found: FoundDifference[] = []
  for (const charge of rows) found.push(...(await lookAtCharge(reading, charge)))
  return { ...endOf(rows, ({ bucket, chargeId: id }) => ({ bucket, id })), seen: [], found }
}

async function lookAtCharge(reading: Reading, charge: FoundCharge): Promise<FoundDifference[]> {
  const { system, reconciliation } = reading
  const { bucket, chargeId, customerId, paymentId, accountId } = charge
  const gateway = gatewayOf(system, reconciliation.coverage)
  const answer = await gateway.lookUp({ chargeId, customerId, paymentId, since: charge.intendedAt })
  if (answer.outcome === 'found') {
    // Read again: it may have been at work since.
    const ours = await findCharges(system.db, [{ bucket, charge_id: chargeId }])
    return repairAllKnown(
      reading,
      ours.map((row) => [answer.payment, row]),
    )
  }
  if (answer.outcome !== 'refused' && answer.outcome !== 'absent') throw new Unread(answer.reason)
  await proveReadable(reading)
  if (charge.status !== 'captured') return []
  const evidence = { gateway: null, books: charge, answer: answer.outcome === 'refused' ? answer.reason : 'absent' }
  await callStaff(reading, { bucket, accountId, subjectId: chargeId, chargeId }, 'captured_here_only', evidence)
  return [queued('captured_here_only', paymentId ?? chargeId, accountId, evidence)]
}

/** A payment that the gateway does not know, and a key that it does not take, are answered alike. */
async function proveReadable({ system, reconciliation, now }: Reading): Promise<void> {
  const page = { from: plusMs(now, -dayMs), to: now, cursor: null }
  const listed = await gatewayOf(system, reconciliation.coverage).listPayments(page)
  if (listed.outcome !== 'found') throw new Unread(listed.reason)
}

export async function readOurRefunds(reading: Reading): Promise<Page> {
  const rows = await readUnmentionedRefunds(reading.system.db, pageOf(reading))
  const found: FoundDifference[] = []
  for (const refund of rows) found.push(...(await lookAtRefund(reading, refund)))
  return { ...endOf(rows, ({ bucket, refundId: id }) => ({ bucket, id })), seen: [], found }
}

async function lookAtRefund(reading: Reading, refund: FoundRefund): Promise<FoundDifference[]> {
  const { system, reconciliation } = reading
  const { paymentId, gatewayRefundId, bucket, accountId, refundId, chargeId } = refund
  const answer = await gatewayOf(system, reconciliation.coverage).lookUpRefunds({ paymentId })
  if (answer.outcome !== 'found') throw new Unread(answer.reason)
  const theirs = answer.refunds.find((one) => one.gatewayRefundId === gatewayRefundId)
  const evidence = { gateway: theirs ?? null, books: refund }
  if (theirs) {
    const ended = theirs.status === 'failed' || theirs.status !== refund.status
    const about = { kind: 'refund_unheard', object_id: gatewayRefundId, account_id: accountId, evidence } as const
    return ended ? hear(reading, { kind: 'refund', paymentId }, about) : []
  }
  await callStaff(reading, { bucket, accountId, subjectId: refundId, chargeId }, 'refund_here_only', evidence)
  return [queued('refund_here_only', gatewayRefundId, accountId, evidence)]
}

export async function readOurDisputes(reading: Reading): Promise<Page> {
  const rows = await readOpenDisputes(reading.system.db, pageOf(reading))
  const found: FoundDifference[] = []
  for (const dispute of rows) found.push(...(await lookAtDispute(reading, dispute)))
  return { ...endOf(rows, ({ bucket, disputeId: id }) => ({ bucket, id })), seen: [], found }
}

async function lookAtDispute(reading: Reading, dispute: FoundDispute): Promise<FoundDifference[]> {
  const { system, reconciliation } = reading
  const { gatewayDisputeId: disputeId, bucket, accountId, chargeId } = dispute
  const answer = await gatewayOf(system, reconciliation.coverage).lookUpDispute({ disputeId })
  if (answer.outcome === 'absent') {
    const evidence = { gateway: null, books: dispute }
    const about = { bucket, accountId, subjectId: dispute.disputeId, chargeId }
    await callStaff(reading, about, 'dispute_here_only', evidence)
    return [queued('dispute_here_only', disputeId, accountId, evidence)]
  }
  if (answer.outcome !== 'found') throw new Unread(answer.reason)
  if (answer.dispute.status === dispute.status) return []
  const evidence = { gateway: answer.dispute, books: dispute }
  const about = { kind: 'dispute_unheard', object_id: disputeId, account_id: accountId, evidence } as const
  return hear(reading, { kind: 'dispute', disputeId, paymentId: answer.dispute.paymentId }, about)
}

const queued = (
  kind: Difference,
  object_id: string,
  account_id: string,
  evidence: FoundDifference['evidence'],
): FoundDifference => ({ kind, object_id, account_id, outcome: 'queued', evidence })

function pageOf({ reconciliation: { reconciliationId, coverage, cursor }, from, to }: Reading): OurPage {
  const after = cursor === null ? null : cursorOf(cursor)
  return { reconciliationId, coverage, fromId: firstIdOf(from), toId: firstIdOf(to), after, limit }
}

function cursorOf(text: string): OurCursor {
  const [bucket = '0', id = ''] = text.split(' ')
  return { bucket: Number(bucket), id }
}

/** Ids of ours begin with their time. */
const firstIdOf = (at: Instant): string => makeId(0, at, new Uint8Array(9))

function endOf<Row>(rows: readonly Row[], cursor: (row: Row) => OurCursor): Pick<Page, 'next' | 'rows'> {
  const last = rows.at(-1)
  if (!last || rows.length < limit) return { next: null, rows: rows.length }
  const { bucket, id } = cursor(last)
  return { next: `${bucket} ${id}`, rows: rows.length }
}
