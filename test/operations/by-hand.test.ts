/**
 * Whatever people do at the gateway's dashboard, in whatever state a charge is with us: it is recorded as a fact, every
 * invariant holds at every step, and in the end nothing stays under way.
 */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { hourMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import type { HandAct } from '../../src/simulator/simulator.ts'
import { refundDifferences } from '../support/books.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard } from '../support/engine.ts'
import { actsOn, quoted } from '../support/orders.ts'
import { expectSound, freshEngine, outstanding, owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const of = { accountId, coverage: 'g' }
const wallNow = Date.parse('2026-11-23T12:00:00Z')

async function begun(engine: Engine, number: string | null): Promise<string> {
  await accountWithCard(engine, accountId)
  await engine.idle()
  const registration = await beginRegistration(engine.system, of, engine.now())
  if ('refused' in registration) throw new Error(registration.refused)
  const { clientSecret, registrationId } = registration
  if (number !== null) await engine.payer('g').confirm({ clientSecret, card: { ...goodCard, number } })
  return registrationId
}

async function order(engine: Engine) {
  await accountWithCard(engine, accountId)
  await engine.idle()
  return actsOn(engine, await quoted(engine))
}

const lost =
  (step: 'hold' | 'capture' | 'release', fault: 'timeout_after' | 'timeout_before' = 'timeout_after') =>
  async (engine: Engine) => {
    await owing(engine)
    engine.simulator.faults.arm({ fault, step })
    await engine.idle()
  }

/** Where a charge may be when somebody lays hands on its payment. */
const states: Readonly<Record<string, (engine: Engine) => Promise<unknown>>> = {
  'a hold whose answer was lost': lost('hold'),
  'a capture whose answer was lost': lost('capture'),
  'a capture that never arrived': lost('capture', 'timeout_before'),
  'Activate that asks for 3-D Secure': async (engine) => {
    await owing(engine, 1, { ...goodCard, number: '4000002760003184' })
    await engine.idle()
    await activate(engine.system, of, engine.now())
    await engine.idle()
  },
  'an unpaid invoice that is tried': async (engine) => {
    await outstanding(engine)
    engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
    await activate(engine.system, of, engine.now())
    await engine.idle()
  },
  'a registration begun': (engine) => begun(engine, null),
  'a registration confirmed': (engine) => begun(engine, goodCard.number),
  'a registration whose card was declined': (engine) => begun(engine, '4000000000000002'),
  'a registration finished': async (engine) =>
    finishRegistration(engine.system, await begun(engine, goodCard.number), engine.now()),
  'an order whose hold was lost': async (engine) => {
    const acts = await order(engine)
    engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
    await acts.confirm()
    await engine.idle()
  },
  'an order held': async (engine) => {
    await (await order(engine)).confirm()
    await engine.idle()
  },
  'an order shipping': async (engine) => {
    const acts = await order(engine)
    await acts.confirm()
    await engine.idle()
    await acts.ship()
  },
  'an order cancelling': async (engine) => {
    const acts = await order(engine)
    await acts.confirm()
    await engine.idle()
    await acts.cancel()
  },
  'an order shipped': async (engine) => {
    const acts = await order(engine)
    await acts.confirm()
    await engine.idle()
    await acts.ship()
    await engine.idle()
  },
}

const acts: Readonly<Record<string, (paymentId: string) => readonly HandAct[]>> = {
  captured: (paymentId) => [{ name: 'capture_payment', paymentId, amountMinor: null }],
  cancelled: (paymentId) => [{ name: 'cancel_payment', paymentId, reason: 'requested_by_customer' }],
  'refunded in part': (paymentId) => [{ name: 'create_refund', paymentId, amountMinor: 30n, metadata: {} }],
  'captured and refunded': (paymentId) => [
    { name: 'capture_payment', paymentId, amountMinor: null },
    { name: 'create_refund', paymentId, amountMinor: null, metadata: {} },
  ],
  disputed: (paymentId) => [
    { name: 'open_dispute', paymentId, amountMinor: null, reason: 'fraudulent', inquiry: false },
  ],
  'captured and disputed': (paymentId) => [
    { name: 'capture_payment', paymentId, amountMinor: null },
    { name: 'open_dispute', paymentId, amountMinor: null, reason: 'fraudulent', inquiry: false },
  ],
}

/** Of what the network allows in each state, what differs from its neighbours. */
const possible: Readonly<Record<string, readonly string[]>> = {
  'a hold whose answer was lost': ['captured', 'cancelled', 'captured and refunded', 'captured and disputed'],
  'a capture whose answer was lost': ['refunded in part', 'disputed'],
  'a capture that never arrived': ['captured', 'cancelled'],
  'Activate that asks for 3-D Secure': ['cancelled'],
  'an unpaid invoice that is tried': ['captured and disputed'],
  'a registration begun': ['cancelled'],
  'a registration confirmed': ['captured and refunded', 'cancelled'],
  'a registration whose card was declined': ['cancelled'],
  'a registration finished': ['captured'],
  'an order whose hold was lost': ['captured', 'cancelled'],
  'an order held': ['captured and refunded', 'cancelled'],
  'an order shipping': ['captured', 'cancelled'],
  'an order cancelling': ['captured'],
  'an order shipped': ['refunded in part'],
}

async function hear(engine: Engine) {
  for (const event of engine.simulator.events.take('g', engine.now(), wallNow)) {
    await takeGatewayEvent(engine.system, 'g', { ...event, wallNow })
  }
  await engine.idle()
}

/** What stands in the way of trying an event again is wall time. */
const patience = ({ system }: Engine) =>
  sql`update gateway_events set next_try_at_wall = clock_timestamp() where next_try_at_wall is not null`.execute(
    system.db,
  )

/** More than a day later: all is told, looked up, tried again. */
async function inTheEnd(engine: Engine) {
  await goOn(engine, hourMs)
  await patience(engine)
  await goOn(engine, 28 * hourMs)
}

async function underWay({ system }: Engine): Promise<string[]> {
  const { rows } = await sql<{ charge: string }>`select trigger || ' ' || status as charge from charges
    where settled_at is null and status <> 'held'`.execute(system.db)
  return rows.map(({ charge }) => charge)
}

/** The network allows some acts in some states only; those it refuses are no case. */
const cases = Object.keys(states).flatMap((state) => possible[state]?.map((done) => [state, done] as const) ?? [])

test.each(cases)('F22 %s, %s at the gateway', async (state, done) => {
  const engine = await freshEngine(database)
  engine.simulator.events.listen('g')
  await states[state]?.(engine)
  const payment = [...engine.simulator.payments(engine.now())].at(-1)
  for (const act of acts[done]?.(payment?.id ?? '') ?? []) {
    expect(engine.simulator.byHand('g', act, engine.now()).object).not.toBe('error')
  }
  await hear(engine)
  await inTheEnd(engine)
  await expectSound(engine)
  expect(await refundDifferences(engine)).toEqual([])
  expect(await underWay(engine)).toEqual([])
})

/** As if we had closed the run's charge without a trace of it, before its payment showed up. */
async function closedInVain(engine: Engine, nextAttemptAt: string) {
  engine.simulator.events.listen('g')
  await lost('hold')(engine)
  await sql`update charges set status = 'not_executed', settled_at = intended_at, next_step_at = null, attempt_on = null,
    unknown_since = null, gateway_payment_id = null where trigger = 'run'`.execute(engine.system.db)
  await sql`update events set kind = 'charge_not_executed' where kind = 'charge_unknown'`.execute(engine.system.db)
  await sql`update invoices set next_attempt_at = ${nextAttemptAt}`.execute(engine.system.db)
}

/** Money for the charge that we had closed; what the day has meanwhile come to stays as it is. */
async function lateNews(engine: Engine) {
  const late = [...engine.simulator.payments(engine.now())].find(({ subjectId }) => subjectId !== null)
  engine.simulator.byHand('g', { name: 'capture_payment', paymentId: late?.id ?? '', amountMinor: null }, engine.now())
  await hear(engine)
  const broken = (await checkInvariants(engine.system.db)).filter((proof) => proof.broken > 0)
  expect(broken).toEqual([])
}

test('B9 late news of an attempt whose day has another by now', async () => {
  const engine = await freshEngine(database)
  await closedInVain(engine, '2027-02-01T06:00:00Z')
  await engine.idle()
  await lateNews(engine)
})

test('B9 late news of an attempt whose day was skipped by now', async () => {
  const engine = await freshEngine(database)
  await closedInVain(engine, '2027-02-01T06:00:00Z')
  await sql`update cards set mark = 'never', mark_code = 'lost_card', marked_at = now()`.execute(engine.system.db)
  await engine.idle()
  expect((await sql`select from skips`.execute(engine.system.db)).rows.length).toBe(1)
  await lateNews(engine)
})

test('F51 a clock that was set back between a hold and its capture breaks nothing', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'capture' })
  await engine.idle()
  await sql`update charges set next_step_at = '2027-02-01T05:00:00Z' where status = 'unknown'`.execute(engine.system.db)
  engine.setNow('2027-02-01T05:59:00Z')
  await engine.idle()
  await expectSound(engine)
})
