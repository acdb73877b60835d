import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addMonths, instant, type Month, monthAt, parseInstant, previousMonth } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import { decideClosing, monthsDue, type RunFacts } from './run.ts'

const rules: CoverageRules = {
  coverage: 'g',
  currency: 'USD',
  timeZone: 'UTC',
  closesAt: '06:00',
  retryAt: '09:00',
  verificationMinor: 0n,
  brands: [],
  taxRates: [],
  rounding: { net: 'up', tax: 'up' },
  minimum: [],
  networkLimits: [],
  approvalAbove: null,
  dunning: { remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00' },
}

/** `2027-01 open, 2027-02 open complete` at a moment → the months to open, and the one to close. */
function check(runs: string, at: string, expected: string, zone = 'UTC') {
  const facts = runs === '' ? [] : runs.split(', ').map(runOf)
  const these = { ...rules, timeZone: zone }
  const now = parseInstant(at)
  const months = facts.map((run) => run.month)
  const open = monthsDue(months, these, now)
  const close = decideClosing([...facts, ...open.map((month) => runOf(`${month} open`))], these, now)
  expect(`opens ${open.join(' ') || '-'}, closes ${close ?? '-'}`, `${runs} at ${at}`).toBe(expected)
}

function runOf(text: string): RunFacts {
  const [month = '', status = '', complete] = text.split(' ')
  // As the tables below say it.
  return { month: month as Month, status: status as RunFacts['status'], feesCompleteAt: complete ? instant(0) : null }
}

test('B7 F25 F51 which month is to be closed', () => {
  check('', '2027-02-01T05:59:59Z', 'opens 2027-01, closes -')
  check('', '2027-02-01T06:00:00Z', 'opens 2027-01, closes 2027-01')
  check('2027-01 open', '2027-01-31T23:59:59Z', 'opens -, closes -')
  check('2027-01 open', '2027-02-01T06:00:00Z', 'opens -, closes 2027-01')
  // Declared complete, it closes as soon as it is over, and not before
  check('2027-01 open complete', '2027-01-31T23:59:59Z', 'opens -, closes -')
  check('2027-01 open complete', '2027-02-01T00:00:00Z', 'opens -, closes 2027-01')
  // One after the other
  check('2027-01 closing', '2027-03-01T06:00:00Z', 'opens 2027-02, closes -')
  check('2027-01 collecting, 2027-02 open', '2027-03-01T06:00:00Z', 'opens -, closes 2027-02')
  check('2027-01 open, 2027-02 open complete', '2027-03-01T00:00:00Z', 'opens -, closes 2027-01')
  check('2027-01 finished', '2027-06-10T00:00:00Z', 'opens 2027-02 2027-03 2027-04 2027-05, closes 2027-02')
  // A month that the platform has already begun to send
  check('2027-03 open', '2027-03-10T00:00:00Z', 'opens -, closes -')
  // F50 in the coverage's own zone
  check('2027-01 open', '2027-01-31T21:00:00Z', 'opens -, closes 2027-01', 'Asia/Tokyo')
  check('2027-01 open', '2027-02-01T10:59:59Z', 'opens -, closes -', 'America/New_York')
  check('2027-01 open', '2027-02-01T11:00:00Z', 'opens -, closes 2027-01', 'America/New_York')
})

test('F48 however long nobody looked, every month is closed once, in order', () => {
  const first = '2027-01' as Month // a literal of that form
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 * 86_400 }), { maxLength: 20 }), (stepsSeconds) => {
      let now = parseInstant('2027-01-15T00:00:00Z')
      const runs: RunFacts[] = [{ month: first, status: 'open', feesCompleteAt: null }]
      const closed: Month[] = []
      for (const seconds of stepsSeconds) {
        now = instant(now + seconds * 1000)
        for (;;) {
          for (const month of monthsDue(
            runs.map((run) => run.month),
            rules,
            now,
          )) {
            runs.push({ month, status: 'open', feesCompleteAt: null })
          }
          const month = decideClosing(runs, rules, now)
          if (month === null) break
          closed.push(month)
          const index = runs.findIndex((run) => run.month === month)
          runs[index] = { month, status: 'finished', feesCompleteAt: null }
        }
      }
      expect(closed).toEqual(closed.map((_, index) => addMonths(first, index)))
      const last = closed.at(-1)
      if (now >= parseInstant('2027-02-01T06:00:00Z')) {
        expect([previousMonth(monthAt(now, 'UTC')), addMonths(monthAt(now, 'UTC'), -2)]).toContain(last)
      }
    }),
  )
})
