/**
 * The rules of one coverage: configured, not coded. What a law or a network may change carries the day from which it
 * holds and where it comes from.
 */
import { addDays, type Day, dayAt, firstDayOf, type Instant, instantOn, type Month, nextMonth } from './calendar.ts'
import type { Minor, Rounding } from './money.ts'

export interface CoverageRules {
  readonly coverage: string
  /** ISO 4217. */
  readonly currency: string
  /** IANA name; its midnight parts days and months. */
  readonly timeZone: string
  /** `HH:MM` on the 1st at which last month closes if the platform has not declared its fees complete before. */
  readonly closesAt: string
  /** `HH:MM` at which a failed collection is tried again each day. */
  readonly retryAt: string
  /** The hold a registration places; 0 asks for the gateway's own zero check. */
  readonly verificationMinor: Minor
  /** Card brands accepted, in the gateway's spelling. */
  readonly brands: readonly string[]
  readonly taxRates: readonly Dated<{ readonly category: string; readonly rateBp: number }>[]
  readonly rounding: { readonly net: Rounding; readonly tax: Rounding }
  /** The smallest taxed total a card is charged; less carries over. */
  readonly minimum: readonly Dated<{ readonly amountMinor: Minor }>[]
  readonly networkLimits: readonly Dated<NetworkLimit>[]
  /** An invoice above this multiple of the account's usual waits for approval; null never waits. */
  readonly approvalAbove: number | null
  readonly dunning: Dunning
  /** How many days back the daily reconciliation reads: as long as a hold stands, and a day. None when 0 or left out. */
  readonly reconcileDays?: number
}

/** What failures lead to over time. Days are counted from the day of the first automatic failure: see `standing.ts`. */
export interface Dunning {
  /** Ascending, at least one. */
  readonly remindAfterDays: readonly number[]
  /** Null never suspends. */
  readonly suspendAfterDays: number | null
  /** Suspension comes at least so many days after the last reminder was announced. */
  readonly noticeDays: number
  /** `HH:MM` from which what is due on a day is done: later than the daily retry, so that a payment comes first. */
  readonly at: string
}

/** At most `attempts` on one card for one amount within any `days`; `brand` `*` is every brand without its own. */
export interface NetworkLimit {
  readonly brand: string
  readonly days: number
  readonly attempts: number
}

export type Dated<T> = T & { readonly validFrom: Day; readonly source: string }

/** The entry in force on `day`; undefined when none is yet. */
export function inForce<T>(entries: readonly Dated<T>[], day: Day): Dated<T> | undefined {
  let found: Dated<T> | undefined
  for (const entry of entries) {
    if (entry.validFrom <= day && (!found || entry.validFrom >= found.validFrom)) found = entry
  }
  return found
}

/** Basis points, or null when the coverage has no such category on that day. */
export function taxRateOn(rules: CoverageRules, category: string, day: Day): number | null {
  return (
    inForce(
      rules.taxRates.filter((rate) => rate.category === category),
      day,
    )?.rateBp ?? null
  )
}

export const minimumOn = (rules: CoverageRules, day: Day): Minor => inForce(rules.minimum, day)?.amountMinor ?? 0n

/** The limits of `brand` in force on `day`, one per window length. */
export function networkLimitsOn(rules: CoverageRules, brand: string, day: Day): NetworkLimit[] {
  const own = rules.networkLimits.filter((limit) => limit.brand === brand)
  const candidates = own.length > 0 ? own : rules.networkLimits.filter((limit) => limit.brand === '*')
  const windows = [...new Set(candidates.map((limit) => limit.days))]
  return windows.flatMap(
    (days) =>
      inForce(
        candidates.filter((limit) => limit.days === days),
        day,
      ) ?? [],
  )
}

/** When `month` closes by itself: `closesAt` on the first day of the month after it. */
export const closingTimeOf = (month: Month, rules: CoverageRules): Instant =>
  instantOn(firstDayOf(nextMonth(month)), rules.closesAt, rules.timeZone)

/** When `month` is over: its declared completeness counts from here on. */
export const endOf = (month: Month, rules: CoverageRules): Instant =>
  instantOn(firstDayOf(nextMonth(month)), '00:00', rules.timeZone)

/** The next time of the daily retry on a later calendar day than `at`. */
export const nextRetryAfter = (at: Instant, rules: CoverageRules): Instant =>
  instantOn(addDays(dayAt(at, rules.timeZone), 1), rules.retryAt, rules.timeZone)
