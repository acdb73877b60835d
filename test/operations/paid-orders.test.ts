/** Orders whose money went back, or whose account closed, before or after they were shipped (B13, B18, F30). */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, plusMs } from '../../src/domain/calendar.ts'
import { leftToGiveBack } from '../../src/domain/order.ts'
import { returnOrder } from '../../src/operations/orders/return-order.ts'
import { closeAccount } from '../../src/operations/put-account.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import { readOrder } from '../../src/postgres/order-lists.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine } from '../support/engine.ts'
import { accountId, actsOn, ordersOf, quoted, totalMinor } from '../support/orders.ts'
import { attemptsAtNetwork, expectSound, freshEngine, staffQueueOf } from '../support/scenes.ts'

const database = testDatabase()
const bucket = bucketOfAccount(accountId)
const wallNow = Date.parse('2026-11-23T12:00:00Z')

async function hear(engine: Engine): Promise<void> {
  for (const event of engine.simulator.events.take('g', engine.now(), wallNow)) {
    await takeGatewayEvent(engine.system, 'g', { ...event, wallNow })
  }
  await engine.idle()
}

/** An order whose hold stands, and every act on it. */
async function held() {
  const engine = await freshEngine(database)
  engine.simulator.events.listen('g')
  await accountWithCard(engine, accountId)
  const orderId = await quoted(engine)
  const acts = actsOn(engine, orderId)
  await acts.confirm()
  await engine.idle()
  const paymentId = [...engine.simulator.payments(engine.now())].find(({ subjectId }) => subjectId !== null)?.id ?? ''
  const refundId = engine.system.makeId(bucket, engine.now())
  const request = { accountId, orderId, refundId, reason: 'unopened', returnedBy: 'shop' }
  return {
    engine,
    acts,
    paymentId,
    giveBack: () => returnOrder(engine.system, request, engine.now()),
    /** What the order says is still to be given back, and was when it is read. */
    async owed(): Promise<bigint> {
      const order = await readOrder(engine.system.db, { bucket, accountId, orderId })
      if (!order) throw new Error('the order is gone')
      return leftToGiveBack(order)
    },
    async byHand(act: 'capture_payment' | 'create_refund', amountMinor: bigint | null = null) {
      engine.simulator.byHand('g', { name: act, paymentId, amountMinor, metadata: {} }, engine.now())
      await hear(engine)
    },
    async disputed(inquiry: boolean) {
      const told = { name: 'open_dispute', paymentId, reason: 'fraudulent', inquiry, amountMinor: null } as const
      const opened = engine.simulator.byHand('g', told, engine.now())
      if (opened.object !== 'dispute') throw new Error(`no dispute: ${JSON.stringify(opened)}`)
      await hear(engine)
      return async (outcome: 'won' | 'lost') => {
        const resolve = { name: 'resolve_dispute', disputeId: opened.dispute.id, outcome } as const
        engine.simulator.byHand('g', resolve, engine.now())
        await hear(engine)
      }
    },
  }
}

test('B18 goods that come back while their payment is disputed: the order says so, and staff are called', async () => {
  for (const inquiry of [true, false]) {
    const { engine, acts, giveBack, owed, disputed } = await held()
    await acts.ship()
    await engine.idle()
    const resolve = await disputed(inquiry)
    expect(await giveBack()).toEqual({ done: true })
    expect(await ordersOf(engine)).toEqual([`returned ${totalMinor} | order captured`])
    expect(await staffQueueOf(engine)).toEqual(['dispute_open', 'return_not_refunded'])
    const { rows } = await sql`select evidence from staff_queue where kind = 'return_not_refunded'`.execute(
      engine.system.db,
    )
    expect(rows).toMatchObject([{ evidence: { refused: 'charge_disputed', reason: 'unopened', returnedBy: 'shop' } }])
    expect(await owed()).toBe(totalMinor)
    if (!inquiry) {
      // Taken by the network: the payer has it.
      await resolve('lost')
      expect(await owed()).toBe(0n)
    }
    await expectSound(engine)
  }
})

test('B13 captured and refunded by hand at the gateway before shipping: not shipped, and closed by a return', async () => {
  const { engine, acts, giveBack, owed, byHand } = await held()
  expect(await giveBack()).toEqual({ refused: 'order_not_shipped' })
  await byHand('capture_payment')
  await byHand('create_refund')
  expect(await ordersOf(engine)).toEqual([`held ${totalMinor} | order captured`])
  expect(await acts.ship()).toEqual({ refused: 'order_given_back' })
  expect(await giveBack()).toEqual({ done: true })
  expect(await ordersOf(engine)).toEqual([`returned ${totalMinor} | order captured`])
  expect(await owed()).toBe(0n)
  expect(await staffQueueOf(engine)).toEqual(['refund_at_gateway'])
  await expectSound(engine)
})

test('B13 refunded in part before shipping: the return gives the rest back, once', async () => {
  const { engine, acts, giveBack, owed, byHand } = await held()
  await byHand('capture_payment')
  await byHand('create_refund', 1000n)
  expect(await acts.ship()).toEqual({ refused: 'order_given_back' })
  await giveBack()
  await giveBack()
  await engine.idle()
  expect(await owed()).toBe(0n)
  const refundedMinor = [...engine.simulator.payments(engine.now())].reduce((sum, one) => sum + one.refundedMinor, 0n)
  expect(refundedMinor).toBe(totalMinor)
  await expectSound(engine)
})

test('B13 paid and disputed before shipping: shipped only once the dispute is won', async () => {
  const { engine, acts, byHand, disputed } = await held()
  await byHand('capture_payment')
  const resolve = await disputed(false)
  expect(await acts.ship()).toEqual({ refused: 'order_given_back' })
  await resolve('won')
  expect(await acts.ship()).toEqual({ done: true })
  expect(await ordersOf(engine)).toEqual([`shipped ${totalMinor} | order captured`])
  await expectSound(engine)
})

test('F30 an order of an account that closed is not sent to the card, not sent again, and its hold is given up', async () => {
  const sent = [
    // Put back before it was sent, or sent without a trace.
    ['rate_limited', 'quoted 0 | order not_executed'],
    ['timeout_before', 'quoted 0 | order not_executed'],
  ] as const
  for (const [fault, ended] of sent) {
    const engine = await freshEngine(database)
    await accountWithCard(engine, accountId)
    await engine.idle()
    const acts = actsOn(engine, await quoted(engine))
    engine.simulator.faults.arm({ fault, step: 'hold' })
    await acts.confirm()
    await engine.idle()
    await closeAccount(engine.system, accountId, engine.now())
    for (let hours = 0; hours < 3; hours++) {
      engine.setNow(plusMs(engine.now(), hourMs))
      await engine.idle()
    }
    expect(await ordersOf(engine), fault).toEqual([ended])
    expect(attemptsAtNetwork(engine), fault).toBe(0)
    expect(await acts.confirm(), fault).toEqual({ refused: 'account_closed', until: null })
    await expectSound(engine)
  }
  const { engine, acts } = await held()
  await closeAccount(engine.system, accountId, engine.now())
  expect(await acts.cancel()).toEqual({ done: true })
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order released'])
  await expectSound(engine)
})

test('F30 about to ship without a hold once the account is closed, or failed: nothing is charged', async () => {
  const { engine, acts } = await held()
  await closeAccount(engine.system, accountId, engine.now())
  engine.setNow('2027-01-30T00:00:00Z')
  await acts.ship()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['failed 0 processing_error | order expired'])
  expect(await acts.retry()).toEqual({ refused: 'account_closed', until: null })
  await expectSound(engine)
})
