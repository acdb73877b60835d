/**
 * What we have of what the gateway mentions, a page at a time, and what of ours it did not mention. Nothing is decided
 * here: `domain/reconciliation.ts` compares.
 */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { DisputeStatus } from '../domain/dispute.ts'
import type { LostFacts, OurCharge } from '../domain/reconciliation.ts'
import type { RefundStatus } from '../domain/refund.ts'
import type { Trigger } from '../domain/retry.ts'
import { json, type Queries, rowsOf } from './database.ts'

export interface FoundCharge extends OurCharge {
  readonly bucket: number
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  readonly invoiceId: string | null
  readonly orderId: string | null
  readonly trigger: Trigger
  readonly intendedAt: Instant
  readonly apiVersion: string
}

const chargeColumns = sql`c.bucket, c.charge_id as "chargeId", c.account_id as "accountId", c.coverage, c.trigger, c.status,
  c.invoice_id as "invoiceId", c.order_id as "orderId",
  c.settled_at is not null as settled, c.claimed_by is not null as claimed, c.gateway_payment_id as "paymentId",
  c.gateway_customer_id as "customerId", c.amount_minor as "amountMinor", c.captured_minor as "capturedMinor", c.currency,
  c.intended_at as "intendedAt", c.api_version as "apiVersion",
  (select coalesce(sum(f.amount_minor), 0)::bigint from refunds f where f.bucket = c.bucket
    and f.charge_id = c.charge_id and f.status in ('pending', 'succeeded')) as "refundedMinor"`

export interface ChargeKey {
  readonly bucket: number
  readonly charge_id: string
}

export const findCharges = (queries: Queries, keys: readonly ChargeKey[]): Promise<FoundCharge[]> =>
  keys.length === 0
    ? Promise.resolve([])
    : rowsOf(
        queries,
        sql<FoundCharge>`
          select ${chargeColumns} from json_to_recordset(${json(keys)}) as d(bucket smallint, charge_id uuid)
          join charges c on c.bucket = d.bucket and c.charge_id = d.charge_id`,
      )

/** Which of these payments a reconciliation has told of. */
export async function findToldPayments(
  queries: Queries,
  coverage: string,
  paymentIds: readonly string[],
): Promise<Set<string>> {
  if (paymentIds.length === 0) return new Set()
  const rows = await rowsOf(
    queries,
    sql<{ objectId: string }>`
      select distinct object_id as "objectId" from reconciliation_differences
      where coverage = ${coverage} and object_id = any(${paymentIds}::text[])`,
  )
  return new Set(rows.map(({ objectId }) => objectId))
}

export interface LostKey {
  readonly bucket: number
  readonly payment_id: string
  readonly account_id: string
  /** Null where it is no id of ours. */
  readonly subject_id: string | null
  readonly currency: string
}

/** By payment id: what we know of what lost charges were for. */
export async function findLostFacts(
  queries: Queries,
  coverage: string,
  keys: readonly LostKey[],
): Promise<Map<string, LostFacts & { readonly invoiceId: string | null; readonly orderId: string | null }>> {
  if (keys.length === 0) return new Map()
  const rows = await rowsOf(
    queries,
    sql<{ paymentId: string; invoiceId: string | null; orderId: string | null; subjectNamed: boolean }>`
      select d.payment_id as "paymentId", i.invoice_id as "invoiceId", o.order_id as "orderId",
        d.subject_id is not null as "subjectNamed"
      from json_to_recordset(${json(keys)})
        as d(bucket smallint, payment_id text, account_id text, subject_id uuid, currency text)
      join payment_settings s on s.bucket = d.bucket and s.account_id = d.account_id and s.coverage = ${coverage}
      left join invoices i on i.bucket = d.bucket and i.invoice_id = d.subject_id and i.account_id = d.account_id
        and i.coverage = ${coverage} and i.currency = d.currency
      left join orders o on o.bucket = d.bucket and o.order_id = d.subject_id and o.account_id = d.account_id
        and o.coverage = ${coverage} and o.currency = d.currency`,
  )
  return new Map(
    rows.map(({ paymentId, ...row }) => [
      paymentId,
      { ...row, accountKnown: true, subjectKnown: row.invoiceId !== null || row.orderId !== null },
    ]),
  )
}

/** Whose customers these are, in any bucket: of payments that bear no id of ours. */
export const findCustomers = (
  queries: Queries,
  coverage: string,
  customerIds: readonly string[],
): Promise<{ bucket: number; accountId: string; customerId: string }[]> =>
  customerIds.length === 0
    ? Promise.resolve([])
    : rowsOf(
        queries,
        sql<{ bucket: number; accountId: string; customerId: string }>`
          select s.bucket, s.account_id as "accountId", s.gateway_customer_id as "customerId"
          from generate_series(0, 63) b join payment_settings s on s.bucket = b
            and s.gateway_customer_id = any(${customerIds}::text[])
          where s.coverage = ${coverage}`,
      )

export interface FoundRefund {
  readonly bucket: number
  readonly refundId: string
  readonly chargeId: string
  readonly accountId: string
  readonly status: RefundStatus
  readonly amountMinor: bigint
  readonly gatewayRefundId: string
  readonly paymentId: string
}

const refundColumns = sql`r.bucket, r.refund_id as "refundId", r.charge_id as "chargeId", r.account_id as "accountId",
  r.status, r.amount_minor as "amountMinor", r.gateway_refund_id as "gatewayRefundId", r.gateway_payment_id as "paymentId"`

export const findRefundsAtGateway = (
  queries: Queries,
  coverage: string,
  gatewayRefundIds: readonly string[],
): Promise<FoundRefund[]> =>
  rowsOf(
    queries,
    sql<FoundRefund>`
      select ${refundColumns} from generate_series(0, 63) b join refunds r on r.bucket = b
        and r.gateway_refund_id = any(${gatewayRefundIds}::text[])
      where r.coverage = ${coverage}`,
  )

export interface FoundDispute {
  readonly bucket: number
  readonly disputeId: string
  readonly chargeId: string
  readonly accountId: string
  readonly status: DisputeStatus
  readonly gatewayDisputeId: string
  readonly amountMinor: bigint
}

const disputeColumns = sql`t.bucket, t.dispute_id as "disputeId", t.charge_id as "chargeId", t.account_id as "accountId",
  t.status, t.gateway_dispute_id as "gatewayDisputeId", t.amount_minor as "amountMinor"`

export const findDisputesAtGateway = (
  queries: Queries,
  coverage: string,
  gatewayDisputeIds: readonly string[],
): Promise<FoundDispute[]> =>
  rowsOf(
    queries,
    sql<FoundDispute>`
      select ${disputeColumns} from generate_series(0, 63) b join disputes t on t.bucket = b
        and t.gateway_dispute_id = any(${gatewayDisputeIds}::text[])
      where t.coverage = ${coverage}`,
  )

export interface Seen {
  readonly bucket: number
  readonly object_id: string
}

export async function markSeen(tx: Queries, reconciliationId: string, seen: readonly Seen[]): Promise<void> {
  if (seen.length === 0) return
  await sql`
    insert into reconciliation_seen (bucket, reconciliation_id, object_id)
    select bucket, ${reconciliationId}, object_id
    from json_to_recordset(${json(seen)}) as d(bucket smallint, object_id uuid)
    on conflict do nothing`.execute(tx)
}

export async function forgetSeen(tx: Queries, reconciliationId: string): Promise<void> {
  await sql`delete from reconciliation_seen s using generate_series(0, 63) b
    where s.bucket = b and s.reconciliation_id = ${reconciliationId}`.execute(tx)
}

/** Where a page of ours ended. */
export interface OurCursor {
  readonly bucket: number
  readonly id: string
}
export interface OurPage {
  readonly reconciliationId: string
  readonly coverage: string
  /** Ids of the period: those of ours begin with their time. */
  readonly fromId: string
  readonly toId: string
  readonly after: OurCursor | null
  readonly limit: number
}

const startingAt = ({ after }: OurPage) => sql`generate_series(${after?.bucket ?? 0}::int, 63) b`
const beyond = ({ after, fromId, toId }: OurPage, id: 'charge_id' | 'refund_id') => sql`
  ${sql.ref(id)} >= ${fromId}::uuid and ${sql.ref(id)} < ${toId}::uuid
  ${after === null ? sql`` : sql`and (b > ${after.bucket} or ${sql.ref(id)} > ${after.id}::uuid)`}`
const unseen = ({ reconciliationId }: OurPage, id: 'charge_id' | 'refund_id') => sql`not exists (
  select from reconciliation_seen s where s.bucket = b and s.reconciliation_id = ${reconciliationId}
    and s.object_id = ${sql.ref(id)})`

/** Charges of the period that the gateway should have mentioned and did not: they took money, or may. */
export const readUnmentionedCharges = (queries: Queries, page: OurPage): Promise<FoundCharge[]> =>
  rowsOf(
    queries,
    sql<FoundCharge>`
      select x.* from ${startingAt(page)}, lateral (
        select ${chargeColumns} from charges c
        where c.bucket = b and ${beyond(page, 'charge_id')} and c.coverage = ${page.coverage}
          and c.gateway_payment_id is not null and c.amount_minor > 0
          and (c.status = 'captured' or c.settled_at is null and c.claimed_by is null)
          and ${unseen(page, 'charge_id')}
        order by c.charge_id limit ${page.limit}
      ) x order by x.bucket, x."chargeId" limit ${page.limit}`,
  )

export const readUnmentionedRefunds = (queries: Queries, page: OurPage): Promise<FoundRefund[]> =>
  rowsOf(
    queries,
    sql<FoundRefund>`
      select x.* from ${startingAt(page)}, lateral (
        select ${refundColumns} from refunds r
        where r.bucket = b and ${beyond(page, 'refund_id')} and r.coverage = ${page.coverage}
          and r.status in ('pending', 'succeeded') and ${unseen(page, 'refund_id')}
        order by r.refund_id limit ${page.limit}
      ) x order by x.bucket, x."refundId" limit ${page.limit}`,
  )

/** Disputes that are not over, whenever they were opened: the event that ended one may have been lost. */
export const readOpenDisputes = (queries: Queries, page: OurPage): Promise<FoundDispute[]> =>
  rowsOf(
    queries,
    sql<FoundDispute>`
      select x.* from ${startingAt(page)}, lateral (
        select ${disputeColumns} from disputes t
        where t.bucket = b and t.coverage = ${page.coverage} and t.ended_at is null
          ${page.after === null ? sql`` : sql`and (b > ${page.after.bucket} or t.dispute_id > ${page.after.id}::uuid)`}
        order by t.dispute_id limit ${page.limit}
      ) x order by x.bucket, x."disputeId" limit ${page.limit}`,
  )
