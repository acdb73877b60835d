/** Part E of docs/failure-cases.md: months, zones, daylight saving, clocks that jump and systems that were down. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import {
  addMonths,
  dayAt,
  dayMs,
  firstDayOf,
  hourMs,
  lastDayOf,
  type Month,
  nextMonth,
  parseInstant,
  plusMs,
} from '../../src/domain/calendar.ts'
import { type CoverageRules, closingTimeOf } from '../../src/domain/coverage.ts'
import { readSettings } from '../../src/settings.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine } from '../support/engine.ts'
import {
  attemptsAtNetwork,
  chargesOf,
  closing,
  declineAll,
  declineNothing,
  expectSound,
  freshEngine,
  invoicesOf,
  owing,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const { coverages } = readSettings({}, '.')

/** g, in another zone and with other times of day. */
function gWith(change: Partial<CoverageRules>): ReadonlyMap<string, CoverageRules> {
  const g = coverages.get('g')
  if (!g) throw new Error('the settings have g')
  return new Map([['g', { ...g, ...change }]])
}

/** The calendar days of the coverage on which the system tried by itself. */
async function daysTried(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ day: string }>`select attempt_on::text as day from charges
    where attempt_on is not null order by attempt_on`.execute(engine.system.db)
  return rows.map(({ day }) => day)
}

const days = (month: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${month}-${String(from + index).padStart(2, '0')}`)

test('F48 through month ends, a leap year and two year ends nobody is skipped and nobody billed twice', async () => {
  const engine = await freshEngine(database, { startAt: '2027-11-15T00:00:00Z', coverages: gWith({}) })
  await accountWithCard(engine, accountId)
  await engine.idle()
  const first = '2027-11' as Month // a literal of that form
  for (let number = 0; number <= 16; number++) {
    const month = addMonths(first, number)
    await addFees(engine, [
      { accountId, month, amount: '1.11', day: firstDayOf(month) },
      { accountId, month, amount: '2.22', day: lastDayOf(month) },
    ])
    engine.setNow(`${firstDayOf(nextMonth(month))}T06:00:00Z`)
    await engine.idle()
  }
  expect(await invoicesOf(engine)).toEqual(
    Array.from({ length: 17 }, (_, number) => `${addMonths(first, number)} paid 0`),
  )
  const taken = [...engine.simulator.payments(engine.now())].filter((payment) => payment.status === 'succeeded')
  expect(taken.map((payment) => payment.capturedMinor)).toEqual(Array.from({ length: 17 }, () => 333n))
  await expectSound(engine)
})

test('F49 where a night has 23 or 25 hours there is still one closing and one attempt a day', async () => {
  const cases = [
    // 2:30 does not exist on 14 March in New York, 1:30 comes twice on 7 November.
    { zone: 'America/New_York', time: '02:30', month: '2027-02', next: '2027-03', changes: 14 },
    { zone: 'America/New_York', time: '01:30', month: '2027-10', next: '2027-11', changes: 7 },
    // The clocks of Lord Howe Island go on by half an hour on 3 October, at 2:00.
    { zone: 'Australia/Lord_Howe', time: '02:15', month: '2027-09', next: '2027-10', changes: 3 },
  ] as const
  for (const { zone, time, month, next, changes } of cases) {
    const engine = await freshEngine(database, {
      coverages: gWith({ timeZone: zone, closesAt: time, retryAt: time }),
      startAt: `${month}-20T00:00:00Z`,
    })
    await accountWithCard(engine, accountId)
    await engine.idle()
    await addFees(engine, [{ accountId, month, amount: '12.34' }])
    declineAll(engine)
    const [first] = engine.system.coverages.values()
    if (!first) throw new Error('there is g')
    engine.setNow(closingTimeOf(month as Month, first))
    await goOn(engine, (changes - 2) * dayMs)
    // Half an hour at a time through the change, so that nothing that is due in it is missed or done twice.
    for (let half = 0; half < 2 * 24 * 2; half++) {
      engine.setNow(plusMs(engine.now(), hourMs / 2))
      await engine.idle()
    }
    await goOn(engine, 4 * hourMs)
    const until = Number(dayAt(engine.now(), zone).slice(8))
    expect(await daysTried(engine), `${zone} ${month}`).toEqual(days(next, 1, until))
    const { rows } = await sql<{ invoices: bigint }>`select count(*) as invoices from invoices`.execute(
      engine.system.db,
    )
    expect(rows[0]?.invoices).toBe(1n)
    await expectSound(engine)
  }
})

test('F50 a month ends where the coverage is, not where the server is', async () => {
  const cases = [
    ['Asia/Tokyo', '2027-01-31T21:00:00Z'],
    ['America/New_York', '2027-02-01T11:00:00Z'],
    ['UTC', '2027-02-01T06:00:00Z'],
  ] as const
  for (const [timeZone, closesAt] of cases) {
    const rules = gWith({ timeZone })
    const [g] = rules.values()
    expect(g && closingTimeOf('2027-01' as Month, g)).toBe(parseInstant(closesAt))
    const engine = await freshEngine(database, { coverages: rules })
    await owing(engine)
    engine.setNow((parseInstant(closesAt) - 1) as ReturnType<typeof parseInstant>)
    await engine.idle()
    expect(await invoicesOf(engine), timeZone).toEqual([])
    engine.setNow(closesAt)
    await engine.idle()
    expect(await invoicesOf(engine), timeZone).toEqual(['2027-01 paid 0'])
  }
})

test('F51 after a month of downtime it catches up in order, with one attempt for each invoice', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '5' }])
  declineAll(engine)
  await engine.idle()
  engine.setNow('2027-04-10T12:00:00Z')
  await addFees(engine, [{ accountId, month: '2027-03', amount: '7' }])
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'run declined', 'run declined', 'daily_retry declined'])
  expect(attemptsAtNetwork(engine)).toBe(4)
  const { rows } = await sql<{
    month: string
  }>`select month from runs where coverage = 'g' order by closing_at, month`.execute(engine.system.db)
  expect(rows.map((row) => row.month)).toEqual(['2026-12', '2027-01', '2027-02', '2027-03'])
  declineNothing(engine)
  await goOn(engine, dayMs)
  expect((await invoicesOf(engine)).every((invoice) => invoice.includes('paid 0'))).toBe(true)
  // The oldest month first, as the network saw them.
  const taken = [...engine.simulator.payments(engine.now())].filter((payment) => payment.status === 'succeeded')
  expect(taken.map((payment) => payment.capturedMinor)).toEqual([1234n, 500n, 700n])
  await expectSound(engine)
})

test('F51 a clock that jumps back and forth changes nothing about who is charged what', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  declineAll(engine)
  for (const at of [
    closing,
    '2027-02-03T10:00:00Z',
    '2027-02-01T12:00:00Z',
    '2027-02-02T09:30:00Z',
    '2027-02-03T10:00:01Z',
    '2027-01-20T00:00:00Z',
    '2027-02-05T09:00:00Z',
    '2027-02-04T09:00:00Z',
    '2027-02-06T09:00:00Z',
  ]) {
    engine.setNow(at)
    await engine.idle()
    await engine.idle()
  }
  expect(await daysTried(engine)).toEqual(['2027-02-01', '2027-02-03', '2027-02-05', '2027-02-06'])
  expect(attemptsAtNetwork(engine)).toBe(4)
  await expectSound(engine)
})
