/** Invoices, charges and fees of one account, a page at a time: newest first, from after the last row of the page before. */
import { sql } from 'kysely'
import type { Day, Instant, Month } from '../domain/calendar.ts'
import type { ChargeStatus } from '../domain/charge.ts'
import type { InvoiceStatus, TaxLine } from '../domain/invoice.ts'
import type { Minor } from '../domain/money.ts'
import type { RecordedSkip, Trigger } from '../domain/retry.ts'
import { type Queries, rowsOf } from './database.ts'

export interface ListOf {
  readonly bucket: number
  readonly accountId: string
  readonly coverage?: string | undefined
  readonly limit: number
}

export interface InvoiceRow {
  readonly invoiceId: string
  readonly coverage: string
  readonly month: Month
  readonly firstMonth: Month
  readonly status: InvoiceStatus
  readonly currency: string
  readonly taxLines: readonly TaxLine[]
  readonly netMinor: Minor
  readonly taxMinor: Minor
  readonly totalMinor: Minor
  readonly waivedMinor: Minor
  readonly creditAppliedMinor: Minor
  readonly creditNotedMinor: Minor
  readonly capturedMinor: Minor
  readonly refundedMinor: Minor
  readonly dueMinor: Minor
  readonly issuedAt: Instant
  readonly nextAttemptAt: Instant | null
  readonly failureCode: string | null
  readonly failedAt: Instant | null
  readonly paidAt: Instant | null
}

const invoiceColumns = sql`
  i.invoice_id as "invoiceId", i.coverage, i.month, i.first_month as "firstMonth", i.status, i.currency,
  i.tax_lines as "taxLines", i.net_minor as "netMinor", i.tax_minor as "taxMinor", i.total_minor as "totalMinor",
  i.waived_minor as "waivedMinor", i.credit_applied_minor as "creditAppliedMinor",
  i.credit_noted_minor as "creditNotedMinor", i.captured_minor as "capturedMinor", i.refunded_minor as "refundedMinor",
  i.due_minor as "dueMinor", i.issued_at as "issuedAt", i.next_attempt_at as "nextAttemptAt",
  i.failure_code as "failureCode", i.failed_at as "failedAt", i.paid_at as "paidAt"`

export interface InvoicesOf extends ListOf {
  readonly status?: InvoiceStatus | undefined
  readonly month?: string | undefined
  readonly after: { readonly month: string; readonly id: string } | null
}

export const listInvoices = (queries: Queries, of: InvoicesOf): Promise<InvoiceRow[]> =>
  rowsOf(
    queries,
    sql<InvoiceRow>`
      select ${invoiceColumns} from invoices i
      where i.bucket = ${of.bucket} and i.account_id = ${of.accountId}
        ${of.coverage === undefined ? sql`` : sql`and i.coverage = ${of.coverage}`}
        ${of.status === undefined ? sql`` : sql`and i.status = ${of.status}`}
        ${of.month === undefined ? sql`` : sql`and i.month = ${of.month}`}
        ${of.after === null ? sql`` : sql`and (i.month, i.invoice_id) < (${of.after.month}, ${of.after.id}::uuid)`}
      order by i.month desc, i.invoice_id desc limit ${of.limit}`,
  )

/** Null when the account has no such invoice. */
export async function readInvoice(
  queries: Queries,
  of: { readonly bucket: number; readonly accountId: string; readonly invoiceId: string },
): Promise<InvoiceRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<InvoiceRow>`
      select ${invoiceColumns} from invoices i
      where i.bucket = ${of.bucket} and i.invoice_id = ${of.invoiceId} and i.account_id = ${of.accountId}`,
  )
  return row ?? null
}

export interface ChargeRow {
  readonly chargeId: string
  readonly coverage: string
  readonly invoiceId: string | null
  readonly orderId: string | null
  readonly trigger: Trigger
  readonly status: ChargeStatus
  readonly amountMinor: Minor
  readonly capturedMinor: Minor
  readonly currency: string
  readonly brand: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly intendedAt: Instant
  readonly heldAt: Instant | null
  readonly capturedAt: Instant | null
  readonly releasedAt: Instant | null
  readonly settledAt: Instant | null
  readonly failureCode: string | null
  readonly errorCode: string | null
  readonly declineCode: string | null
  readonly adviceCode: string | null
  readonly networkCode: string | null
}

const chargeColumns = sql`
  c.charge_id as "chargeId", c.coverage, c.invoice_id as "invoiceId", c.order_id as "orderId", c.trigger, c.status,
  c.amount_minor as "amountMinor", c.captured_minor as "capturedMinor", c.currency, c.brand, k.last4,
  k.exp_month as "expMonth", k.exp_year as "expYear", c.intended_at as "intendedAt", c.held_at as "heldAt",
  c.captured_at as "capturedAt", c.released_at as "releasedAt", c.settled_at as "settledAt",
  c.failure_code as "failureCode", c.error_code as "errorCode", c.decline_code as "declineCode",
  c.advice_code as "adviceCode", c.network_code as "networkCode"`

export interface ChargesOf extends ListOf {
  readonly invoiceId?: string | undefined
  readonly orderId?: string | undefined
  readonly after: { readonly at: Instant; readonly id: string } | null
}

export const listCharges = (queries: Queries, of: ChargesOf): Promise<ChargeRow[]> =>
  rowsOf(
    queries,
    sql<ChargeRow>`
      select ${chargeColumns} from charges c
      left join cards k on k.bucket = c.bucket and k.card_id = c.card_id
      where c.bucket = ${of.bucket} and c.account_id = ${of.accountId}
        ${of.coverage === undefined ? sql`` : sql`and c.coverage = ${of.coverage}`}
        ${of.invoiceId === undefined ? sql`` : sql`and c.invoice_id = ${of.invoiceId}`}
        ${of.orderId === undefined ? sql`` : sql`and c.order_id = ${of.orderId}`}
        ${of.after === null ? sql`` : sql`and (c.intended_at, c.charge_id) < (${new Date(of.after.at)}, ${of.after.id}::uuid)`}
      order by c.intended_at desc, c.charge_id desc limit ${of.limit}`,
  )

/** Null when the account has no such charge. */
export async function readCharge(
  queries: Queries,
  of: { readonly bucket: number; readonly accountId: string; readonly chargeId: string },
): Promise<ChargeRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<ChargeRow>`
      select ${chargeColumns} from charges c
      left join cards k on k.bucket = c.bucket and k.card_id = c.card_id
      where c.bucket = ${of.bucket} and c.charge_id = ${of.chargeId} and c.account_id = ${of.accountId}`,
  )
  return row ?? null
}

export interface FeeRow {
  readonly externalId: string
  readonly month: Month
  readonly day: Day
  readonly wholeMonth: boolean
  readonly item: string
  readonly unitPrice: string | null
  readonly quantity: string | null
  readonly amount: string
  readonly taxRateBp: number
}

export interface FeesOf extends ListOf {
  readonly coverage: string
  /** Billing months, both included. */
  readonly from: string
  readonly to: string
  readonly after: { readonly day: string; readonly id: string } | null
}

/** Fees as they were billed, by day. */
export const listFees = (queries: Queries, of: FeesOf): Promise<FeeRow[]> =>
  rowsOf(
    queries,
    sql<FeeRow>`
      select external_id as "externalId", billing_month as month, day, whole_month as "wholeMonth", item,
        unit_price as "unitPrice", quantity, amount, tax_rate_bp as "taxRateBp"
      from fees
      where bucket = ${of.bucket} and account_id = ${of.accountId} and coverage = ${of.coverage}
        and billing_month >= ${of.from} and billing_month <= ${of.to}
        ${of.after === null ? sql`` : sql`and (day, external_id) > (${of.after.day}::date, ${of.after.id})`}
      order by day, external_id limit ${of.limit}`,
  )

export interface ItemSum {
  readonly item: string
  readonly lines: bigint
  readonly amount: string
}

/** What a month consists of: one sum per item, the largest first, before tax and rounding. */
export const sumFeesByItem = (
  queries: Queries,
  of: Pick<FeesOf, 'bucket' | 'accountId' | 'coverage' | 'from' | 'to'>,
): Promise<ItemSum[]> =>
  rowsOf(
    queries,
    sql<ItemSum>`
      select item, count(*) as lines, sum(amount)::text as amount from fees
      where bucket = ${of.bucket} and account_id = ${of.accountId} and coverage = ${of.coverage}
        and billing_month >= ${of.from} and billing_month <= ${of.to}
      group by item order by sum(amount) desc, item limit 200`,
  )

export interface SkipRow {
  readonly skippedOn: Day
  readonly reason: RecordedSkip
  readonly until: Instant | null
}

export const listSkips = (
  queries: Queries,
  of: { readonly bucket: number; readonly invoiceId: string },
): Promise<SkipRow[]> =>
  rowsOf(
    queries,
    sql<SkipRow>`
      select skipped_on as "skippedOn", reason, until from skips
      where bucket = ${of.bucket} and invoice_id = ${of.invoiceId} order by skipped_on desc limit 400`,
  )
