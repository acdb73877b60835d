/** Money taken in excess is credit; when the network or a dashboard takes it back, the credit goes first (B18, F42). */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, plusMs } from '../../src/domain/calendar.ts'
import type { Decision } from '../../src/domain/dispute.ts'
import { activate } from '../../src/operations/activate.ts'
import { decideDisputeBy } from '../../src/operations/decide-dispute.ts'
import { handleGatewayEvents } from '../../src/operations/handle-gateway-events.ts'
import { readRefundable } from '../../src/operations/read-refundable.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { bookDifferences, refundDifferences } from '../support/books.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, goodCard } from '../support/engine.ts'
import { closing, freshEngine, invoicesOf, owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const wallNow = Date.parse('2026-11-23T12:00:00Z')

async function hear(engine: Engine): Promise<void> {
  await listen(engine)
  await engine.idle()
}

async function listen(engine: Engine): Promise<void> {
  for (const event of engine.simulator.events.take('g', engine.now(), wallNow)) {
    await takeGatewayEvent(engine.system, 'g', { ...event, wallNow })
  }
}

async function creditOf(engine: Engine): Promise<bigint> {
  const { rows } = await sql<{ credit: bigint }>`select credit_minor as credit from payment_settings
    where coverage = 'g'`.execute(engine.system.db)
  return rows[0]?.credit ?? -1n
}

/** `account balance` of what refunds, disputes and losses have come to; what is even is left out. */
async function ledgerOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ said: string }>`
    select account || ' ' || sum(amount) as said from (
      select debit as account, amount_minor as amount from postings union all select credit, -amount_minor from postings
    ) sides where account in ('gateway_clearing', 'to_refund', 'disputed', 'written_off') group by account
    having sum(amount) <> 0 order by account`.execute(engine.system.db)
  return rows.map(({ said }) => said)
}

async function expectBooks(engine: Engine): Promise<void> {
  expect((await checkInvariants(engine.system.db)).filter(({ broken }) => broken > 0)).toEqual([])
  expect([...(await bookDifferences(engine)), ...(await refundDifferences(engine))]).toEqual([])
}

/** A verification of 1.00 that somebody captured by hand: all of it is credit. */
async function allInExcess(card = goodCard): Promise<{ engine: Engine; paymentId: string }> {
  const engine = await freshEngine(database)
  engine.simulator.events.listen('g')
  await accountWithCard(engine, accountId, ['g'], card)
  const paymentId = [...engine.simulator.payments(engine.now())][0]?.id ?? ''
  engine.simulator.byHand('g', { name: 'capture_payment', paymentId, amountMinor: null }, engine.now())
  await hear(engine)
  expect(await creditOf(engine)).toBe(100n)
  return { engine, paymentId }
}

/** The same, and the next invoice has used the credit up. */
async function creditSpent(): Promise<{ engine: Engine; paymentId: string }> {
  const told = await allInExcess()
  await addFees(told.engine, [{ accountId, month: '2027-01', amount: '1.00' }])
  told.engine.setNow(closing)
  await told.engine.idle()
  expect(await creditOf(told.engine)).toBe(0n)
  return told
}

async function refundByStaff(engine: Engine, amountMinor: bigint) {
  const { rows } = await sql<{ id: string }>`select charge_id as id from charges where status = 'captured'
    order by intended_at limit 1`.execute(engine.system.db)
  const refundId = engine.system.makeId(bucket, engine.now())
  const of = { refundId, accountId, chargeId: rows[0]?.id ?? '', reason: 'sorry', requestedBy: 'Sato' }
  await requestRefund(engine.system, { ...of, amountMinor, carries: 'reopening' }, engine.now())
  await engine.idle()
}

/** 5.00 that were due again are held; 3.00 are no longer due when somebody captures all of it: 2.00 pay, 3.00 are credit. */
async function partInExcess(): Promise<{ engine: Engine; paymentId: string; chargeId: string }> {
  const engine = await freshEngine(database)
  engine.simulator.events.listen('g')
  await owing(engine, 1, { ...goodCard, number: '4000000000005126' })
  await engine.idle()
  await refundByStaff(engine, 300n)
  engine.setNow(plusMs(engine.now(), 20 * hourMs))
  await refundByStaff(engine, 200n)
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 500'])
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'capture' })
  await activate(engine.system, { accountId, coverage: 'g' }, plusMs(engine.now(), 1))
  await engine.idle()
  engine.setNow(plusMs(engine.now(), 5 * hourMs))
  const held = [...engine.simulator.payments(engine.now())].find(
    ({ subjectId, capturedMinor }) => subjectId && capturedMinor === 0n,
  )
  const paymentId = held?.id ?? ''
  // The bank sends the 3.00 back before anybody has looked at the hold again.
  await listen(engine)
  await handleGatewayEvents(engine.system, engine.now(), 100)
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 200'])
  engine.simulator.byHand('g', { name: 'capture_payment', paymentId, amountMinor: null }, engine.now())
  await hear(engine)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await creditOf(engine)).toBe(300n)
  return { engine, paymentId, chargeId: held?.chargeId ?? '' }
}

async function disputed(engine: Engine, paymentId: string, amountMinor: bigint | null = null): Promise<string> {
  const act = { name: 'open_dispute', paymentId, reason: 'fraudulent', inquiry: false, amountMinor } as const
  const opened = engine.simulator.byHand('g', act, engine.now())
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

const dashboardRefund = async (engine: Engine, paymentId: string, amountMinor: bigint | null = null) => {
  engine.simulator.byHand('g', { name: 'create_refund', paymentId, amountMinor, metadata: {} }, engine.now())
  await hear(engine)
}

test('F42 a dispute takes credit that came of its money along, and gives it back when it is won', async () => {
  const { engine, paymentId } = await allInExcess()
  const disputeId = await disputed(engine, paymentId)
  expect(await creditOf(engine)).toBe(0n)
  expect(await ledgerOf(engine)).toEqual([])
  await expectBooks(engine)
  await resolved(engine, disputeId, 'won')
  expect(await creditOf(engine)).toBe(100n)
  expect(await ledgerOf(engine)).toEqual(['gateway_clearing 100'])
  await expectBooks(engine)
})

test('credit that was used before the dispute is not taken twice: what is missing is for staff, and then our loss', async () => {
  const { engine, paymentId } = await creditSpent()
  const disputeId = await disputed(engine, paymentId)
  expect(await creditOf(engine)).toBe(0n)
  await resolved(engine, disputeId, 'lost')
  expect(await decide(engine, 'credit_note')).toEqual({ returnedMinor: 0n, writtenOffMinor: 100n })
  expect(await ledgerOf(engine)).toEqual(['written_off 100'])
  await expectBooks(engine)
})

test('F42 a part in excess: the dispute takes the credit first, staff decide about the rest', async () => {
  const { engine, paymentId } = await partInExcess()
  const disputeId = await disputed(engine, paymentId)
  expect(await creditOf(engine)).toBe(0n)
  await expectBooks(engine)
  await resolved(engine, disputeId, 'lost')
  expect(await decide(engine, 'reopen')).toEqual({ returnedMinor: 200n, writtenOffMinor: 0n })
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 200'])
  await expectBooks(engine)
})

test('won after it was decided, each part is back where it was, and can be paid out', async () => {
  const { engine, paymentId, chargeId } = await partInExcess()
  const disputeId = await disputed(engine, paymentId)
  await decide(engine, 'credit_note')
  await resolved(engine, disputeId, 'won')
  // The credit note stays, so what it took off is credit now, too.
  expect(await creditOf(engine)).toBe(500n)
  expect(await readRefundable(engine.system, { accountId, chargeId })).toMatchObject({
    ways: [{ atMostMinor: 0n }, { atMostMinor: 0n }, { carries: 'credit', atMostMinor: 500n }],
  })
  await expectBooks(engine)
})

test('F42 a refund at the dashboard takes the credit first; sent back by the bank, it is credit again', async () => {
  const { engine, paymentId } = await partInExcess()
  await dashboardRefund(engine, paymentId)
  expect(await creditOf(engine)).toBe(0n)
  await expectBooks(engine)
  await goOn(engine, 26 * hourMs)
  await hear(engine)
  // The 2.00 of the first payment came back, too, and are no longer due.
  expect(await creditOf(engine)).toBe(300n + 200n)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectBooks(engine)
})

test('F42 a refund at the dashboard of the excess alone touches no invoice', async () => {
  const { engine, paymentId } = await partInExcess()
  await dashboardRefund(engine, paymentId, 250n)
  expect(await creditOf(engine)).toBe(50n)
  const { rows } = await sql`select carries, amount_minor, note_lines from refunds where origin = 'gateway'`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([{ carries: 'credit', amount_minor: 250n, note_lines: null }])
  await expectBooks(engine)
})
