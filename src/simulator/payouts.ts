/**
 * Payouts: each business day whatever is available goes to the bank, a business day later it has arrived. Nothing goes
 * while the balance is not above zero; what is below is made up by what comes next.
 */
import { availableOf, type Balance, isBusinessDay, type Payout, startOfDay } from './balance.ts'
import { type AccountBooks, type Books, record } from './books.ts'
import { invalid, missing } from './errors.ts'
import { announcePayout } from './events.ts'
import { settleRefunds } from './refunds.ts'
import type { Answer } from './rows.ts'

/** The bank sends a payout back: the one named, or (null) the latest. */
export interface FailPayout {
  readonly name: 'fail_payout'
  readonly payoutId: string | null
}

const dayMs = 86_400_000

/** Lets happen what was to happen by itself. Nobody ticks a clock, so every command asks this first. */
export function passTime(books: Books, account: AccountBooks, now: number): void {
  settleRefunds(books, account, now)
  const today = Math.floor(now / dayMs)
  if (lookedOn.get(account.balance) === today) return
  lookedOn.set(account.balance, today)
  payOut(books, account, today)
  arrive(books, account, now)
}
/** A memory, and no part of the books: payouts are looked at once a day. */
const lookedOn = new WeakMap<Balance, number>()

/** Whether time alone will make a difference to the account. */
export const awaitsTime = ({ unsettledRefunds, balance }: AccountBooks): boolean =>
  unsettledRefunds.size > 0 || balance.waiting.size > 0 || balance.underWay.size > 0

function payOut(books: Books, account: AccountBooks, today: number): void {
  const { balance } = account
  for (const currency of new Set([...balance.waiting].map((entry) => entry.currency))) {
    for (let day = firstDay(account, currency); day <= today; day++) {
      if (!isBusinessDay(day)) continue
      const createdAt = day * dayMs
      const available = availableOf(balance, currency, createdAt)
      const amountMinor = available.reduce((sum, entry) => sum + entry.amountMinor - entry.feeMinor, 0n)
      if (amountMinor <= 0n) continue
      const number = (balance.payouts.size + 1).toString(36).padStart(8, '0')
      const id = `po_${account.name}${number}`
      const arrivesAt = startOfDay(createdAt, 1)
      put(books, account, { id, amountMinor, currency, status: 'in_transit', createdAt, arrivesAt, failedAt: null })
    }
  }
}

/** The first day on which something may go out: after the last payout, and not before anything is available. */
function firstDay({ balance }: AccountBooks, currency: string): number {
  const days = [...balance.waiting]
    .filter((entry) => entry.currency === currency)
    .map(({ availableAt }) => Math.ceil(availableAt / dayMs))
  const paid = [...balance.payouts.values()].filter((payout) => payout.currency === currency).at(-1)
  const earliest = days.reduce((least, day) => Math.min(least, day), Number.POSITIVE_INFINITY)
  return paid === undefined ? earliest : Math.max(earliest, paid.createdAt / dayMs + 1)
}

function arrive(books: Books, account: AccountBooks, now: number): void {
  for (const id of account.balance.underWay) {
    const payout = account.balance.payouts.get(id)
    if (payout === undefined || payout.arrivesAt > now) continue
    put(books, account, { ...payout, status: 'paid' })
  }
}

export function failPayout(books: Books, account: AccountBooks, command: FailPayout, now: number): Answer {
  const { payouts } = account.balance
  const payout = command.payoutId === null ? [...payouts.values()].at(-1) : payouts.get(command.payoutId)
  if (payout === undefined) return missing('payout', command.payoutId ?? 'latest', 'id')
  if (payout.status === 'failed') return invalid('The payout has failed already.', 'id')
  const failed: Payout = { ...payout, status: 'failed', failedAt: now }
  put(books, account, failed)
  return { object: 'payouts', payouts: [failed], hasMore: false }
}

function put(books: Books, account: AccountBooks, payout: Payout): void {
  record(books, ['payout', account.name, payout])
  const { status, createdAt, arrivesAt, failedAt } = payout
  const at = { in_transit: createdAt, paid: arrivesAt, failed: failedAt ?? arrivesAt }[status]
  announcePayout(books, account, payout, status === 'in_transit' ? 'created' : status, at)
}
