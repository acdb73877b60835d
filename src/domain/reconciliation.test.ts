import { describe, expect, test } from 'vitest'
import { type Day, parseDay } from './calendar.ts'
import {
  compare,
  compareLost,
  type Difference,
  dailyPeriod,
  differences,
  type LostFacts,
  type OurCharge,
  stageAfter,
  stages,
  type TheirPayment,
} from './reconciliation.ts'

const theirs: TheirPayment = {
  paymentId: 'pi_1',
  status: 'captured',
  customerId: 'cus_1',
  amountMinor: 1000n,
  capturedMinor: 1000n,
  refundedMinor: 0n,
  currency: 'USD',
  hasCard: true,
}
const ours: OurCharge = {
  status: 'captured',
  settled: true,
  claimed: false,
  paymentId: 'pi_1',
  customerId: 'cus_1',
  amountMinor: 1000n,
  capturedMinor: 1000n,
  currency: 'USD',
  refundedMinor: 0n,
}
const open = { settled: false, capturedMinor: 0n }
const closed = { settled: true, capturedMinor: 0n, status: 'declined' as const }

const cases: readonly [name: string, theirs: Partial<TheirPayment>, ours: Partial<OurCharge>, is: Difference | null][] =
  [
    ['the same', {}, {}, null],
    ['both held: an order waits to be shipped', { status: 'held' }, { ...open, status: 'held' }, null],
    ['both wait for the payer', { status: 'needs_customer' }, { ...open, status: 'needs_customer' }, null],
    ['the gateway is still at it', { status: 'processing' }, { ...open, status: 'unknown' }, null],
    ['a worker is at it', {}, { ...open, status: 'capturing', claimed: true }, null],
    ['F18 its end is known there', {}, { ...open, status: 'unknown' }, 'charge_behind'],
    ['intended here, held there', { status: 'held' }, { ...open, status: 'intended' }, 'charge_behind'],
    ['F19 closed here, money there', {}, closed, 'money_found'],
    ['not executed here, money there', {}, { ...closed, status: 'not_executed', paymentId: null }, 'money_found'],
    ['closed here, held there', { status: 'held' }, closed, 'hold_standing'],
    ['a zero check that was passed', { status: 'held', amountMinor: 0n }, { ...closed, status: 'released' }, null],
    ['F17 captured by another payment, an old one declined', { paymentId: 'pi_0', status: 'declined' }, {}, null],
    ['captured by two payments', { paymentId: 'pi_2' }, {}, 'second_payment'],
    ['captured by one, held by another', { paymentId: 'pi_2', status: 'held' }, {}, 'hold_lost'],
    ['captured here only', { status: 'released' }, {}, 'captured_here_only'],
    ['another sum', { capturedMinor: 999n }, {}, 'amount_differs'],
    ['another currency', { currency: 'JPY' }, {}, 'amount_differs'],
    ['another customer', { customerId: 'cus_2' }, {}, 'customer_differs'],
    ['given back there', { refundedMinor: 1n }, {}, 'refund_unheard'],
    ['given back here', {}, { refundedMinor: 1n }, 'refund_unheard'],
  ]
test.each(cases)('%s', (_name, there, here, is) => {
  expect(compare({ ...theirs, ...there }, { ...ours, ...here })).toBe(is)
})

const known: LostFacts = { accountKnown: true, subjectNamed: true, subjectKnown: true }
const registered = { subjectNamed: false, subjectKnown: false }
const lost: readonly [name: string, theirs: Partial<TheirPayment>, facts: Partial<LostFacts>, is: Difference][] = [
  ['money for a debt we know', {}, {}, 'charge_lost'],
  ['money for a debt we do not know', {}, { subjectKnown: false }, 'debt_lost'],
  ['money of a registration', {}, registered, 'debt_lost'],
  ['money of an account we do not know', {}, { accountKnown: false, subjectKnown: false }, 'account_lost'],
  ['money of no card', { hasCard: false }, {}, 'account_lost'],
  ['a hold for a debt we know', { status: 'held' }, {}, 'charge_lost'],
  ['a hold for a debt we do not know', { status: 'held' }, { subjectKnown: false }, 'hold_lost'],
  ['a hold of a registration', { status: 'held' }, registered, 'hold_lost'],
  ['nothing taken', { status: 'declined' }, {}, 'attempt_lost'],
  ['nothing taken yet', { status: 'processing' }, {}, 'attempt_lost'],
  ['a card that was proven', { status: 'released' }, registered, 'registration_lost'],
  ['a registration without a card', { status: 'released', hasCard: false }, registered, 'attempt_lost'],
]
describe('a charge without a row', () => {
  test.each(lost)('%s', (_name, there, facts, is) => {
    expect(compareLost({ ...theirs, ...there }, { ...known, ...facts })).toBe(is)
  })
})

test('nothing that took money is ever merely listed', () => {
  for (const accountKnown of [true, false]) {
    for (const subjectKnown of [true, false]) {
      const is = compareLost(theirs, { accountKnown, subjectNamed: true, subjectKnown })
      expect(differences[is].act).not.toBe('list')
    }
  }
})

test('every stage leads to the next, and the last to the end', () => {
  expect(stages.map(stageAfter)).toEqual([...stages.slice(1), 'done'])
})

const day = (text: string): Day => parseDay(text) ?? (text as Day)
test.each([
  ['the first one', '2027-03-10', null, '2027-03-02'],
  ['the day after the last', '2027-03-10', '2027-03-08', '2027-03-01'],
  ['after two weeks without', '2027-03-10', '2027-02-20', '2027-02-13'],
  ['after a year without: a person says how far', '2027-03-10', '2026-01-01', '2026-12-08'],
])('the daily period, %s', (_name, today, latestTo, fromOn) => {
  expect(dailyPeriod(day(today), latestTo === null ? null : day(latestTo), 8)).toEqual({ fromOn, toOn: '2027-03-09' })
})
