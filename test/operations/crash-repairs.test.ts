/** Refunds and the gateway's events, with the worker dying before and after each of its effects. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import type { Carries } from '../../src/domain/refund.ts'
import { decideDisputeBy } from '../../src/operations/decide-dispute.ts'
import { handleGatewayEvents } from '../../src/operations/handle-gateway-events.ts'
import { performDueRefunds } from '../../src/operations/perform-refunds.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import type { System } from '../../src/operations/system.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import { crashEverywhere, type Scene } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import type { Engine } from '../support/engine.ts'
import { owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const wallNow = Date.parse('2026-11-23T12:00:00Z')
/** The same in every play: ids are made from the same bytes. */
const refundId = `01a208fa-7e04-788a-${(0x80 | bucket).toString(16)}ad-572ca4bec6b9`

async function paid(engine: Engine) {
  engine.simulator.events.listen('g')
  await owing(engine)
  await engine.idle()
  engine.simulator.events.take('g', engine.now(), wallNow)
}

async function ask(system: System, engine: Engine, carries: Carries = 'credit_note') {
  const [charge] = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select('charge_id')
    .execute()
  const request = { refundId, accountId, chargeId: charge?.charge_id ?? '', reason: 'sorry', requestedBy: 'Sato' }
  return requestRefund(system, { ...request, carries, amountMinor: 1000n }, engine.now())
}

const perform = (system: System, engine: Engine) => performDueRefunds(system, bucket, engine.now(), 100)
const handle = (system: System, engine: Engine) => handleGatewayEvents(system, engine.now(), 100)

/** One event of the several that tell it: the others would only say it again. */
async function arrive(engine: Engine, type: string) {
  const events = engine.simulator.events.take('g', engine.now(), wallNow)
  for (const event of events.filter((one) => one.type === type)) {
    expect(await takeGatewayEvent(engine.system, 'g', { ...event, wallNow })).toBe('kept')
  }
}

const payment = (engine: Engine) =>
  [...engine.simulator.payments(engine.now())].find(({ subjectId }) => subjectId !== null)?.id ?? ''

/** Dies everywhere in it, and says that it did die where the money moves. */
async function check(scene: Scene, diesAt: readonly string[]) {
  const deaths = await crashEverywhere(database, scene)
  expect(deaths).toEqual(expect.arrayContaining([...diesAt]))
}

test('asking for a refund', () =>
  check(
    { setUp: paid, operate: (system, engine) => ask(system, engine), repeat: (system, engine) => ask(system, engine) },
    ['before insert refunds', 'before commit'],
  ))

for (const carries of ['credit_note', 'reopening'] as const) {
  test(`making a refund that carries a ${carries}: exactly one at the network`, () =>
    check(
      {
        setUp: async (engine) => {
          await paid(engine)
          await ask(engine.system, engine, carries)
        },
        operate: perform,
      },
      ['before gateway refund', 'before update refunds', 'before commit'],
    ))
}

test('a refund whose answer was lost', () =>
  check(
    {
      setUp: async (engine) => {
        await paid(engine)
        await ask(engine.system, engine)
        engine.simulator.faults.arm({ fault: 'timeout_after', step: 'refund' })
        await perform(engine.system, engine)
        engine.setNow('2027-02-01T06:01:00Z')
      },
      operate: perform,
    },
    ['before gateway lookUpRefunds', 'before commit'],
  ))

test('F23 a refund made at the gateway’s dashboard', () =>
  check(
    {
      setUp: async (engine) => {
        await paid(engine)
        const refund = { name: 'create_refund', paymentId: payment(engine), amountMinor: 500n, metadata: {} } as const
        engine.simulator.byHand('g', refund, engine.now())
        await arrive(engine, 'charge.refunded')
      },
      operate: handle,
    },
    ['before gateway lookUp', 'before insert refunds', 'before update gateway_events'],
  ))

const dispute = { name: 'open_dispute', amountMinor: null, reason: 'fraudulent', inquiry: false } as const

test('F23 a dispute', () =>
  check(
    {
      setUp: async (engine) => {
        await paid(engine)
        engine.simulator.byHand('g', { ...dispute, paymentId: payment(engine) }, engine.now())
        await arrive(engine, 'charge.dispute.created')
      },
      operate: handle,
    },
    ['before gateway lookUpDispute', 'before insert disputes', 'before update gateway_events'],
  ))

async function decide(system: System, engine: Engine) {
  const { rows } = await sql<{ disputeId: string }>`select dispute_id as "disputeId" from disputes`.execute(
    engine.system.db,
  )
  const act = { accountId, disputeId: rows[0]?.disputeId ?? '', decidedBy: 'Sato', why: 'true' } as const
  return decideDisputeBy(system, { ...act, decision: 'credit_note' }, engine.now())
}

test('deciding a dispute', () =>
  check(
    {
      setUp: async (engine) => {
        await paid(engine)
        engine.simulator.byHand('g', { ...dispute, paymentId: payment(engine) }, engine.now())
        await arrive(engine, 'charge.dispute.created')
        await handle(engine.system, engine)
      },
      operate: decide,
      repeat: decide,
    },
    ['before update disputes', 'before commit'],
  ))
