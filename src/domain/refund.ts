/**
 * The life of a refund: one attempt to give money of a charge back. This table is the whole of it; SQL and the
 * database's CHECK follow it. Asking for one is decided here; what follows from answers, in `refund-outcome.ts`.
 *
 *   intended ─ send ─▶ succeeded ─ the bank returns it ─▶ returned
 *      │  ▲   ├▶ pending ─▶ succeeded or failed
 *      │  └ replay ┐
 *      └▶ unknown ─┴─ look-up ─▶ any of the above, or not_executed
 */
import type { Instant } from './calendar.ts'
import { type ChargeStatus, decideAbsent } from './charge.ts'
import { type Minor, positive, smaller } from './money.ts'

export const refundStatuses = {
  intended: 'Committed before the gateway hears of it. If the process dies here, the next worker looks it up first.',
  pending: 'The gateway has accepted it and the money is not there yet. Looked up now and then, and when it says so.',
  unknown: 'We do not know what the gateway did. It counts as given back until the gateway is read.',
  succeeded: 'The money went back to the card. The books moved in the same transaction.',
  failed: 'The gateway or the bank would not: nothing was given back. Staff know.',
  returned: 'It had succeeded, and the payer’s bank sent it back: the books are as if it had not. Staff know.',
  not_executed: 'It certainly never happened. Another may be asked for.',
  refused: 'The gateway refused us: our key, our request. Nothing was given back. Staff know.',
} as const
export type RefundStatus = keyof typeof refundStatuses

export const unsettledRefundStatuses = ['intended', 'pending', 'unknown'] as const
/** What counts as given back when another refund is asked for. */
export const countedRefundStatuses = [...unsettledRefundStatuses, 'succeeded'] as const

/** What is learnt or decided about a refund → the states it may be learnt in → the state it leads to. */
export const refundActions = {
  /** From the closed ones too: money that the gateway reports as given back is a fact. */
  confirm: { from: ['intended', 'pending', 'unknown', 'not_executed', 'refused'], to: 'succeeded' },
  wait: { from: ['intended', 'pending', 'unknown'], to: 'pending' },
  fail: { from: ['intended', 'pending', 'unknown'], to: 'failed' },
  return: { from: ['succeeded'], to: 'returned' },
  lose_sight: { from: ['intended', 'pending', 'unknown'], to: 'unknown' },
  give_up: { from: ['intended', 'unknown'], to: 'not_executed' },
  refuse: { from: ['intended'], to: 'refused' },
  /** Sent once more under the same key, having been looked up in vain. */
  replay: { from: ['intended', 'unknown'], to: 'intended' },
  /** Put back for later under the same key: the gateway certainly did nothing (429). */
  postpone: { from: ['intended'], to: 'intended' },
} as const satisfies Record<string, { from: readonly RefundStatus[]; to: RefundStatus }>
export type RefundAction = keyof typeof refundActions

export const mayRefundDo = (action: RefundAction, status: RefundStatus): boolean =>
  (refundActions[action].from as readonly string[]).includes(status)
export const isRefundSettled = (status: RefundStatus): boolean =>
  !(unsettledRefundStatuses as readonly string[]).includes(status)

/** What giving the money back means for what is owed. */
export const carriesMeanings = {
  credit_note: 'A credit note takes the same amount off the invoice or the order: nothing is due for it any more.',
  reopening:
    'The invoice is due again for that amount. The system does not charge it by itself: the payer can Activate, staff can retry.',
  credit: 'Money that was taken beyond what was due, and had become credit, is paid out; no invoice changes.',
} as const
export type Carries = keyof typeof carriesMeanings

/** What of a charge may be given back, read under the locks of its row, its invoice and the account's credit. */
export interface RefundableFacts {
  readonly status: ChargeStatus
  readonly currency: string
  /** Taken and applied to its invoice or order; what of that refunds and disputes have not taken already. */
  readonly appliedLeftMinor: Minor
  /** Of its money that became the account's credit: what refunds and disputes have not taken already. */
  readonly excessLeftMinor: Minor
  /** The account's credit in the coverage now. */
  readonly creditMinor: Minor
  /** The network has a dispute about it that is not over. */
  readonly disputed: boolean
  readonly ofInvoice: boolean
}

/** Sums of one charge, as its rows and the ledger say. */
export interface ChargeSums {
  readonly capturedMinor: Minor
  /** By refunds that succeeded, or may have. */
  readonly givenMinor: Minor
  /** By disputes, as things stand. */
  readonly withdrawnMinor: Minor
  /** What of it became credit by the ledger, less what of that was given or taken back. */
  readonly creditedMinor: Minor
}

/** What of a charge is left at the gateway, in two parts: credit is never more than what is left. */
export function splitLeft(sums: ChargeSums): Pick<RefundableFacts, 'appliedLeftMinor' | 'excessLeftMinor'> {
  const leftMinor = sums.capturedMinor - sums.givenMinor - sums.withdrawnMinor
  const excessLeftMinor = positive(smaller(sums.creditedMinor, leftMinor))
  return { excessLeftMinor, appliedLeftMinor: leftMinor - excessLeftMinor }
}

/** What of an amount that is given or taken back comes out of the account's credit: its own excess, while it is there. */
export const fromCredit = (
  { excessLeftMinor, creditMinor }: Pick<RefundableFacts, 'excessLeftMinor' | 'creditMinor'>,
  amountMinor: Minor,
): Minor => positive(smaller(amountMinor, smaller(excessLeftMinor, creditMinor)))

/** Nulls: as much as there is, in the way that fits. */
export interface RefundWish {
  readonly amountMinor: Minor | null
  readonly currency: string | null
  readonly carries: Carries | null
}

export const refundRefusals = [
  'charge_not_captured',
  'charge_disputed',
  'refund_currency_differs',
  'nothing_to_reopen',
  'refunded_already',
  'refund_above_captured',
  'refund_above_credit',
] as const
export type RefundRefusal = (typeof refundRefusals)[number]

export type RefundDecision =
  | { readonly amountMinor: Minor; readonly carries: Carries }
  | { readonly refused: RefundRefusal; readonly leftMinor: Minor }

export function decideRefund(facts: RefundableFacts, wish: RefundWish): RefundDecision {
  const carries = wish.carries ?? (facts.appliedLeftMinor > 0n ? 'credit_note' : 'credit')
  const potMinor = carries === 'credit' ? facts.excessLeftMinor : facts.appliedLeftMinor
  const leftMinor = carries === 'credit' && facts.creditMinor < potMinor ? facts.creditMinor : potMinor
  const amountMinor = wish.amountMinor ?? leftMinor
  const refuse = (refused: RefundRefusal): RefundDecision => ({ refused, leftMinor })
  if (facts.status !== 'captured') return refuse('charge_not_captured')
  if (facts.disputed) return refuse('charge_disputed')
  if (wish.currency !== null && wish.currency !== facts.currency) return refuse('refund_currency_differs')
  if (carries === 'reopening' && !facts.ofInvoice) return refuse('nothing_to_reopen')
  if (potMinor <= 0n) return refuse('refunded_already')
  if (amountMinor > potMinor) return refuse('refund_above_captured')
  if (amountMinor > leftMinor || amountMinor <= 0n) return refuse('refund_above_credit')
  return { amountMinor, carries }
}

/** What a worker that has just claimed a refund does first. Whatever was ever sent is looked up, never sent blindly. */
export const firstRefundActOf = (refund: { firstSentAt: Instant | null }): 'send' | 'look_up' =>
  refund.firstSentAt === null ? 'send' : 'look_up'

/** A refund stays wanted: nobody can take it back once it has been sent. */
export const decideRefundAbsent = (
  refund: { firstSentAt: Instant | null; lastSentAt: Instant | null; sends: number },
  now: Instant,
) => decideAbsent(refund, true, now)

/**
 * What a refund made at the gateway's dashboard carries: nobody chose, so what was taken in excess goes first, or it
 * would stay usable after its money has gone; the rest is a credit note. It is a fact: what nothing covers is our loss.
 */
export function decideFound(
  facts: RefundableFacts,
  amountMinor: Minor,
): { readonly carries: Carries; readonly fromCreditMinor: Minor } {
  const fromCreditMinor = fromCredit(facts, amountMinor)
  return { carries: fromCreditMinor === amountMinor ? 'credit' : 'credit_note', fromCreditMinor }
}
