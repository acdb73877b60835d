/** Every act on an order, and what a worker makes of it, dying before and after each effect. */
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { quoteOrder } from '../../src/operations/orders/quote-order.ts'
import { returnOrder } from '../../src/operations/orders/return-order.ts'
import { chargeShippingOrders } from '../../src/operations/orders/ship-order.ts'
import { performDueCharges } from '../../src/operations/perform-charges.ts'
import type { System } from '../../src/operations/system.ts'
import { capturesPerInvoice } from '../support/books.ts'
import { crashEverywhere, type Scene } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine } from '../support/engine.ts'
import { accountId, actsOn, items, quoted } from '../support/orders.ts'
import { declineAll } from '../support/scenes.ts'

const database = testDatabase()
const bucket = bucketOfAccount(accountId)

/** The order under test: quoted by the first scene step, the same for every act of one play. */
async function order(engine: Engine): Promise<string> {
  await accountWithCard(engine, accountId)
  await engine.idle()
  return quoted(engine)
}
/** Quoting again answers the order that there is. */
const acts = async (system: System, engine: Engine) => actsOn(engine, await quoted(engine), system)

async function confirmed(engine: Engine) {
  await order(engine)
  await (await acts(engine.system, engine)).confirm()
}
async function held(engine: Engine) {
  await confirmed(engine)
  await engine.idle()
}
async function shipping(engine: Engine) {
  await held(engine)
  await (await acts(engine.system, engine)).ship()
}
const perform = (system: System, engine: Engine) => performDueCharges(system, bucket, engine.now(), 100)

async function check(scene: Scene, diesAt: readonly string[]) {
  const deaths = await crashEverywhere(database, {
    ...scene,
    setUp: async (engine) => {
      await scene.setUp(engine)
      for (const times of capturesPerInvoice(engine).values()) expect(times).toBe(1)
    },
  })
  expect(deaths).toEqual(expect.arrayContaining([...diesAt]))
}

/** An act of somebody who asks again when no answer came. */
function checkAct(
  setUp: (engine: Engine) => Promise<unknown>,
  act: (system: System, engine: Engine) => Promise<unknown>,
  diesAt: readonly string[],
) {
  const scene = { setUp: async (engine: Engine) => void (await setUp(engine)), operate: act, repeat: act }
  return check(scene, diesAt)
}

test('quoting', () =>
  checkAct(
    (engine) => accountWithCard(engine, accountId),
    async (system, engine) => {
      const orderId = engine.system.makeId(bucket, engine.now())
      const request = { orderId, accountId, coverage: 'g', externalId: 'order-1', items, quotedBy: 'shop' }
      return quoteOrder(system, request, engine.now())
    },
    ['before insert orders', 'before commit'],
  ))

test('F15 confirming, pressed again when no answer came', () =>
  checkAct(order, async (system, engine) => (await acts(system, engine)).confirm(), [
    'before update orders',
    'before insert charges',
    'before commit',
  ]))

test('shipping', () =>
  checkAct(held, async (system, engine) => (await acts(system, engine)).ship(), [
    'before update charges',
    'before commit',
  ]))

test('cancelling what is held', () =>
  checkAct(held, async (system, engine) => (await acts(system, engine)).cancel(), [
    'before update charges',
    'before commit',
  ]))

test('returning', () =>
  checkAct(
    async (engine) => {
      await shipping(engine)
      await engine.idle()
    },
    async (system, engine) => {
      const request = { orderId: await quoted(engine), accountId, reason: 'unopened', returnedBy: 'shop' }
      return returnOrder(system, { ...request, refundId: system.makeId(bucket, engine.now()) }, engine.now())
    },
    ['before update orders', 'before insert refunds', 'before commit'],
  ))

test('the hold', () => check({ setUp: confirmed, operate: perform }, ['before gateway hold']))

test('a hold that is declined', () =>
  check(
    {
      setUp: async (engine) => {
        await confirmed(engine)
        declineAll(engine)
      },
      operate: perform,
    },
    ['before gateway hold'],
  ))

test('the capture', () =>
  check({ setUp: shipping, operate: perform }, ['before gateway lookUp', 'before gateway capture']))

test('the release of what was cancelled', () =>
  check(
    {
      setUp: async (engine) => {
        await held(engine)
        await (await acts(engine.system, engine)).cancel()
      },
      operate: perform,
    },
    ['before gateway lookUp', 'before gateway release'],
  ))

test('a hold that ran out, replaced and captured', () =>
  check(
    {
      setUp: async (engine) => {
        await held(engine)
        engine.setNow('2027-01-30T00:00:00Z')
        await (await acts(engine.system, engine)).ship()
      },
      operate: async (system, engine) => {
        await perform(system, engine)
        await chargeShippingOrders(system, bucket, engine.now(), 100)
        await perform(system, engine)
      },
    },
    ['before gateway lookUp', 'before insert charges', 'before gateway hold', 'before gateway capture'],
  ))
