import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Instant, instant } from './calendar.ts'
import {
  absentForMs,
  type ChargeAction,
  type ChargeStatus,
  chargeActions,
  chargeStatuses,
  decideAbsent,
  firstActOf,
  isSettled,
  mayDo,
  nextLookUp,
  replayWithinMs,
  sendsAtMost,
  unsettledStatuses,
} from './charge.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const statuses = Object.keys(chargeStatuses) as ChargeStatus[] // the table's own keys
const actions = Object.keys(chargeActions) as ChargeAction[] // the table's own keys

test('nothing leaves a settled state, and every state is reached', () => {
  for (const status of statuses.filter(isSettled)) {
    for (const action of actions) expect(mayDo(action, status), `${action} from ${status}`).toBe(false)
  }
  const reached = new Set<string>(actions.map((action) => chargeActions[action].to))
  expect(statuses.filter((status) => !reached.has(status))).toEqual([])
})

test('every unsettled state can end with money taken, unless it has not been asked for yet, and can end without', () => {
  for (const status of unsettledStatuses) {
    expect(mayDo('capture', status), `money taken is recorded from ${status}`).toBe(true)
    expect(mayDo('release', status), `a hold given up is recorded from ${status}`).toBe(true)
    expect(mayDo('expire', status), `a hold run out is recorded from ${status}`).toBe(true)
  }
})

test('what has been sent is looked up, never sent blindly', () => {
  const sent = instant(1)
  const cases: readonly [ChargeStatus, Instant | null, string][] = [
    ['intended', null, 'hold'],
    ['intended', sent, 'look_up'],
    ['capturing', sent, 'look_up'],
    ['unknown', sent, 'look_up'],
    ['needs_customer', sent, 'look_up'],
    ['held', sent, 'look_up'],
    ['releasing', sent, 'release'],
  ]
  for (const [status, firstSentAt, act] of cases) expect(firstActOf({ status, firstSentAt }), status).toBe(act)
})

/** `first sent, last sent, sends, wanted` in minutes before now → what follows from the gateway having no trace. */
function check(said: string, expected: string) {
  const [first = '', last = '', sends = '', wanted = ''] = said.split(' ')
  const now = instant(100 * hourMs)
  const ago = (minutes: string) => (minutes === '-' ? null : instant(now - Number(minutes) * minuteMs))
  const charge = { firstSentAt: ago(first), lastSentAt: ago(last), sends: Number(sends) }
  const decision = decideAbsent(charge, wanted === 'wanted', now)
  const text = decision.act === 'wait' ? `wait ${(decision.until - now) / minuteMs}` : decision.act
  expect(text, said).toBe(expected)
}

test('F3 F5 what the gateway has no trace of', () => {
  check('- - 0 wanted', 'replay')
  check('- - 0 unwanted', 'give_up')
  check('1 1 1 wanted', 'replay')
  check('1 1 2 wanted', 'replay')
  check('1 1 3 wanted', 'wait 9')
  check('30 9 3 wanted', 'wait 1')
  check('30 10 3 wanted', 'give_up')
  check('1 1 1 unwanted', 'wait 9')
  check('10 10 1 unwanted', 'give_up')
  check('1199 1199 1 wanted', 'replay')
  check('1200 1200 1 wanted', 'give_up')
  check('1200 5 2 wanted', 'wait 5')
})

test('F5 a key is never used again after twenty hours, nor more than three times, nor when nobody wants it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 40 * hourMs }),
      fc.integer({ min: 0, max: 40 * hourMs }),
      fc.integer({ min: 1, max: 6 }),
      fc.boolean(),
      (firstAgoMs, lastAgoMs, sends, wanted) => {
        const now = instant(50 * hourMs)
        const firstSentAt = instant(now - Math.max(firstAgoMs, lastAgoMs))
        const lastSentAt = instant(now - Math.min(firstAgoMs, lastAgoMs))
        const { act } = decideAbsent({ firstSentAt, lastSentAt, sends }, wanted, now)
        if (act === 'replay') {
          expect(wanted && sends < sendsAtMost && now - firstSentAt < replayWithinMs).toBe(true)
        }
        if (act === 'give_up') expect(now - lastSentAt >= absentForMs).toBe(true)
      },
    ),
  )
})

test('F20 look-ups come ever less often, at most an hour apart', () => {
  const since = instant(0)
  const moments: number[] = []
  for (let at = since; at < 24 * hourMs; at = nextLookUp(since, at)) moments.push(at / minuteMs)
  expect(moments.slice(0, 9)).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 124])
  expect(moments.length).toBeLessThan(32)
})
