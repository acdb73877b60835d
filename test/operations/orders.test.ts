/** Orders from quote to shipment, and every way in which that does not happen (B13). */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { quoteOrder } from '../../src/operations/orders/quote-order.ts'
import { reopenCharge } from '../../src/postgres/hinted.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard, registerCard } from '../support/engine.ts'
import { accountId, actsOn, items, ordersOf, quoted, totalMinor } from '../support/orders.ts'
import { declineAll, declineNothing, expectSound, freshEngine, staffQueueOf } from '../support/scenes.ts'

const database = testDatabase()

async function withCard(): Promise<Engine> {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  await engine.idle()
  return engine
}

/** One whose hold stands. */
async function held(engine: Engine) {
  const orderId = await quoted(engine)
  const acts = actsOn(engine, orderId)
  await acts.confirm()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['held 0 | order held'])
  return acts
}

test('B13 an order is held when confirmed, captured when shipped, and in the ledger once', async () => {
  const engine = await withCard()
  const orderId = await quoted(engine)
  expect(await ordersOf(engine)).toEqual(['quoted 0'])
  const acts = actsOn(engine, orderId)
  expect(await acts.confirm()).toEqual({ done: true })
  expect(await ordersOf(engine)).toEqual(['confirming 0 | order intended'])
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['held 0 | order held'])
  expect(await acts.ship()).toEqual({ done: true })
  expect(await ordersOf(engine)).toEqual(['shipping 0 | order held'])
  await engine.idle()
  expect(await ordersOf(engine)).toEqual([`shipped ${totalMinor} | order captured`])
  await expectSound(engine)
})

test('B13 a quote: the same again is the same order, other content under its name is refused', async () => {
  const engine = await withCard()
  const orderId = await quoted(engine)
  expect(await quoted(engine)).toBe(orderId)
  const request = { orderId, accountId, coverage: 'g', externalId: 'order-1', quotedBy: 'shop' }
  const again = (these: typeof items) => quoteOrder(engine.system, { ...request, items: these }, engine.now())
  expect(await again(items.slice(1))).toEqual({ refused: 'external_id_reused' })
  expect(await quoteOrder(engine.system, { ...request, items, coverage: 'jp' }, engine.now())).toEqual({
    refused: 'account_unknown',
  })
  const small = { code: 'X', name: 'X', quantity: 1, unitMinor: 49n, taxRateBp: 0 }
  expect(await again([small])).toEqual({ refused: 'order_too_small' })
  expect(await again([{ ...small, quantity: 1_000_000, unitMinor: 100n }])).toEqual({ refused: 'order_too_large' })
  await expectSound(engine)
})

test('B13 a quote holds for a month', async () => {
  const engine = await withCard()
  const acts = actsOn(engine, await quoted(engine))
  engine.setNow('2027-02-11T00:00:00Z')
  expect(await acts.confirm()).toEqual({ refused: 'quote_ended' })
  engine.setNow('2027-02-10T23:59:59Z')
  expect(await acts.confirm()).toEqual({ done: true })
})

test('B13 F37 a failed payment is never tried again by itself; staff retry it, with the card that is there then', async () => {
  const engine = await withCard()
  const acts = actsOn(engine, await quoted(engine))
  declineAll(engine)
  await acts.confirm()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['failed 0 card_declined | order declined'])
  declineNothing(engine)
  for (const day of ['2027-01-11T09:00:00Z', '2027-01-20T09:00:00Z', '2027-02-02T09:00:00Z']) {
    engine.setNow(day)
    await engine.idle()
  }
  await registerCard(engine, accountId, 'g', { ...goodCard, number: '5555555555554444' })
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['failed 0 card_declined | order declined'])
  expect(await acts.confirm()).toEqual({ refused: 'order_failed' })
  expect(await acts.retry()).toEqual({ done: true })
  expect(await acts.retry()).toEqual({ done: true })
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['held 0 | order declined, staff held'])
  await acts.ship()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual([`shipped ${totalMinor} | order declined, staff captured`])
  await expectSound(engine)
})

test('F37 staff may retry as often as the payment fails, but never a card that its issuer forbids', async () => {
  const engine = await withCard()
  const acts = actsOn(engine, await quoted(engine))
  declineAll(engine)
  await acts.confirm()
  await engine.idle()
  engine.setNow('2027-01-10T00:01:00Z')
  await acts.retry()
  await engine.idle()
  engine.setNow('2027-01-10T00:02:00Z')
  declineAll(engine, 'lost_card')
  await acts.retry()
  await engine.idle()
  expect(await acts.retry()).toEqual({ refused: 'code_forbids_retry', until: null })
  expect(await ordersOf(engine)).toEqual(['failed 0 card_declined | order declined, staff declined, staff declined'])
  declineNothing(engine)
  expect(await acts.cancel('staff')).toEqual({ done: true })
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order declined, staff declined, staff declined'])
  await expectSound(engine)
})

test('B13 nothing is confirmed without a card, and the reason is said', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, [])
  const account = { accountId: 'OP0000000002', kind: 'business' as const, email: 'b@example.com', coverages: ['g'] }
  await addAccounts(engine.system, [account], engine.now())
  const orderId = await quoted(engine, 'order-1', account.accountId)
  const acts = actsOn(engine, orderId, engine.system, account.accountId)
  expect(await acts.confirm()).toEqual({ refused: 'method_missing', until: null })
  expect(await actsOn(engine, orderId).confirm()).toEqual({ refused: 'not_found' })
})

test('B13 a hold that ran out while the order waited is replaced when it ships', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  engine.setNow('2027-01-30T00:00:00Z')
  await acts.ship()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual([`shipped ${totalMinor} | order expired, order captured`])
  await expectSound(engine)
})

test('B13 a hold whose end is noticed early leaves the order waiting, and shipping replaces it', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  engine.setNow('2027-01-30T00:00:00Z')
  // As an event of the gateway does.
  await sql`update charges set next_step_at = ${new Date(engine.now())} where status = 'held'`.execute(engine.system.db)
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['held 0 | order expired'])
  await expectSound(engine)
  await acts.ship()
  expect(await ordersOf(engine)).toEqual(['shipping 0 | order expired'])
  await engine.idle()
  expect(await ordersOf(engine)).toEqual([`shipped ${totalMinor} | order expired, order captured`])
  await expectSound(engine)
})

test('B13 about to ship without a hold and without a card: failed, and nothing is asked', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  engine.setNow('2027-01-30T00:00:00Z')
  await sql`update payment_settings set method = 'none', card_id = null`.execute(engine.system.db)
  await acts.ship()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['failed 0 missing | order expired'])
  expect(await acts.retry()).toEqual({ refused: 'method_missing', until: null })
  await registerCard(engine, accountId, 'g')
  expect(await acts.retry()).toEqual({ done: true })
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['held 0 | order expired, staff held'])
  await expectSound(engine)
})

test('B13 captured by somebody at the gateway: the order is paid, and shipping it moves our rows alone', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  const gateway = engine.system.gateways.get('g')
  const payment = [...engine.simulator.payments(engine.now())].find(({ subjectId }) => subjectId !== null)
  if (!payment || !gateway) throw new Error('a held payment at the gateway of g')
  const { apiVersion } = gateway
  const theirs = { chargeId: payment.chargeId ?? '', paymentId: payment.id, amountMinor: totalMinor, currency: 'USD' }
  await gateway.capture({ ...theirs, apiVersion })
  await sql`update charges set next_step_at = ${new Date(engine.now())} where status = 'held'`.execute(engine.system.db)
  await engine.idle()
  expect(await ordersOf(engine)).toEqual([`held ${totalMinor} | order captured`])
  expect(await acts.cancel('staff')).toEqual({ refused: 'order_already_paid' })
  await acts.ship()
  expect(await ordersOf(engine)).toEqual([`shipped ${totalMinor} | order captured`])
  await expectSound(engine)
})

test('B13 a replacement that is declined fails the order; staff retry, and the platform ships it again', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  engine.setNow('2027-01-30T00:00:00Z')
  declineAll(engine)
  await acts.ship()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['failed 0 card_declined | order expired, order declined'])
  expect(await acts.ship()).toEqual({ refused: 'order_failed' })
  engine.setNow('2027-01-30T00:01:00Z')
  declineNothing(engine)
  await acts.retry()
  await engine.idle()
  await acts.ship()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual([`shipped ${totalMinor} | order expired, order declined, staff captured`])
  await expectSound(engine)
})

test('B13 cancelling gives the hold up, and only before it is captured', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  expect(await acts.cancel('payer')).toEqual({ done: true })
  expect(await ordersOf(engine)).toEqual(['cancelling 0 | order held'])
  expect(await acts.ship()).toEqual({ refused: 'order_cancelled' })
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order released'])
  expect(await acts.cancel('payer')).toEqual({ done: true })
  expect(await acts.confirm()).toEqual({ refused: 'order_cancelled' })
  await expectSound(engine)
})

test('B13 the payer cannot cancel what is being shipped, staff and platform can until the capture has begun', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  await acts.ship()
  expect(await acts.cancel('payer')).toEqual({ refused: 'order_already_shipping' })
  expect(await acts.cancel('platform')).toEqual({ done: true })
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order released'])
  await expectSound(engine)
})

test('B13 cancelled while nobody knows whether it is held: remembered, and given up once that is known', async () => {
  const engine = await withCard()
  const acts = actsOn(engine, await quoted(engine))
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await acts.confirm()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['confirming 0 | order unknown'])
  await acts.cancel('payer')
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order released'])
  await expectSound(engine)
})

test('F3 F10 a confirmation without an answer is looked up, never sent under another key', async () => {
  const engine = await withCard()
  const acts = actsOn(engine, await quoted(engine))
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await acts.confirm()
  await engine.idle()
  expect(await acts.confirm()).toEqual({ done: true })
  engine.setNow('2027-01-10T00:01:00Z')
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['held 0 | order held'])
  await expectSound(engine)
})

test('B13 late news of a failed order: nothing else is asked until it is known, and the money is credit', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  const gateway = engine.system.gateways.get('g')
  const payment = [...engine.simulator.payments(engine.now())].find(({ subjectId }) => subjectId !== null)
  if (!payment || !gateway) throw new Error('a held payment at the gateway of g')
  const { apiVersion } = gateway
  const theirs = { chargeId: payment.chargeId ?? '', paymentId: payment.id, amountMinor: totalMinor, currency: 'USD' }
  await gateway.capture({ ...theirs, apiVersion })
  const reopened = { chargeId: theirs.chargeId, paymentId: payment.id, attemptOn: null }
  // We had taken it for declined.
  await sql`update charges set status = 'declined', settled_at = intended_at where order_id is not null`.execute(
    engine.system.db,
  )
  await sql`update orders set status = 'failed', failure_code = 'card_declined', failed_at = held_at`.execute(
    engine.system.db,
  )
  await reopenCharge(engine.system.db, bucketOfAccount(accountId), reopened, engine.now())
  expect(await acts.retry()).toEqual({ refused: 'charge_unsettled', until: null })
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['failed 0 card_declined | order captured'])
  expect(await staffQueueOf(engine)).toEqual(['captured_in_excess'])
})

test('B13 money taken for a cancelled order is a fact: credit, and staff know', async () => {
  const engine = await withCard()
  const acts = await held(engine)
  const payment = [...engine.simulator.payments(engine.now())].find(({ subjectId }) => subjectId !== null)
  await acts.cancel('platform')
  // Somebody at the gateway's dashboard is faster than we are.
  const gateway = engine.system.gateways.get('g')
  if (!payment || !gateway) throw new Error('a held payment at the gateway of g')
  await gateway.capture({
    chargeId: payment.chargeId ?? '',
    paymentId: payment.id,
    amountMinor: totalMinor,
    currency: 'USD',
    apiVersion: gateway.apiVersion,
  })
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order captured'])
  expect(await staffQueueOf(engine)).toEqual(['captured_in_excess'])
  await expectSound(engine)
})

test('B13 3-D Secure: the payer is asked, answers, and the same charge goes on; unanswered, the quote stands again', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, ['g'], { ...goodCard, number: '4000002760003184' })
  await engine.idle()
  const acts = actsOn(engine, await quoted(engine))
  await acts.confirm()
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['confirming 0 | order needs_customer'])
  engine.setNow('2027-01-10T02:00:00Z')
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['quoted 0 | order released'])
  await acts.confirm()
  await engine.idle()
  await acts.cancel('payer')
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order released, order released'])
  await expectSound(engine)
})
