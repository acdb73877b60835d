/** The shapes that everything which follows from an answer is put together from; `outcome.ts` decides. */
import type { Instant } from './calendar.ts'
import { type ChargeAction, chargeActions, mayDo } from './charge.ts'
import type { ChargeChange, ChargeFacts, Effects } from './learnt.ts'

/** What an action on a charge leads to, with whatever else follows; throws when its state does not allow it. */
export function change(
  charge: ChargeFacts,
  action: ChargeAction,
  to: Omit<ChargeChange, 'status'>,
  rest: Partial<Omit<Effects, 'charge'>> = {},
): Effects {
  if (!mayDo(action, charge.status)) throw new Error(`a charge that is ${charge.status} cannot ${action}`)
  return { ...nothing(charge), ...rest, charge: { status: chargeActions[action].to, ...to } }
}

/** As it is, and worked on again later. */
export const parked = (charge: ChargeFacts, parkedUntil: Instant): Effects => ({
  ...nothing(charge),
  charge: { status: charge.status, parkedUntil },
})

const nothing = (charge: ChargeFacts): Effects => ({
  next: null,
  charge: { status: charge.status, parkedUntil: null },
  invoice: null,
  order: null,
  postings: [],
  event: null,
  cardMark: null,
  staff: null,
  excessMinor: 0n,
})
