/**
 * The balance of a gateway account: every movement of money as an entry with its fee, and when it can be paid out.
 *
 * Entries are no record of their own. They follow from the rows as these are put into the books, for a live command and
 * for a line of the journal alike; so they cannot differ from the payments, and a journal from before there were any
 * brings them forth as well.
 */
import { type FeeRules, feeOf, feeRulesFor } from './fees.ts'
import type { Dispute, Payment, Refund } from './rows.ts'

export interface BalanceEntry {
  readonly id: string
  readonly number: number
  /** In Stripe's words. */
  readonly type: 'charge' | 'refund' | 'refund_failure' | 'adjustment' | 'payout' | 'payout_failure'
  /** The payment, refund, dispute or payout it comes from. */
  readonly sourceId: string
  /** Before the fee; what leaves is negative. */
  readonly amountMinor: bigint
  readonly feeMinor: bigint
  readonly currency: string
  readonly createdAt: number
  readonly availableAt: number
}

/** Money on its way to the bank. */
export interface Payout {
  readonly id: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly status: 'in_transit' | 'paid' | 'failed'
  readonly createdAt: number
  readonly arrivesAt: number
  readonly failedAt: number | null
}

export interface Balance {
  /** In the order of time. */
  readonly entries: BalanceEntry[]
  /** Those that no payout has taken with it yet. */
  readonly waiting: Set<BalanceEntry>
  readonly payouts: Map<string, Payout>
  /** What each payout took with it, itself included. */
  readonly entriesOf: Map<string, readonly BalanceEntry[]>
  readonly underWay: Set<string>
  /** Null: the currency's usual ones. */
  fees: FeeRules | null
}

export const emptyBalance = (): Balance => ({
  entries: [],
  waiting: new Set(),
  payouts: new Map(),
  entriesOf: new Map(),
  underWay: new Set(),
  fees: null,
})

interface Account {
  readonly name: string
  readonly balance: Balance
}

/** Called as the row is put into the books; `before` is the row it takes the place of. */
export function enterPayment(account: Account, before: Payment | undefined, payment: Payment): void {
  const { id, capturedMinor, currency, capturedAt } = payment
  if (capturedMinor === 0n || capturedAt === null || (before?.capturedMinor ?? 0n) > 0n) return
  const feeMinor = feeOf(rulesOf(account, currency), capturedMinor, currency)
  enter(account, { type: 'charge', sourceId: id, amountMinor: capturedMinor, feeMinor, currency }, capturedAt)
}

/** A refund leaves with its fee unreturned; one that fails comes back. */
export function enterRefund(account: Account, before: Refund | undefined, refund: Refund): void {
  const { id: sourceId, amountMinor, currency, createdAt, status } = refund
  if (before === undefined) {
    enter(account, { type: 'refund', sourceId, amountMinor: -amountMinor, feeMinor: 0n, currency }, createdAt)
  }
  if (status !== 'failed' || before?.status === 'failed') return
  const failedAt = before?.ends?.at ?? createdAt
  enter(account, { type: 'refund_failure', sourceId, amountMinor, feeMinor: 0n, currency }, failedAt)
}

/** A dispute withdraws the money and costs a fee; an inquiry moves nothing. */
export function enterDispute(account: Account, before: Dispute | undefined, dispute: Dispute): void {
  const { id: sourceId, amountMinor, currency, createdAt, status } = dispute
  const rules = rulesOf(account, currency)
  const feeMinor = rules.disputeMinor
  const type = 'adjustment'
  if (before === undefined && status === 'needs_response') {
    enter(account, { type, sourceId, amountMinor: -amountMinor, feeMinor, currency }, createdAt)
  }
  if (status !== 'won' || before === undefined || before.status === 'won') return
  const returnedMinor = rules.returnsDisputeFee ? -feeMinor : 0n
  enter(account, { type, sourceId, amountMinor, feeMinor: returnedMinor, currency }, dispute.resolvedAt ?? createdAt)
}

/** A new payout takes with it all that was available; one that fails brings its money back. */
export function enterPayout({ name, balance }: Account, payout: Payout): void {
  const { id, amountMinor, currency, createdAt, status, failedAt } = payout
  const before = balance.payouts.get(id)
  balance.payouts.set(id, payout)
  if (status === 'in_transit') balance.underWay.add(id)
  else balance.underWay.delete(id)
  const of = { sourceId: id, feeMinor: 0n, currency }
  if (before === undefined) {
    const taken = availableOf(balance, currency, createdAt)
    for (const entry of taken) balance.waiting.delete(entry)
    const out = add(name, balance, { ...of, type: 'payout', amountMinor: -amountMinor, createdAt }, createdAt)
    balance.entriesOf.set(id, [...taken, out])
  }
  if (status !== 'failed' || before?.status === 'failed' || failedAt === null) return
  balance.waiting.add(add(name, balance, { ...of, type: 'payout_failure', amountMinor, createdAt: failedAt }, failedAt))
}

/** What a payout at this moment would take with it, oldest first. */
export const availableOf = (balance: Balance, currency: string, at: number): BalanceEntry[] =>
  [...balance.waiting].filter((entry) => entry.currency === currency && entry.availableAt <= at)

type New = Omit<BalanceEntry, 'id' | 'number' | 'createdAt' | 'availableAt'>

function enter({ name, balance }: Account, entry: New, createdAt: number): void {
  balance.waiting.add(add(name, balance, { ...entry, createdAt }, startOfDay(createdAt, 2)))
}

function add(
  account: string,
  { entries }: Balance,
  entry: New & { readonly createdAt: number },
  availableAt: number,
): BalanceEntry {
  const number = entries.length + 1
  const added = { id: `txn_${account}${number.toString(36).padStart(8, '0')}`, number, ...entry, availableAt }
  let place = entries.length
  // Nearly always the last; a clock that was set back is why it is looked for.
  while (place > 0 && (entries[place - 1]?.createdAt ?? 0) > added.createdAt) place -= 1
  entries.splice(place, 0, added)
  return added
}

const rulesOf = ({ balance }: Account, currency: string): FeeRules => balance.fees ?? feeRulesFor(currency)

const dayMs = 86_400_000

/** Midnight (UTC) that begins the day `businessDays` after the one of `at`; Saturdays and Sundays do not count. */
export function startOfDay(at: number, businessDays: number): number {
  let day = Math.floor(at / dayMs)
  for (let left = businessDays; left > 0; ) {
    day += 1
    if (isBusinessDay(day)) left -= 1
  }
  return day * dayMs
}

/** Of a day since 1970, which began on a Thursday. */
export const isBusinessDay = (day: number): boolean => (day + 3) % 7 < 5
