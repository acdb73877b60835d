/** What the gateway tells us by itself: hints, in any order, any number of times, that end in the same rows. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, plusMs } from '../../src/domain/calendar.ts'
import { handleGatewayEvents } from '../../src/operations/handle-gateway-events.ts'
import { beginRegistration } from '../../src/operations/register-card.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import type { System } from '../../src/operations/system.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import { endWorker } from '../../src/postgres/workers.ts'
import type { Delivery } from '../../src/simulator/deliveries.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard } from '../support/engine.ts'
import {
  chargesOf,
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
const wallNow = Date.parse('2026-11-23T12:00:00Z')

async function listening(): Promise<Engine> {
  const engine = await freshEngine(database)
  engine.simulator.events.listen('g')
  return engine
}

const arrived = (engine: Engine): Delivery[] => engine.simulator.events.take('g', engine.now(), wallNow)

const deliver = ({ system }: Engine, { body, signature }: Delivery) =>
  takeGatewayEvent(system, 'g', { body, signature, wallNow })

/** All that has arrived, in the order given, is kept and handled. */
async function hear(engine: Engine, order: (events: Delivery[]) => Delivery[] = (events) => events): Promise<void> {
  for (const event of order(arrived(engine))) await deliver(engine, event)
  await engine.idle()
}

/** Times until the next try pass. */
const patience = ({ system }: Engine) =>
  sql`update gateway_events set next_try_at_wall = clock_timestamp() where next_try_at_wall is not null`.execute(
    system.db,
  )

/** How often each way to be done with an event. */
async function outcomesOf(engine: Engine): Promise<Record<string, number>> {
  const { rows } = await sql<{ outcome: string; events: number }>`
    select coalesce(outcome, 'waiting') as outcome, count(*)::int as events from gateway_events group by 1`.execute(
    engine.system.db,
  )
  return Object.fromEntries(rows.map(({ outcome, events }) => [outcome, events]))
}

async function refundsOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ refund: string }>`
    select origin || ' ' || carries || ' ' || status || ' ' || amount_minor as refund from refunds
    order by intended_at, amount_minor`.execute(engine.system.db)
  return rows.map(({ refund }) => refund)
}

async function disputesOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ dispute: string }>`
    select status || ' ' || amount_minor || ' ' || withdrawn_minor || coalesce(' ' || decision, '') as dispute
    from disputes order by opened_at`.execute(engine.system.db)
  return rows.map(({ dispute }) => dispute)
}

const paymentFor = (engine: Engine): string =>
  [...engine.simulator.payments(engine.now())].find(({ status, subjectId }) => subjectId && status === 'succeeded')
    ?.id ?? ''

const dashboardRefund = (engine: Engine, amountMinor: bigint | null = null) =>
  engine.simulator.byHand(
    'g',
    { name: 'create_refund', paymentId: paymentFor(engine), amountMinor, metadata: {} },
    engine.now(),
  )

async function paid(card = goodCard): Promise<Engine> {
  const engine = await listening()
  await owing(engine, 1, card)
  await engine.idle()
  return engine
}

test('every event of an ordinary month is known already, and changes nothing', async () => {
  const engine = await paid()
  await hear(engine)
  expect(await outcomesOf(engine)).toEqual({ known_already: expect.any(Number) })
  expect(await chargesOf(engine)).toEqual(['run captured'])
  await expectSound(engine)
})

test('a payer who proved the card and never came back is registered by the event', async () => {
  const engine = await listening()
  await accountWithCard(engine, accountId, [])
  await sql`insert into payment_settings (bucket, account_id, coverage, method, updated_at)
    values (${bucket}, ${accountId}, 'g', 'none', now())`.execute(engine.system.db)
  const begun = await beginRegistration(engine.system, { accountId, coverage: 'g' }, engine.now())
  if ('refused' in begun) throw new Error(begun.refused)
  await engine.payer('g').confirm({ clientSecret: begun.clientSecret, card: goodCard })
  await hear(engine)
  const settings = await engine.system.db
    .selectFrom('payment_settings')
    .select('method')
    .where('account_id', '=', accountId)
    .execute()
  expect(settings).toEqual([{ method: 'card' }])
  await hear(engine)
  await expectSound(engine)
})

test('a lost answer is looked up as soon as the event comes', async () => {
  const engine = await listening()
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'capture' })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run unknown'])
  await hear(engine)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  await expectSound(engine)
})

test('F17 a late failed or canceled event never flips a paid invoice', async () => {
  const engine = await listening()
  await owing(engine)
  declineAll(engine)
  await engine.idle()
  declineNothing(engine)
  const late = arrived(engine)
  expect(late.map(({ type }) => type)).toContain('payment_intent.payment_failed')
  await goOn(engine, 28 * hourMs)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  for (const event of late) await deliver(engine, event)
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry captured'])
  await expectSound(engine)
})

test('F22 events twice, in any order and on two workers at once end in the same rows', async () => {
  const orders: readonly ((events: Delivery[]) => Delivery[])[] = [
    (events) => events,
    (events) => [...events, ...events],
    (events) => events.toReversed(),
  ]
  for (const order of orders) {
    const engine = await paid()
    dashboardRefund(engine, 1000n)
    const elsewhere = await workerElsewhere(engine, database)
    const events = order(arrived(engine))
    await Promise.all(events.map((event) => deliver(engine, event)))
    await Promise.all([engine.idle(), idleOf(elsewhere, engine.now())])
    expect(await refundsOf(engine)).toEqual(['gateway credit_note succeeded 1000'])
    expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
    expect(await staffQueueOf(engine)).toEqual(['refund_at_gateway'])
    await expectSound(engine)
  }
})

test('F22 the same refund read by two workers at once is booked once', async () => {
  const engine = await paid()
  dashboardRefund(engine)
  const elsewhere = await workerElsewhere(engine, database)
  for (const event of arrived(engine)) await deliver(engine, event)
  const each = (system: System) => handleGatewayEvents(system, engine.now(), 1)
  await Promise.all(Array.from({ length: 12 }, (_, index) => each(index % 2 ? elsewhere : engine.system)))
  await engine.idle()
  expect(await refundsOf(engine)).toEqual(['gateway credit_note succeeded 1234'])
  await expectSound(engine)
})

test('F22 an event that comes before our row waits for it, and one about nothing of ours is closed in the end', async () => {
  const engine = await paid()
  dashboardRefund(engine)
  // As if the charge were not committed yet.
  const hidden = await sql<{
    row: string
  }>`select to_json(c)::text as row from charges c where status = 'captured'`.execute(engine.system.db)
  await sql`delete from charges where status = 'captured'`.execute(engine.system.db)
  await hear(engine)
  expect(await outcomesOf(engine)).toMatchObject({ waiting: expect.any(Number) })
  await sql`insert into charges select * from json_populate_record(null::charges, ${hidden.rows[0]?.row}::json)`.execute(
    engine.system.db,
  )
  await patience(engine)
  await engine.idle()
  expect(await outcomesOf(engine)).not.toHaveProperty('waiting')
  expect(await refundsOf(engine)).toEqual(['gateway credit_note succeeded 1234'])
  await sql`delete from charges where status = 'captured'`.execute(engine.system.db)
  await sql`update gateway_events set handled_at_wall = null, outcome = null, attempts = 0, next_try_at_wall = clock_timestamp()
    where type = 'charge.refunded'`.execute(engine.system.db)
  for (let tries = 0; tries < 8; tries++) {
    await engine.idle()
    await patience(engine)
  }
  expect(await outcomesOf(engine)).toMatchObject({ nothing_of_ours: 1 })
})

test('F23 an event survives the worker that died after it was accepted, and the one that died with it in hand', async () => {
  const engine = await paid()
  dashboardRefund(engine)
  for (const event of arrived(engine)) await deliver(engine, event)
  const dying = await workerElsewhere(engine, database)
  const { system, watch } = watched(dying)
  const never = watch.holdBack('lookUp')
  const work = handleGatewayEvents(system, engine.now(), 100)
  await never.arrived
  await engine.idle()
  expect(await refundsOf(engine)).toEqual([])
  await endWorker(engine.system.db, dying.workerId)
  await engine.idle()
  expect(await refundsOf(engine)).toEqual(['gateway credit_note succeeded 1234'])
  never.letGo()
  await work
  expect(await refundsOf(engine)).toEqual(['gateway credit_note succeeded 1234'])
  expect(await outcomesOf(engine)).not.toHaveProperty('waiting')
  await expectSound(engine)
})

test('a gateway that cannot be read keeps events waiting', async () => {
  const engine = await paid()
  dashboardRefund(engine)
  engine.simulator.faults.set({ down: true })
  await hear(engine)
  for (let tries = 0; tries < 10; tries++) {
    await patience(engine)
    await engine.idle()
  }
  expect(await outcomesOf(engine)).toMatchObject({ waiting: expect.any(Number) })
  engine.simulator.faults.clear()
  await patience(engine)
  await engine.idle()
  expect(await refundsOf(engine)).toEqual(['gateway credit_note succeeded 1234'])
})

test('F54 an event is refused unsigned, with another’s signature, late, or changed on the way', async () => {
  const engine = await paid()
  const [event] = arrived(engine)
  if (!event) throw new Error('no event')
  const { body, signature } = event
  const takes = (delivery: Partial<Parameters<typeof takeGatewayEvent>[2]>) =>
    takeGatewayEvent(engine.system, 'g', { body, signature, wallNow, ...delivery })
  expect(await takes({ signature: null })).toEqual({ refused: 'unsigned' })
  expect(await takes({ signature: 't=1,v1=00' })).toEqual({ refused: 'signature_wrong' })
  expect(await takes({ body: body.replace('evt_', 'evt_x') })).toEqual({ refused: 'signature_wrong' })
  expect(await takes({ wallNow: wallNow + 301_000 })).toEqual({ refused: 'too_old' })
  expect(await takes({ wallNow: wallNow - 301_000 })).toEqual({ refused: 'too_old' })
  expect(await takeGatewayEvent(engine.system, 'jp', { body, signature, wallNow })).toEqual({
    refused: 'signature_wrong',
  })
  expect(await outcomesOf(engine)).toEqual({})
  expect(await takes({})).toBe('kept')
  expect(await takes({})).toBe('kept')
  expect(await outcomesOf(engine)).toEqual({ waiting: 1 })
})

test('B9 a card that its network updated is tried again', async () => {
  const engine = await listening()
  await outstanding(engine, 1, 'expired_card')
  engine.setNow('2027-02-02T09:00:00Z')
  await hear(engine)
  expect(await skipsOf(engine)).toEqual(['2027-02-02 customer_needed'])
  engine.simulator.issuer.updateCard(await fingerprintOf(engine, accountId), 6, 2036, engine.now())
  await hear(engine)
  const card = await engine.system.db.selectFrom('cards').select(['exp_month', 'exp_year', 'mark']).execute()
  expect(card).toEqual([{ exp_month: 6, exp_year: 2036, mark: null }])
  engine.setNow('2027-02-03T09:00:00Z')
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry captured'])
  await expectSound(engine)
})

test('a refund that the bank sends back: the books are as before, and staff know', async () => {
  const engine = await paid({ ...goodCard, number: '4000000000005126' })
  const charge = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select('charge_id')
    .executeTakeFirstOrThrow()
  const refundId = engine.system.makeId(bucket, engine.now())
  const request = { refundId, accountId, chargeId: charge.charge_id, reason: 'sorry', requestedBy: 'Sato' }
  await requestRefund(engine.system, { ...request, amountMinor: 1000n }, engine.now())
  await engine.idle()
  await hear(engine)
  expect(await refundsOf(engine)).toEqual(['staff credit_note succeeded 1000'])
  engine.setNow(plusMs(engine.now(), 25 * hourMs))
  await hear(engine)
  expect(await refundsOf(engine)).toEqual(['staff credit_note returned 1000'])
  expect(await staffQueueOf(engine)).toEqual(['refund_failed'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectSound(engine)
})

test('a verification that somebody captured by hand at the gateway is a fact: credit, and staff know', async () => {
  const engine = await listening()
  await accountWithCard(engine, accountId)
  const [hold] = [...engine.simulator.payments(engine.now())]
  engine.simulator.byHand('g', { name: 'capture_payment', paymentId: hold?.id ?? '', amountMinor: null }, engine.now())
  await hear(engine)
  expect(await staffQueueOf(engine)).toEqual(['captured_in_excess'])
  const { rows } = await sql`select credit_minor from payment_settings where coverage = 'g'`.execute(engine.system.db)
  expect(rows).toEqual([{ credit_minor: 100n }])
  await expectSound(engine)
  // And is paid back out of that credit.
  const charge = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select('charge_id')
    .executeTakeFirstOrThrow()
  const refundId = engine.system.makeId(bucket, engine.now())
  const request = { refundId, accountId, chargeId: charge.charge_id, reason: 'sorry', requestedBy: 'Sato' }
  expect(await requestRefund(engine.system, request, engine.now())).toMatchObject({
    carries: 'credit',
    amountMinor: 100n,
  })
  await engine.idle()
  expect(await refundsOf(engine)).toEqual(['staff credit succeeded 100'])
  await expectSound(engine)
})

test('disputes: the network’s word, whenever it is read', async () => {
  const engine = await paid()
  const paymentId = paymentFor(engine)
  const open = { name: 'open_dispute', paymentId, amountMinor: null, reason: 'fraudulent', inquiry: false } as const
  const opened = engine.simulator.byHand('g', open, engine.now())
  if (opened.object !== 'dispute') throw new Error('no dispute')
  await hear(engine)
  expect(await disputesOf(engine)).toEqual(['open 1234 1234'])
  expect(await staffQueueOf(engine)).toEqual(['dispute_open'])
  await expectSound(engine)
  const resolve = { name: 'resolve_dispute', disputeId: opened.dispute.id, outcome: 'won' } as const
  engine.simulator.byHand('g', resolve, engine.now())
  await hear(engine, (events) => events.toReversed())
  expect(await disputesOf(engine)).toEqual(['won 1234 0'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectSound(engine)
})

/** As if we had closed the run's charge without a trace of it, before its payment showed up. */
const closedInVain = (engine: Engine) =>
  sql`update charges set status = 'not_executed', settled_at = intended_at, next_step_at = null, attempt_on = null,
    unknown_since = null, gateway_payment_id = null where trigger = 'run'`.execute(engine.system.db)

test('money taken by a charge that we had closed is a fact: it pays its invoice', async () => {
  const engine = await listening()
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'capture' })
  await engine.idle()
  await closedInVain(engine)
  await sql`update invoices set next_attempt_at = null`.execute(engine.system.db)
  await hear(engine)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await hear(engine)
  await expectSound(engine)
})

test('a hold that stands although its charge is closed is given up', async () => {
  const engine = await listening()
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await engine.idle()
  await closedInVain(engine)
  await sql`update invoices set next_attempt_at = null`.execute(engine.system.db)
  await hear(engine)
  expect(await chargesOf(engine)).toEqual(['run not_executed'])
  const stray = [...engine.simulator.payments(engine.now())].filter(({ subjectId }) => subjectId !== null)
  expect(stray.map(({ status }) => status)).toEqual(['canceled'])
})

test('F19 what an event brings to light as failed is tried again the next day', async () => {
  const engine = await listening()
  await owing(engine)
  declineAll(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await engine.idle()
  declineNothing(engine)
  await hear(engine)
  expect(await chargesOf(engine)).toEqual(['run declined'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 1234 card_declined'])
  await goOn(engine, 28 * hourMs)
  expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry captured'])
  await expectSound(engine)
})

test('another platform’s payments on the same gateway account are none of ours', async () => {
  const engine = await listening()
  await accountWithCard(engine, accountId)
  arrived(engine)
  const [known] = [...engine.simulator.payments(engine.now())]
  const request = { customerId: known?.customerId ?? '', methodId: known?.methodId ?? '', amountMinor: 500n }
  for (const kessai of [
    {},
    { kessai_charge: 'order-7' },
    { kessai_charge: engine.system.makeId(bucket, engine.now()) },
  ]) {
    await engine.simulator.call(
      {
        account: 'g',
        key: null,
        params: 0,
        command: {
          name: 'create_payment',
          captureMethod: 'manual',
          kind: 'payment',
          currency: 'USD',
          confirm: true,
          offSession: true,
          setupFutureUsage: false,
          metadata: kessai,
          ...request,
        },
      },
      engine.now(),
    )
  }
  await hear(engine)
  for (let tries = 0; tries < 8; tries++) {
    await patience(engine)
    await engine.idle()
  }
  expect(Object.keys(await outcomesOf(engine))).toEqual(['nothing_of_ours'])
})
