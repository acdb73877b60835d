/** Refunds through the in-process face. */
import { instant } from '../domain/calendar.ts'
import type { GatewayRefund, RefundOutcome, RefundRequest, RefundsOutcome } from '../ports/card-gateway.ts'
import type { AccountBooks } from './books.ts'
import { misfit, type Send } from './gateway-send.ts'
import { idsOf } from './many.ts'
import type { Refund } from './rows.ts'

export async function refundThrough(send: Send, request: RefundRequest): Promise<RefundOutcome> {
  const { refundId, chargeId, paymentId, amountMinor } = request
  const metadata = { kessai_refund: refundId, kessai_charge: chargeId }
  const command = { name: 'create_refund', paymentId, amountMinor, metadata } as const
  const answer = await send(command, `${refundId}:refund`, `refund|${paymentId}|${amountMinor}|${chargeId}`)
  if ('outcome' in answer) return answer
  if (answer.object === 'refund') return { outcome: 'approved', refund: gatewayRefund(answer.refund) }
  const code = answer.object === 'error' ? answer.error.code : null
  return code !== null && refusals.has(code) ? { outcome: 'declined', reason: code } : misfit(answer)
}

/** The list meets the faults that any read meets; the rows come from their index. */
export async function refundsThrough(send: Send, account: AccountBooks, paymentId: string): Promise<RefundsOutcome> {
  const answer = await send({ name: 'list_refunds', paymentId, startingAfter: null, limit: 1 }, null, '')
  if ('outcome' in answer) return answer
  if (answer.object !== 'refunds') return misfit(answer)
  const ids = idsOf(account.refundsOfPayment, paymentId)
  return { outcome: 'found', refunds: ids.flatMap((id) => account.refunds.get(id) ?? []).map(gatewayRefund) }
}

const refusals = new Set(['amount_too_large', 'balance_insufficient', 'charge_already_refunded', 'charge_disputed'])

export const gatewayRefund = (refund: Refund): GatewayRefund => ({
  gatewayRefundId: refund.id,
  refundId: refund.metadata.kessai_refund ?? null,
  paymentId: refund.paymentId,
  amountMinor: refund.amountMinor,
  currency: refund.currency,
  status: refund.status,
  createdAt: instant(refund.createdAt),
})
