/** Reminding, suspending, restoring and arranging, with the worker dying before and after each effect of it. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import type { Day } from '../../src/domain/calendar.ts'
import { exemptStanding } from '../../src/operations/arrange-standing.ts'
import { attemptRequestedInvoices } from '../../src/operations/attempt-invoices.ts'
import { sweepStandings } from '../../src/operations/judge-standings.ts'
import type { System } from '../../src/operations/system.ts'
import { crashEverywhere, type Scene } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { type Engine, goodCard, registerCard } from '../support/engine.ts'
import { accountNumber, declineAll, declineNothing, outstanding } from '../support/scenes.ts'

const database = testDatabase()
const accountId = accountNumber(1)
const bucket = bucketOfAccount(accountId)
const lastDay = '2027-03-03T12:00:00Z'

async function check(scene: Scene) {
  expect(await crashEverywhere(database, scene)).toEqual(expect.arrayContaining(['before commit']))
}

/** Overdue since 1 February and told so until then; the attempt of the day is made. */
const overdue =
  (now: string, remindedOn: string | null = null) =>
  async (engine: Engine) => {
    await outstanding(engine)
    declineAll(engine)
    engine.setNow(now.replace('T12', 'T11'))
    await engine.idle()
    if (remindedOn !== null) {
      await sql`update standings set reminded_on = ${remindedOn}::date, reminded_after_days = 14`.execute(
        engine.system.db,
      )
    }
    engine.setNow(now)
  }

/** And suspended, on the last day. */
async function suspended(engine: Engine): Promise<void> {
  await overdue(lastDay, '2027-02-15')(engine)
  await sweep(engine.system, engine)
}

const sweep = (system: System, engine: Engine) => sweepStandings(system, bucket, engine.now(), 100)

test('a reminder', () => check({ setUp: overdue('2027-02-04T12:00:00Z'), operate: sweep }))

test('a suspension', () => check({ setUp: overdue(lastDay, '2027-02-15'), operate: sweep }))

test('a payment that restores', () =>
  check({
    setUp: async (engine) => {
      await suspended(engine)
      declineNothing(engine)
      await registerCard(engine, accountId, 'g', { ...goodCard, number: '5555555555554444' })
    },
    operate: (system, engine) => attemptRequestedInvoices(system, bucket, engine.now(), 10),
  }))

test('an exemption that restores', () => {
  const exempt = (system: System, engine: Engine) =>
    exemptStanding(
      system,
      { accountId, coverage: 'g', until: '2027-03-31' as Day, by: 'Ada', note: null }, // a day by inspection
      engine.now(),
    )
  return check({
    setUp: suspended,
    operate: exempt,
    repeat: async (system, engine) => {
      const { rows } = await database.pool.query('select 1 from standings where exempt_since is not null')
      if (rows.length === 0) await exempt(system, engine)
    },
  })
})
