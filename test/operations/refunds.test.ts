/** Money given back (B18): what it means for the books, and that it is given back once. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { dayMs, hourMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import type { System } from '../../src/operations/system.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { bookDifferences } from '../support/books.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { type Engine, goodCard } from '../support/engine.ts'
import {
  chargesOf,
  expectSound,
  freshEngine,
  idleOf,
  invoicesOf,
  owing,
  staffQueueOf,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)

/** One account that has paid 12.34 USD for January. */
async function paid(card = goodCard): Promise<Engine> {
  const engine = await freshEngine(database)
  await owing(engine, 1, card)
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  return engine
}

type Wish = Partial<Parameters<typeof requestRefund>[1]>

async function ask(engine: Engine, wish: Wish = {}, system: System = engine.system) {
  const charge = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select('charge_id')
    .executeTakeFirstOrThrow()
  const request = {
    refundId: engine.system.makeId(bucket, engine.now()),
    accountId,
    chargeId: charge.charge_id,
    reason: 'billed by mistake',
    requestedBy: 'Sato',
    ...wish,
  }
  return requestRefund(system, request, engine.now())
}

/** `carries status amount` of every refund. */
async function refundsOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ refund: string }>`
    select carries || ' ' || status || ' ' || amount_minor as refund from refunds order by intended_at, amount_minor`.execute(
    engine.system.db,
  )
  return rows.map(({ refund }) => refund)
}

/** `kind amount` of every posting of a refund. */
async function postingsOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ posting: string }>`
    select kind || ' ' || amount_minor as posting from postings where source_id in (select refund_id from refunds)
    order by posted_at, source_id, kind`.execute(engine.system.db)
  return rows.map(({ posting }) => posting)
}

const refundedAtNetwork = (engine: Engine): bigint =>
  [...engine.simulator.payments(engine.now())].reduce((sum, payment) => sum + payment.refundedMinor, 0n)

test('B18 a refund carries a credit note: nothing is due again', async () => {
  const engine = await paid()
  expect(await ask(engine, { amountMinor: 1000n })).toMatchObject({ amountMinor: 1000n, carries: 'credit_note' })
  await engine.idle()
  expect(await refundsOf(engine)).toEqual(['credit_note succeeded 1000'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await postingsOf(engine)).toEqual(['credit_noted_net 1000', 'refunded 1000'])
  expect(refundedAtNetwork(engine)).toBe(1000n)
  await goOn(engine, 5 * dayMs)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  // What is left, and then nothing.
  expect(await ask(engine)).toMatchObject({ amountMinor: 234n })
  await engine.idle()
  expect(await ask(engine)).toEqual({ refused: 'refunded_already', leftMinor: 0n })
  await expectSound(engine)
})

test('B18 a re-opened invoice is due again, and is charged only when somebody asks', async () => {
  const engine = await paid()
  await ask(engine, { carries: 'reopening', amountMinor: 1000n })
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 1000'])
  await goOn(engine, 5 * dayMs)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  engine.simulator.issuer.tell('*', [{ kind: 'decline', declineCode: 'insufficient_funds' }])
  expect(await activate(engine.system, { accountId, coverage: 'g' }, engine.now())).toMatchObject({ sumMinor: 1000n })
  await engine.idle()
  engine.simulator.issuer.tell('*', [])
  await goOn(engine, 5 * dayMs)
  // Not even after the payer's own attempt has failed.
  expect(await chargesOf(engine)).toEqual(['run captured', 'activate declined'])
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await chargesOf(engine)).toEqual(['run captured', 'activate declined', 'activate captured'])
  expect((await checkInvariants(engine.system.db)).filter(({ broken }) => broken > 0)).toEqual([])
  expect(await bookDifferences(engine)).toEqual([])
})

test('refusals of a refund', async () => {
  const engine = await paid()
  const check = async (wish: Wish, refused: string) => expect(await ask(engine, wish)).toMatchObject({ refused })
  await check({ amountMinor: 1235n }, 'refund_above_captured')
  await check({ currency: 'JPY' }, 'refund_currency_differs')
  await check({ carries: 'credit' }, 'refunded_already')
  await check({ accountId: 'OP0000000002' }, 'charge_unknown')
  const verification = await engine.system.db
    .selectFrom('charges')
    .where('trigger', '=', 'verification')
    .select('charge_id')
    .executeTakeFirstOrThrow()
  await check({ chargeId: verification.charge_id }, 'charge_not_captured')
  expect(await refundsOf(engine)).toEqual([])
})

test('F42 two refunds of all there is, asked for at once, give it back once', async () => {
  const engine = await paid()
  const elsewhere = await workerElsewhere(engine, database)
  const answers = await Promise.all([ask(engine), ask(engine, {}, elsewhere), ask(engine), ask(engine, {}, elsewhere)])
  expect(
    answers.filter((answer) => 'refused' in answer).map((answer) => 'refused' in answer && answer.refused),
  ).toEqual(['refunded_already', 'refunded_already', 'refunded_already'])
  await Promise.all([engine.idle(), idleOf(elsewhere, engine.now())])
  expect(refundedAtNetwork(engine)).toBe(1234n)
  await expectSound(engine)
})

test('the same request again is the same refund', async () => {
  const engine = await paid()
  const refundId = engine.system.makeId(bucket, engine.now())
  const first = await ask(engine, { refundId })
  expect(await ask(engine, { refundId })).toEqual(first)
  await engine.idle()
  expect(await refundsOf(engine)).toEqual(['credit_note succeeded 1234'])
})

test('an answer that was lost is looked up, and nothing is given back twice', async () => {
  for (const fault of ['timeout_after', 'timeout_before', 'error_500'] as const) {
    const engine = await paid()
    await ask(engine)
    engine.simulator.faults.arm({ fault, step: 'refund' })
    await engine.idle()
    expect(await refundsOf(engine), fault).toEqual(['credit_note unknown 1234'])
    // Until it is known, it counts as given back.
    expect(await ask(engine)).toMatchObject({ refused: 'refunded_already' })
    await goOn(engine, 2 * hourMs)
    expect(await refundsOf(engine), fault).toEqual(['credit_note succeeded 1234'])
    expect(refundedAtNetwork(engine), fault).toBe(1234n)
    await expectSound(engine)
  }
})

test('what the gateway never heard of ends as not executed, and another refund may follow', async () => {
  const engine = await paid()
  await ask(engine)
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'refund', times: 3 })
  await goOn(engine, 2 * hourMs)
  expect(await refundsOf(engine)).toEqual(['credit_note not_executed 1234'])
  expect(await ask(engine)).toMatchObject({ amountMinor: 1234n })
  await engine.idle()
  expect(refundedAtNetwork(engine)).toBe(1234n)
  await expectSound(engine)
})

test('a gateway that is away for a day calls staff, and the look-ups go on', async () => {
  const engine = await paid()
  await ask(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'refund' })
  await engine.idle()
  engine.simulator.faults.set({ down: true })
  await goOn(engine, 2 * dayMs)
  expect(await refundsOf(engine)).toEqual(['credit_note unknown 1234'])
  expect(await staffQueueOf(engine)).toEqual(['refund_unknown'])
  engine.simulator.faults.clear()
  await goOn(engine, 2 * hourMs)
  expect(await refundsOf(engine)).toEqual(['credit_note succeeded 1234'])
  const open = await sql`select kind from staff_queue where closed_at is null`.execute(engine.system.db)
  expect(open.rows).toEqual([])
  await expectSound(engine)
})
