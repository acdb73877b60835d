import { expect, test } from 'vitest'
import { billingMonthFor } from './billing-month.ts'
import type { Month } from './calendar.ts'

/** `2027-01:closed 2027-02:open`, a fee of `month` → the month that bills it. */
function check(runs: string, month: string, expected: string) {
  const states = runs
    .split(' ')
    .filter((run) => run !== '')
    .map((run) => ({ month: run.slice(0, 7) as Month, open: run.endsWith('open') }))
  expect(billingMonthFor(month as Month, states), `${runs} ${month}`).toBe(expected)
}

test('F52 a fee is billed by its own month while that is open, else by the next one that is', () => {
  check('', '2027-01', '2027-01')
  check('2027-01:open', '2027-01', '2027-01')
  check('2027-01:closed', '2027-01', '2027-02')
  check('2027-01:closed 2027-02:open', '2027-01', '2027-02')
  check('2027-01:closed 2027-02:closed', '2027-01', '2027-03')
  check('2027-01:closed', '2027-02', '2027-02')
  check('2026-12:closed', '2026-12', '2027-01')
  // An earlier month that is still open, beside a later one that is not: its close is still to come.
  check('2027-01:open 2027-02:closed', '2027-01', '2027-01')
  // A month that never had a run, before one that closed: its turn is over.
  check('2027-02:closed', '2027-01', '2027-03')
  check('2027-02:closed 2027-03:open', '2026-06', '2027-03')
  check('2027-02:closed', '2027-04', '2027-04')
})
