/**
 * The life of a charge: one attempt to take money by card. This table is the whole of it; SQL, the database's CHECK and
 * the reference page follow it.
 *
 *   intended ─ hold ─▶ capturing ─ capture ─▶ captured
 *      │  ▲               │
 *      │  └ replay ┐      └▶ releasing ─▶ released
 *      ├▶ declined  │
 *      └▶ unknown ──┴─ look-up ─▶ any of the above, or not_executed
 */
import { hourMs, type Instant, minuteMs, plusMs } from './calendar.ts'

export const chargeStatuses = {
  intended: 'Committed before the gateway hears of it. If the process dies here, the next worker looks it up first.',
  held: 'The issuer has set the amount aside; an order stays here until it ships. Dies here: capture or release follows.',
  capturing: 'The invoice was read again and is still due; the capture may be on its way. Dies here: looked up.',
  releasing:
    'The hold is no longer wanted; giving it up may be on its way. Dies here: released again, which is harmless.',
  needs_customer: 'The issuer asks for 3-D Secure while the payer is present. Abandoned: released after an hour.',
  unknown: 'We do not know what the gateway did. Blocks every other charge for the invoice until the gateway is read.',
  captured: 'The money was taken, once. Only a refund follows.',
  declined: 'The issuer said no. A later attempt is a charge of its own.',
  released: 'The hold was given up; nothing was taken.',
  expired: 'The hold ran out at the gateway before it was captured; nothing was taken.',
  not_executed: 'It certainly never happened. A new charge may follow.',
  refused: 'The gateway refused us, not the payer: our key, our request. Never shown as a decline.',
} as const
export type ChargeStatus = keyof typeof chargeStatuses

export const unsettledStatuses = ['intended', 'held', 'capturing', 'releasing', 'needs_customer', 'unknown'] as const
export type Unsettled = (typeof unsettledStatuses)[number]

/** What is learnt or decided about a charge → the states it may be learnt in → the state it leads to. */
export const chargeActions = {
  begin_capture: { from: ['intended', 'held', 'needs_customer', 'unknown', 'capturing'], to: 'capturing' },
  keep_hold: { from: ['intended', 'held', 'needs_customer', 'unknown'], to: 'held' },
  begin_release: { from: ['intended', 'held', 'needs_customer', 'unknown', 'capturing', 'releasing'], to: 'releasing' },
  ask_customer: { from: ['intended', 'unknown', 'needs_customer'], to: 'needs_customer' },
  lose_sight: { from: ['intended', 'held', 'capturing', 'releasing', 'needs_customer', 'unknown'], to: 'unknown' },
  capture: { from: ['intended', 'held', 'capturing', 'releasing', 'needs_customer', 'unknown'], to: 'captured' },
  /** From `releasing` only a verification: its payment is given up first, so that nobody can confirm it later. */
  decline: { from: ['intended', 'held', 'capturing', 'releasing', 'needs_customer', 'unknown'], to: 'declined' },
  release: { from: ['intended', 'held', 'capturing', 'releasing', 'needs_customer', 'unknown'], to: 'released' },
  expire: { from: ['intended', 'held', 'capturing', 'releasing', 'needs_customer', 'unknown'], to: 'expired' },
  give_up: { from: ['intended', 'unknown'], to: 'not_executed' },
  refuse: { from: ['intended'], to: 'refused' },
  /** Sent once more under the same key, having been looked up in vain. */
  replay: { from: ['intended', 'unknown'], to: 'intended' },
  /** Put back for later under the same key: the gateway certainly did nothing (429). */
  postpone: { from: ['intended'], to: 'intended' },
} as const satisfies Record<string, { from: readonly Unsettled[]; to: ChargeStatus }>
export type ChargeAction = keyof typeof chargeActions

export const isSettled = (status: ChargeStatus): boolean => !(unsettledStatuses as readonly string[]).includes(status)
export const mayDo = (action: ChargeAction, status: ChargeStatus): boolean =>
  (chargeActions[action].from as readonly string[]).includes(status)

/** What a worker that has just claimed a charge does first. Whatever was ever sent is looked up, never sent blindly. */
export function firstActOf(charge: {
  status: ChargeStatus
  firstSentAt: Instant | null
}): 'hold' | 'look_up' | 'release' {
  if (charge.status === 'releasing') return 'release'
  return charge.status === 'intended' && charge.firstSentAt === null ? 'hold' : 'look_up'
}

export const replayWithinMs = 20 * hourMs
export const absentForMs = 10 * minuteMs
export const sendsAtMost = 3

/**
 * The gateway has no trace of a charge that we may have sent. Replaying the same key is safe while the gateway still
 * remembers keys (24 h; we stop at 20) and is done only while the money is still wanted from this card; what has stayed
 * absent ten minutes after the last send never happened.
 */
export function decideAbsent(
  charge: { firstSentAt: Instant | null; lastSentAt: Instant | null; sends: number },
  wanted: boolean,
  now: Instant,
): { act: 'replay' } | { act: 'give_up' } | { act: 'wait'; until: Instant } {
  const { firstSentAt, lastSentAt, sends } = charge
  if (firstSentAt === null || lastSentAt === null) return wanted ? { act: 'replay' } : { act: 'give_up' }
  if (wanted && sends < sendsAtMost && now - firstSentAt < replayWithinMs) return { act: 'replay' }
  const closesAt = plusMs(lastSentAt, absentForMs)
  return closesAt <= now ? { act: 'give_up' } : { act: 'wait', until: closesAt }
}

/** When to read the gateway again: as long from now as it has been unknown already, between a minute and an hour. */
export function nextLookUp(unknownSince: Instant, now: Instant): Instant {
  return plusMs(now, Math.min(Math.max(now - unknownSince, minuteMs), hourMs))
}

/** A day without an answer is for a person to look at; the look-ups go on. */
export const staffAfterMs = 24 * hourMs
/** A 3-D Secure question nobody answers is given up after this. */
export const customerWithinMs = hourMs
/** How long a charge that was put back (429) rests. */
export const postponeMs = minuteMs
