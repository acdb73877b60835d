/** What may be asked of an order now, and why the rest may not: the console shows it and decides nothing (B2, B13). */
import type { Instant } from './calendar.ts'
import {
  type AskedAction,
  type CardRefusal,
  decideCancel,
  decideConfirm,
  decideRetry,
  decideReturn,
  decideShip,
  type OrderDecision,
  type OrderFacts,
  type OrderRefusal,
} from './order.ts'

/** `done_already`: asking again would change nothing. */
export type OrderActionRefusal = OrderRefusal | CardRefusal | 'done_already'
export interface AllowedAction {
  readonly action: AskedAction
  readonly refusal: OrderActionRefusal | null
  /** When the reason ends by itself, where it does. */
  readonly until: Instant | null
}

type Card = { readonly reason: CardRefusal; readonly until: Instant | null } | null

/** `card`: why the account's card could not be asked, by the payer's confirmation and by staff's retry. */
export function orderActionsFor(
  order: OrderFacts,
  by: 'payer' | 'platform' | 'staff',
  card: { readonly confirm: Card; readonly retry: Card },
  now: Instant,
): AllowedAction[] {
  return [
    allowed('confirm', decideConfirm(order, now), card.confirm),
    allowed('cancel', decideCancel(order, by)),
    allowed('ship', decideShip(order)),
    allowed('return', decideReturn(order)),
    allowed('retry', decideRetry(order), card.retry),
  ]
}

function allowed(action: AskedAction, decision: OrderDecision, card: Card = null): AllowedAction {
  if ('refused' in decision) return { action, refusal: decision.refused, until: null }
  if (decision.act === 'done') return { action, refusal: 'done_already', until: null }
  return { action, refusal: card?.reason ?? null, until: card?.until ?? null }
}
