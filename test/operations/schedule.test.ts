/** Whose day an attempt costs, what a pause costs, and what is left to people (B9, B18). */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { dayMs, hourMs, minuteMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import { resumeCollection } from '../../src/operations/resume-collection.ts'
import { pauseRuns } from '../../src/postgres/runs.ts'
import { closeStaffQueueEntry } from '../../src/postgres/staff-queue.ts'
import { bookDifferences } from '../support/books.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import type { Engine } from '../support/engine.ts'
import { mortalWorker } from '../support/mortal.ts'
import {
  attemptsAtNetwork,
  chargesOf,
  declineAll,
  declineNothing,
  expectSound,
  freshEngine,
  idleOf,
  invoicesOf,
  owing,
  skipsOf,
  staffQueueOf,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const of = { accountId, coverage: 'g' }

test('B9 an attempt settled after midnight leaves the new day its own', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  declineAll(engine)
  engine.setNow('2027-02-01T23:59:30Z')
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run unknown'])
  await goOn(engine, 30 * minuteMs)
  expect(await chargesOf(engine)).toEqual(['run declined'])
  await goOn(engine, 12 * hourMs)
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry declined'])
  expect(await skipsOf(engine)).toEqual([])
  await expectSound(engine)
})

/** An invoice of 12.34 of which somebody captured 3.00 at the gateway by hand, suspended by 5 March for the rest. */
async function partPaid(): Promise<Engine> {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await engine.idle()
  const [payment] = [...engine.simulator.payments(engine.now())].slice(-1)
  if (!payment) throw new Error('a hold was placed')
  const command = { name: 'capture_payment', paymentId: payment.id, amountMinor: 300n } as const
  engine.simulator.byHand('g', command, engine.now())
  await goOn(engine, hourMs)
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 934'])
  declineAll(engine)
  engine.setNow('2027-02-02T09:00:00Z')
  await engine.idle()
  for (const day of ['02-05', '02-16', '03-05']) {
    engine.setNow(`2027-${day}T12:00:00Z`)
    await engine.idle()
  }
  expect(await standingOf(engine)).toEqual(['suspended'])
  return engine
}

async function standingOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ status: string }>`select status from standings`.execute(engine.system.db)
  return rows.map(({ status }) => status)
}

test('B18 re-opening a part of an invoice leaves what was never paid as it was: suspended, and collected daily', async () => {
  const engine = await partPaid()
  const charge = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select('charge_id')
    .executeTakeFirstOrThrow()
  const refundId = engine.system.makeId(bucketOfAccount(accountId), engine.now())
  const wish = { refundId, accountId, chargeId: charge.charge_id, reason: 'by mistake', requestedBy: 'Sato' }
  await requestRefund(engine.system, { ...wish, amountMinor: 300n, carries: 'reopening' }, engine.now())
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 1234 card_declined'])
  expect(await standingOf(engine)).toEqual(['suspended'])

  declineNothing(engine)
  await goOn(engine, dayMs)
  const taken = [...engine.simulator.payments(engine.now())].map(({ capturedMinor }) => capturedMinor)
  expect(taken.filter((amountMinor) => amountMinor > 0n)).toEqual([300n, 934n])
  expect(await standingOf(engine)).toEqual(['good'])
  // What was given back is nobody's but the payer's to pay again.
  await goOn(engine, 5 * dayMs)
  expect((await invoicesOf(engine)).map((invoice) => invoice.slice(0, 23))).toEqual(['2027-01 outstanding 300'])
  expect(await activate(engine.system, of, engine.now())).toMatchObject({ sumMinor: 300n })
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await bookDifferences(engine)).toEqual([])
})

/** The worker dies just before or after the gateway hears of the hold; then the run is paused. */
async function pausedInFlight(when: 'before' | 'after'): Promise<Engine> {
  const engine = await freshEngine(database)
  await owing(engine)
  const worker = await mortalWorker(engine, database.url)
  worker.arm((name) => (name === 'gateway hold' ? when : null))
  await Promise.race([idleOf(worker.system, engine.now()), worker.died])
  await pauseRuns(engine.system.db, 'g', 'the bank asked us to', engine.now())
  return engine
}

test('a charge that may have been sent is looked up although its run is paused, and settled', async () => {
  const engine = await pausedInFlight('after')
  await goOn(engine, hourMs)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await chargesOf(engine)).toEqual(['run captured'])
  await expectSound(engine)
})

test('B9 a charge that never left is not sent while its run is paused; each day that the pause costs says so', async () => {
  const engine = await pausedInFlight('before')
  await goOn(engine, 2 * dayMs + 6 * hourMs)
  expect(attemptsAtNetwork(engine)).toBe(0)
  expect(await chargesOf(engine)).toEqual(['run not_executed'])
  expect(await skipsOf(engine)).toEqual([])
  await resumeCollection(engine.system, { coverage: 'g' }, engine.now())
  await resumeCollection(engine.system, { coverage: 'g' }, engine.now())
  await engine.idle()
  expect(await skipsOf(engine)).toEqual(['2027-02-01 run_paused', '2027-02-02 run_paused'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(attemptsAtNetwork(engine)).toBe(1)
  await expectSound(engine)
})

test('what a busy gateway put back unsent stays unsent while its run is paused', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'rate_limited', step: 'hold', times: 1 })
  await idleOf(engine.system, engine.now())
  await pauseRuns(engine.system.db, 'g', 'the bank asked us to', engine.now())
  await goOn(engine, dayMs)
  expect(await chargesOf(engine)).toEqual(['run intended'])
  expect(attemptsAtNetwork(engine)).toBe(0)
  await resumeCollection(engine.system, { coverage: 'g' }, engine.now())
  await goOn(engine, hourMs)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(attemptsAtNetwork(engine)).toBe(1)
})

test('an invoice that the gateway refuses is tried twice a day, and calls staff once', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.set({ unauthorised: true })
  await engine.idle()
  await goOn(engine, 22 * hourMs)
  expect(await chargesOf(engine)).toEqual(['run refused', 'run refused'])
  expect(await staffQueueOf(engine)).toEqual(['charge_refused'])
  const entry = await engine.system.db
    .selectFrom('staff_queue')
    .select(['bucket', 'entry_id'])
    .executeTakeFirstOrThrow()
  await closeStaffQueueEntry(engine.system.db, entry.bucket, entry.entry_id, 'Sato', engine.now())
  // Refused once more, it calls again.
  await goOn(engine, 12 * hourMs)
  expect((await chargesOf(engine)).length).toBe(4)
  const { rows } = await sql`select closed_at from staff_queue`.execute(engine.system.db)
  expect(rows).toEqual([{ closed_at: null }])
})

test('a run is finished when nothing of it is to be collected by card', async () => {
  const engine = await freshEngine(database)
  await owing(engine, 2)
  await sql`update payment_settings set method = 'bank_transfer', card_id = null where account_id = ${accountId}`.execute(
    engine.system.db,
  )
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 scheduled 1234', '2027-01 paid 0'])
  const { rows } = await sql`select status from runs where month = '2027-01' and coverage = 'g'`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([{ status: 'finished' }])
})
