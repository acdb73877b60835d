/**
 * May this invoice be charged now? The daily retry, the month's run, Activate and a registered card all ask here, and
 * the answer is a flat list of refusals in a fixed order, after which the attempt is made (B9, B10).
 */
import { dayAt, dayMs, type Instant, plusMs } from './calendar.ts'
import { type CoverageRules, networkLimitsOn } from './coverage.ts'
import type { Minor } from './money.ts'

export const triggers = [
  'run',
  'daily_retry',
  'activate',
  'card_registered',
  'order',
  'verification',
  'staff',
  /** The gateway had taken it, and our rows knew nothing it could have been for: `reconciliation.ts`. */
  'found',
] as const
export type Trigger = (typeof triggers)[number]
/** What the system does by itself; these count for the one attempt a day and move the daily schedule. */
export const automaticTriggers = ['run', 'daily_retry'] as const
export const isAutomatic = (trigger: Trigger): boolean => (automaticTriggers as readonly string[]).includes(trigger)

export const skipReasons = [
  'account_closed',
  'method_missing',
  'method_not_card',
  'charge_unsettled',
  'payment_disputed',
  'code_forbids_retry',
  'network_count_reached',
  'customer_needed',
  'card_expired',
  'prescribed_delay',
] as const
export type SkipReason = (typeof skipReasons)[number]
/** What a day without an attempt is recorded with: a reason of the invoice's own, or that nobody's was tried. */
export const recordedSkips = [...skipReasons, 'run_paused'] as const
export type RecordedSkip = (typeof recordedSkips)[number]

export interface AttemptFacts {
  readonly accountClosed: boolean
  readonly method: 'none' | 'trial' | 'card' | 'bank_transfer'
  readonly dueMinor: Minor
  /** A charge for this invoice is still unsettled. */
  readonly unsettled: boolean
  /** A payment of it is disputed, and staff have not decided yet. Orders leave it out. */
  readonly disputed?: boolean
  readonly card: CardFacts | null
}

export interface CardFacts {
  readonly brand: string
  readonly expMonth: number
  readonly expYear: number
  readonly mark: 'never' | 'customer' | 'after' | null
  /** With mark `after`: when the issuer allows the next attempt. */
  readonly retryAfter: Instant | null
  /** When attempts on this card for this amount reached its issuer within the last 30 days, oldest first. */
  readonly attemptsAt: readonly Instant[]
}

export type AttemptDecision =
  | { readonly attempt: true }
  /** `until`: when the reason ends by itself; null when it takes somebody's act. */
  | { readonly attempt: false; readonly reason: SkipReason; readonly until: Instant | null }

export function decideAttempt(
  trigger: Trigger,
  facts: AttemptFacts,
  rules: CoverageRules,
  now: Instant,
): AttemptDecision {
  const { card } = facts
  if (facts.accountClosed) return skip('account_closed')
  if (facts.method === 'none' || facts.method === 'trial') return skip('method_missing')
  if (facts.method !== 'card' || !card) return skip('method_not_card')
  if (facts.unsettled) return skip('charge_unsettled')
  if (facts.disputed) return skip('payment_disputed')
  if (card.mark === 'never') return skip('code_forbids_retry')
  const freeAt = networkFreeAt(card, rules, now)
  if (freeAt) return skip('network_count_reached', freeAt)
  // From here on only what the system does by itself is held back: a payer or staff may know better.
  if (!isAutomatic(trigger)) return { attempt: true }
  if (card.mark === 'customer') return skip('customer_needed')
  if (hasExpired(card, rules, now)) return skip('card_expired')
  if (card.mark === 'after' && card.retryAfter !== null && card.retryAfter > now) {
    return skip('prescribed_delay', card.retryAfter)
  }
  return { attempt: true }
}

/** Whether what an issuer has just said about a card keeps a charge that is about to be sent from being sent. */
export const markForbids = (mark: CardFacts['mark'], trigger: Trigger): boolean =>
  mark === 'never' || (mark !== null && isAutomatic(trigger))

/** When the network's counts for this card and amount allow one more attempt; null when they do now. */
function networkFreeAt(card: CardFacts, rules: CoverageRules, now: Instant): Instant | null {
  let freeAt: Instant | null = null
  for (const limit of networkLimitsOn(rules, card.brand, dayAt(now, rules.timeZone))) {
    const windowMs = limit.days * dayMs
    const within = card.attemptsAt.filter((at) => at > now - windowMs)
    const leaves = within[within.length - limit.attempts]
    if (leaves === undefined) continue
    const until = plusMs(leaves, windowMs)
    if (freeAt === null || until > freeAt) freeAt = until
  }
  return freeAt
}

/** A card is good through the last day of its month. */
function hasExpired(card: CardFacts, rules: CoverageRules, now: Instant): boolean {
  const expires = `${card.expYear}-${String(card.expMonth).padStart(2, '0')}`
  return dayAt(now, rules.timeZone).slice(0, 7) > expires
}

const skip = (reason: SkipReason, until: Instant | null = null): AttemptDecision => ({ attempt: false, reason, until })
