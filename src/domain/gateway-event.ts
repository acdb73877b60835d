/** How long what the gateway told us is tried again: it may be about a row of ours that is not committed yet (F22). */
import { hourMs, minuteMs } from './calendar.ts'

export type GatewayEventOutcome = 'recorded' | 'known_already' | 'nothing_of_ours'

/** What handling an event came to. `unknown`: no row of ours yet. `unread`: the gateway does not answer. */
export type Handled = GatewayEventOutcome | 'unknown' | 'unread'

const pauses = [5_000, 30_000, 2 * minuteMs, 10 * minuteMs, 30 * minuteMs, hourMs] as const

/**
 * After the `attempts`th try. What nobody here knows after some two hours is somebody else's: another platform on the
 * same gateway account. While the gateway itself does not answer, there is no end to asking.
 */
export function decideAfterTry(
  handled: Handled,
  attempts: number,
): { readonly outcome: GatewayEventOutcome } | { readonly againAfterMs: number } {
  if (handled !== 'unknown' && handled !== 'unread') return { outcome: handled }
  const pause = pauses[attempts - 1]
  if (pause !== undefined) return { againAfterMs: pause }
  return handled === 'unknown' ? { outcome: 'nothing_of_ours' } : { againAfterMs: hourMs }
}
