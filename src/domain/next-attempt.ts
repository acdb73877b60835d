/**
 * When the system tries an invoice next, after a charge for it has come to an end, and for how much. An attempt belongs
 * to the day on which it was intended: one that is settled after midnight leaves the new day its own.
 */
import { dayAt, hourMs, type Instant, plusMs } from './calendar.ts'
import { type CoverageRules, nextRetryAfter } from './coverage.ts'
import type { ChargeFacts, InvoiceFacts } from './learnt.ts'
import type { Minor } from './money.ts'
import { isAutomatic, type Trigger } from './retry.ts'

/**
 * What a charge may ask for. What was paid, given back and made due again is left to people: the system asks by itself
 * for what was never paid, and for no more (B18).
 */
export function collectableMinor(
  { dueMinor, reopenedMinor }: { readonly dueMinor: Minor; readonly reopenedMinor: Minor },
  trigger: Trigger,
): Minor {
  if (!isAutomatic(trigger)) return dueMinor
  return dueMinor > reopenedMinor ? dueMinor - reopenedMinor : 0n
}

/** The retry of the day after the attempt's own; later where days since then were skipped and recorded already. */
export function retryAfterAttempt(charge: ChargeFacts, invoice: InvoiceFacts, rules: CoverageRules): Instant {
  const next = nextRetryAfter(charge.intendedAt, rules)
  return invoice.nextAttemptAt !== null && invoice.nextAttemptAt > next ? invoice.nextAttemptAt : next
}

/**
 * Only what the system does by itself moves the daily schedule; Activate and a new card do not (B10). A prescribed delay
 * that ends later on the next retry's own day moves it there: a day that need not be skipped is not.
 */
export function scheduleAfterAttempt(
  charge: ChargeFacts,
  invoice: InvoiceFacts,
  retryAfter: Instant | null,
  rules: CoverageRules,
  now: Instant,
): Instant {
  if (!isAutomatic(charge.trigger) && invoice.nextAttemptAt !== null) return invoice.nextAttemptAt
  const next = retryAfterAttempt(charge, invoice, rules)
  if (retryAfter === null || retryAfter < next) return next
  const day = dayAt(next > now ? next : now, rules.timeZone)
  return dayAt(retryAfter, rules.timeZone) === day ? retryAfter : next
}

/** Refused once, it may be a hiccup of ours; refused twice on one day, it waits for the next. */
export function retryAfterRefusal(invoice: InvoiceFacts | null, rules: CoverageRules, now: Instant): Instant {
  const before = invoice?.lastRefusedAt ?? null
  const again = before !== null && dayAt(before, rules.timeZone) === dayAt(now, rules.timeZone)
  return again ? nextRetryAfter(now, rules) : plusMs(now, hourMs)
}
