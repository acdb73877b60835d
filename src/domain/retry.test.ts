import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dayMs, type Instant, instant, parseInstant } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import { type AttemptFacts, type CardFacts, decideAttempt, type Trigger } from './retry.ts'

const now = parseInstant('2027-03-10T09:00:00Z')
const always = '0000-01-01' as CoverageRules['minimum'][number]['validFrom'] // earlier than every day
const source = 'test'
const rules: CoverageRules = {
  coverage: 'g',
  currency: 'USD',
  timeZone: 'UTC',
  closesAt: '06:00',
  retryAt: '09:00',
  verificationMinor: 100n,
  brands: ['visa', 'mastercard'],
  taxRates: [],
  rounding: { net: 'up', tax: 'up' },
  minimum: [],
  networkLimits: [
    { brand: 'visa', days: 30, attempts: 15, validFrom: always, source },
    { brand: 'mastercard', days: 30, attempts: 35, validFrom: always, source },
    { brand: 'mastercard', days: 1, attempts: 10, validFrom: always, source },
    { brand: '*', days: 30, attempts: 4, validFrom: always, source },
  ],
  approvalAbove: 5,
  dunning: { remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00' },
}

const goodCard: CardFacts = {
  brand: 'visa',
  expMonth: 12,
  expYear: 2030,
  mark: null,
  retryAfter: null,
  attemptsAt: [],
}
const facts: AttemptFacts = { accountClosed: false, method: 'card', dueMinor: 100n, unsettled: false, card: goodCard }

/** Attempts `each` so many days ago, oldest first. */
const tried = (...each: number[]): Instant[] => each.map((days) => instant(now - days * dayMs))
const daily = (count: number): Instant[] => tried(...Array.from({ length: count }, (_, index) => count - index))

/** What is different from a good card that owes something → what the daily retry, and Activate, may do. */
function check(
  change: Partial<Omit<AttemptFacts, 'card'>> & { card?: Partial<CardFacts> | null },
  automatic: string,
  byHand: string,
) {
  const { card, ...rest } = change
  const these = { ...facts, ...rest, card: card === null ? null : { ...goodCard, ...card } }
  const say = (trigger: Trigger) => {
    const decision = decideAttempt(trigger, these, rules, now)
    if (decision.attempt) return 'attempt'
    return decision.until === null
      ? decision.reason
      : `${decision.reason} ${new Date(decision.until).toISOString().slice(0, 16)}`
  }
  const said = JSON.stringify(change, (_key, value) => (typeof value === 'bigint' ? String(value) : value))
  for (const trigger of ['run', 'daily_retry'] as const) expect(say(trigger), said).toBe(automatic)
  for (const trigger of ['activate', 'card_registered', 'staff'] as const) expect(say(trigger), said).toBe(byHand)
}

test('B9 B10 what stands in the way of an attempt', () => {
  check({}, 'attempt', 'attempt')
  check({ disputed: true }, 'payment_disputed', 'payment_disputed')
  // Nobody may
  check({ accountClosed: true }, 'account_closed', 'account_closed')
  check({ method: 'none', card: null }, 'method_missing', 'method_missing')
  check({ method: 'trial', card: null }, 'method_missing', 'method_missing')
  check({ method: 'bank_transfer', card: null }, 'method_not_card', 'method_not_card')
  check({ unsettled: true }, 'charge_unsettled', 'charge_unsettled')
  check({ card: { mark: 'never' } }, 'code_forbids_retry', 'code_forbids_retry')
  // Only what the system does by itself is held back
  check({ card: { mark: 'customer' } }, 'customer_needed', 'attempt')
  check({ card: { expMonth: 2, expYear: 2027 } }, 'card_expired', 'attempt')
  check({ card: { expMonth: 3, expYear: 2027 } }, 'attempt', 'attempt')
  check({ card: { mark: 'after', retryAfter: instant(now + 1) } }, 'prescribed_delay 2027-03-10T09:00', 'attempt')
  check({ card: { mark: 'after', retryAfter: now } }, 'attempt', 'attempt')
  // The networks' counts
  check({ card: { attemptsAt: daily(14) } }, 'attempt', 'attempt')
  check(
    { card: { attemptsAt: daily(15) } },
    'network_count_reached 2027-03-25T09:00',
    'network_count_reached 2027-03-25T09:00',
  )
  check(
    { card: { attemptsAt: daily(20) } },
    'network_count_reached 2027-03-25T09:00',
    'network_count_reached 2027-03-25T09:00',
  )
  check({ card: { attemptsAt: [...tried(30), ...daily(14)] } }, 'attempt', 'attempt')
  check(
    { card: { attemptsAt: [...tried(29.99), ...daily(14)] } },
    'network_count_reached 2027-03-10T09:14',
    'network_count_reached 2027-03-10T09:14',
  )
  check({ card: { brand: 'mastercard', attemptsAt: daily(30) } }, 'attempt', 'attempt')
  check(
    { card: { brand: 'mastercard', attemptsAt: tried(...new Array<number>(10).fill(0.5)) } },
    'network_count_reached 2027-03-10T21:00',
    'network_count_reached 2027-03-10T21:00',
  )
  check({ card: { brand: 'mastercard', attemptsAt: tried(...new Array<number>(9).fill(0.5)) } }, 'attempt', 'attempt')
  // A brand without a count of its own
  check({ card: { brand: 'jcb', attemptsAt: daily(3) } }, 'attempt', 'attempt')
  check(
    { card: { brand: 'jcb', attemptsAt: daily(4) } },
    'network_count_reached 2027-04-05T09:00',
    'network_count_reached 2027-04-05T09:00',
  )
  // The more basic reason is told
  check({ accountClosed: true, unsettled: true, card: { mark: 'never' } }, 'account_closed', 'account_closed')
  check(
    { card: { mark: 'customer', attemptsAt: daily(15) } },
    'network_count_reached 2027-03-25T09:00',
    'network_count_reached 2027-03-25T09:00',
  )
})

test('B9 however attempts are spread, the count holds in every 30 days, and the promised date is true', () => {
  const times = fc.array(fc.integer({ min: 0, max: 60 * 24 }), { maxLength: 60 })
  fc.assert(
    fc.property(times, (hoursAgo) => {
      const attemptsAt = hoursAgo.sort((one, other) => other - one).map((hours) => instant(now - hours * 3_600_000))
      const decision = decideAttempt('staff', { ...facts, card: { ...goodCard, attemptsAt } }, rules, now)
      const within = attemptsAt.filter((at) => at > now - 30 * dayMs).length
      expect(decision.attempt).toBe(within < 15)
      if (decision.attempt || decision.until === null) return
      const again = { ...facts, card: { ...goodCard, attemptsAt } }
      expect(decideAttempt('staff', again, rules, decision.until).attempt).toBe(true)
      expect(decideAttempt('staff', again, rules, instant(decision.until - 1)).attempt).toBe(false)
    }),
  )
})
