/** What becomes of orders on a day: the platform quotes and ships, payers confirm and cancel, staff retry what failed. */
import { sql } from 'kysely'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import type { OrderItem, OrderStatus } from '../../src/domain/order.ts'
import { cancelOrder } from '../../src/operations/orders/cancel-order.ts'
import { confirmOrder, retryOrder } from '../../src/operations/orders/confirm-order.ts'
import { quoteOrder } from '../../src/operations/orders/quote-order.ts'
import { returnOrder } from '../../src/operations/orders/return-order.ts'
import { shipOrder } from '../../src/operations/orders/ship-order.ts'
import type { Engine } from '../support/engine.ts'
import { type Chance, type Person, pickOne } from './world.ts'

type Act = 'confirm' | 'cancel' | 'ship' | 'return' | 'retry'

/** How likely each act is on a day, whether or not the order allows it. */
const habits: Readonly<Record<OrderStatus, Readonly<Partial<Record<Act, number>>>>> = {
  quoted: { confirm: 0.5, cancel: 0.03, ship: 0.02 },
  confirming: { confirm: 0.3, cancel: 0.1 },
  held: { ship: 0.2, cancel: 0.05, confirm: 0.05 },
  shipping: { ship: 0.3, cancel: 0.2 },
  shipped: { return: 0.03, ship: 0.05 },
  cancelling: { ship: 0.1, cancel: 0.1 },
  cancelled: {},
  failed: { retry: 0.3, cancel: 0.05, confirm: 0.1 },
  returned: { return: 0.05 },
}

export async function ordersMove(engine: Engine, persons: readonly Person[], chance: Chance): Promise<void> {
  for (const person of persons) {
    if (chance() < 0.05) await quote(engine, person.accountId, pickOne(chance, person.coverages), chance)
  }
  const { rows } = await sql<{ accountId: string; orderId: string; status: OrderStatus }>`
    select account_id as "accountId", order_id as "orderId", status from orders order by account_id, external_id`.execute(
    engine.system.db,
  )
  for (const { status, ...order } of rows) {
    for (const [act, likely] of Object.entries(habits[status])) {
      if (chance() < likely) await acts[act as Act](engine, order) // a key of the table above
    }
  }
}

async function quote(engine: Engine, accountId: string, coverage: string, chance: Chance): Promise<void> {
  const items = Array.from({ length: 1 + Math.floor(chance() * 3) }, (_, index): OrderItem => {
    const unitMinor = BigInt(60 + Math.floor(chance() * 3000))
    return {
      code: `ITEM-${index}`,
      name: 'Item',
      quantity: 1 + index,
      unitMinor,
      taxRateBp: pickOne(chance, [0, 800, 1000]),
    }
  })
  const orderId = engine.system.makeId(bucketOfAccount(accountId), engine.now())
  const externalId = `${engine.now()}`
  await quoteOrder(engine.system, { orderId, accountId, coverage, externalId, items, quotedBy: 'shop' }, engine.now())
}

interface Order {
  readonly accountId: string
  readonly orderId: string
}
const acts: Readonly<Record<Act, (engine: Engine, order: Order) => Promise<unknown>>> = {
  confirm: ({ system, now }, order) => confirmOrder(system, order, now()),
  cancel: ({ system, now }, order) => cancelOrder(system, { ...order, by: 'staff', cancelledBy: 'staff' }, now()),
  ship: ({ system, now }, order) => shipOrder(system, { ...order, shippedBy: 'shop' }, now()),
  retry: ({ system, now }, order) => retryOrder(system, { ...order, retriedBy: 'staff' }, now()),
  return: ({ system, now }, order) => {
    const refundId = system.makeId(bucketOfAccount(order.accountId), now())
    return returnOrder(system, { ...order, refundId, reason: 'sent back', returnedBy: 'shop' }, now())
  },
}
