/** Part A of docs/failure-cases.md: everything by which other systems have charged twice. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, parseInstant, plusMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { attemptDueInvoices, attemptRequestedInvoices } from '../../src/operations/attempt-invoices.ts'
import type { System } from '../../src/operations/system.ts'
import type { Fault, Step } from '../../src/simulator/faults.ts'
import { capturesPerInvoice } from '../support/books.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { type Engine, registerCard } from '../support/engine.ts'
import { mortalWorker } from '../support/mortal.ts'
import {
  attemptsAtNetwork,
  chargesOf,
  closing,
  declineAll,
  expectSound,
  freshEngine,
  idleOf,
  invoicesOf,
  outstanding,
  owing,
  skipsOf,
  staffQueueOf,
  watched,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const retryTime = '2027-02-02T09:00:00Z'
const oneAccount = { accountId, coverage: 'g' }

const attemptDue = (system: System, engine: Engine) => attemptDueInvoices(system, bucket, engine.now(), 100)
const attemptRequested = (system: System, engine: Engine) => attemptRequestedInvoices(system, bucket, engine.now(), 100)

/** Every key under which the network was asked to hold money for an invoice; a charge's id is its key. */
const keysUsed = (engine: Engine): Set<string> =>
  new Set([...engine.simulator.payments(engine.now())].flatMap((payment) => payment.chargeId ?? []))

test('F1 Activate by hand while the daily retry runs: one charge, whoever comes first', async () => {
  for (let round = 0; round < 3; round++) {
    const engine = await freshEngine(database)
    const accounts = await outstanding(engine, 8)
    engine.setNow(retryTime)
    const [one, other] = [await workerElsewhere(engine, database), await workerElsewhere(engine, database)]
    await Promise.all([
      idleOf(one, engine.now()),
      ...accounts.map((account) => activate(engine.system, { accountId: account, coverage: 'g' }, engine.now())),
      idleOf(other, engine.now()),
    ])
    await engine.idle()
    expect(await invoicesOf(engine)).toEqual(accounts.map(() => '2027-01 paid 0'))
    expect([...capturesPerInvoice(engine).values()]).toEqual(accounts.map(() => 1))
    await expectSound(engine)
  }
})

test('F2 Activate is pressed while the daily retry is at the gateway', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  engine.setNow(retryTime)
  const { system, watch } = watched(await workerElsewhere(engine, database))
  const atGateway = watch.holdBack('hold')
  const retry = attemptDue(system, engine)
  await atGateway.arrived
  expect(await activate(engine.system, oneAccount, engine.now())).toEqual({ refused: 'charge_unsettled', until: null })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry intended'])
  atGateway.letGo()
  await retry
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry captured'])
  await expectSound(engine)
})

test('F3 a time-out never gets a new key, whoever repeats it', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'hold', times: 2 })
  const { system, watch } = watched(engine.system)
  await idleOf(system, engine.now())
  await activate(engine.system, oneAccount, engine.now())
  await registerCard(engine, accountId, 'g')
  engine.setNow('2027-02-01T06:05:00Z')
  await idleOf(system, engine.now())
  expect(new Set(watch.calls.filter((call) => call.method === 'hold').map((call) => call.chargeId)).size).toBe(1)
  await goOn(engine, 3 * hourMs)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectSound(engine)
})

test('F4 a replaced card has a key of its own, and is not answered with the old card’s failure', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  await registerCard(engine, accountId, 'g', { number: '5555555555554444', expMonth: 1, expYear: 2035, cvc: '123' })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'card_registered captured'])
  const keys = [...engine.simulator.payments(engine.now())].filter((payment) => payment.subjectId !== null)
  expect(new Set(keys.map((payment) => payment.chargeId)).size).toBe(2)
  await expectSound(engine)
})

test('F5 a key that the gateway has forgotten is not used again', async () => {
  for (const fault of ['timeout_before', 'timeout_after'] as const) {
    const engine = await freshEngine(database)
    await owing(engine)
    engine.simulator.faults.arm({ fault, step: 'hold' })
    const { system, watch } = watched(engine.system)
    await idleOf(system, engine.now())
    engine.simulator.faults.set({ down: true })
    await goOn(engine, 30 * hourMs, system)
    engine.simulator.faults.set({ down: false })
    await goOn(engine, 30 * hourMs, system)
    const holds = watch.calls.filter((call) => call.method === 'hold').map((call) => call.chargeId)
    expect(new Set(holds).size).toBe(holds.length)
    expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
    expect(attemptsAtNetwork(engine)).toBe(1)
    await expectSound(engine)
  }
})

test('F6 what the gateway has stored under the key is a 500', async () => {
  const faults: readonly [Fault, Step][] = [
    ['error_500_stored', 'hold'],
    ['error_500_stored_after', 'hold'],
    ['error_500_stored', 'capture'],
    ['error_500_stored_after', 'capture'],
    ['error_500', 'hold'],
    ['error_500', 'capture'],
  ]
  for (const [fault, step] of faults) {
    const engine = await freshEngine(database)
    await owing(engine)
    engine.simulator.faults.arm({ fault, step })
    await engine.idle()
    await goOn(engine, 26 * hourMs)
    expect(await invoicesOf(engine), `${fault} at ${step}`).toEqual(['2027-01 paid 0'])
    await expectSound(engine)
  }
})

test('F7 the key is in use, because the first call is still running', async () => {
  const underWay = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const pass = () => {
    underWay.resolve()
    return over.promise
  }
  const engine = await freshEngine(database, { pass })
  await owing(engine)
  engine.simulator.faults.set({ slowMs: 400 })
  engine.simulator.faults.arm({ fault: 'slow', step: 'hold' })
  const first = await workerElsewhere(engine, database)

  const closingDone = idleOf(first, engine.now())
  await underWay.promise
  // Declared dead while its call runs: another worker looks it up in vain, and sends the same key.
  await sql`update workers set ended_at = now() where worker_id = ${first.workerId}`.execute(engine.system.db)
  const { system, watch } = watched(engine.system)
  await idleOf(system, engine.now())
  expect(watch.calls.map((call) => call.method)).toEqual(['lookUp', 'hold'])
  expect(await chargesOf(engine)).toEqual(['run unknown'])
  over.resolve()
  await closingDone
  await goOn(engine, hourMs)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(keysUsed(engine).size).toBe(2)
  await expectSound(engine)
})

test('F8 F9 the process dies between the gateway’s yes and our commit, and no later day charges again', async () => {
  for (const call of ['gateway hold', 'gateway capture']) {
    const engine = await freshEngine(database)
    await owing(engine)
    const victim = await mortalWorker(engine, database.url)
    victim.arm((name) => (name === call ? 'after' : null))
    await Promise.race([idleOf(victim.system, engine.now()), victim.died])
    await goOn(engine, 5 * 24 * hourMs)
    expect(await chargesOf(engine)).toEqual(['run captured'])
    expect(attemptsAtNetwork(engine)).toBe(1)
    expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
    await expectSound(engine)
  }
})

test('F10 while an outcome is unknown nothing else may charge the invoice', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await engine.idle()
  engine.simulator.faults.set({ down: true })
  for (const at of ['2027-02-01T12:00:00Z', '2027-02-02T09:00:00Z', '2027-02-03T09:00:00Z']) {
    engine.setNow(at)
    await engine.idle()
    await activate(engine.system, oneAccount, engine.now())
    await engine.idle()
  }
  expect(await chargesOf(engine)).toEqual(['run unknown'])
  expect(await skipsOf(engine)).toEqual(['2027-02-02 charge_unsettled', '2027-02-03 charge_unsettled'])
  expect(await staffQueueOf(engine)).toEqual(['charge_unknown'])
  engine.simulator.faults.set({ down: false })
  await goOn(engine, 2 * hourMs)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(attemptsAtNetwork(engine)).toBe(1)
  await expectSound(engine)
})

test('F11 two schedulers start the same month at once', async () => {
  for (let round = 0; round < 3; round++) {
    const engine = await freshEngine(database)
    const accounts = await owing(engine, 12)
    const workers = [
      await workerElsewhere(engine, database),
      await workerElsewhere(engine, database),
      await workerElsewhere(engine, database),
    ]
    await Promise.all(workers.map((worker) => idleOf(worker, engine.now())))
    expect(await chargesOf(engine)).toEqual(accounts.map(() => 'run captured'))
    expect(attemptsAtNetwork(engine)).toBe(accounts.length)
    await expectSound(engine)
  }
})

test('F12 two closings of one month read the same fees and make one invoice', async () => {
  const engine = await freshEngine(database)
  const accounts = await owing(engine, 12)
  const { closeAccounts, beginClosingMonth, planClosing } = await import('../../src/operations/close-month.ts')
  const plan = await planClosing(engine.system, 'g', engine.now())
  if (!plan?.close) throw new Error('January ought to close')
  await beginClosingMonth(engine.system, 'g', plan, engine.now())
  const run = { coverage: 'g', month: plan.close }
  const workers = [await workerElsewhere(engine, database), await workerElsewhere(engine, database)]
  const buckets = [...new Set(accounts.map(bucketOfAccount))]
  const closed = await Promise.all(
    workers.flatMap((worker) => buckets.map((each) => closeAccounts(worker, run, each, engine.now(), 3))),
  )
  await engine.idle()
  expect(closed.reduce((sum, count) => sum + count, 0)).toBe(accounts.length)
  expect(await invoicesOf(engine)).toEqual(accounts.map(() => '2027-01 paid 0'))
  await expectSound(engine)
})

test('F13 the timetable fires every minute for an hour: one run, one invoice, one attempt', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  declineAll(engine)
  const start = parseInstant(closing)
  for (let minute = 0; minute <= 60; minute++) {
    engine.setNow(plusMs(start, minute * 60_000))
    await engine.idle()
  }
  expect(await chargesOf(engine)).toEqual(['run declined'])
  const { rows } = await sql<{ kind: string; times: bigint }>`
    select kind, count(*) as times from events where invoice_id is not null group by kind order by kind`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([
    { kind: 'charge_declined', times: 1n },
    { kind: 'invoice_issued', times: 1n },
  ])
  const { rows: runs } = await sql`select month, status from runs where coverage = 'g' order by month`.execute(
    engine.system.db,
  )
  expect(runs).toEqual([
    { month: '2026-12', status: 'finished' },
    { month: '2027-01', status: 'finished' },
  ])
})

test('F14 a retry charges what is still due, not the total', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  await sql`update invoices set credit_noted_minor = 234`.execute(engine.system.db)
  engine.setNow(retryTime)
  await engine.idle()
  // Neither is more than that set aside on the card.
  const [latest] = [...engine.simulator.payments(engine.now())].slice(-1)
  expect([latest?.amountMinor, latest?.capturedMinor]).toEqual([1000n, 1000n])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
})

test('F15 a double click on Activate and on Submit', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  const presses = await Promise.all([1, 2, 3].map(() => activate(engine.system, oneAccount, engine.now())))
  expect(presses.filter((press) => 'requested' in press).length).toBeGreaterThan(0)
  const elsewhere = await workerElsewhere(engine, database)
  await Promise.all([attemptRequested(engine.system, engine), attemptRequested(elsewhere, engine)])
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'activate captured'])
  await expectSound(engine)

  const { beginRegistration } = await import('../../src/operations/register-card.ts')
  const begun = await Promise.all([1, 2, 3].map(() => beginRegistration(engine.system, oneAccount, engine.now())))
  expect(new Set(begun.map((one) => ('registrationId' in one ? one.registrationId : one.refused))).size).toBe(1)
})

test('F16 money arrives another way between the hold and the capture: the hold is given up', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  const { system, watch } = watched(engine.system)
  const beforeCapture = watch.holdBack('hold')
  const run = idleOf(system, engine.now())
  await beforeCapture.arrived
  // As an invoice is that was paid by transfer in that moment.
  await paidByTransfer(engine)
  beforeCapture.letGo()
  await run
  expect(await chargesOf(engine)).toEqual(['run released'])
  expect(capturesPerInvoice(engine).size).toBe(0)
})

test('F16 money arrives another way while the capture is under way: what was taken is recorded, and is credit', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  const { system, watch } = watched(engine.system)
  const underWay = watch.holdBack('capture')
  const run = idleOf(system, engine.now())
  await underWay.arrived
  await paidByTransfer(engine)
  underWay.letGo()
  await run
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await staffQueueOf(engine)).toEqual(['captured_in_excess'])
  const { rows } = await sql`select credit_minor from payment_settings where coverage = 'g'`.execute(engine.system.db)
  expect(rows).toEqual([{ credit_minor: 1234n }])
})

/** As an invoice is that was paid by bank transfer in this moment. */
const paidByTransfer = ({ system }: Engine) =>
  sql`update invoices set transferred_minor = total_minor, status = 'paid', paid_at = now(), next_attempt_at = null`.execute(
    system.db,
  )
