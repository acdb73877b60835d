/**
 * Stripe's balance transactions and payouts. A transaction names its source; with the source comes whose it is: a charge
 * carries its payment's metadata, a refund its own.
 */
import type Stripe from 'stripe'
import { instant } from '../../domain/calendar.ts'
import type { BalancePage, GatewayBalanceEntry, GatewayPayout } from '../../ports/gateway-balance.ts'
import { type ListOutcome, type PeriodPage, rowsAPage } from '../../ports/gateway-lists.ts'
import { fromStripeAmount } from './amounts.ts'
import { notDoneOf } from './outcome-of.ts'
import { idOf } from './payment-of.ts'

export async function balanceOf(
  stripe: Stripe,
  { of, currency, cursor }: BalancePage,
  apiVersion: string,
): Promise<ListOutcome<GatewayBalanceEntry>> {
  const within = 'payoutId' in of ? { payout: of.payoutId } : { created: createdIn(of) }
  const query = { ...within, currency: currency.toLowerCase(), ...pageAfter(cursor), expand: ['data.source'] }
  try {
    const { data, has_more: hasMore } = await stripe.balanceTransactions.list(query, { apiVersion })
    // Money set aside as a reserve is a balance of its own, and is entered there a second time.
    const entries = data.filter(({ balance_type: type }) => type === undefined || type === 'payments').map(entryOf)
    return { outcome: 'found', rows: entries, next: hasMore ? (data.at(-1)?.id ?? null) : null }
  } catch (problem) {
    return notDoneOf(problem)
  }
}

export async function payoutsOf(
  stripe: Stripe,
  request: PeriodPage,
  apiVersion: string,
): Promise<ListOutcome<GatewayPayout>> {
  const query = { created: createdIn(request), ...pageAfter(request.cursor) }
  try {
    const { data, has_more: hasMore } = await stripe.payouts.list(query, { apiVersion })
    return { outcome: 'found', rows: data.map(payoutOf), next: hasMore ? (data.at(-1)?.id ?? null) : null }
  } catch (problem) {
    return notDoneOf(problem)
  }
}

const pageAfter = (cursor: string | null) => ({
  limit: rowsAPage,
  ...(cursor === null ? {} : { starting_after: cursor }),
})

/** Stripe compares whole seconds. */
const createdIn = ({ from, to }: { readonly from: number; readonly to: number }) => ({
  gte: Math.ceil(from / 1000),
  lt: Math.ceil(to / 1000),
})

function entryOf(transaction: Stripe.BalanceTransaction): GatewayBalanceEntry {
  const { id: entryId, amount, fee, currency, created, available_on: available } = transaction
  const source = typeof transaction.source === 'string' ? null : transaction.source
  const charge = source?.object === 'charge' ? source : null
  const refund = source?.object === 'refund' ? source : null
  const dispute = source?.object === 'dispute' ? source : null
  const metadata = charge?.metadata ?? refund?.metadata ?? {}
  const kind = kindOf(transaction.type, dispute !== null, amount)
  return {
    entryId,
    kind,
    paymentId: idOf((charge ?? refund ?? dispute)?.payment_intent ?? null),
    chargeId: metadata.kessai_charge ?? null,
    refundId: metadata.kessai_refund ?? null,
    accountId: metadata.kessai_account ?? null,
    gatewayRefundId: refund?.id ?? null,
    gatewayDisputeId: dispute?.id ?? null,
    payoutId: kind === 'payout' || kind === 'payout_returned' ? idOf(transaction.source) : null,
    amountMinor: fromStripeAmount(amount, currency),
    feeMinor: fromStripeAmount(fee, currency),
    currency: currency.toUpperCase(),
    createdAt: instant(created * 1000),
    availableAt: instant(available * 1000),
  }
}

/** What a newer API version may bring is an adjustment: it moves the balance, and a person can look at why. */
function kindOf(type: string, isDispute: boolean, amount: number): GatewayBalanceEntry['kind'] {
  // The amount of an entry that only bills a dispute's fee is zero.
  if (isDispute && amount !== 0) return amount < 0 ? 'dispute_withdrawn' : 'dispute_reinstated'
  return Object.hasOwn(kinds, type) ? (kinds[type] ?? 'adjustment') : 'adjustment'
}

const kinds: Readonly<Record<string, GatewayBalanceEntry['kind']>> = {
  charge: 'capture',
  payment: 'capture',
  refund: 'refund',
  payment_refund: 'refund',
  refund_failure: 'refund_returned',
  payment_failure_refund: 'refund_returned',
  stripe_fee: 'fee',
  stripe_fx_fee: 'fee',
  tax_fee: 'fee',
  payout: 'payout',
  payout_failure: 'payout_returned',
  payout_cancel: 'payout_returned',
}

const payoutOf = (payout: Stripe.Payout): GatewayPayout => ({
  payoutId: payout.id,
  amountMinor: fromStripeAmount(payout.amount, payout.currency),
  currency: payout.currency.toUpperCase(),
  status: statusOf(payout.status),
  createdAt: instant(payout.created * 1000),
  arrivesAt: instant(payout.arrival_date * 1000),
  entriesKnown: payout.reconciliation_status === 'completed',
})

function statusOf(status: string): GatewayPayout['status'] {
  if (status === 'paid') return 'paid'
  return status === 'failed' || status === 'canceled' ? 'failed' : 'on_its_way'
}
