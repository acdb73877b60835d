/** Disputes through the in-process face. */
import { instant } from '../domain/calendar.ts'
import type { DisputeOutcome, GatewayDispute } from '../ports/card-gateway.ts'
import { isMissing, misfit, type Send } from './gateway-send.ts'
import type { Dispute, DisputeStatus } from './rows.ts'

export async function disputeThrough(send: Send, disputeId: string): Promise<DisputeOutcome> {
  const answer = await send({ name: 'get_dispute', disputeId }, null, '')
  if ('outcome' in answer) return answer
  if (isMissing(answer)) return { outcome: 'absent' }
  if (answer.object !== 'dispute') return misfit(answer)
  return { outcome: 'found', dispute: gatewayDispute(answer.dispute) }
}

export function gatewayDispute({ id: gatewayDisputeId, status, ...row }: Dispute): GatewayDispute {
  const { paymentId, amountMinor, currency, reason } = row
  return {
    gatewayDisputeId,
    paymentId,
    amountMinor,
    currency,
    reason,
    status: statuses[status],
    evidenceDueAt: instant(row.evidenceDueAt),
    createdAt: instant(row.createdAt),
  }
}

const statuses: Readonly<Record<DisputeStatus, GatewayDispute['status']>> = {
  warning_needs_response: 'inquiry',
  warning_under_review: 'inquiry',
  warning_closed: 'closed',
  needs_response: 'open',
  under_review: 'under_review',
  won: 'won',
  lost: 'lost',
}
