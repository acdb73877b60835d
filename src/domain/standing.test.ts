import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, type Day, dayAt, dayMs, hourMs, type Instant, instant, type Month, parseInstant } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import { skipReasons } from './retry.ts'
import {
  clockOf,
  decideStanding,
  type OverdueInvoice,
  overdueSum,
  type StandingState,
  startsClock,
  suspendsOn,
} from './standing.ts'

const rulesIn = (timeZone: string, dunning: Partial<CoverageRules['dunning']> = {}): CoverageRules => ({
  coverage: 'g',
  currency: 'USD',
  timeZone,
  closesAt: '06:00',
  retryAt: '09:00',
  verificationMinor: 100n,
  brands: [],
  taxRates: [],
  rounding: { net: 'up', tax: 'up' },
  minimum: [],
  networkLimits: [],
  approvalAbove: null,
  dunning: { remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00', ...dunning },
})
const rules = rulesIn('UTC')
const at = parseInstant
const day = (text: string) => text as Day // written as one
const good: StandingState = {
  status: 'good',
  accountClosed: false,
  remindedOn: null,
  exemptUntil: null,
  postponedUntil: null,
}

const invoice = (overdueSince: Instant | string, more: Partial<OverdueInvoice> = {}): OverdueInvoice => ({
  invoiceId: 'i',
  month: '2027-01' as Month,
  dueMinor: 1234n,
  overdueSince: typeof overdueSince === 'string' ? at(overdueSince) : overdueSince,
  busy: false,
  ...more,
})

/** What is told, and when, to whoever looks at these moments and nothing is paid. */
function told(
  overdue: readonly OverdueInvoice[] | ((now: Instant) => readonly OverdueInvoice[]),
  moments: readonly Instant[],
  of = rules,
  from: StandingState = good,
): string[] {
  let state = from
  return moments.flatMap((now) => {
    const decision = decideStanding(state, typeof overdue === 'function' ? overdue(now) : overdue, of, now)
    state = { ...state, status: decision.status, remindedOn: decision.remindedOn }
    const { announce } = decision
    if (announce === null) return []
    const what = announce.kind === 'reminded' ? `reminded ${announce.afterDays}` : announce.kind
    return [`${dayAt(now, of.timeZone)} ${what}`]
  })
}

const hourly = (from: string, days: number): Instant[] =>
  Array.from({ length: days * 24 + 1 }, (_, hours) => instant(at(from) + hours * hourMs))
/** Once a day, at noon. */
const daily = (from: string, days: number): Instant[] =>
  Array.from({ length: days }, (_, index) => instant(at(`${from}T12:00:00Z`) + index * dayMs))

describe('F29 every step on its day, none skipped, service never cut early', () => {
  const inZone: [since: string, zone: string, days: string][] = [
    ['2027-02-01T06:00:00Z', 'UTC', '02-04 02-08 02-15 03-03'],
    ['2027-02-01T23:59:59Z', 'UTC', '02-04 02-08 02-15 03-03'],
    ['2027-02-02T00:00:00Z', 'UTC', '02-05 02-09 02-16 03-04'],
    ['2028-02-01T06:00:00Z', 'UTC', '02-04 02-08 02-15 03-02'],
    // The day is the coverage's: late on the 31st in UTC is the 1st in Tokyo, early on the 1st is the 31st in New York.
    ['2027-01-31T15:00:00Z', 'Asia/Tokyo', '02-04 02-08 02-15 03-03'],
    ['2027-01-31T14:59:59Z', 'Asia/Tokyo', '02-03 02-07 02-14 03-02'],
    ['2027-02-01T03:00:00Z', 'America/New_York', '02-03 02-07 02-14 03-02'],
    // A spring of 23 hours and an autumn of 25 are days like any other.
    ['2027-03-13T18:00:00Z', 'America/New_York', '03-16 03-20 03-27 04-12'],
    ['2027-10-30T10:00:00Z', 'Europe/Berlin', '11-02 11-06 11-13 11-29'],
    ['2027-12-20T10:00:00Z', 'UTC', '12-23 12-27 01-03 01-19'],
  ]
  test.each(inZone)('overdue since %s in %s', (since, zone, days) => {
    const [three, seven, fourteen, thirty] = days.split(' ')
    const seen = told([invoice(since)], hourly(since, 60), rulesIn(zone)).map((line) => line.slice(5))
    expect(seen).toEqual([
      `${three} reminded 3`,
      `${seven} reminded 7`,
      `${fourteen} reminded 14`,
      `${thirty} suspended`,
    ])
  })

  test('at the minute it is due, and not a millisecond before', () => {
    const overdue = [invoice('2027-02-01T06:00:00Z')]
    const reminded = { ...good, status: 'overdue' as const, remindedOn: day('2027-02-15') }
    const noon = at('2027-03-03T12:00:00Z')
    expect(decideStanding(reminded, overdue, rules, instant(noon - 1)).status).toBe('overdue')
    expect(decideStanding(reminded, overdue, rules, noon).status).toBe('suspended')
  })

  test('the next moment to look is the next step, down to the suspension', () => {
    const overdue = [invoice('2027-02-01T06:00:00Z')]
    const looked: string[] = []
    let state = good
    let now: Instant | null = at('2027-02-01T06:00:00Z')
    while (now !== null) {
      const decision = decideStanding(state, overdue, rules, now)
      looked.push(`${new Date(now).toISOString().slice(0, 16)} ${decision.announce?.kind ?? decision.status}`)
      state = { ...state, status: decision.status, remindedOn: decision.remindedOn }
      now = decision.nextCheckAt
    }
    expect(looked).toEqual([
      '2027-02-01T06:00 overdue',
      '2027-02-04T12:00 reminded',
      '2027-02-08T12:00 reminded',
      '2027-02-15T12:00 reminded',
      '2027-03-03T12:00 suspended',
    ])
  })
})

const since = '2027-02-01T06:00:00Z'
describe('after an outage', () => {
  const outages: [story: string, back: string, days: number, told: string[]][] = [
    [
      'one step missed: told late',
      '2027-02-06',
      40,
      ['02-06 reminded 3', '02-08 reminded 7', '02-15 reminded 14', '03-03 suspended'],
    ],
    [
      'two steps missed: the latest alone',
      '2027-02-10',
      30,
      ['02-10 reminded 7', '02-15 reminded 14', '03-03 suspended'],
    ],
    ['the last one late: a week’s notice all the same', '2027-03-01', 30, ['03-01 reminded 14', '03-08 suspended']],
    [
      'down for half a year: reminded first, suspended a week later',
      '2027-08-01',
      30,
      ['08-01 reminded 14', '08-08 suspended'],
    ],
  ]
  test.each(outages)('%s', (_story, back, days, expected) => {
    expect(told([invoice(since)], daily(back, days)).map((line) => line.slice(5))).toEqual(expected)
  })

  test('a clock that goes back tells nothing twice and lifts nothing', () => {
    const overdue = [invoice(since)]
    const moments = [...daily('2027-02-01', 35), ...daily('2027-02-02', 40)]
    expect(told(overdue, moments).length).toBe(4)
  })
})

describe('the clock', () => {
  test('F33 a part payment or another failure does not make it younger', () => {
    const part = at('2027-02-10T00:00:00Z')
    const overdue = (now: Instant) => [
      invoice(since, { dueMinor: now < part ? 1234n : 1n }),
      ...(now < part ? [] : [invoice('2027-02-10T09:00:00Z')]),
    ]
    const seen = told(overdue, daily('2027-02-01', 40)).map((line) => line.slice(5))
    expect(seen).toEqual(['02-04 reminded 3', '02-08 reminded 7', '02-15 reminded 14', '03-03 suspended'])
  })

  test('F33 the oldest is paid: the next one has its own steps, and none that was told already is told again', () => {
    const paid = at('2027-02-10T00:00:00Z')
    const overdue = (now: Instant) => [...(now < paid ? [invoice(since)] : []), invoice('2027-02-05T09:00:00Z')]
    // The reminder of the 8th was after the younger one's third day, and before its seventh.
    const seen = told(overdue, daily('2027-02-01', 60)).map((line) => line.slice(5))
    expect(seen).toEqual([
      '02-04 reminded 3',
      '02-08 reminded 7',
      '02-12 reminded 7',
      '02-19 reminded 14',
      '03-07 suspended',
    ])
  })

  test('once suspended it stays so until nothing is overdue, and is lifted at once', () => {
    const suspended = { ...good, status: 'suspended' as const, remindedOn: day('2027-02-15') }
    const now = at('2027-03-10T03:00:00Z')
    expect(decideStanding(suspended, [invoice('2027-03-09T00:00:00Z')], rules, now)).toMatchObject({
      status: 'suspended',
      announce: null,
      nextCheckAt: null,
    })
    expect(decideStanding(suspended, [], rules, now)).toEqual({
      status: 'good',
      overdueSince: null,
      remindedOn: null,
      announce: { kind: 'restored' },
      nextCheckAt: null,
    })
  })

  test('is the oldest; a reminder asks for the sum of what is still due (F47)', () => {
    const overdue = [invoice('2027-02-05T00:00:00Z', { dueMinor: 5n }), invoice(since, { dueMinor: 7n })]
    expect(clockOf(overdue)).toBe(at(since))
    expect(clockOf([])).toBe(null)
    expect(overdueSum(overdue)).toBe(12n)
  })

  test('starts with a day that only the payer’s act could have made good, never with what is ours or ends by itself', () => {
    expect(skipReasons.filter(startsClock)).toEqual([
      'method_missing',
      'code_forbids_retry',
      'customer_needed',
      'card_expired',
    ])
  })
})

describe('F31 a payment on its way comes first', () => {
  test('nothing is announced while an attempt is under way or still to be made; then it is, the same day', () => {
    const reminded = { ...good, status: 'overdue' as const, remindedOn: day('2027-02-15') }
    const now = at('2027-03-03T12:00:00Z')
    const waits = decideStanding(reminded, [invoice(since, { busy: true })], rules, now)
    expect(waits).toMatchObject({ status: 'overdue', announce: null, nextCheckAt: at('2027-03-03T12:15:00Z') })
    expect(decideStanding(reminded, [invoice(since)], rules, at('2027-03-03T12:15:00Z')).status).toBe('suspended')
    expect(decideStanding(reminded, [], rules, at('2027-03-03T12:15:00Z'))).toMatchObject({
      status: 'good',
      announce: null,
    })
    expect(decideStanding(good, [invoice(since, { busy: true })], rules, at('2027-02-04T12:00:00Z')).announce).toBe(
      null,
    )
  })
})

describe('what staff arrange', () => {
  test('exempt: nothing is told; afterwards the last reminder comes first, suspension a week later', () => {
    const exempt = { ...good, exemptUntil: day('2027-03-20') }
    const seen = told([invoice(since)], daily('2027-02-01', 70), rules, exempt)
    expect(seen).toEqual(['2027-03-21 reminded 14', '2027-03-28 suspended'])
    const always = { ...good, exemptUntil: 'always' as const }
    expect(told([invoice(since)], daily('2027-02-01', 400), rules, always)).toEqual([])
  })

  test('exempt while suspended: restored at once, and what was told before does not count after it', () => {
    const from = {
      ...good,
      status: 'suspended' as const,
      remindedOn: day('2027-02-15'),
      exemptUntil: day('2027-03-20'),
    }
    const seen = told([invoice(since)], daily('2027-03-10', 60), rules, from)
    expect(seen).toEqual(['2027-03-10 restored', '2027-03-21 reminded 14', '2027-03-28 suspended'])
  })

  test('postponed: reminded as ever, suspended on the day and not before; restored where it had been suspended', () => {
    const postponed = { ...good, postponedUntil: day('2027-04-01') }
    expect(told([invoice(since)], daily('2027-02-01', 90), rules, postponed).slice(-2)).toEqual([
      '2027-02-15 reminded 14',
      '2027-04-01 suspended',
    ])
    const suspended = { ...postponed, status: 'suspended' as const, remindedOn: day('2027-02-15') }
    expect(told([invoice(since)], daily('2027-03-10', 60), rules, suspended)).toEqual([
      '2027-03-10 restored',
      '2027-04-01 suspended',
    ])
  })

  test('a postponement that is over, and one before the day, change nothing', () => {
    const postponed = { ...good, postponedUntil: day('2027-02-20') }
    expect(told([invoice(since)], daily('2027-02-01', 60), rules, postponed).at(-1)).toBe('2027-03-03 suspended')
  })

  test('F30 a closed account stands as it stood, until it has paid', () => {
    const closed = { ...good, accountClosed: true }
    expect(told([invoice(since)], daily('2027-02-01', 60), rules, closed)).toEqual([])
    const suspended = { ...closed, status: 'suspended' as const, remindedOn: day('2027-02-15') }
    expect(told([invoice(since)], daily('2027-03-10', 60), rules, suspended)).toEqual([])
    expect(told([], daily('2027-03-10', 2), rules, suspended)).toEqual(['2027-03-10 restored'])
  })

  test('a coverage that never suspends reminds all the same', () => {
    const never = rulesIn('UTC', { suspendAfterDays: null })
    expect(told([invoice(since)], daily('2027-02-01', 400), never).length).toBe(3)
    expect(suspendsOn({ ...good, overdueSince: at(since) }, never, at(since))).toBe(null)
  })
})

describe('B16 whatever happens', () => {
  const zones = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/Berlin', 'Pacific/Auckland']
  const story = fc.record({
    zone: fc.constantFrom(...zones),
    at: fc.constantFrom('00:00', '09:00', '12:00', '23:59'),
    sinceMs: fc.integer({ min: 0, max: 400 * dayMs }),
    steps: fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
    notice: fc.integer({ min: 1, max: 10 }),
    after: fc.integer({ min: 0, max: 30 }),
    exempt: fc.option(fc.integer({ min: -10, max: 60 })),
    postponed: fc.option(fc.integer({ min: -10, max: 90 })),
    // Hours between looks: sometimes hourly, sometimes an outage of weeks.
    gaps: fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 100, max: 1500 })), {
      minLength: 1,
      maxLength: 60,
    }),
  })
  type Story = typeof story extends fc.Arbitrary<infer T> ? T : never

  function stage(of: Story) {
    const remindAfterDays = of.steps.toSorted((one, other) => one - other)
    const suspendAfterDays = (remindAfterDays.at(-1) ?? 0) + of.notice + of.after
    const staged = rulesIn(of.zone, { at: of.at, remindAfterDays, suspendAfterDays, noticeDays: of.notice })
    const overdueSince = instant(at('2027-01-01T00:00:00Z') + of.sinceMs)
    const from = dayAt(overdueSince, of.zone)
    const state = {
      ...good,
      exemptUntil: of.exempt === null ? null : addDays(from, of.exempt),
      postponedUntil: of.postponed === null ? null : addDays(from, of.postponed),
    }
    let hours = 0
    const moments = of.gaps.map((gap) => {
      hours += gap
      return instant(overdueSince + hours * hourMs)
    })
    return { staged, overdue: [invoice(overdueSince)], from, state, moments, overdueSince }
  }

  test('nobody is suspended before the day, within an exemption or postponement, or without the notice', () => {
    fc.assert(
      fc.property(story, (of) => {
        const { staged, overdue, from, state, moments } = stage(of)
        const lines = told(overdue, moments, staged, state)
        const suspended = lines.findIndex((line) => line.endsWith('suspended'))
        if (suspended < 0) return
        const on = lines[suspended]?.slice(0, 10) ?? ''
        const last = lines[suspended - 1] ?? ''
        expect(last).toMatch(new RegExp(`reminded ${staged.dunning.remindAfterDays.at(-1)}$`))
        expect(addDays(day(last.slice(0, 10)), of.notice) <= on).toBe(true)
        expect(addDays(from, staged.dunning.suspendAfterDays ?? 0) <= on).toBe(true)
        if (state.exemptUntil) expect(state.exemptUntil < on).toBe(true)
        if (state.postponedUntil) expect(state.postponedUntil <= on).toBe(true)
        expect(suspended).toBe(lines.length - 1)
      }),
      { numRuns: 500 },
    )
  })

  test('steps only go up, each is told once, and looking again at once tells nothing', () => {
    fc.assert(
      fc.property(story, (of) => {
        const { staged, overdue, state, moments } = stage(of)
        const steps = told(
          overdue,
          moments.flatMap((now) => [now, now]),
          staged,
          state,
        ).flatMap((line) => (line.includes('reminded') ? [Number(line.split(' ')[2])] : []))
        expect(steps).toEqual([...new Set(steps)].toSorted((one, other) => one - other))
      }),
      { numRuns: 300 },
    )
  })

  test('whoever looks only when told to misses nothing, and the day that was foretold is the day it happens', () => {
    fc.assert(
      fc.property(story, (of) => {
        const { staged, overdue, state, overdueSince } = stage(of)
        const foretold = suspendsOn({ ...state, overdueSince }, staged, overdueSince)
        const looks: Instant[] = []
        let now: Instant | null = overdueSince
        let current: StandingState = state
        while (now !== null && looks.length < 50) {
          looks.push(now)
          const decision = decideStanding(current, overdue, staged, now)
          current = { ...current, status: decision.status, remindedOn: decision.remindedOn }
          now = decision.nextCheckAt
        }
        const end = looks.at(-1)
        if (end === undefined) throw new Error('somebody looked')
        const days = Math.ceil((end - overdueSince) / dayMs) + 3
        const often = Array.from({ length: days * 3 }, (_, hours) => instant(overdueSince + hours * 8 * hourMs))
        const merged = [...new Set([...often, ...looks])].sort((one, other) => one - other)
        expect(told(overdue, looks, staged, state)).toEqual(told(overdue, merged, staged, state))
        expect(current.status).toBe('suspended')
        expect(dayAt(end, of.zone)).toBe(foretold)
      }),
      { numRuns: 60 },
    )
  })
})
