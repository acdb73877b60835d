import { expect, test } from 'vitest'
import { dayMs, hourMs, type Instant, instant, type Month, parseInstant } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import {
  type ActionFacts,
  allowedActions,
  nextAutomatic,
  type PlannedInvoice,
  planActivation,
  planRegistration,
  registerLabelOf,
  validityOf,
} from './payment-view.ts'
import type { CardFacts } from './retry.ts'

const now = parseInstant('2027-03-10T12:00:00Z')
const always = '0000-01-01' as CoverageRules['minimum'][number]['validFrom'] // earlier than every day
const rules: CoverageRules = {
  coverage: 'g',
  currency: 'USD',
  timeZone: 'UTC',
  closesAt: '06:00',
  retryAt: '09:00',
  verificationMinor: 100n,
  brands: ['visa'],
  taxRates: [],
  rounding: { net: 'up', tax: 'up' },
  minimum: [],
  networkLimits: [{ brand: '*', days: 30, attempts: 3, validFrom: always, source: 'test' }],
  approvalAbove: null,
  dunning: { remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00' },
}
const card: CardFacts = { brand: 'visa', expMonth: 12, expYear: 2030, mark: null, retryAfter: null, attemptsAt: [] }
const january: PlannedInvoice = {
  invoiceId: 'january',
  month: '2027-01' as Month,
  accountClosed: false,
  method: 'card',
  dueMinor: 100n,
  unsettled: false,
  card,
}
const february: PlannedInvoice = { ...january, invoiceId: 'february', month: '2027-02' as Month, dueMinor: 200n }
const ago = (...days: number[]): Instant[] => days.map((each) => instant(now - each * dayMs))
const withCard = (invoice: PlannedInvoice, change: Partial<CardFacts>): PlannedInvoice => ({
  ...invoice,
  card: { ...card, ...change },
})

test('B10 what Activate would charge, in the order given, without what is known to be refused', () => {
  const check = (invoices: readonly PlannedInvoice[], sumMinor: bigint, attempts: string, refusals: string) => {
    const plan = planActivation(invoices, rules, now)
    const told = plan.refusals.map(({ invoiceId, reason, until }) =>
      [invoiceId, reason, ...(until === null ? [] : [new Date(until).toISOString().slice(0, 16)])].join(' '),
    )
    expect(plan.sumMinor).toBe(sumMinor)
    expect(plan.attempts.map(({ invoiceId }) => invoiceId).join(), attempts).toBe(attempts)
    expect(told.join(), refusals).toBe(refusals)
  }
  check([], 0n, '', '')
  check([january, february], 300n, 'january,february', '')
  check([{ ...january, unsettled: true }, february], 200n, 'february', 'january charge_unsettled')
  check([withCard(january, { mark: 'never' })], 0n, '', 'january code_forbids_retry')
  // A payer may know better than a mark that only asks for the customer.
  check([withCard(january, { mark: 'customer' })], 100n, 'january', '')
  const tried = withCard(january, { attemptsAt: ago(20, 2, 1) })
  check([tried, february], 200n, 'february', 'january network_count_reached 2027-03-20T12:00')
  // Two of one amount: the first takes the last attempt that the network allows.
  const twice = withCard(january, { attemptsAt: ago(2, 1) })
  check([twice, { ...twice, invoiceId: 'other' }], 100n, 'january', 'other network_count_reached 2027-04-07T12:00')
  check([{ ...january, method: 'none', card: null }], 0n, '', 'january method_missing')
})

test('B6 what a new card would charge: all of it, whatever stood against the old one, and what is in flight apart', () => {
  const check = (invoices: readonly PlannedInvoice[], sumMinor: bigint, waitingMinor: bigint) => {
    const plan = planRegistration(invoices, rules, now)
    expect([plan.sumMinor, plan.waitingMinor]).toEqual([sumMinor, waitingMinor])
  }
  check([], 0n, 0n)
  check([january, february], 300n, 0n)
  check([{ ...january, method: 'none', card: null }, withCard(february, { mark: 'never' })], 300n, 0n)
  check([withCard(january, { attemptsAt: ago(3, 2, 1) })], 100n, 0n)
  check([{ ...january, unsettled: true }, february], 200n, 100n)
  check([{ ...january, accountClosed: true }], 0n, 0n)
})

test('B9 the next automatic attempt, and what holds it back until when', () => {
  const check = (invoice: PlannedInvoice, nextAttemptAt: string | null, expected: string) => {
    const next = nextAutomatic(invoice, nextAttemptAt === null ? null : parseInstant(nextAttemptAt), rules, now)
    const at = next.at === null ? 'never' : new Date(next.at).toISOString().slice(0, 16)
    expect(next.heldBackBy ? `${at} ${next.heldBackBy.reason}` : at).toBe(expected)
  }
  const tomorrow = '2027-03-11T09:00:00Z'
  check(january, tomorrow, '2027-03-11T09:00')
  // Due already and not taken up yet: that moment, not one that moves with every look.
  check(january, '2027-03-10T09:00:00Z', '2027-03-10T09:00')
  check(january, null, 'never')
  check({ ...january, accountClosed: true }, null, 'never account_closed')
  check({ ...january, unsettled: true }, tomorrow, '2027-03-11T09:00')
  check(withCard(january, { mark: 'never' }), tomorrow, 'never code_forbids_retry')
  check(withCard(january, { mark: 'customer' }), tomorrow, 'never customer_needed')
  check(withCard(january, { expYear: 2027, expMonth: 2 }), tomorrow, 'never card_expired')
  const after = (retryAfter: string) => withCard(january, { mark: 'after', retryAfter: parseInstant(retryAfter) })
  check(after('2027-03-13T08:00:00Z'), tomorrow, '2027-03-13T09:00 prescribed_delay')
  check(after('2027-03-13T10:00:00Z'), tomorrow, '2027-03-14T09:00 prescribed_delay')
  check(withCard(january, { attemptsAt: ago(20, 2, 1) }), tomorrow, '2027-03-21T09:00 network_count_reached')
})

test('B2 labels by method, and the first reason against each act', () => {
  expect((['none', 'trial', 'card', 'bank_transfer'] as const).map(registerLabelOf)).toEqual([
    'new_payment_method',
    'new_payment_method',
    'update_credit_card',
    'switch_to_credit_card',
  ])
  const facts: ActionFacts = {
    callerIsRoot: true,
    accountClosed: false,
    activation: planActivation([january], rules, now),
    activateAgainAtWall: null,
  }
  const check = (change: Partial<ActionFacts>, expected: string) =>
    expect(
      allowedActions({ ...facts, ...change })
        .map(({ refused }) => refused?.reason ?? 'allowed')
        .join(),
    ).toBe(expected)
  check({}, 'allowed,allowed')
  check({ callerIsRoot: false, accountClosed: true }, 'root_acts,root_acts')
  const closed = planActivation([{ ...january, accountClosed: true }], rules, now)
  check({ accountClosed: true, activation: closed }, 'account_closed,account_closed')
  const nothing = planActivation([], rules, now)
  check({ activation: nothing }, 'allowed,nothing_outstanding')
  check({ activateAgainAtWall: instant(now + hourMs) }, 'allowed,activated_too_often')
  // What nothing would help against is said before what passes by itself.
  check({ activation: nothing, activateAgainAtWall: instant(now + hourMs) }, 'allowed,nothing_outstanding')
})

test('a card is expiring in its last month and the one before, by the coverage’s zone', () => {
  const check = (expires: readonly [number, number], expected: string) =>
    expect(validityOf({ expYear: expires[0], expMonth: expires[1] }, rules, now), expires.join()).toBe(expected)
  check([2027, 2], 'expired')
  check([2027, 3], 'expiring_soon')
  check([2027, 4], 'expiring_soon')
  check([2027, 5], 'valid')
  check([2028, 1], 'valid')
  const monthEnd = parseInstant('2027-03-31T16:00:00Z')
  expect(validityOf({ expYear: 2027, expMonth: 3 }, { ...rules, timeZone: 'Asia/Tokyo' }, monthEnd)).toBe('expired')
})
