/** Orders in tests: quoting one, and asking what became of it. */
import { sql } from 'kysely'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import type { OrderItem } from '../../src/domain/order.ts'
import { cancelOrder } from '../../src/operations/orders/cancel-order.ts'
import { confirmOrder, retryOrder } from '../../src/operations/orders/confirm-order.ts'
import { quoteOrder } from '../../src/operations/orders/quote-order.ts'
import { shipOrder } from '../../src/operations/orders/ship-order.ts'
import type { System } from '../../src/operations/system.ts'
import type { Engine } from './engine.ts'

export const accountId = 'OP0000000001'

/** 30.00 and shipping 5.00 at 10 %, 1.99 without tax: 40.49 in all. */
export const items: readonly OrderItem[] = [
  { code: 'SIM-NANO', name: 'Air SIM card (nano)', quantity: 3, unitMinor: 1000n, taxRateBp: 1000 },
  { code: 'SHIPPING', name: 'Shipping cost', quantity: 1, unitMinor: 500n, taxRateBp: 1000 },
  { code: 'BOOK', name: 'Guide', quantity: 1, unitMinor: 199n, taxRateBp: 0 },
]
export const totalMinor = 4049n

export async function quoted(engine: Engine, externalId = 'order-1', of = accountId): Promise<string> {
  const orderId = engine.system.makeId(bucketOfAccount(of), engine.now())
  const request = { orderId, accountId: of, coverage: 'g', externalId, items, quotedBy: 'shop' }
  const answer = await quoteOrder(engine.system, request, engine.now())
  if ('refused' in answer) throw new Error(`quote refused: ${answer.refused}`)
  return answer.orderId
}

/** The acts of one order, by whoever has the right to them. */
export const actsOn = (engine: Engine, orderId: string, system: System = engine.system, of = accountId) => {
  const order = { accountId: of, orderId }
  return {
    confirm: () => confirmOrder(system, order, engine.now()),
    ship: () => shipOrder(system, { ...order, shippedBy: 'shop' }, engine.now()),
    retry: () => retryOrder(system, { ...order, retriedBy: 'Sato' }, engine.now()),
    cancel: (by: 'payer' | 'platform' | 'staff' = 'platform') =>
      cancelOrder(system, { ...order, by, cancelledBy: by === 'payer' ? null : 'somebody' }, engine.now()),
  }
}

/** `status captured [code]` of every order, then `trigger status` of its charges in the order they were made. */
export async function ordersOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ told: string }>`
    select concat_ws(' | ', concat_ws(' ', o.status, o.captured_minor, o.failure_code), (
      select string_agg(c.trigger || ' ' || c.status, ', ' order by c.intended_at, c.charge_id) from charges c
      where c.bucket = o.bucket and c.order_id = o.order_id)) as told
    from orders o order by quoted_at, external_id`.execute(engine.system.db)
  return rows.map(({ told }) => told)
}
