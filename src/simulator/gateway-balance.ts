/** The balance and its payouts through the in-process face. */
import { instant } from '../domain/calendar.ts'
import type { BalancePage, GatewayBalanceEntry, GatewayPayout } from '../ports/gateway-balance.ts'
import { type ListOutcome, type PeriodPage, rowsAPage } from '../ports/gateway-lists.ts'
import type { BalanceEntry, Payout } from './balance.ts'
import type { AccountBooks } from './books.ts'
import { misfit, type Send } from './gateway-send.ts'

export async function balanceThrough(
  send: Send,
  account: AccountBooks,
  { of, currency, cursor }: BalancePage,
): Promise<ListOutcome<GatewayBalanceEntry>> {
  const within =
    'payoutId' in of
      ? { payoutId: of.payoutId, from: null, until: null }
      : { payoutId: null, from: of.from, until: of.to }
  const listed = { name: 'list_balance', ...within, currency, startingAfter: cursor, limit: rowsAPage } as const
  const answer = await send(listed, null, '')
  if ('outcome' in answer) return answer
  if (answer.object !== 'balance') return misfit(answer)
  const { entries, hasMore } = answer
  return {
    outcome: 'found',
    rows: entries.map((entry) => gatewayEntry(account, entry)),
    next: hasMore ? (entries.at(-1)?.id ?? null) : null,
  }
}

export async function payoutsThrough(
  send: Send,
  { from, to, cursor }: PeriodPage,
): Promise<ListOutcome<GatewayPayout>> {
  const listed = { name: 'list_payouts', from, until: to, startingAfter: cursor, limit: rowsAPage } as const
  const answer = await send(listed, null, '')
  if ('outcome' in answer) return answer
  if (answer.object !== 'payouts') return misfit(answer)
  const { payouts, hasMore } = answer
  return {
    outcome: 'found',
    rows: payouts.map(gatewayPayout),
    next: hasMore ? (payouts.at(-1)?.id ?? null) : null,
  }
}

function gatewayEntry(account: AccountBooks, entry: BalanceEntry): GatewayBalanceEntry {
  const { id: entryId, type, sourceId, amountMinor, feeMinor, currency, createdAt, availableAt } = entry
  const refund = account.refunds.get(sourceId)
  const dispute = account.disputes.get(sourceId)
  const payment = account.payments.get(sourceId)
  const metadata = refund?.metadata ?? payment?.metadata ?? {}
  return {
    entryId,
    kind: kindOf(entry),
    paymentId: refund?.paymentId ?? dispute?.paymentId ?? payment?.id ?? null,
    chargeId: metadata.kessai_charge ?? null,
    refundId: metadata.kessai_refund ?? null,
    accountId: metadata.kessai_account ?? null,
    gatewayRefundId: refund?.id ?? null,
    gatewayDisputeId: dispute?.id ?? null,
    payoutId: type === 'payout' || type === 'payout_failure' ? sourceId : null,
    amountMinor,
    feeMinor,
    currency,
    createdAt: instant(createdAt),
    availableAt: instant(availableAt),
  }
}

function kindOf({ type, amountMinor }: BalanceEntry): GatewayBalanceEntry['kind'] {
  switch (type) {
    case 'charge':
      return 'capture'
    case 'refund':
      return 'refund'
    case 'refund_failure':
      return 'refund_returned'
    case 'adjustment':
      return amountMinor < 0n ? 'dispute_withdrawn' : 'dispute_reinstated'
    case 'payout':
      return 'payout'
    case 'payout_failure':
      return 'payout_returned'
  }
}

const gatewayPayout = ({ id, amountMinor, currency, status, createdAt, arrivesAt }: Payout): GatewayPayout => ({
  payoutId: id,
  amountMinor,
  currency,
  status: status === 'in_transit' ? 'on_its_way' : status,
  createdAt: instant(createdAt),
  arrivesAt: instant(arrivesAt),
  entriesKnown: true,
})
