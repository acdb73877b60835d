/** A page of the gateway's refunds, or disputes, against ours: what is news is read and recorded as an event's hint is. */
import { disputeStatuses } from '../../domain/dispute.ts'
import type { GatewayEvent, GatewayRefund } from '../../ports/card-gateway.ts'
import type { FoundDifference } from '../../postgres/reconciliations.ts'
import { findDisputesAtGateway, findRefundsAtGateway } from '../../postgres/reconciling.ts'
import { heed } from '../handle-gateway-events.ts'
import { gatewayOf } from '../system.ts'
import { type Page, type Reading, Unread } from './page.ts'
import { outcomeOf } from './repair.ts'

export async function readRefunds(reading: Reading): Promise<Page> {
  const { system, reconciliation, from, to } = reading
  const { coverage, cursor } = reconciliation
  const listed = await gatewayOf(system, coverage).listRefunds({ from, to, cursor })
  if (listed.outcome !== 'found') throw new Unread(listed.reason)
  const ids = listed.rows.map(({ gatewayRefundId }) => gatewayRefundId)
  const ours = await findRefundsAtGateway(system.db, coverage, ids)
  const known = new Map(ours.map((row) => [row.gatewayRefundId, row]))
  const found: FoundDifference[] = []
  for (const refund of listed.rows) {
    const row = known.get(refund.gatewayRefundId)
    if (row ? agree(row.status, refund.status) : refund.status === 'failed') continue
    const { paymentId, gatewayRefundId, amountMinor, status } = refund
    const evidence = { gateway: { paymentId, gatewayRefundId, amountMinor, status }, books: row ?? null }
    const about = { object_id: gatewayRefundId, account_id: row?.accountId ?? null, evidence }
    found.push(...(await hear(reading, { kind: 'refund', paymentId }, { kind: 'refund_unheard', ...about })))
  }
  const seen = ours.map(({ bucket, refundId }) => ({ bucket, object_id: refundId }))
  return { next: listed.next, rows: listed.rows.length, seen, found }
}

const agree = (ours: string, theirs: GatewayRefund['status']): boolean =>
  theirs === 'failed' ? ours === 'failed' || ours === 'returned' : ours === theirs || ours === 'succeeded'

export async function readDisputes(reading: Reading): Promise<Page> {
  const { system, reconciliation, from, to } = reading
  const { coverage, cursor } = reconciliation
  const listed = await gatewayOf(system, coverage).listDisputes({ from, to, cursor })
  if (listed.outcome !== 'found') throw new Unread(listed.reason)
  const ids = listed.rows.map(({ gatewayDisputeId }) => gatewayDisputeId)
  const ours = await findDisputesAtGateway(system.db, coverage, ids)
  const known = new Map(ours.map((row) => [row.gatewayDisputeId, row]))
  const found: FoundDifference[] = []
  for (const { gatewayDisputeId: disputeId, paymentId, status, amountMinor } of listed.rows) {
    const row = known.get(disputeId)
    if (row && statusOrder.indexOf(row.status) >= statusOrder.indexOf(status)) continue
    const evidence = { gateway: { paymentId, disputeId, status, amountMinor }, books: row ?? null }
    const about = { object_id: disputeId, account_id: row?.accountId ?? null, evidence }
    found.push(
      ...(await hear(reading, { kind: 'dispute', disputeId, paymentId }, { kind: 'dispute_unheard', ...about })),
    )
  }
  return { next: listed.next, rows: listed.rows.length, seen: [], found }
}

/** Only forwards, as `domain/dispute.ts` has it. */
const statusOrder = Object.keys(disputeStatuses)

/** Nothing of ours: another platform's, and no difference. */
export async function hear(
  { system, reconciliation: { coverage }, now }: Reading,
  hint: GatewayEvent['about'],
  found: Omit<FoundDifference, 'outcome'>,
): Promise<FoundDifference[]> {
  const outcome = outcomeOf(await heed(system, coverage, hint, now))
  return outcome === null ? [] : [{ ...found, outcome }]
}
