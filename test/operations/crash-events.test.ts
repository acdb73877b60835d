/** What the gateway tells us, kept and handled, with the worker dying before and after each effect. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, plusMs } from '../../src/domain/calendar.ts'
import { handleGatewayEvents } from '../../src/operations/handle-gateway-events.ts'
import { performDueRefunds } from '../../src/operations/perform-refunds.ts'
import { beginRegistration } from '../../src/operations/register-card.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import type { System } from '../../src/operations/system.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import type { Delivery } from '../../src/simulator/deliveries.ts'
import type { HandAct } from '../../src/simulator/simulator.ts'
import { crashEverywhere, type Scene } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard } from '../support/engine.ts'
import { declineAll, declineNothing, fingerprintOf, owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const wallNow = Date.parse('2026-11-23T12:00:00Z')

const arrived = (engine: Engine): Delivery[] => engine.simulator.events.take('g', engine.now(), wallNow)

/** The latest event of its type is kept: one of the several that tell it, the others would only say it again. */
async function arrive(engine: Engine, type: string) {
  const event = arrived(engine).findLast((one) => one.type === type)
  if (!event) throw new Error(`nothing told of ${type}`)
  await takeGatewayEvent(engine.system, 'g', { ...event, wallNow })
}

const handle = (system: System, engine: Engine) => handleGatewayEvents(system, engine.now(), 100)

async function paid(engine: Engine, card = goodCard) {
  engine.simulator.events.listen('g')
  await owing(engine, 1, card)
  await engine.idle()
  arrived(engine)
}

const byHand = (engine: Engine, act: (paymentId: string) => HandAct) => {
  const payment = [...engine.simulator.payments(engine.now())].find(({ subjectId }) => subjectId !== null)
  const answer = engine.simulator.byHand('g', act(payment?.id ?? ''), engine.now())
  if (answer.object === 'error') throw new Error('the network would not')
  return answer
}

async function check(setUp: Scene['setUp'], diesAt: readonly string[], more: Partial<Scene> = {}) {
  const deaths = await crashEverywhere(database, { setUp, operate: handle, ...more })
  expect(deaths).toEqual(expect.arrayContaining([...diesAt]))
}

test('F23 keeping an event, sent again when it was not acknowledged', () => {
  let event: Delivery | undefined
  const keep = async (system: System) => {
    if (event) await takeGatewayEvent(system, 'g', { ...event, wallNow })
  }
  return check(
    async (engine) => {
      await paid(engine)
      byHand(engine, (paymentId) => ({ name: 'create_refund', paymentId, amountMinor: 500n, metadata: {} }))
      event = arrived(engine).find(({ type }) => type === 'charge.refunded')
    },
    ['before insert gateway_events'],
    { operate: keep, repeat: keep },
  )
})

test('F23 a lost answer, looked up when the event comes', () =>
  check(
    async (engine) => {
      engine.simulator.events.listen('g')
      await owing(engine)
      engine.simulator.faults.arm({ fault: 'timeout_after', step: 'capture' })
      await engine.idle()
      await arrive(engine, 'payment_intent.succeeded')
    },
    ['before update charges', 'before update gateway_events'],
  ))

test('F23 a payer who proved the card and closed the window', () =>
  check(
    async (engine) => {
      engine.simulator.events.listen('g')
      await accountWithCard(engine, accountId)
      await engine.idle()
      const begun = await beginRegistration(engine.system, { accountId, coverage: 'g' }, engine.now())
      if ('refused' in begun) throw new Error(begun.refused)
      arrived(engine)
      const card = { ...goodCard, number: '5555555555554444' }
      await engine.payer('g').confirm({ clientSecret: begun.clientSecret, card })
      await arrive(engine, 'payment_intent.amount_capturable_updated')
    },
    ['before update payment_settings', 'before update gateway_events'],
  ))

/** A hold that nobody had heard of ten minutes after it was sent; the account has meanwhile left the card. */
async function closedInVain(engine: Engine) {
  engine.simulator.events.listen('g')
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await engine.idle()
  await sql`update charges set status = 'not_executed', settled_at = last_sent_at, attempt_on = null, next_step_at = null
    where trigger = 'run'`.execute(engine.system.db)
  await sql`update invoices set next_attempt_at = null`.execute(engine.system.db)
}

test('F17 a hold that nobody waits for any more', () =>
  check(
    async (engine) => {
      await closedInVain(engine)
      await arrive(engine, 'payment_intent.amount_capturable_updated')
    },
    ['before gateway release', 'before update gateway_events'],
  ))

test('F17 money that was taken for a charge that was closed', () =>
  check(
    async (engine) => {
      await closedInVain(engine)
      byHand(engine, (paymentId) => ({ name: 'capture_payment', paymentId, amountMinor: null }))
      await arrive(engine, 'payment_intent.succeeded')
    },
    ['before update charges', 'before update gateway_events'],
  ))

test('F23 a card that its network renewed', () =>
  check(
    async (engine) => {
      engine.simulator.events.listen('g')
      await owing(engine)
      declineAll(engine, 'expired_card')
      await engine.idle()
      declineNothing(engine)
      arrived(engine)
      engine.simulator.issuer.updateCard(await fingerprintOf(engine, accountId), 6, 2036, engine.now())
      await arrive(engine, 'payment_method.automatically_updated')
    },
    ['before update cards', 'before update gateway_events'],
    { forMs: 28 * hourMs },
  ))

const dispute = (paymentId: string): HandAct => ({
  name: 'open_dispute',
  paymentId,
  amountMinor: null,
  reason: 'fraudulent',
  inquiry: false,
})

for (const outcome of ['won', 'lost'] as const) {
  test(`F23 a dispute that is ${outcome}`, () =>
    check(
      async (engine) => {
        await paid(engine)
        const opened = byHand(engine, dispute)
        await arrive(engine, 'charge.dispute.created')
        await handle(engine.system, engine)
        const disputeId = opened.object === 'dispute' ? opened.dispute.id : ''
        engine.simulator.byHand('g', { name: 'resolve_dispute', disputeId, outcome }, engine.now())
        await arrive(engine, 'charge.dispute.closed')
      },
      ['before update gateway_events'],
    ))
}

test('F23 a refund that the payer’s bank sends back', () =>
  check(
    async (engine) => {
      await paid(engine, { ...goodCard, number: '4000000000005126' })
      const charge = await engine.system.db
        .selectFrom('charges')
        .where('status', '=', 'captured')
        .select('charge_id')
        .executeTakeFirstOrThrow()
      const refundId = engine.system.makeId(bucket, engine.now())
      const request = { refundId, accountId, chargeId: charge.charge_id, reason: 'sorry', requestedBy: 'Sato' }
      await requestRefund(engine.system, { ...request, amountMinor: 1000n }, engine.now())
      await performDueRefunds(engine.system, bucket, engine.now(), 10)
      engine.setNow(plusMs(engine.now(), 25 * hourMs))
      await arrive(engine, 'refund.failed')
    },
    ['before update refunds', 'before update gateway_events'],
  ))
