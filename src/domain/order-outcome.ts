/**
 * What an order makes of what its charge came to. Called for every outcome of a charge that has one, under the lock of
 * the order's row, and written with it: an order is never behind its charge (F18).
 */
import type { ChargeFacts, Effects, OrderChange, OrderState } from './learnt.ts'
import type { PostingKind } from './ledger.ts'
import type { Minor } from './money.ts'
import { allows, type OrderAction, orderActions } from './order.ts'

type Outcome = Omit<Effects, 'order'>

/** Null: nothing of it concerns the order. */
export function orderAfter(order: OrderState, charge: ChargeFacts, effects: Outcome): OrderChange | null {
  switch (effects.charge.status) {
    case 'held':
      return order.status === 'confirming' ? move('hold', { event: 'order_held' }) : null
    case 'captured':
      return afterCapture(order, effects)
    case 'declined': {
      const code = effects.charge.failureCode ?? 'card_declined'
      return end(order) ?? failed(order, code, declineCodeOf(effects))
    }
    case 'refused':
      return end(order) ?? failed(order, 'processing_error')
    case 'not_executed':
      if (effects.event === 'charge_withheld') return end(order) ?? failed(order, 'card_declined')
      return end(order) ?? quotedAgain(order, charge) ?? failed(order, 'processing_error')
    case 'released':
    case 'expired':
      return end(order) ?? quotedAgain(order, charge) ?? replaced(order, charge)
    default:
      return null
  }
}

/** Money taken counts for the order while it is wanted, and only all of it; else it is credit, and staff's to give back. */
const paysOrder = (order: OrderState, capturedMinor: Minor): boolean =>
  order.capturedMinor === 0n &&
  capturedMinor === order.totalMinor &&
  (order.status === 'confirming' || allows('complete', order.status))

/** What taking the money means in the ledger: the order's own net and tax, or all of it the account's credit. */
export function postCaptureOf(
  order: OrderState,
  capturedMinor: Minor,
): { postings: { kind: PostingKind; amountMinor: Minor }[]; excessMinor: Minor } {
  if (!paysOrder(order, capturedMinor)) {
    const postings = capturedMinor > 0n ? [{ kind: 'captured_in_excess' as const, amountMinor: capturedMinor }] : []
    return { postings, excessMinor: capturedMinor }
  }
  const { netMinor, taxMinor } = order
  const postings: { kind: PostingKind; amountMinor: Minor }[] = []
  if (netMinor > 0n) postings.push({ kind: 'order_net', amountMinor: netMinor })
  if (taxMinor > 0n) postings.push({ kind: 'order_tax', amountMinor: taxMinor })
  return { postings, excessMinor: 0n }
}

function afterCapture(order: OrderState, effects: Outcome): OrderChange | null {
  const capturedMinor = effects.charge.capturedMinor ?? 0n
  if (!paysOrder(order, capturedMinor)) return end(order) ?? failed(order, 'processing_error')
  return order.status === 'shipping'
    ? move('complete', { event: 'order_shipped', capturedMinor })
    : // Taken by somebody at the gateway before it was to be shipped: shipping it is then a matter of our rows alone.
      move('hold', { event: order.status === 'held' ? null : 'order_held', capturedMinor })
}

const end = (order: OrderState): OrderChange | null =>
  order.status === 'cancelling' ? move('end', { event: 'order_cancelled' }) : null

function failed(order: OrderState, code: string, declineCode: string | null = null): OrderChange | null {
  return allows('fail', order.status) && order.capturedMinor === 0n
    ? move('fail', { event: 'order_failed', failure: { code, declineCode } })
    : null
}

/** A question nobody answered and a request nobody heard are no failures: the payer may confirm again. */
const quotedAgain = (order: OrderState, { trigger }: ChargeFacts): OrderChange | null =>
  order.status === 'confirming' && trigger === 'order' ? move('requote', { event: 'order_quoted_again' }) : null

/**
 * A hold that ran out, or was given up by somebody at the gateway. Waiting to be shipped, the order waits on; about to
 * ship, it gets another hold, once for each time that it was to be shipped.
 */
function replaced(order: OrderState, { intendedAt }: ChargeFacts): OrderChange | null {
  if (order.status === 'held') return null
  const fromBefore = order.shippingAt !== null && intendedAt < order.shippingAt
  return order.status === 'shipping' && fromBefore
    ? { ...nothing, status: 'shipping', wantsCharge: true }
    : failed(order, 'processing_error')
}

const declineCodeOf = ({ charge: { decline } }: Outcome): string | null => decline?.declineCode ?? decline?.code ?? null

const nothing = { capturedMinor: 0n, failure: null, wantsCharge: false, event: null } as const
const move = (action: OrderAction, more: Partial<OrderChange>): OrderChange => ({
  ...nothing,
  ...more,
  status: orderActions[action].to,
})
