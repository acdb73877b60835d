/** From each moment at which something is due to the next, none passed over, and nothing done at another time. */
import { expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { accountWithCard, addFees, engineOn } from '../../test/support/engine.ts'
import { type Day, type Instant, parseInstant } from '../domain/calendar.ts'
import { readClock } from '../postgres/clock.ts'
import { pauseRuns } from '../postgres/runs.ts'
import { addAccounts } from './add-accounts.ts'
import { advanceClock, nextInstant } from './advance-clock.ts'
import { grantTrial } from './trials.ts'

const database = testDatabase()
const iso = (at: Instant) => new Date(at).toISOString()

test('months, trials, retries and look-ups each come at their own moment', async () => {
  const engine = await engineOn(database.url)
  const { system } = engine
  await accountWithCard(engine, 'OP0000000001')
  await addAccounts(
    system,
    ['OP0000000002', 'OP0000000003'].map((accountId) => ({
      accountId,
      kind: 'individual' as const,
      email: 'a@example.com',
      coverages: ['g'],
    })),
    engine.now(),
  )
  await grantTrial(
    system,
    { accountId: 'OP0000000002', coverage: 'g', endsOn: '2027-01-20' as Day, grantedBy: 'Ada' }, // a day by inspection
    engine.now(),
  )
  await addFees(engine, [
    { accountId: 'OP0000000001', month: '2027-01', amount: '10' },
    { accountId: 'OP0000000003', month: '2027-01', amount: '10' },
  ])

  const reached: string[] = []
  const advance = {
    waitUntilIdle: (now: Instant) => {
      engine.setNow(now)
      return engine.idle()
    },
    onReached: (now: Instant) => void reached.push(iso(now).slice(5, 16)),
  }
  await advanceClock(system, { ...advance, to: parseInstant('2027-02-03T00:00:00Z') }, engine.now())
  expect(reached).toEqual([
    ...['01-10T00:00', '01-21T00:00', '02-01T00:00', '02-01T06:00'],
    ...['02-02T09:00', '02-03T00:00'],
  ])
  expect(await readClock(system.db)).toMatchObject({ frozenAt: parseInstant('2027-02-03T00:00:00Z') })
  const skips = await system.db.selectFrom('skips').select(['skipped_on', 'skipped_at']).orderBy('skipped_on').execute()
  expect(skips.map((skip) => [skip.skipped_on, iso(skip.skipped_at).slice(0, 16)])).toEqual([
    ['2027-02-01', '2027-02-01T06:00'],
    ['2027-02-02', '2027-02-02T09:00'],
  ])

  // What waits because its run is paused does not hold time up, nor hide what comes after it.
  await pauseRuns(system.db, 'g', 'audit', engine.now())
  const to = parseInstant('2027-03-10T00:00:00Z')
  expect(iso(await nextInstant(system, engine.now(), to))).toBe('2027-02-03T09:00:00.000Z')
  // The overdue invoice's first reminder.
  expect(iso(await nextInstant(system, parseInstant('2027-02-03T09:00:00Z'), to))).toBe('2027-02-04T12:00:00.000Z')
})

test('interrupted, it stands where it was, and the same call goes on', async () => {
  const engine = await engineOn(database.url, { startAt: '2027-05-10T00:00:00Z' })
  const to = parseInstant('2027-06-02T00:00:00Z')
  const stops = new Error('stopped')
  const waitUntilIdle = async (now: Instant) => {
    if (now > engine.now()) throw stops
  }
  await expect(advanceClock(engine.system, { to, waitUntilIdle }, engine.now())).rejects.toBe(stops)
  const stoodAt = (await readClock(engine.system.db))?.frozenAt
  expect(stoodAt).toBeLessThan(to)
  const onward = stoodAt ?? engine.now()
  await advanceClock(engine.system, { to, waitUntilIdle: async () => undefined }, onward)
  expect((await readClock(engine.system.db))?.frozenAt).toBe(to)
})
