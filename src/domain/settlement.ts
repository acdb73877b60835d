/**
 * How what the gateway enters in our balance meets what our own books say, and how the rest is posted: its fees, its
 * payouts, and what concerns no account of ours. Together the clearing account is the gateway's balance, to the cent.
 */
import { addDays, dayAt, dayMs, hourMs, type Instant, instantOn, minuteMs, plusMs } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import type { Minor } from './money.ts'

export const entryKinds = {
  capture: 'Money taken by card.',
  refund: 'Money given back.',
  refund_returned: 'A refund that the payer’s bank sent back.',
  dispute_withdrawn: 'Taken back by the network because of a dispute.',
  dispute_reinstated: 'Given back by the network.',
  fee: 'Billed by the gateway by itself.',
  payout: 'Sent to our bank.',
  payout_returned: 'Sent back by our bank, or drawn from it.',
  adjustment: 'Anything else that moved the balance.',
} as const
export type EntryKind = keyof typeof entryKinds

/** What an entry of each kind does to the clearing account, where it settles something of ours. */
const directions = {
  capture: 'in',
  refund: 'out',
  refund_returned: 'in',
  dispute_withdrawn: 'out',
  dispute_reinstated: 'in',
} as const
export type Direction = 'in' | 'out'
export const directionOf = (kind: EntryKind): Direction | null =>
  Object.hasOwn(directions, kind) ? directions[kind as keyof typeof directions] : null // its own key, as just seen

export const verdicts = {
  ours: 'Says what our books say, of one charge, refund or dispute.',
  platform: 'Concerns no account: a fee, a payout, somebody else’s payment.',
  open: 'Our books do not say so, or not yet.',
} as const
export type Verdict = keyof typeof verdicts

export const payoutStatuses = {
  on_its_way: 'Sent, and not yet at our bank.',
  paid: 'At our bank.',
  failed: 'Our bank sent it back.',
} as const
export type PayoutStatus = keyof typeof payoutStatuses

export const settlementAccounts = {
  gateway_clearing: 'Captured at the gateway and not yet paid out to the bank.',
  gateway_fees: 'What the gateway takes for its work.',
  bank: 'Paid out to our bank.',
  gateway_other: 'Moved the gateway’s balance and is nothing of ours.',
} as const
export type SettlementAccount = keyof typeof settlementAccounts

export const gatewayPostingKinds = {
  gateway_fee: { debit: 'gateway_fees', credit: 'gateway_clearing' },
  gateway_fee_returned: { debit: 'gateway_clearing', credit: 'gateway_fees' },
  dispute_fee: { debit: 'gateway_fees', credit: 'gateway_clearing' },
  dispute_fee_returned: { debit: 'gateway_clearing', credit: 'gateway_fees' },
  paid_out: { debit: 'bank', credit: 'gateway_clearing' },
  payout_returned: { debit: 'gateway_clearing', credit: 'bank' },
  adjustment_in: { debit: 'gateway_clearing', credit: 'gateway_other' },
  adjustment_out: { debit: 'gateway_other', credit: 'gateway_clearing' },
} as const satisfies Record<string, { debit: SettlementAccount; credit: SettlementAccount }>
export type GatewayPostingKind = keyof typeof gatewayPostingKinds

export interface EntryFacts {
  readonly kind: EntryKind
  readonly amountMinor: Minor
  /** What our ledger moved through the clearing account for what it names, with its sign; null: we have no such thing. */
  readonly postedMinor: Minor | null
  /** Another entry settles it already. */
  readonly settledElsewhere: boolean
  /** Its payment carries no id of ours. */
  readonly ofStranger: boolean
}

export function decideEntry({ kind, amountMinor, postedMinor, settledElsewhere, ofStranger }: EntryFacts): Verdict {
  if (directionOf(kind) === null) return 'platform'
  if (postedMinor === null) return ofStranger ? 'platform' : 'open'
  return postedMinor === amountMinor && !settledElsewhere ? 'ours' : 'open'
}

export interface GatewayPosting {
  readonly kind: GatewayPostingKind
  readonly amountMinor: Minor
}

interface PostedEntry {
  readonly kind: EntryKind
  readonly amountMinor: Minor
  readonly feeMinor: Minor
}

/** Its fee: posted when the entry is first read, whoever's it turns out to be. */
export function feePostings({ kind, feeMinor }: PostedEntry): GatewayPosting[] {
  const isDispute = kind === 'dispute_withdrawn' || kind === 'dispute_reinstated'
  return signed(
    feeMinor,
    isDispute ? 'dispute_fee' : 'gateway_fee',
    isDispute ? 'dispute_fee_returned' : 'gateway_fee_returned',
  )
}

/** Its amount, once it is known to be no account's. What is ours is in the accounts' own postings. */
export function amountPostings({ kind, amountMinor }: PostedEntry): GatewayPosting[] {
  if (kind === 'fee') return signed(-amountMinor, 'gateway_fee', 'gateway_fee_returned')
  if (kind === 'payout' || kind === 'payout_returned') return signed(-amountMinor, 'paid_out', 'payout_returned')
  return signed(amountMinor, 'adjustment_in', 'adjustment_out')
}

function signed(amountMinor: Minor, above: GatewayPostingKind, below: GatewayPostingKind): GatewayPosting[] {
  if (amountMinor === 0n) return []
  return amountMinor > 0n ? [{ kind: above, amountMinor }] : [{ kind: below, amountMinor: -amountMinor }]
}

/** `HH:MM` in the coverage's zone from which a day's entries and payouts are read. */
const readFrom = '05:00'
/** An entry may be seen a little after the time it bears. */
export const overlapMs = hourMs
/** As much of the past is read in one go: what a worker that dies has to read again is little. */
export const windowMs = dayMs
/** A payout that was paid may come back for some days. */
export const payoutsChangeForMs = 40 * dayMs
/** How long one side may be ahead of the other before a person is told. */
export const settlesWithinMs = 3 * dayMs
/** After the gateway did not answer. */
export const askAgainAfterMs = 10 * minuteMs

export const nextReadingAfter = (at: Instant, rules: CoverageRules): Instant =>
  instantOn(addDays(dayAt(at, rules.timeZone), 1), readFrom, rules.timeZone)

/** Up to where to read next; the same as `readThrough` when nothing is left. */
export const windowAfter = (readThrough: Instant, now: Instant): Instant =>
  readThrough >= now ? readThrough : (Math.min(plusMs(readThrough, windowMs), now) as Instant) // the less of two instants
