/** Orders with everybody at once: payers who press twice, a platform that ships while somebody cancels, two workers. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard, registerCard } from '../support/engine.ts'
import { actsOn, ordersOf, quoted, totalMinor } from '../support/orders.ts'
import { accountNumber, expectSound, freshEngine, idleOf, watched, workerElsewhere } from '../support/scenes.ts'

const database = testDatabase()

/** Orders of as many accounts, quoted. */
async function manyQuoted(count: number) {
  const engine = await freshEngine(database)
  const accounts = Array.from({ length: count }, (_, index) => accountNumber(index + 1))
  const acts = []
  for (const of of accounts) {
    await accountWithCard(engine, of)
    acts.push(actsOn(engine, await quoted(engine, 'order-1', of), engine.system, of))
  }
  await engine.idle()
  return { engine, accounts, acts }
}

const countCharges = async (engine: Engine): Promise<number> => {
  const { rows } = await sql`select from charges where order_id is not null`.execute(engine.system.db)
  return rows.length
}

test('F15 Confirm order pressed twice at once: one hold, whoever works', async () => {
  const { engine, acts } = await manyQuoted(6)
  const workers = [await workerElsewhere(engine, database), await workerElsewhere(engine, database)]
  const presses = acts.flatMap((order) => [order.confirm(), order.confirm(), order.confirm()])
  const work = workers.map((worker) => idleOf(worker, engine.now()))
  expect(new Set((await Promise.all(presses)).map((answer) => JSON.stringify(answer)))).toEqual(
    new Set(['{"done":true}']),
  )
  await Promise.all(work)
  await engine.idle()
  expect(new Set(await ordersOf(engine))).toEqual(new Set(['held 0 | order held']))
  expect(await countCharges(engine)).toBe(6)
  await expectSound(engine)
})

test('B13 shipped twice at once and cancelled in the same moment: captured once, or not at all', async () => {
  for (let round = 0; round < 3; round++) {
    const { engine, acts } = await manyQuoted(6)
    for (const order of acts) await order.confirm()
    await engine.idle()
    const workers = [await workerElsewhere(engine, database), await workerElsewhere(engine, database)]
    const [answers] = await Promise.all([
      Promise.all(
        acts.flatMap((order, index) => {
          const all = [() => order.ship(), () => order.cancel(index % 2 ? 'payer' : 'staff'), () => order.ship()]
          return [...all.slice(round), ...all.slice(0, round)].map((act) => act())
        }),
      ),
      ...workers.map(async (worker) => {
        for (let pass = 0; pass < 3; pass++) await idleOf(worker, engine.now())
      }),
    ])
    expect(answers.length).toBe(18)
    await engine.idle()
    const ends = new Set([`shipped ${totalMinor} | order captured`, 'cancelled 0 | order released'])
    for (const order of await ordersOf(engine)) expect(ends).toContain(order)
    await expectSound(engine)
  }
})

test('B13 cancelled while the hold is on its way: given up when it arrives', async () => {
  const { engine, acts } = await manyQuoted(1)
  const { system, watch } = watched(engine.system)
  const [order] = acts
  await order?.confirm()
  const held = watch.holdBack('hold')
  const working = idleOf(system, engine.now())
  await held.arrived
  expect(await order?.cancel('payer')).toEqual({ done: true })
  held.letGo()
  await working
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order released'])
  expect(watch.calls.filter(({ method }) => method === 'capture')).toEqual([])
  await expectSound(engine)
})

test('B13 cancelled while the capture is on its way: too late, and said so', async () => {
  const { engine, acts } = await manyQuoted(1)
  const { system, watch } = watched(engine.system)
  const [order] = acts
  await order?.confirm()
  await engine.idle()
  await order?.ship()
  const capture = watch.holdBack('capture')
  const working = idleOf(system, engine.now())
  await capture.arrived
  expect(await order?.cancel('staff')).toEqual({ refused: 'order_already_shipping' })
  capture.letGo()
  await working
  expect(await ordersOf(engine)).toEqual([`shipped ${totalMinor} | order captured`])
  expect(await order?.cancel('staff')).toEqual({ refused: 'order_already_shipped' })
  await expectSound(engine)
})

test('B13 cancelled before the capture is sent: the hold is read first, and then nothing is captured', async () => {
  const { engine, acts } = await manyQuoted(1)
  const { system, watch } = watched(engine.system)
  const [order] = acts
  await order?.confirm()
  await engine.idle()
  await order?.ship()
  const reading = watch.holdBack('lookUp')
  const working = idleOf(system, engine.now())
  await reading.arrived
  expect(await order?.cancel('platform')).toEqual({ done: true })
  reading.letGo()
  await working
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['cancelled 0 | order released'])
  expect(watch.calls.filter(({ method }) => method === 'capture')).toEqual([])
  await expectSound(engine)
})

test('B4 B13 a card is replaced while orders are confirmed: each is held on one card, once', async () => {
  const { engine, accounts, acts } = await manyQuoted(5)
  const worker = await workerElsewhere(engine, database)
  await Promise.all([
    ...acts.map((order) => order.confirm()),
    ...accounts.map((of) => registerCard(engine, of, 'g', { ...goodCard, number: '5555555555554444' })),
    idleOf(worker, engine.now()),
  ])
  await engine.idle()
  // One whose card was replaced before it was sent is not sent: its payer confirms again.
  for (const order of await ordersOf(engine)) {
    expect(['held 0 | order held', 'quoted 0 | order not_executed']).toContain(order)
  }
  for (const order of acts) await order.confirm()
  await engine.idle()
  for (const order of await ordersOf(engine)) expect(order).toMatch(/^held 0/)
  await expectSound(engine)
})
