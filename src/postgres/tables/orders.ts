/** The table of migrations/0007_orders.sql. */
import type { ColumnType, Generated } from 'kysely'
import type { Instant } from '../../domain/calendar.ts'
import type { OrderStatus } from '../../domain/order.ts'

type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>
type Json = ColumnType<unknown, string, string>

export interface OrderTables {
  orders: {
    bucket: number
    order_id: string
    account_id: string
    coverage: string
    external_id: string
    status: OrderStatus
    currency: string
    items: Json
    tax_lines: Json
    net_minor: bigint
    tax_minor: bigint
    total_minor: bigint
    captured_minor: Generated<bigint>
    quoted_at: At
    quote_ends_at: At
    confirmed_at: MaybeAt
    held_at: MaybeAt
    shipping_at: MaybeAt
    shipped_at: MaybeAt
    cancelling_at: MaybeAt
    cancelled_at: MaybeAt
    returned_at: MaybeAt
    failed_at: MaybeAt
    failure_code: string | null
    failure_decline_code: string | null
    charge_wanted_at: MaybeAt
  }
}
