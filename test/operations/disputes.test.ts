/** Payments that payers object to at their bank (B18): collection stops until staff decide, and money is never lost sight of. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { dayMs, hourMs } from '../../src/domain/calendar.ts'
import type { Decision } from '../../src/domain/dispute.ts'
import { activate } from '../../src/operations/activate.ts'
import { decideDisputeBy } from '../../src/operations/decide-dispute.ts'
import { returnOrder } from '../../src/operations/orders/return-order.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { bookDifferences } from '../support/books.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine } from '../support/engine.ts'
import { actsOn, ordersOf, quoted } from '../support/orders.ts'
import {
  chargesOf,
  freshEngine,
  idleOf,
  invoicesOf,
  owing,
  skipsOf,
  watched,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const wallNow = Date.parse('2026-11-23T12:00:00Z')

async function hear(engine: Engine): Promise<void> {
  for (const event of engine.simulator.events.take('g', engine.now(), wallNow)) {
    await takeGatewayEvent(engine.system, 'g', { ...event, wallNow })
  }
  await engine.idle()
}

const paymentOf = (engine: Engine): string =>
  [...engine.simulator.payments(engine.now())].find(({ subjectId, capturedMinor }) => subjectId && capturedMinor > 0n)
    ?.id ?? ''

/** The first payment is disputed; answers the gateway's id of it. */
async function disputed(engine: Engine, amountMinor: bigint | null = null): Promise<string> {
  const dispute = { name: 'open_dispute', paymentId: paymentOf(engine), reason: 'fraudulent', inquiry: false } as const
  const opened = engine.simulator.byHand('g', { ...dispute, amountMinor }, engine.now())
  if (opened.object !== 'dispute') throw new Error(`no dispute: ${JSON.stringify(opened)}`)
  await hear(engine)
  return opened.dispute.id
}

async function resolved(engine: Engine, disputeId: string, outcome: 'won' | 'lost'): Promise<void> {
  engine.simulator.byHand('g', { name: 'resolve_dispute', disputeId, outcome }, engine.now())
  await hear(engine)
}

async function decide(engine: Engine, decision: Decision) {
  const row = await engine.system.db.selectFrom('disputes').select('dispute_id').executeTakeFirstOrThrow()
  const act = { accountId, disputeId: row.dispute_id, decision, decidedBy: 'Sato', why: 'true' }
  return decideDisputeBy(engine.system, act, engine.now())
}

async function refund(engine: Engine, amountMinor: bigint) {
  const row = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select('charge_id')
    .executeTakeFirstOrThrow()
  const refundId = engine.system.makeId(bucket, engine.now())
  const of = { refundId, accountId, chargeId: row.charge_id, reason: 'sorry', requestedBy: 'Sato' }
  await requestRefund(engine.system, { ...of, amountMinor, carries: 'reopening' }, engine.now())
  await hear(engine)
}

/** Nothing is broken and the books are the network's; an invoice may have been paid in parts. */
async function expectBooks(engine: Engine): Promise<void> {
  expect((await checkInvariants(engine.system.db)).filter(({ broken }) => broken > 0)).toEqual([])
  expect(await bookDifferences(engine)).toEqual([])
}

async function paid(): Promise<Engine> {
  const engine = await freshEngine(database)
  engine.simulator.events.listen('g')
  await owing(engine)
  await engine.idle()
  return engine
}

test('B18 a dispute stops the daily job until staff decide, and then it goes on with what is still due', async () => {
  const engine = await freshEngine(database)
  engine.simulator.events.listen('g')
  await owing(engine)
  // Somebody captured a part of it by hand at the gateway.
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'capture' })
  await engine.idle()
  const hold = [...engine.simulator.payments(engine.now())].find(({ subjectId }) => subjectId !== null)?.id ?? ''
  engine.simulator.byHand('g', { name: 'capture_payment', paymentId: hold, amountMinor: 500n }, engine.now())
  await hear(engine)
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 734'])
  await disputed(engine)
  await goOn(engine, dayMs + 4 * hourMs)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(await skipsOf(engine)).toEqual(['2027-02-02 payment_disputed'])
  expect(await activate(engine.system, { accountId, coverage: 'g' }, engine.now())).toMatchObject({
    refused: 'payment_disputed',
  })
  expect(await decide(engine, 'write_off')).toEqual({ returnedMinor: 0n, writtenOffMinor: 500n })
  await goOn(engine, dayMs)
  expect(await chargesOf(engine)).toEqual(['run captured', 'daily_retry captured'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectBooks(engine)
})

test('a hold that met a dispute on its way is given up, not captured', async () => {
  const engine = await paid()
  await refund(engine, 500n)
  const { system, watch } = watched(await workerElsewhere(engine, database))
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  const hold = watch.holdBack('hold')
  const work = idleOf(system, engine.now())
  await hold.arrived
  const disputeId = await disputed(engine)
  hold.letGo()
  await work
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run captured', 'activate released'])
  await resolved(engine, disputeId, 'won')
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectBooks(engine)
})

test('won, all is as before; won after a credit note, the account has it as credit', async () => {
  for (const decision of [null, 'credit_note'] as const) {
    const engine = await paid()
    const disputeId = await disputed(engine)
    if (decision) await decide(engine, decision)
    await resolved(engine, disputeId, 'won')
    expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
    const { rows } = await sql<{ credit: bigint }>`select credit_minor as credit from payment_settings`.execute(
      engine.system.db,
    )
    expect(rows).toEqual([{ credit: decision ? 1234n : 0n }])
    await expectBooks(engine)
  }
})

test('B18 lost and re-opened, the invoice is due again, and the daily job leaves it alone', async () => {
  const engine = await paid()
  const disputeId = await disputed(engine)
  expect(await decide(engine, 'reopen')).toEqual({ refused: 'dispute_not_lost' })
  await resolved(engine, disputeId, 'lost')
  await decide(engine, 'reopen')
  await goOn(engine, 3 * dayMs)
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 1234'])
  expect(await chargesOf(engine)).toEqual(['run captured'])
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectBooks(engine)
})

test('two staff decide at once: one of them does', async () => {
  const engine = await paid()
  await disputed(engine)
  const answers = await Promise.all([decide(engine, 'credit_note'), decide(engine, 'write_off')])
  expect(answers.filter((answer) => 'refused' in answer)).toEqual([{ refused: 'dispute_decided_already' }])
  await expectBooks(engine)
})

test('an order that came back is paid back, with a credit note by tax rate; one that is disputed likewise', async () => {
  for (const how of ['returned', 'disputed'] as const) {
    const engine = await freshEngine(database)
    engine.simulator.events.listen('g')
    await accountWithCard(engine, accountId)
    const orderId = await quoted(engine)
    const acts = actsOn(engine, orderId)
    await acts.confirm()
    await engine.idle()
    await acts.ship()
    await engine.idle()
    if (how === 'returned') {
      const refundId = engine.system.makeId(bucket, engine.now())
      const request = { accountId, orderId, refundId, reason: 'broken', returnedBy: 'shop' }
      await returnOrder(engine.system, request, engine.now())
      await engine.idle()
      expect(await ordersOf(engine)).toEqual(['returned 4049 | order captured'])
    } else {
      const disputeId = await disputed(engine)
      await resolved(engine, disputeId, 'lost')
      expect(await decide(engine, 'credit_note')).toEqual({ returnedMinor: 4049n, writtenOffMinor: 0n })
    }
    const { rows } = await sql<{ account: string; open: bigint }>`
      select account, sum(amount)::bigint as open from (
        select debit as account, amount_minor as amount from postings union all select credit, -amount_minor from postings
      ) sides where account in ('revenue', 'tax_payable', 'to_refund', 'gateway_clearing', 'disputed') group by 1
      having sum(amount) <> 0`.execute(engine.system.db)
    expect(rows, how).toEqual([])
    await expectBooks(engine)
  }
})
