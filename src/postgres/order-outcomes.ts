/** Orders move with their charges: locked before the outcome is decided, written in the statement that records it. */
import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { OrderState } from '../domain/learnt.ts'
import { at, type Queries, rowsOf, table } from './database.ts'
import type { Recorded } from './outcomes.ts'

/**
 * Locks orders whose charges have an outcome, in the order of their ids and after the invoices, as `lockInvoices` does:
 * an order is captured only while it is to be shipped, and stays so until the commit. A closed account pays with no
 * card any more: what was put back before it closed is not sent again (F30).
 */
export async function lockOrderStates(
  tx: Queries,
  bucket: number,
  orderIds: readonly string[],
): Promise<Map<string, OrderState>> {
  if (orderIds.length === 0) return new Map()
  const rows = await rowsOf(
    tx,
    sql<OrderState & { orderId: string }>`
      select order_id as "orderId", status, net_minor as "netMinor", tax_minor as "taxMinor",
        total_minor as "totalMinor", captured_minor as "capturedMinor", shipping_at as "shippingAt",
        (select s.card_id from payment_settings s
          join accounts a on a.bucket = s.bucket and a.account_id = s.account_id and a.closed_at is null
          where s.bucket = ${bucket} and s.account_id = o.account_id and s.coverage = o.coverage) as "cardId"
      from orders o where bucket = ${bucket} and order_id = any(${orderIds}::uuid[])
      order by order_id for no key update`,
  )
  return new Map(rows.map((row) => [row.orderId, row]))
}

/** The part of `writeOutcomes` that moves orders; nothing at all when no charge in it has one. */
export function orderedPart(bucket: number, outcomes: readonly Recorded[], now: Instant): RawBuilder<unknown> {
  const orders = outcomes.flatMap(orderRow)
  return orders.length === 0
    ? sql``
    : sql`, ordered as (
      update orders o set status = d.status, captured_minor = o.captured_minor + d.captured_minor,
        held_at = case when d.status = 'held' then coalesce(o.held_at, ${at(now)}) else o.held_at end,
        shipped_at = case when d.status = 'shipped' then ${at(now)} end,
        cancelled_at = case when d.status = 'cancelled' then ${at(now)} end,
        failure_code = d.failure_code, failure_decline_code = d.decline_code,
        failed_at = case when d.failure_code is not null then ${at(now)} end,
        charge_wanted_at = case when d.wants_charge then ${at(now)} end
      from ${table(orders, orderColumns)}
      where o.bucket = ${bucket} and o.order_id = d.order_id
    )`
}

/** What happened to the order itself, besides its charge. */
export const orderEventRow = ({ charge, effects, orderEventId }: Recorded) =>
  effects.order?.event && orderEventId
    ? [
        {
          account_id: charge.accountId,
          event_id: orderEventId,
          coverage: charge.coverage,
          kind: effects.order.event,
          invoice_id: null,
          charge_id: charge.chargeId,
          details: { orderId: charge.orderId, amountMinor: charge.amountMinor, code: effects.order.failure?.code },
        },
      ]
    : []

function orderRow({ charge: { orderId }, effects: { order } }: Recorded) {
  if (!order || !orderId) return []
  return [
    {
      order_id: orderId,
      status: order.status,
      captured_minor: order.capturedMinor,
      failure_code: order.failure?.code,
      decline_code: order.failure?.declineCode,
      wants_charge: order.wantsCharge,
    },
  ]
}

const orderColumns = {
  order_id: 'uuid',
  status: 'text',
  captured_minor: 'bigint',
  failure_code: 'text',
  decline_code: 'text',
  wants_charge: 'boolean',
} as const
