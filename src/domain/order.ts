/**
 * The life of an order: a one-off purchase that is held when its payer confirms it and captured when it ships (B13).
 * This table is the whole of it; SQL, the database's CHECK, the API's `allowedActions` and the reference page follow it.
 *
 *   quoted ─ confirm ─▶ confirming ─ hold ─▶ held ─ ship ─▶ shipping ─ capture ─▶ shipped ─ return ─▶ returned
 *      │                 ▲    └───────────────┴───────────────┤
 *      │               retry (staff)                          ├▶ failed
 *      └─────────────────┴──────────── cancel ────────────────┴▶ cancelling ─▶ cancelled
 *
 * Captured by somebody at the gateway while it is `held`, it is shipped without another capture, or returned at once.
 * A payment that failed is never tried again by itself: the order is `failed` until staff retry or somebody cancels it.
 */
import { addDays, addMonths, dayAt, type Instant, instantOn, lastDayOf, monthOfDay, parseDay } from './calendar.ts'
import type { Unsettled } from './charge.ts'
import { type CoverageRules, minimumOn } from './coverage.ts'
import type { TaxLine } from './invoice.ts'
import { type Minor, taxOn } from './money.ts'
import { type AttemptFacts, decideAttempt, type SkipReason, type Trigger } from './retry.ts'

export const orderStatuses = {
  quoted: 'Priced and offered; no card has been asked. The payer may confirm it until the quote ends.',
  confirming:
    'The payer confirmed it, or staff retry it: a hold for its total is on its way, or the payer is asked by 3-D Secure.',
  held: 'The total is set aside on the card; it waits to be shipped. A hold that runs out meanwhile is replaced then.',
  shipping: 'The platform is about to ship: the capture is on its way, and nothing leaves before it is there.',
  shipped: 'The total was captured, once. Only a return follows.',
  cancelling: 'Somebody cancelled it while money was set aside or on its way: it ends once that is given up.',
  cancelled: 'It will not be shipped and nothing is held. Money taken in spite of that is credit, and staff know.',
  failed: 'The payment failed. Never tried again by itself: staff retry it, or it is cancelled.',
  returned: 'The goods came back; what was captured is given back by a refund with a life of its own.',
} as const
export type OrderStatus = keyof typeof orderStatuses

/** What is done to an order, or learnt of its charge → the states that allow it → the state it leads to. */
export const orderActions = {
  confirm: { from: ['quoted'], to: 'confirming' },
  retry: { from: ['failed'], to: 'confirming' },
  ship: { from: ['held'], to: 'shipping' },
  cancel: { from: ['quoted', 'confirming', 'held', 'shipping', 'failed'], to: 'cancelling' },
  /** Held only where the money was taken already. */
  return: { from: ['shipped', 'held'], to: 'returned' },
  /** The hold stands. */
  hold: { from: ['confirming', 'held'], to: 'held' },
  /** The capture is there, or was there already. */
  complete: { from: ['held', 'shipping'], to: 'shipped' },
  fail: { from: ['confirming', 'held', 'shipping'], to: 'failed' },
  /** No hold came of it and no issuer said no: the payer did not answer, or it was never sent. */
  requote: { from: ['confirming'], to: 'quoted' },
  /** Nothing is held any more, or nothing ever was. */
  end: { from: ['quoted', 'failed', 'held', 'shipping', 'cancelling'], to: 'cancelled' },
} as const satisfies Record<string, { from: readonly OrderStatus[]; to: OrderStatus }>
export type OrderAction = keyof typeof orderActions
/** What people and the platform may ask for. */
export const askedActions = ['confirm', 'cancel', 'ship', 'return', 'retry'] as const
export type AskedAction = (typeof askedActions)[number]

export const allows = (action: OrderAction, status: OrderStatus): boolean =>
  (orderActions[action].from as readonly string[]).includes(status)

/** One line of an order. Prices are the platform's, before tax; shipping cost is an item like any other. */
export interface OrderItem {
  readonly code: string
  readonly name: string
  readonly quantity: number
  readonly unitMinor: Minor
  readonly taxRateBp: number
}

export interface Quote {
  readonly taxLines: readonly TaxLine[]
  readonly netMinor: Minor
  readonly taxMinor: Minor
  readonly totalMinor: Minor
  readonly validUntil: Instant
}

/** No card gateway takes more in one payment. */
export const largestOrderMinor = 99_999_999n

export type QuoteRefusal = 'account_unknown' | 'account_closed' | 'order_too_small' | 'order_too_large'

/** Sums the items up as they are; taxes each rate once, in the coverage's rounding. */
export function decideQuote(
  items: readonly OrderItem[],
  rules: CoverageRules,
  now: Instant,
): Quote | { readonly refused: QuoteRefusal } {
  const taxLines = taxLinesOf(items, rules)
  const netMinor = taxLines.reduce((sum, line) => sum + line.netMinor, 0n)
  const taxMinor = taxLines.reduce((sum, line) => sum + line.taxMinor, 0n)
  const totalMinor = netMinor + taxMinor
  const today = dayAt(now, rules.timeZone)
  if (totalMinor <= 0n || totalMinor < minimumOn(rules, today)) return { refused: 'order_too_small' }
  if (totalMinor > largestOrderMinor) return { refused: 'order_too_large' }
  return { taxLines, netMinor, taxMinor, totalMinor, validUntil: aMonthAfter(now, rules.timeZone) }
}

function taxLinesOf(items: readonly OrderItem[], rules: CoverageRules): TaxLine[] {
  const byRate = new Map<number, Minor>()
  for (const { taxRateBp, quantity, unitMinor } of items) {
    byRate.set(taxRateBp, (byRate.get(taxRateBp) ?? 0n) + BigInt(quantity) * unitMinor)
  }
  return [...byRate]
    .sort(([one], [other]) => one - other)
    .map(([taxRateBp, netMinor]) => ({
      taxRateBp,
      netMinor,
      taxMinor: taxOn(netMinor, taxRateBp, rules.rounding.tax),
    }))
}

/** The end of the same day of the next month, or of that month's last: 31 January is good through 28 February. */
function aMonthAfter(now: Instant, zone: string): Instant {
  const today = dayAt(now, zone)
  const month = addMonths(monthOfDay(today), 1)
  const last = parseDay(`${month}-${today.slice(8)}`) ?? lastDayOf(month)
  return instantOn(addDays(last, 1), '00:00', zone)
}

/** An order as its locked row and its unsettled charge, if it has one, say. */
export interface OrderFacts {
  readonly status: OrderStatus
  readonly totalMinor: Minor
  readonly capturedMinor: Minor
  /** Of what was captured: what went back to the payer, or is on its way, and what a dispute holds that is not over. */
  readonly givenBackMinor: Minor
  readonly contestedMinor: Minor
  readonly validUntil: Instant
  readonly unsettled: Unsettled | null
}

/** Why the card that would be charged cannot be: the reasons that also refuse Activate. */
export type CardRefusal = Exclude<SkipReason, 'payment_disputed'>

export type OrderRefusal =
  | 'quote_ended'
  | 'order_not_quoted'
  | 'order_not_held'
  | 'order_not_shipped'
  | 'order_not_failed'
  | 'order_failed'
  | 'order_already_shipping'
  | 'order_already_shipped'
  | 'order_already_paid'
  | 'order_given_back'
  | 'order_cancelled'

/** `done`: it is so already, or on its way; asking again changes nothing (F15). */
export type OrderDecision<More = unknown> =
  | ({ readonly act: 'do' } & More)
  | { readonly act: 'done' }
  | { readonly refused: OrderRefusal }

export type PaymentFacts = Omit<AttemptFacts, 'dueMinor' | 'unsettled'>

/** The payer confirms; the card is asked for the total, the payer being there to answer 3-D Secure. */
export function decideConfirm(order: OrderFacts, now: Instant): OrderDecision {
  if (order.status === 'confirming' || order.status === 'held') return { act: 'done' }
  if (order.status === 'failed') return { refused: 'order_failed' }
  if (isCancelled(order)) return { refused: 'order_cancelled' }
  if (!allows('confirm', order.status)) return { refused: 'order_not_quoted' }
  if (order.validUntil <= now) return { refused: 'quote_ended' }
  return { act: 'do' }
}

/** Staff ask the account's card once more. The quote may have ended: what was agreed on still is. */
export function decideRetry(order: OrderFacts): OrderDecision {
  if (order.status === 'confirming') return { act: 'done' }
  if (isCancelled(order)) return { refused: 'order_cancelled' }
  return allows('retry', order.status) ? { act: 'do' } : { refused: 'order_not_failed' }
}

/**
 * The platform ships once this has led to `shipped`. `capture`: the charge goes on, its hold being read first;
 * `replace`: there is no hold any more; `complete`: the gateway had taken the money already.
 */
export function decideShip(order: OrderFacts): OrderDecision<{ readonly by: 'capture' | 'replace' | 'complete' }> {
  if (order.status === 'shipping' || order.status === 'shipped') return { act: 'done' }
  if (order.status === 'failed') return { refused: 'order_failed' }
  if (isCancelled(order)) return { refused: 'order_cancelled' }
  if (order.status === 'returned') return { refused: 'order_already_shipped' }
  if (!allows('ship', order.status)) return { refused: 'order_not_held' }
  if (order.capturedMinor > 0n) {
    const keptMinor = order.capturedMinor - order.givenBackMinor - order.contestedMinor
    return keptMinor < order.totalMinor ? { refused: 'order_given_back' } : { act: 'do', by: 'complete' }
  }
  return { act: 'do', by: order.unsettled === null ? 'replace' : 'capture' }
}

/**
 * The payer may cancel until the platform has begun to ship; the platform and staff until the capture has. What is set
 * aside or on its way is given up first (`later`); if money is taken all the same, that is a fact, and staff's to refund.
 */
export function decideCancel(
  order: OrderFacts,
  by: 'payer' | 'platform' | 'staff',
): OrderDecision<{ readonly when: 'now' | 'later' }> {
  if (isCancelled(order)) return { act: 'done' }
  if (order.status === 'shipped' || order.status === 'returned') return { refused: 'order_already_shipped' }
  if (order.capturedMinor > 0n) return { refused: 'order_already_paid' }
  if (order.status === 'shipping' && (by === 'payer' || order.unsettled === 'capturing')) {
    return { refused: 'order_already_shipping' }
  }
  return { act: 'do', when: order.unsettled === null ? 'now' : 'later' }
}

/** The goods came back, or what was paid before shipping is not to be shipped: what was captured is refunded. */
export function decideReturn(order: OrderFacts): OrderDecision {
  if (order.status === 'returned') return { act: 'done' }
  if (isCancelled(order)) return { refused: 'order_cancelled' }
  return allows('return', order.status) && order.capturedMinor > 0n ? { act: 'do' } : { refused: 'order_not_shipped' }
}

/** What of a returned order's money is not yet on its way back: its refund was refused or failed, or a dispute holds it. */
export const leftToGiveBack = (order: Pick<OrderFacts, 'status' | 'capturedMinor' | 'givenBackMinor'>): Minor =>
  order.status === 'returned' && order.givenBackMinor < order.capturedMinor
    ? order.capturedMinor - order.givenBackMinor
    : 0n

const isCancelled = ({ status }: OrderFacts): boolean => status === 'cancelling' || status === 'cancelled'

/** Whether the account's card may be asked now. A new purchase is no repetition: the networks' counts bind retries. */
export function refuseCard(
  trigger: Extract<Trigger, 'order' | 'staff'>,
  payment: PaymentFacts,
  order: Pick<OrderFacts, 'totalMinor' | 'unsettled'>,
  rules: CoverageRules,
  now: Instant,
): { readonly reason: CardRefusal; readonly until: Instant | null } | null {
  const attemptsAt = trigger === 'order' ? [] : (payment.card?.attemptsAt ?? [])
  const card = payment.card && { ...payment.card, attemptsAt }
  // A charge that was closed may have been opened again by news of the gateway's.
  const facts = { ...payment, card, dueMinor: order.totalMinor, unsettled: order.unsettled !== null }
  const decision = decideAttempt(trigger, facts, rules, now)
  // What has not been paid is not disputed.
  return decision.attempt ? null : { reason: decision.reason as CardRefusal, until: decision.until }
}
