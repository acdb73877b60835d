/** Orders as the API shows them: plain reads of one account. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { Unsettled } from '../domain/charge.ts'
import type { OrderFacts, OrderStatus } from '../domain/order.ts'
import { type Queries, rowsOf } from './database.ts'
import { type OrderKey, wentBack } from './orders.ts'

export interface OrderRow extends OrderFacts {
  readonly orderId: string
  readonly externalId: string
  readonly coverage: string
  readonly currency: string
  /** As JSON holds them. */
  readonly items: readonly {
    readonly code: string
    readonly name: string
    readonly quantity: number
    readonly unitMinor: number
    readonly taxRateBp: number
  }[]
  readonly taxLines: readonly { readonly taxRateBp: number; readonly netMinor: number; readonly taxMinor: number }[]
  readonly netMinor: bigint
  readonly taxMinor: bigint
  readonly quotedAt: Instant
  readonly confirmedAt: Instant | null
  readonly heldAt: Instant | null
  readonly shippingAt: Instant | null
  readonly shippedAt: Instant | null
  readonly cancelledAt: Instant | null
  readonly returnedAt: Instant | null
  readonly failedAt: Instant | null
  readonly failureCode: string | null
  readonly failureDeclineCode: string | null
  /** The charge that asks its payer a 3-D Secure question now. */
  readonly askingChargeId: string | null
}

const columns = sql`
  o.order_id as "orderId", o.external_id as "externalId", o.coverage, o.status, o.currency, o.items,
  o.tax_lines as "taxLines", o.net_minor as "netMinor", o.tax_minor as "taxMinor", o.total_minor as "totalMinor",
  o.captured_minor as "capturedMinor", ${wentBack}, o.quoted_at as "quotedAt", o.quote_ends_at as "validUntil",
  o.confirmed_at as "confirmedAt", o.held_at as "heldAt", o.shipping_at as "shippingAt", o.shipped_at as "shippedAt",
  o.cancelled_at as "cancelledAt", o.returned_at as "returnedAt", o.failed_at as "failedAt",
  o.failure_code as "failureCode", o.failure_decline_code as "failureDeclineCode", c.status as unsettled,
  case when c.status = 'needs_customer' then c.charge_id end as "askingChargeId"`

const charged = sql`left join charges c on c.bucket = o.bucket and c.order_id = o.order_id and c.settled_at is null`

export async function readOrder(queries: Queries, key: OrderKey): Promise<OrderRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<OrderRow & { unsettled: Unsettled | null }>`
      select ${columns} from orders o ${charged}
      where o.bucket = ${key.bucket} and o.order_id = ${key.orderId} and o.account_id = ${key.accountId}`,
  )
  return row ?? null
}

export interface OrdersOf {
  readonly bucket: number
  readonly accountId: string
  readonly coverage?: string | undefined
  readonly status?: OrderStatus | undefined
  readonly externalId?: string | undefined
  readonly after: { readonly at: Instant; readonly id: string } | null
  readonly limit: number
}

/** Newest first. */
export const listOrders = (queries: Queries, of: OrdersOf): Promise<OrderRow[]> =>
  rowsOf(
    queries,
    sql<OrderRow>`
      select ${columns} from orders o ${charged}
      where o.bucket = ${of.bucket} and o.account_id = ${of.accountId}
        ${of.coverage === undefined ? sql`` : sql`and o.coverage = ${of.coverage}`}
        ${of.status === undefined ? sql`` : sql`and o.status = ${of.status}`}
        ${of.externalId === undefined ? sql`` : sql`and o.external_id = ${of.externalId}`}
        ${of.after === null ? sql`` : sql`and (o.quoted_at, o.order_id) < (${new Date(of.after.at)}, ${of.after.id}::uuid)`}
      order by o.quoted_at desc, o.order_id desc limit ${of.limit}`,
  )
