/** Orders as they are quoted, locked, moved on and charged. What may be done with one is decided in `domain/order.ts`. */
import { type RawBuilder, sql } from 'kysely'
import { dayMs, type Instant, plusMs } from '../domain/calendar.ts'
import type { Unsettled } from '../domain/charge.ts'
import type { Minor } from '../domain/money.ts'
import type { OrderFacts, OrderItem, OrderStatus, Quote } from '../domain/order.ts'
import { countedRefundStatuses } from '../domain/refund.ts'
import type { Trigger } from '../domain/retry.ts'
import { bucketsWhere } from './attempts.ts'
import { at, json, type Queries, rowsOf, table } from './database.ts'
import type { Method } from './tables.ts'

/** Which order; of this account, whoever asks. */
export interface OrderKey {
  readonly bucket: number
  readonly accountId: string
  readonly orderId: string
}

export interface NewOrder extends OrderKey, Quote {
  readonly coverage: string
  readonly externalId: string
  readonly currency: string
  readonly items: readonly OrderItem[]
}

/** False when the account has an order of this external id, or of this id, already. */
export async function insertOrder(tx: Queries, order: NewOrder, now: Instant): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    sql`
      insert into orders (bucket, order_id, account_id, coverage, external_id, status, currency, items, tax_lines,
        net_minor, tax_minor, total_minor, quoted_at, quote_ends_at)
      values (${order.bucket}, ${order.orderId}, ${order.accountId}, ${order.coverage}, ${order.externalId}, 'quoted',
        ${order.currency}, ${numbers(order.items)}, ${numbers(order.taxLines)}, ${order.netMinor}, ${order.taxMinor},
        ${order.totalMinor}, ${at(now)}, ${at(order.validUntil)})
      on conflict do nothing returning 1`,
  )
  return rows.length > 0
}

/** Within JSON, amounts are numbers: an order's largest is far below what a double holds exactly. */
const numbers = (rows: readonly object[]) =>
  sql`${JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))}::jsonb`

/** The order an external id names, and whether it is what is being quoted; null when there is none. */
export async function findQuoted(
  queries: Queries,
  order: NewOrder,
): Promise<{ readonly orderId: string; readonly same: boolean } | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ orderId: string; same: boolean }>`
      select order_id as "orderId", coverage = ${order.coverage} and items = ${numbers(order.items)} as same
      from orders where bucket = ${order.bucket} and account_id = ${order.accountId} and external_id = ${order.externalId}`,
  )
  return row ?? null
}

export interface LockedOrder extends OrderFacts {
  readonly coverage: string
  readonly currency: string
  /** The unsettled charge's. */
  readonly chargeId: string | null
}

/**
 * Locks one order against outcomes of its charge and against other acts; null when the account has none of this id.
 * What its charge is doing is read after the lock: as it is now, and not as it was while we waited.
 */
export async function lockOrder(tx: Queries, key: OrderKey): Promise<LockedOrder | null> {
  const ofKey = sql`bucket = ${key.bucket} and order_id = ${key.orderId} and account_id = ${key.accountId}`
  const [row] = await rowsOf(
    tx,
    sql<Omit<LockedOrder, 'unsettled' | 'chargeId' | keyof WentBack>>`
      select coverage, currency, status, total_minor as "totalMinor", captured_minor as "capturedMinor",
        quote_ends_at as "validUntil"
      from orders where ${ofKey} for no key update`,
  )
  if (!row) return null
  const [charge] = await rowsOf(
    tx,
    sql<{ chargeId: string; status: Unsettled }>`
      select charge_id as "chargeId", status from charges
      where bucket = ${key.bucket} and order_id = ${key.orderId} and settled_at is null`,
  )
  const [back] = await rowsOf(tx, sql<WentBack>`select ${wentBack} from orders o where ${ofKey}`)
  const none = { givenBackMinor: 0n, contestedMinor: 0n }
  return { ...row, ...(back ?? none), unsettled: charge?.status ?? null, chargeId: charge?.chargeId ?? null }
}

type WentBack = Pick<OrderFacts, 'givenBackMinor' | 'contestedMinor'>

const sumOf = (amount: RawBuilder<unknown>, from: 'refunds' | 'disputes', which: RawBuilder<unknown>) => sql`
  coalesce((select sum(${amount}) from ${sql.table(from)} b where b.bucket = o.bucket and b.account_id = o.account_id
    and b.order_id = o.order_id and ${which}), 0)::bigint`
const decided = sql`(b.status = 'lost' or b.decision is not null)`

/** Of an order `o`: what of its payment went back or is on its way, and what a dispute holds that is not over. */
export const wentBack = sql`
  ${sumOf(sql`b.amount_minor - b.from_credit_minor - b.lost_minor`, 'refunds', sql`b.status = any(${countedRefundStatuses}::text[])`)}
    + ${sumOf(sql`greatest(b.withdrawn_minor - b.from_credit_minor, b.returned_minor)`, 'disputes', decided)} as "givenBackMinor",
  ${sumOf(sql`b.withdrawn_minor - b.from_credit_minor`, 'disputes', sql`not ${decided}`)} as "contestedMinor"`

/** Never changes; null when the account has no such order. */
export async function coverageOfOrder(queries: Queries, key: OrderKey): Promise<string | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ coverage: string }>`select coverage from orders
      where bucket = ${key.bucket} and order_id = ${key.orderId} and account_id = ${key.accountId}`,
  )
  return row?.coverage ?? null
}

/** Moves a locked order on by somebody's act. */
export async function moveOrder(tx: Queries, key: OrderKey, to: OrderStatus, now: Instant): Promise<void> {
  const time = (status: OrderStatus, column: string) =>
    sql`case when ${to} = ${status} then ${at(now)} else ${sql.ref(column)} end`
  await sql`
    update orders set status = ${to}, failure_code = null, failure_decline_code = null, failed_at = null,
      charge_wanted_at = null, confirmed_at = ${time('confirming', 'confirmed_at')},
      shipping_at = ${time('shipping', 'shipping_at')}, shipped_at = ${time('shipped', 'shipped_at')},
      cancelling_at = ${time('cancelling', 'cancelling_at')}, cancelled_at = ${time('cancelled', 'cancelled_at')},
      returned_at = ${time('returned', 'returned_at')}
    where bucket = ${key.bucket} and order_id = ${key.orderId}`.execute(tx)
}

/** A locked order without a hold is about to ship: a worker makes the charge. */
export async function wantCharge(tx: Queries, key: OrderKey, now: Instant): Promise<void> {
  await sql`update orders set charge_wanted_at = ${at(now)}
    where bucket = ${key.bucket} and order_id = ${key.orderId}`.execute(tx)
}

/** What the order's unsettled charge waits for has been decided: a worker looks at it now. */
export async function wakeCharge(tx: Queries, key: OrderKey, now: Instant): Promise<void> {
  await sql`update charges set next_step_at = ${at(now)}
    where bucket = ${key.bucket} and order_id = ${key.orderId} and settled_at is null`.execute(tx)
}

/** The charge that paid the order; what was captured in excess is another matter. */
export async function findPayment(queries: Queries, key: OrderKey): Promise<string | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ chargeId: string }>`
      select c.charge_id as "chargeId" from charges c
      where c.bucket = ${key.bucket} and c.order_id = ${key.orderId} and c.status = 'captured' and exists (
        select from postings p where p.bucket = c.bucket and p.account_id = c.account_id and p.source_id = c.charge_id
          and p.kind in ('order_net', 'order_tax'))`,
  )
  return row?.chargeId ?? null
}

/** Who would pay an order, and with what card; attempts are those that the networks count for it. */
export interface OrderPayment {
  readonly orderId: string
  readonly accountId: string
  readonly coverage: string
  readonly currency: string
  readonly totalMinor: Minor
  readonly accountClosed: boolean
  readonly method: Method
  readonly customerId: string | null
  readonly cardId: string | null
  readonly paymentMethodId: string | null
  readonly fingerprint: string | null
  readonly brand: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly mark: 'never' | 'customer' | 'after' | null
  readonly retryAfter: Instant | null
  readonly attemptsAt: Instant[]
}

export const readOrderPayments = (
  queries: Queries,
  bucket: number,
  orderIds: readonly string[],
  now: Instant,
): Promise<OrderPayment[]> =>
  rowsOf(
    queries,
    sql<OrderPayment>`
      select o.order_id as "orderId", o.account_id as "accountId", o.coverage, o.currency, o.total_minor as "totalMinor",
        a.closed_at is not null as "accountClosed", s.method, s.gateway_customer_id as "customerId",
        k.card_id as "cardId", k.gateway_payment_method_id as "paymentMethodId", k.fingerprint, k.brand,
        k.exp_month as "expMonth", k.exp_year as "expYear", k.mark, k.retry_after as "retryAfter",
        array(
          select c.first_sent_at from charges c
          where c.bucket = o.bucket and c.account_id = o.account_id and c.intended_at > ${at(plusMs(now, -60 * dayMs))}
            and c.fingerprint = k.fingerprint and c.amount_minor = o.total_minor
            and c.first_sent_at > ${at(plusMs(now, -30 * dayMs))} and c.status not in ('not_executed', 'refused')
          order by c.first_sent_at
        ) as "attemptsAt"
      from orders o
      join accounts a on a.bucket = o.bucket and a.account_id = o.account_id
      join payment_settings s on s.bucket = o.bucket and s.account_id = o.account_id and s.coverage = o.coverage
      left join cards k on k.bucket = s.bucket and k.card_id = s.card_id
      where o.bucket = ${bucket} and o.order_id = any(${orderIds}::uuid[])`,
  )

/** A charge to be made for an order: columns of `charges` by name. */
export interface OrderIntent {
  readonly charge_id: string
  readonly account_id: string
  readonly coverage: string
  readonly order_id: string
  readonly trigger: Trigger
  readonly priority: number
  readonly amount_minor: Minor
  readonly currency: string
  readonly gateway_customer_id: string
  readonly card_id: string
  readonly gateway_payment_method_id: string
  readonly fingerprint: string
  readonly brand: string
  readonly off_session: boolean
  readonly api_version: string
}

const intentColumns = {
  charge_id: 'uuid',
  account_id: 'text',
  coverage: 'text',
  order_id: 'uuid',
  trigger: 'text',
  priority: 'smallint',
  amount_minor: 'bigint',
  currency: 'text',
  gateway_customer_id: 'text',
  card_id: 'uuid',
  gateway_payment_method_id: 'text',
  fingerprint: 'text',
  brand: 'text',
  off_session: 'boolean',
  api_version: 'text',
} as const

/** Commits intents for any worker to perform. Their orders are locked; one whose card was just replaced is left out. */
export async function insertOrderIntents(
  tx: Queries,
  bucket: number,
  intents: readonly OrderIntent[],
  now: Instant,
): Promise<Set<string>> {
  const rows = await rowsOf(
    tx,
    sql<{ orderId: string }>`
      insert into charges (bucket, charge_id, account_id, coverage, order_id, trigger, status, priority, amount_minor,
        currency, gateway_customer_id, card_id, gateway_payment_method_id, fingerprint, brand, off_session, api_version,
        intended_at, next_step_at)
      select ${bucket}, charge_id, account_id, coverage, order_id, trigger, 'intended', priority, amount_minor,
        currency, gateway_customer_id, card_id, gateway_payment_method_id, fingerprint, brand, off_session, api_version,
        ${at(now)}, ${at(now)}
      from ${table(intents, intentColumns)}
      where exists (select from payment_settings s where s.bucket = ${bucket} and s.account_id = d.account_id
        and s.coverage = d.coverage and s.card_id = d.card_id)
      on conflict do nothing
      returning order_id as "orderId"`,
  )
  return new Set(rows.map((row) => row.orderId))
}

/** Locks orders that are about to ship without a hold. */
export async function lockOrdersWantingCharge(
  tx: Queries,
  bucket: number,
  now: Instant,
  limit: number,
): Promise<string[]> {
  const rows = await rowsOf(
    tx,
    sql<{ orderId: string }>`
      select order_id as "orderId" from orders where bucket = ${bucket} and charge_wanted_at <= ${at(now)}
      order by order_id limit ${limit} for no key update skip locked`,
  )
  return rows.map((row) => row.orderId)
}

/** What became of them: charged, or failed with its public code. */
export async function settleWanted(
  tx: Queries,
  bucket: number,
  orders: readonly { readonly order_id: string; readonly failure_code: string | null }[],
  now: Instant,
): Promise<void> {
  await sql`
    update orders o set charge_wanted_at = null, failure_code = d.failure_code,
      status = case when d.failure_code is null then o.status else 'failed' end,
      failed_at = case when d.failure_code is not null then ${at(now)} end
    from json_to_recordset(${json(orders)}) as d(order_id uuid, failure_code text)
    where o.bucket = ${bucket} and o.order_id = d.order_id`.execute(tx)
}

export const bucketsWithOrdersWantingCharge = (queries: Queries, now: Instant): Promise<number[]> =>
  bucketsWhere(queries, sql`select from orders o where o.bucket = b and o.charge_wanted_at <= ${at(now)}`)
