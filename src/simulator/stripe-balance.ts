/** The balance as Stripe's API shows it: balance transactions with their sources, payouts, and how both are listed. */
import type { BalanceEntry, Payout } from './balance.ts'
import type { ListBalance, ListPayouts } from './balance-reads.ts'
import { type Form, nested, text } from './form.ts'
import type { EventSubject } from './rows.ts'
import { toStripeAmount } from './stripe-amounts.ts'
import type { View } from './stripe-objects.ts'

type Json = Readonly<Record<string, unknown>>

export function balanceTransaction(view: View, entry: BalanceEntry, show: Shows): Json {
  const { id, type, amountMinor, feeMinor, currency, createdAt, availableAt } = entry
  const source = sourceOf(view, entry)
  const amount = toStripeAmount(amountMinor, currency)
  const fee = toStripeAmount(feeMinor, currency)
  return {
    id,
    object: 'balance_transaction',
    amount,
    fee,
    net: amount - fee,
    currency: currency.toLowerCase(),
    balance_type: 'payments',
    created: seconds(createdAt),
    available_on: seconds(availableAt),
    exchange_rate: null,
    fee_details: fee === 0 ? [] : [{ amount: fee, currency: currency.toLowerCase(), type: 'stripe_fee' }],
    reporting_category: categories[type] ?? (amountMinor < 0n ? 'dispute' : 'dispute_reversal'),
    source:
      source !== null && view.expand.has('source')
        ? show(view, source)
        : source?.object === 'charge'
          ? source.payment.id.replace('pi_', 'ch_')
          : entry.sourceId,
    type,
  }
}
type Shows = (view: View, subject: EventSubject) => Json | string | null

export const payoutObject = (payout: Payout): Json => ({
  id: payout.id,
  object: 'payout',
  amount: toStripeAmount(payout.amountMinor, payout.currency),
  currency: payout.currency.toLowerCase(),
  automatic: true,
  created: seconds(payout.createdAt),
  arrival_date: seconds(payout.arrivesAt),
  status: payout.status,
  failure_code: payout.status === 'failed' ? 'account_closed' : null,
  method: 'standard',
  type: 'bank_account',
  reconciliation_status: 'completed',
  livemode: false,
  metadata: {},
})

export const balanceListParams = ['limit', 'starting_after', 'created', 'currency', 'payout'] as const
export const payoutListParams = ['limit', 'starting_after', 'created'] as const

export const listBalanceOf = (form: Form): ListBalance => ({
  name: 'list_balance',
  ...listed(form),
  payoutId: text(form, 'payout'),
  currency: text(form, 'currency')?.toUpperCase() ?? null,
})

export const listPayoutsOf = (form: Form): ListPayouts => ({ name: 'list_payouts', ...listed(form) })

const listed = (form: Form) => ({
  from: millis(text(nested(form, 'created'), 'gte')),
  until: millis(text(nested(form, 'created'), 'lt')),
  startingAfter: text(form, 'starting_after'),
  limit: Number(text(form, 'limit') ?? 10),
})

const categories: Readonly<Partial<Record<BalanceEntry['type'], string>>> = {
  charge: 'charge',
  refund: 'refund',
  refund_failure: 'refund_failure',
  payout: 'payout',
  payout_failure: 'payout_reversal',
}

function sourceOf({ account }: View, { type, sourceId }: BalanceEntry): EventSubject | null {
  const payment = account.payments.get(sourceId)
  if (type === 'charge' && payment) return { object: 'charge', payment }
  const refund = account.refunds.get(sourceId)
  if (refund) return { object: 'refund', refund }
  const dispute = account.disputes.get(sourceId)
  if (dispute) return { object: 'dispute', dispute }
  const payout = account.balance.payouts.get(sourceId)
  return payout ? { object: 'payout', payout } : null
}

const millis = (secondsText: string | null): number | null => (secondsText === null ? null : Number(secondsText) * 1000)
const seconds = (atMs: number): number => Math.floor(atMs / 1000)
