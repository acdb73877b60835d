/**
 * What failures lead to over time (B16): reminders, then suspension, lifted the moment nothing is overdue.
 *
 * Everything is counted in calendar days of the coverage's zone, from the day on which collecting the oldest unpaid
 * invoice first failed by itself. A dunning day begins at `dunning.at`: what is due on a day is done from then on, or as
 * soon after as somebody looks. Nothing here depends on how often or how late that is: see docs/decisions/0011.
 */
import { addDays, type Day, dayAt, type Instant, instantOn, minuteMs, type Month, plusMs } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import type { StandingEvent } from './event.ts'
import type { Minor } from './money.ts'
import type { SkipReason } from './retry.ts'

export const standings = {
  good: 'Nothing is overdue.',
  overdue: 'A collection has failed and is not made good yet; reminders go out on their days.',
  suspended: 'Unpaid for so long that the service is to be interrupted, until nothing is overdue any more.',
} as const
export type Standing = keyof typeof standings

/** An invoice that the system tries to collect and could not. */
export interface OverdueInvoice {
  readonly invoiceId: string
  readonly month: Month
  /** What is still to be paid of it. */
  readonly dueMinor: Minor
  /** When collecting it first failed by itself; part payments and further failures do not move it. */
  readonly overdueSince: Instant
  /** A charge for it is under way or unknown, or its automatic attempt is due and not made yet. */
  readonly busy: boolean
}

/** What staff arranged, and what has been announced. */
export interface StandingState {
  readonly status: Standing
  /** The dunning day of the latest reminder. */
  readonly remindedOn: Day | null
  /** Neither reminded nor suspended through this day; `always` until staff end it. */
  readonly exemptUntil: Day | 'always' | null
  /** Not suspended before this day. */
  readonly postponedUntil: Day | null
}

export interface StandingDecision {
  readonly status: Standing
  readonly overdueSince: Instant | null
  readonly remindedOn: Day | null
  readonly announce: Announcement | null
  /** When time alone may next change something; null when only somebody's act will. */
  readonly nextCheckAt: Instant | null
}

export type Announcement =
  | { readonly kind: Extract<StandingEvent, 'reminded'>; readonly afterDays: number }
  | { readonly kind: Extract<StandingEvent, 'suspended' | 'restored'> }

/** How soon to look again where an attempt under way holds an announcement back. */
const busyForMs = 15 * minuteMs

/** What is so now, and what is to be told. Asked again in the same situation it announces nothing more. */
export function decideStanding(
  state: StandingState,
  overdue: readonly OverdueInvoice[],
  rules: CoverageRules,
  now: Instant,
): StandingDecision {
  const overdueSince = clockOf(overdue)
  if (overdueSince === null) return restored(state, 'good', null, null)

  const today = dunningDay(rules, now)
  const exempt = isExempt(state, today)
  const clock = { ...state, overdueSince }
  if (exempt) return restored(state, 'overdue', overdueSince, exemptionEndsAt(state, rules))
  if (isPostponed(state, today)) {
    if (state.status === 'suspended') return restored(state, 'overdue', overdueSince, nextCheck(clock, rules, now))
  } else if (state.status === 'suspended') return unchanged(state, overdueSince, null)

  // A payment that is on its way comes first (F31), and what we have not tried yet nobody is reminded of.
  const reminder = reminderDue(clock, rules, today)
  const suspends = suspendsOn(clock, rules, now)
  if (reminder === null && (suspends === null || suspends > today)) {
    return { ...unchanged(state, overdueSince, nextCheck(clock, rules, now)), status: 'overdue' }
  }
  if (overdue.some(({ busy }) => busy)) {
    return { ...unchanged(state, overdueSince, plusMs(now, busyForMs)), status: 'overdue' }
  }
  if (reminder !== null) {
    const remindedOn = today
    return {
      status: 'overdue',
      overdueSince,
      remindedOn,
      announce: { kind: 'reminded', afterDays: reminder },
      nextCheckAt: nextCheck({ ...clock, remindedOn }, rules, now),
    }
  }
  return { ...unchanged(state, overdueSince, null), status: 'suspended', announce: { kind: 'suspended' } }
}

/**
 * The day on which the account is suspended if nothing is paid and nobody acts; null when that does not come. Never
 * before the configured day, never sooner than the notice after the last reminder, and as staff arranged.
 */
export function suspendsOn(
  clock: Omit<StandingState, 'status'> & { readonly overdueSince: Instant },
  rules: CoverageRules,
  now: Instant,
): Day | null {
  const { suspendAfterDays, noticeDays } = rules.dunning
  if (suspendAfterDays === null || clock.exemptUntil === 'always') return null
  const from = dayAt(clock.overdueSince, rules.timeZone)
  const lastReminder = addDays(from, lastReminderAfter(rules))
  const exemptionEnds = clock.exemptUntil === null ? from : addDays(clock.exemptUntil, 1)
  const warned =
    clock.remindedOn !== null && clock.remindedOn >= lastReminder
      ? clock.remindedOn
      : latest(lastReminder, exemptionEnds, dunningDay(rules, now))
  return latest(
    addDays(from, suspendAfterDays),
    addDays(warned, noticeDays),
    exemptionEnds,
    clock.postponedUntil ?? from,
  )
}

/** The oldest failure counts, whatever else is due; null when nothing is overdue. */
export const clockOf = (overdue: readonly Pick<OverdueInvoice, 'overdueSince'>[]): Instant | null =>
  overdue.reduce<Instant | null>(
    (oldest, { overdueSince }) => (oldest === null || overdueSince < oldest ? overdueSince : oldest),
    null,
  )

/** What a reminder asks for: what is still due, not what was once billed (F47). */
export const overdueSum = (overdue: readonly Pick<OverdueInvoice, 'dueMinor'>[]): Minor =>
  overdue.reduce((sum, { dueMinor }) => sum + dueMinor, 0n)

/**
 * Whether a day without an attempt counts as the payer's failure: when only their act can end what stood in the way. A
 * network's count and a prescribed delay end by themselves, and the attempt that follows decides.
 */
export const startsClock = (reason: SkipReason): boolean => skipCounts[reason]

const skipCounts = {
  account_closed: false,
  method_missing: true,
  // Paying by transfer has due dates of its own.
  method_not_card: false,
  // Our own not knowing.
  charge_unsettled: false,
  // Staff's to decide.
  payment_disputed: false,
  code_forbids_retry: true,
  network_count_reached: false,
  customer_needed: true,
  card_expired: true,
  prescribed_delay: false,
} as const satisfies Record<SkipReason, boolean>

/** The latest step whose day has come and after which nobody was reminded: one, however many were missed. */
function reminderDue(clock: { remindedOn: Day | null; overdueSince: Instant }, rules: CoverageRules, today: Day) {
  const from = dayAt(clock.overdueSince, rules.timeZone)
  const step = rules.dunning.remindAfterDays.findLast((days) => addDays(from, days) <= today)
  if (step === undefined) return null
  return clock.remindedOn === null || clock.remindedOn < addDays(from, step) ? step : null
}

/** The first of the days still to come on which something may change. */
function nextCheck(
  clock: Omit<StandingState, 'status'> & { readonly overdueSince: Instant },
  rules: CoverageRules,
  now: Instant,
): Instant | null {
  const today = dunningDay(rules, now)
  const from = dayAt(clock.overdueSince, rules.timeZone)
  const days = [...rules.dunning.remindAfterDays.map((days) => addDays(from, days)), suspendsOn(clock, rules, now)]
  const next = days
    .filter((day) => day !== null)
    .filter((day) => day > today)
    .sort()[0]
  return next === undefined ? null : instantOn(next, rules.dunning.at, rules.timeZone)
}

function restored(
  state: StandingState,
  status: 'good' | 'overdue',
  overdueSince: Instant | null,
  nextCheckAt: Instant | null,
): StandingDecision {
  return {
    status,
    overdueSince,
    remindedOn: status === 'good' ? null : state.remindedOn,
    announce: state.status === 'suspended' ? { kind: 'restored' } : null,
    nextCheckAt,
  }
}

const unchanged = (
  { status, remindedOn }: StandingState,
  overdueSince: Instant,
  nextCheckAt: Instant | null,
): StandingDecision => ({ status, overdueSince, remindedOn, announce: null, nextCheckAt })

/** The calendar day whose `at` has come. */
export function dunningDay(rules: CoverageRules, now: Instant): Day {
  const today = dayAt(now, rules.timeZone)
  return now >= instantOn(today, rules.dunning.at, rules.timeZone) ? today : addDays(today, -1)
}

const isExempt = ({ exemptUntil }: StandingState, today: Day): boolean =>
  exemptUntil === 'always' || (exemptUntil !== null && today <= exemptUntil)

const isPostponed = ({ postponedUntil }: StandingState, today: Day): boolean =>
  postponedUntil !== null && today < postponedUntil

const exemptionEndsAt = ({ exemptUntil }: StandingState, rules: CoverageRules): Instant | null =>
  exemptUntil === null || exemptUntil === 'always'
    ? null
    : instantOn(addDays(exemptUntil, 1), rules.dunning.at, rules.timeZone)

const lastReminderAfter = (rules: CoverageRules): number => rules.dunning.remindAfterDays.at(-1) ?? 0

const latest = (...days: readonly Day[]): Day => days.reduce((one, other) => (one > other ? one : other))
