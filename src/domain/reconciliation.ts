/**
 * Our books and the gateway's, compared: what may differ, and what follows. Flat lists, the most basic difference first.
 *
 * What is certain is repaired in the ways in which everything else is recorded; what is not is a person's, with the
 * evidence. A charge of ours is committed before the gateway hears of it (design section 4.1), so a payment that bears an
 * id of ours, and has no row here, was made by rows that this database has lost.
 */
import { addDays, type Day } from './calendar.ts'
import type { ChargeStatus } from './charge.ts'
import type { Minor } from './money.ts'

/**
 * `settle`: the gateway is read and its word recorded. `release`: a hold nobody waits for is given up. `bring_back`: the
 * lost row is made again and recorded. `credit`: the money is the account's credit. `queue`: staff decide. `list`: told.
 */
export const differences = {
  charge_behind: { act: 'settle', says: 'The gateway knows the end of a charge that is open here.' },
  money_found: { act: 'settle', says: 'The gateway took money for a charge that was closed here.' },
  hold_standing: { act: 'settle', says: 'Money is held for a charge that was closed here.' },
  refund_unheard: { act: 'settle', says: 'The gateway has given back another sum than our books.' },
  dispute_unheard: { act: 'settle', says: 'The gateway knows more of a dispute than our books.' },
  charge_lost: {
    act: 'bring_back',
    says: 'Money was taken or held for a debt we know, by a charge our rows have lost.',
  },
  debt_lost: { act: 'credit', says: 'Money was taken from an account we know, for something our rows have lost.' },
  second_payment: { act: 'credit', says: 'Money was taken twice for one charge.' },
  hold_lost: { act: 'release', says: 'Money is held for something our rows have lost.' },
  attempt_lost: { act: 'list', says: 'A payment that took nothing was made by a charge our rows have lost.' },
  registration_lost: { act: 'queue', says: 'A card was registered that our rows have lost.' },
  account_lost: { act: 'queue', says: 'Money was taken from an account or card that our rows do not have.' },
  amount_differs: { act: 'queue', says: 'Both took money for a charge, and not the same sum.' },
  customer_differs: { act: 'queue', says: 'A payment of ours is of another customer than its charge.' },
  captured_here_only: { act: 'queue', says: 'Our books took money, and the gateway did not.' },
  refund_here_only: { act: 'queue', says: 'Our books gave money back, and the gateway did not.' },
  dispute_here_only: { act: 'queue', says: 'Our books have a dispute that the gateway does not know.' },
  payment_by_hand: { act: 'queue', says: 'A customer of ours has a payment that was made without us.' },
} as const satisfies Record<
  string,
  { act: 'settle' | 'release' | 'bring_back' | 'credit' | 'queue' | 'list'; says: string }
>
export type Difference = keyof typeof differences

/** What came of one. `waiting`: not possible yet, such as while another charge of the invoice is open. */
export type DifferenceOutcome = 'repaired' | 'queued' | 'listed' | 'waiting'

export const stages = ['payments', 'refunds', 'disputes', 'our_charges', 'our_refunds', 'our_disputes', 'done'] as const
export type Stage = (typeof stages)[number]
export const stageAfter = (stage: Stage): Stage => stages[stages.indexOf(stage) + 1] ?? 'done'

/** A payment as the gateway has it. */
export interface TheirPayment {
  readonly paymentId: string
  readonly status: 'processing' | 'needs_customer' | 'held' | 'captured' | 'declined' | 'released' | 'expired'
  readonly customerId: string | null
  readonly amountMinor: Minor
  readonly capturedMinor: Minor
  readonly refundedMinor: Minor
  readonly currency: string
  /** A card, and the customer whose it is. */
  readonly hasCard: boolean
}

/** Its charge as our row has it. */
export interface OurCharge {
  readonly status: ChargeStatus
  readonly settled: boolean
  /** A worker is at it. */
  readonly claimed: boolean
  readonly paymentId: string | null
  readonly customerId: string
  readonly amountMinor: Minor
  readonly capturedMinor: Minor
  readonly currency: string
  /** Given back of it, or on its way back. */
  readonly refundedMinor: Minor
}

/** A payment that bears our charge's id, and the charge's row. Null: they agree, or soon will by themselves. */
export function compare(theirs: TheirPayment, ours: OurCharge): Difference | null {
  const another = ours.paymentId !== null && ours.paymentId !== theirs.paymentId
  if (theirs.status === 'processing' || ours.claimed) return null
  if (theirs.customerId !== ours.customerId) return 'customer_differs'
  if (theirs.currency !== ours.currency) return 'amount_differs'
  if (!ours.settled) return ours.status === theirs.status && !another ? null : 'charge_behind'
  if (ours.status !== 'captured') {
    if (theirs.status === 'captured') return 'money_found'
    // A zero check that was passed stands as a hold of nothing.
    return theirs.status === 'held' && theirs.amountMinor > 0n ? 'hold_standing' : null
  }
  if (another) return theirs.status === 'captured' ? 'second_payment' : theirs.status === 'held' ? 'hold_lost' : null
  if (theirs.status !== 'captured') return 'captured_here_only'
  if (theirs.capturedMinor !== ours.capturedMinor) return 'amount_differs'
  return theirs.refundedMinor === ours.refundedMinor ? null : 'refund_unheard'
}

/** What we know of what a payment says it was for, its charge having no row. */
export interface LostFacts {
  /** The account pays this coverage. */
  readonly accountKnown: boolean
  /** It says what for; a registration does not. */
  readonly subjectNamed: boolean
  /** The invoice or order is that account's, in this coverage and currency. */
  readonly subjectKnown: boolean
}

/** Never null: that each was told is how books that were reconciled are known from those that were not. */
export function compareLost(theirs: TheirPayment, facts: LostFacts): Difference {
  const held = theirs.status === 'held' && theirs.amountMinor > 0n
  if (theirs.status === 'captured') {
    if (!facts.accountKnown || !theirs.hasCard) return 'account_lost'
    return facts.subjectKnown ? 'charge_lost' : 'debt_lost'
  }
  if (held) return facts.accountKnown && facts.subjectKnown && theirs.hasCard ? 'charge_lost' : 'hold_lost'
  if (facts.subjectNamed) return 'attempt_lost'
  // The hold of a registration that was proven is given up with its card known; one that was not has none.
  return facts.accountKnown && theirs.status === 'released' && theirs.hasCard ? 'registration_lost' : 'attempt_lost'
}

/** While one of these waits, what it is for could be charged a second time. */
export const mayBeChargedAgain = [
  'charge_behind',
  'money_found',
  'charge_lost',
  'debt_lost',
  'refund_unheard',
] as const satisfies readonly Difference[]

/** Staff's word for it. */
export const queueKindOf = (
  difference: Difference,
): 'books_differ' | 'payment_by_hand' | 'payment_unmatched' | 'registration_lost' =>
  difference === 'payment_by_hand' || difference === 'registration_lost'
    ? difference
    : difference === 'account_lost'
      ? 'payment_unmatched'
      : 'books_differ'

/** The days that today's reconciliation reads: those that its predecessor may have read too early, up to yesterday. */
export function dailyPeriod(
  today: Day,
  latestTo: Day | null,
  days: number,
): { readonly fromOn: Day; readonly toOn: Day } {
  const toOn = addDays(today, -1)
  const usual = addDays(today, -days)
  const since = latestTo === null ? usual : addDays(latestTo, 1 - days)
  const earliest = addDays(today, -longestDays)
  const fromOn = since < usual ? since : usual
  return { fromOn: fromOn < earliest ? earliest : fromOn, toOn }
}

/** After a longer outage a person says how far back to read. */
const longestDays = 92
