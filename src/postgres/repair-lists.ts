/** Refunds and disputes of one account, a page at a time, newest first. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { Decision, DisputeStatus } from '../domain/dispute.ts'
import type { TaxLine } from '../domain/invoice.ts'
import type { Minor } from '../domain/money.ts'
import type { Carries, RefundStatus } from '../domain/refund.ts'
import type { ListOf } from './billing-lists.ts'
import { type Queries, rowsOf } from './database.ts'
import { readLines, type WrittenLine } from './repairs.ts'

export interface RefundRow {
  readonly refundId: string
  readonly coverage: string
  readonly chargeId: string
  readonly invoiceId: string | null
  readonly orderId: string | null
  readonly origin: 'staff' | 'gateway'
  readonly carries: Carries
  readonly status: RefundStatus
  readonly amountMinor: Minor
  readonly fromCreditMinor: Minor
  readonly currency: string
  readonly noteLines: readonly TaxLine[]
  readonly reason: string
  readonly requestedBy: string | null
  readonly failedReason: string | null
  readonly intendedAt: Instant
  readonly succeededAt: Instant | null
  readonly settledAt: Instant | null
}

type Written<Row> = Omit<Row, 'noteLines'> & { readonly noteLines: readonly WrittenLine[] | null }
const read = <Row>(row: Written<Row>) => ({ ...row, noteLines: readLines(row.noteLines) }) as unknown as Row // as written

const refundColumns = sql`
  refund_id as "refundId", coverage, charge_id as "chargeId", invoice_id as "invoiceId", order_id as "orderId", origin,
  carries, status, amount_minor as "amountMinor", from_credit_minor as "fromCreditMinor", currency, note_lines as "noteLines", reason,
  requested_by as "requestedBy", failed_reason as "failedReason", intended_at as "intendedAt",
  succeeded_at as "succeededAt", settled_at as "settledAt"`

export interface RepairsOf extends ListOf {
  readonly chargeId?: string | undefined
  readonly invoiceId?: string | undefined
  readonly orderId?: string | undefined
  readonly after: { readonly id: string } | null
}

const filters = (of: RepairsOf, id: string) => sql`
  bucket = ${of.bucket} and account_id = ${of.accountId}
  ${of.coverage === undefined ? sql`` : sql`and coverage = ${of.coverage}`}
  ${of.chargeId === undefined ? sql`` : sql`and charge_id = ${of.chargeId}`}
  ${of.invoiceId === undefined ? sql`` : sql`and invoice_id = ${of.invoiceId}`}
  ${of.orderId === undefined ? sql`` : sql`and order_id = ${of.orderId}`}
  ${of.after === null ? sql`` : sql`and ${sql.ref(id)} < ${of.after.id}::uuid`}`

/** Ids begin with the time at which they were made. */
export async function listRefunds(queries: Queries, of: RepairsOf): Promise<RefundRow[]> {
  const rows = await rowsOf(
    queries,
    sql<Written<RefundRow>>`
      select ${refundColumns} from refunds where ${filters(of, 'refund_id')} order by refund_id desc limit ${of.limit}`,
  )
  return rows.map((row) => read<RefundRow>(row))
}

export async function readRefund(
  queries: Queries,
  of: { readonly bucket: number; readonly accountId: string; readonly refundId: string },
): Promise<RefundRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<Written<RefundRow>>`select ${refundColumns} from refunds
      where bucket = ${of.bucket} and refund_id = ${of.refundId} and account_id = ${of.accountId}`,
  )
  return row ? read<RefundRow>(row) : null
}

export interface DisputeRow {
  readonly disputeId: string
  readonly accountId: string
  readonly coverage: string
  readonly chargeId: string
  readonly invoiceId: string | null
  readonly orderId: string | null
  readonly gatewayDisputeId: string
  readonly amountMinor: Minor
  readonly withdrawnMinor: Minor
  readonly fromCreditMinor: Minor
  readonly returnedMinor: Minor
  readonly currency: string
  readonly reason: string
  readonly status: DisputeStatus
  readonly evidenceDueAt: Instant | null
  readonly openedAt: Instant
  readonly endedAt: Instant | null
  readonly decision: Decision | null
  readonly decidedAt: Instant | null
  readonly decidedBy: string | null
  readonly decidedWhy: string | null
}

const disputeColumns = sql`
  dispute_id as "disputeId", account_id as "accountId", coverage, charge_id as "chargeId", invoice_id as "invoiceId",
  order_id as "orderId", gateway_dispute_id as "gatewayDisputeId", amount_minor as "amountMinor",
  withdrawn_minor as "withdrawnMinor", from_credit_minor as "fromCreditMinor", returned_minor as "returnedMinor", currency, reason, status,
  evidence_due_at as "evidenceDueAt", opened_at as "openedAt", ended_at as "endedAt", decision,
  decided_at as "decidedAt", decided_by as "decidedBy", decided_why as "decidedWhy"`

export const listDisputes = (queries: Queries, of: RepairsOf): Promise<DisputeRow[]> =>
  rowsOf(
    queries,
    sql<DisputeRow>`
      select ${disputeColumns} from disputes where ${filters(of, 'dispute_id')}
      order by dispute_id desc limit ${of.limit}`,
  )

export async function readDispute(
  queries: Queries,
  of: { readonly bucket: number; readonly accountId: string; readonly disputeId: string },
): Promise<DisputeRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<DisputeRow>`select ${disputeColumns} from disputes
      where bucket = ${of.bucket} and dispute_id = ${of.disputeId} and account_id = ${of.accountId}`,
  )
  return row ?? null
}
