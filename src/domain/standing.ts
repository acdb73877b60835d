/**
 * What failures lead to over time (B16): reminders, then suspension, lifted the moment nothing is overdue.
 *
 * Everything is counted in calendar days of the coverage's zone, from the day on which collecting the oldest unpaid
 * invoice first failed by itself. What is due on a day is told from `dunning.at` of that day on, or on a later day
 * between `at` and midnight. Nothing here depends on how often somebody looks: see docs/decisions/0011.
 */
import { addDays, type Day, dayAt, type Instant, instantOn, type Month, minuteMs, plusMs } from './calendar.ts'
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
  /** Nothing is announced any more: it stands as it stood. */
  readonly accountClosed: boolean
  /** The day of the latest reminder. */
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
  if (overdueSince === null) return lifted(state, { status: 'good', overdueSince, remindedOn: null, nextCheckAt: null })
  if (state.accountClosed) {
    return { ...unchanged(state, overdueSince, null), status: state.status === 'good' ? 'overdue' : state.status }
  }

  const count = countOf(overdueSince, rules, now)
  // What was told before an exemption is told again after it: nobody is suspended out of the blue.
  if (isExempt(state, count)) {
    const nextCheckAt = exemptionEndsAt(state, rules)
    return lifted(state, { status: 'overdue', overdueSince, remindedOn: null, nextCheckAt })
  }
  if (state.status === 'suspended') {
    if (!isPostponed(state, count)) return unchanged(state, overdueSince, null)
    const nextCheckAt = nextCheck(state, count, rules)
    return lifted(state, { status: 'overdue', overdueSince, remindedOn: state.remindedOn, nextCheckAt })
  }

  const stays = { ...unchanged(state, overdueSince, nextCheck(state, count, rules)), status: 'overdue' as const }
  const reminder = reminderDue(state, count)
  const suspends = suspendsIn(state, count, rules)
  if (reminder === null && (suspends === null || suspends > count.day)) return stays
  if (!count.isOpen) return { ...stays, nextCheckAt: opening(rules, count.today) }
  // A payment that is on its way comes first (F31), and what we have not tried yet nobody is reminded of.
  if (overdue.some(({ busy }) => busy)) return { ...stays, nextCheckAt: plusMs(now, busyForMs) }
  if (reminder === null) return { ...stays, status: 'suspended', announce: { kind: 'suspended' }, nextCheckAt: null }
  const told = { ...state, remindedOn: count.today }
  return {
    ...stays,
    remindedOn: count.today,
    announce: { kind: 'reminded', afterDays: reminder },
    nextCheckAt: nextCheck(told, count, rules),
  }
}

/**
 * The day on which the account is suspended if nothing is paid and nobody acts; null when that does not come. Never
 * before the configured day, never sooner than the notice after the last reminder, and as staff arranged.
 */
export const suspendsOn = (
  state: Omit<StandingState, 'status'> & { readonly overdueSince: Instant },
  rules: CoverageRules,
  now: Instant,
): Day | null => suspendsIn(state, countOf(state.overdueSince, rules, now), rules)

type Arranged = Omit<StandingState, 'status'>

function suspendsIn(state: Arranged, count: Count, rules: CoverageRules): Day | null {
  const { from, today, lastReminder, suspends } = count
  if (suspends === null || state.exemptUntil === 'always' || state.accountClosed) return null
  const exemptionEnds = state.exemptUntil === null ? from : addDays(state.exemptUntil, 1)
  const warned =
    state.remindedOn !== null && state.remindedOn >= lastReminder
      ? state.remindedOn
      : latest(lastReminder, exemptionEnds, today)
  return latest(suspends, noticeFrom(rules, warned), exemptionEnds, state.postponedUntil ?? from)
}

/** Where an account is in its days. */
interface Count extends Schedule, Today {}

interface Schedule {
  /** The day of the failure, which is day 0. */
  readonly from: Day
  readonly steps: readonly { readonly afterDays: number; readonly on: Day }[]
  readonly lastReminder: Day
  readonly suspends: Day | null
}

interface Today {
  readonly today: Day
  /** Today's `at` has come: what is due is told from then until midnight. */
  readonly isOpen: boolean
  /** The latest day that has been open. */
  readonly day: Day
}

const countOf = (overdueSince: Instant, rules: CoverageRules, now: Instant): Count => ({
  ...scheduleFrom(rules, overdueSince),
  ...todayAt(rules, now),
})

// Thousands in a row failed at the same moment, and are looked at in the same.
const scheduleFrom = rememberingLast((rules: CoverageRules, overdueSince: Instant): Schedule => {
  const from = dayAt(overdueSince, rules.timeZone)
  const { remindAfterDays, suspendAfterDays } = rules.dunning
  return {
    from,
    steps: remindAfterDays.map((afterDays) => ({ afterDays, on: addDays(from, afterDays) })),
    lastReminder: addDays(from, remindAfterDays.at(-1) ?? 0),
    suspends: suspendAfterDays === null ? null : addDays(from, suspendAfterDays),
  }
})

const todayAt = rememberingLast((rules: CoverageRules, now: Instant): Today => {
  const today = dayAt(now, rules.timeZone)
  const isOpen = now >= opening(rules, today)
  return { today, isOpen, day: isOpen ? today : addDays(today, -1) }
})

const opening = rememberingLast((rules: CoverageRules, day: Day) => instantOn(day, rules.dunning.at, rules.timeZone))
const noticeFrom = rememberingLast((rules: CoverageRules, warned: Day) => addDays(warned, rules.dunning.noticeDays))

/** The same for the same: what was answered last is answered again without working it out. */
function rememberingLast<Key, Answer>(
  answer: (rules: CoverageRules, key: Key) => Answer,
): (rules: CoverageRules, key: Key) => Answer {
  let last: { readonly rules: CoverageRules; readonly key: Key; readonly answer: Answer } | null = null
  return (rules, key) => {
    if (last?.rules !== rules || last.key !== key) last = { rules, key, answer: answer(rules, key) }
    return last.answer
  }
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
function reminderDue({ remindedOn }: Arranged, { steps, day }: Count): number | null {
  const step = steps.findLast(({ on }) => on <= day)
  if (step === undefined) return null
  return remindedOn === null || remindedOn < step.on ? step.afterDays : null
}

/** The first of the days still to come on which something may change. */
function nextCheck(state: Arranged, count: Count, rules: CoverageRules): Instant | null {
  const step = count.steps.find(({ on }) => on > count.day)?.on ?? null
  const suspends = suspendsIn(state, count, rules)
  const later = suspends !== null && suspends > count.day ? suspends : null
  const next = step !== null && (later === null || step < later) ? step : later
  return next === null ? null : opening(rules, next)
}

const lifted = (state: StandingState, now: Omit<StandingDecision, 'announce'>): StandingDecision => ({
  ...now,
  announce: state.status === 'suspended' ? { kind: 'restored' } : null,
})

const unchanged = (
  { status, remindedOn }: StandingState,
  overdueSince: Instant,
  nextCheckAt: Instant | null,
): StandingDecision => ({ status, overdueSince, remindedOn, announce: null, nextCheckAt })

const isExempt = ({ exemptUntil }: Arranged, { day }: Count): boolean =>
  exemptUntil === 'always' || (exemptUntil !== null && day <= exemptUntil)

const isPostponed = ({ postponedUntil }: Arranged, { day }: Count): boolean =>
  postponedUntil !== null && day < postponedUntil

const exemptionEndsAt = ({ exemptUntil }: Arranged, rules: CoverageRules): Instant | null =>
  exemptUntil === null || exemptUntil === 'always' ? null : opening(rules, addDays(exemptUntil, 1))

const latest = (...days: readonly Day[]): Day => days.reduce((one, other) => (one > other ? one : other))
