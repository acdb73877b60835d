/** Parts B and C of docs/failure-cases.md: what got stuck, was lost, or went on when it should have stopped. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { dayMs, hourMs, parseInstant, plusMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { attemptDueInvoices } from '../../src/operations/attempt-invoices.ts'
import { transaction } from '../../src/postgres/database.ts'
import { endSilentWorkers } from '../../src/postgres/workers.ts'
import { deadAfterMs } from '../../src/worker/loop.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { type Engine, registerCard } from '../support/engine.ts'
import {
  attemptsAtNetwork,
  chargesOf,
  closing,
  declineAll,
  declineNothing,
  expectSound,
  fingerprintOf,
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

/** The run's attempt was made, and its answer never came. */
async function answerLost(engine: Engine, at: 'hold' | 'capture') {
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: at })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run unknown'])
}

test('F18 what a look-up finds settles the charge, the invoice, the ledger and the event together', async () => {
  for (const step of ['hold', 'capture'] as const) {
    const engine = await freshEngine(database)
    await answerLost(engine, step)
    await goOn(engine, hourMs)
    expect(await chargesOf(engine)).toEqual(['run captured'])
    expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
    const events = await sql<{
      kind: string
    }>`select kind from events where charge_id is not null and invoice_id is not null
      order by happened_at, kind`.execute(engine.system.db)
    expect(events.rows.map((event) => event.kind)).toEqual(['charge_unknown', 'charge_captured'])
    // Receivable equals what is due, captures are posted once, each outcome is told once.
    await expectSound(engine)
  }
})

test('F19 what a look-up finds to have failed is tried again the next day', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  declineAll(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await engine.idle()
  declineNothing(engine)
  await goOn(engine, hourMs)
  expect(await chargesOf(engine)).toEqual(['run declined'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 1234 card_declined'])
  await goOn(engine, dayMs + 3 * hourMs)
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry captured'])
  await expectSound(engine)
})

test('F19 what never happened is tried again the same day', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  // All three sends of the one key.
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'hold', times: 3 })
  await engine.idle()
  await goOn(engine, 2 * hourMs)
  expect(await chargesOf(engine)).toEqual(['run not_executed', 'run captured'])
  await expectSound(engine)
})

test('F20 a charge that never moves ends in the staff queue, and is asked about ever less often', async () => {
  for (const trouble of ['down', 'capture fails'] as const) {
    const engine = await freshEngine(database)
    await owing(engine)
    const { system, watch } = watched(engine.system)
    if (trouble === 'down') engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
    else engine.simulator.faults.arm({ fault: 'error_500', step: 'capture', times: 1_000 })
    await idleOf(system, engine.now())
    if (trouble === 'down') engine.simulator.faults.set({ down: true })
    await goOn(engine, 2 * dayMs, system)
    expect(await chargesOf(engine), trouble).toEqual(['run unknown'])
    expect(await staffQueueOf(engine), trouble).toEqual(['charge_unknown'])
    // Doubling from a minute to an hour: some six, then one an hour.
    expect(watch.calls.filter((call) => call.method === 'lookUp').length, trouble).toBeLessThan(60)
    engine.simulator.faults.clear()
    await goOn(engine, 2 * hourMs, system)
    expect(await chargesOf(engine), trouble).toEqual(['run captured'])
    // Known at last, it needs nobody any more.
    const open = await sql`select kind from staff_queue where closed_at is null`.execute(engine.system.db)
    expect(open.rows, trouble).toEqual([])
    await expectSound(engine)
  }
})

test('F21 a connection that breaks anywhere leaves nothing claimed for ever', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  const elsewhere = await workerElsewhere(engine, database)
  const { system, watch } = watched(elsewhere)
  const atGateway = watch.holdBack('hold')
  const work = idleOf(system, engine.now())
  await atGateway.arrived
  // Every connection of the worker, in the middle of its work.
  await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and application_name = 'kessai' and pid <> pg_backend_pid()`.execute(
    engine.system.db,
  )
  atGateway.letGo()
  await work
  expect(await chargesOf(engine)).toEqual(['run captured'])
  await expectSound(engine)
})

test('F25 the worker was down when a retry was due: it is made late, once', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  engine.setNow('2027-02-05T23:59:59Z')
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry captured'])
  await expectSound(engine)
})

test('F26 what a silent worker had claimed is taken over as soon as it counts as dead', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  const silent = await workerElsewhere(engine, database)
  const { system, watch } = watched(silent)
  const never = watch.holdBack('hold')
  const stalled = idleOf(system, engine.now())
  await never.arrived
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run intended'])
  const age = (ms: number) =>
    sql`update workers set heartbeat_at = clock_timestamp() - ${ms} * interval '1 millisecond'
      where worker_id = ${silent.workerId}`.execute(engine.system.db)
  await age(deadAfterMs - 5_000)
  await endSilentWorkers(engine.system.db, deadAfterMs)
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run intended'])
  await age(deadAfterMs + 1_000)
  await endSilentWorkers(engine.system.db, deadAfterMs)
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run captured'])
  // The overtaken worker's call goes out after all, under the same key, and it records nothing.
  never.letGo()
  await stalled
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(attemptsAtNetwork(engine)).toBe(1)
  await expectSound(engine)
})

test('F27 a row that somebody else has locked is left for later, not dropped', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  engine.setNow('2027-02-02T09:00:00Z')
  const elsewhere = await workerElsewhere(engine, database)
  await transaction(elsewhere.db, async (tx) => {
    await sql`select from invoices for no key update`.execute(tx)
    expect(await attemptDueInvoices(engine.system, bucket, engine.now(), 100)).toBe(0)
  })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry captured'])
})

test('F30 no retry once the invoice is paid, voided, moved to bank transfer, or its account is closed', async () => {
  const ends: readonly [name: string, how: (engine: Engine) => Promise<unknown>, then: readonly string[]][] = [
    [
      'paid by transfer',
      (engine) =>
        sql`update invoices set transferred_minor = total_minor, status = 'paid', paid_at = now(), next_attempt_at = null`.execute(
          engine.system.db,
        ),
      ['2027-01 paid 0 card_declined'],
    ],
    [
      'moved to bank transfer',
      (engine) => sql`update payment_settings set method = 'bank_transfer', card_id = null`.execute(engine.system.db),
      ['2027-01 outstanding 1234 card_declined'],
    ],
    [
      'account closed',
      (engine) => sql`update accounts set closed_at = now()`.execute(engine.system.db),
      ['2027-01 outstanding 1234 card_declined'],
    ],
  ]
  for (const [name, end, then] of ends) {
    const engine = await freshEngine(database)
    await outstanding(engine)
    await end(engine)
    await goOn(engine, 5 * dayMs)
    expect(await chargesOf(engine), name).toEqual(['run declined'])
    expect(await invoicesOf(engine), name).toEqual(then)
    expect(attemptsAtNetwork(engine), name).toBe(1)
  }
})

test('F34 B6 the card is replaced while the old one’s charge is in flight: the new one pays once that has failed', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.issuer.tell(await fingerprintOf(engine, accountId), [
    { kind: 'decline', declineCode: 'insufficient_funds' },
  ])
  const { system, watch } = watched(await workerElsewhere(engine, database))
  const old = watch.holdBack('hold')
  const run = idleOf(system, engine.now())
  await old.arrived
  await registerCard(engine, accountId, 'g', { number: '5555555555554444', expMonth: 1, expYear: 2035, cvc: '123' })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run intended'])
  old.letGo()
  await run
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'card_registered captured'])
  await expectSound(engine)
})

test('F36 a declined charge is repeated once a day and no more', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  declineAll(engine)
  const start = parseInstant(closing)
  for (let hour = 0; hour < 24 * 10; hour++) {
    engine.setNow(plusMs(start, hour * hourMs))
    await engine.idle()
    if (hour % 24 === 5) for (let again = 0; again < 5; again++) await engine.idle()
  }
  expect(await chargesOf(engine)).toEqual(['run declined', ...Array.from({ length: 9 }, () => 'daily_retry declined')])
  expect(attemptsAtNetwork(engine)).toBe(10)
  await expectSound(engine)
})

test('F36 a code that forbids it is never repeated, and every day says so', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 1, 'lost_card')
  await goOn(engine, 4 * dayMs)
  expect(await chargesOf(engine)).toEqual(['run declined'])
  expect(await skipsOf(engine)).toEqual(['02', '03', '04'].map((day) => `2027-02-${day} code_forbids_retry`))
  expect(await activate(engine.system, { accountId, coverage: 'g' }, engine.now())).toEqual({
    refused: 'code_forbids_retry',
    until: null,
  })
  await expectSound(engine)
})
