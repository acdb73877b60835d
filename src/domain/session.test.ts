/** When a session is over, as a table. */
import { expect, test } from 'vitest'
import { hourMs, instant } from './calendar.ts'
import { isLive, lifetimes, startOfSession, wantsTouch } from './session.ts'

const start = instant(1_800_000_000_000)
const after = (ms: number) => instant(start + ms)

const cases: [kind: 'root' | 'staff', seenAfterMs: number, askedAfterMs: number, live: boolean][] = [
  ['root', 0, 0, true],
  ['root', 0, 12 * hourMs - 1, true],
  ['root', 0, 12 * hourMs, false],
  ['root', 11 * hourMs, 22 * hourMs, true],
  ['root', 167 * hourMs, 168 * hourMs - 1, true],
  ['root', 167 * hourMs, 168 * hourMs, false],
  ['staff', 0, 2 * hourMs - 1, true],
  ['staff', 0, 2 * hourMs, false],
  ['staff', 11 * hourMs, 12 * hourMs, false],
]
test.each(cases)('%s, seen after %i ms, asked after %i ms: %s', (kind, seen, asked, live) => {
  const { expiresAt } = startOfSession(kind, start)
  const idleUntil = after(seen + lifetimes[kind].idleMs)
  expect(isLive({ lastSeenAt: after(seen), idleUntil, expiresAt, endedAt: null }, after(asked))).toBe(live)
})

test('an ended session is over, whatever its times say', () => {
  expect(isLive({ ...startOfSession('root', start), endedAt: after(1) }, after(1))).toBe(false)
})

test('its times are written once a minute, not at every request', () => {
  const session = { ...startOfSession('root', start), endedAt: null }
  expect([wantsTouch(session, after(59_999)), wantsTouch(session, after(60_000))]).toEqual([false, true])
})
