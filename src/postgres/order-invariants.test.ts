/** Each invariant of orders holds on orders in every state, and is found broken once a violation is planted. */
import { type RawBuilder, sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { accountWithCard, type Engine, engineOn } from '../../test/support/engine.ts'
import { accountId, actsOn, ordersOf, quoted, totalMinor } from '../../test/support/orders.ts'
import { declineAll, declineNothing } from '../../test/support/scenes.ts'
import { checkInvariants, proveInvariants } from './invariants.ts'
import { orderInvariants } from './order-invariants.ts'

const database = testDatabase()
let engine: Engine

beforeAll(async () => {
  engine = await engineOn(database.url)
  await accountWithCard(engine, accountId)
  const acts = async (externalId: string) => actsOn(engine, await quoted(engine, externalId))
  await acts('quoted')
  const [held, shipped, cancelled, failed] = [
    await acts('held'),
    await acts('shipped'),
    await acts('cancelled'),
    await acts('failed'),
  ]
  for (const order of [held, shipped, cancelled]) await order.confirm()
  await engine.idle()
  declineAll(engine)
  await failed.confirm()
  await engine.idle()
  declineNothing(engine)
  await shipped.ship()
  await cancelled.cancel()
  await engine.idle()
})

const of = (externalId: string) => sql`order_id = (select order_id from orders where external_id = ${externalId})`
const settled = sql`settled_at = intended_at, next_step_at = null`

const violations: readonly { readonly breaks: string; readonly plant: RawBuilder<unknown> }[] = [
  {
    breaks: 'orders_are_paid_once',
    plant: sql`delete from postings where kind = 'order_tax'`,
  },
  {
    breaks: 'orders_are_paid_once',
    plant: sql`insert into postings select bucket, account_id, (select charge_id from charges where ${of('held')}), kind,
      coverage, invoice_id, debit, credit, amount_minor, currency, posted_at from postings where kind = 'order_net'`,
  },
  {
    breaks: 'orders_wait_for_their_charge',
    plant: sql`update charges set status = 'declined', ${settled} where ${of('held')}`,
  },
  {
    breaks: 'orders_wait_for_their_charge',
    plant: sql`update orders set status = 'cancelled', cancelled_at = held_at where ${of('held')}`,
  },
  {
    breaks: 'orders_wait_for_their_charge',
    plant: sql`update orders set status = 'confirming', confirmed_at = quoted_at where ${of('quoted')}`,
  },
  {
    breaks: 'orders_are_summed_up',
    plant: sql`update orders set net_minor = net_minor + 1, tax_minor = tax_minor - 1 where ${of('quoted')}`,
  },
  {
    breaks: 'failed_orders_are_left_alone',
    plant: sql`insert into charges select (json_populate_record(c, json_build_object('charge_id',
      '01a208fa-7e04-788a-' || substr(charge_id::text, 20, 4) || '-000000000001',
      'intended_at', intended_at + interval '1 day'))).* from charges c where ${of('failed')}`,
  },
]

test('they hold in every state, and each is planted', async () => {
  expect(await ordersOf(engine)).toEqual([
    'cancelled 0 | order released',
    'failed 0 card_declined | order declined',
    'held 0 | order held',
    'quoted 0',
    `shipped ${totalMinor} | order captured`,
  ])
  expect((await checkInvariants(engine.system.db)).filter(({ broken }) => broken > 0)).toEqual([])
  expect(new Set(violations.map(({ breaks }) => breaks))).toEqual(new Set(orderInvariants.map(({ name }) => name)))
})

test.each(violations)('$breaks is found', async ({ breaks, plant }) => {
  const tx = await engine.system.db.startTransaction().execute()
  try {
    await plant.execute(tx)
    const proofs = await proveInvariants(tx)
    expect(proofs.find(({ name }) => name === breaks)?.broken).toBeGreaterThan(0)
  } finally {
    await tx.rollback().execute()
  }
})
