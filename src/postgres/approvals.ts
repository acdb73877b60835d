/** Invoices that wait for staff before any money moves. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { InvoiceStatus } from '../domain/invoice.ts'
import type { Minor } from '../domain/money.ts'
import { at, type Queries, rowsOf } from './database.ts'
import { lockSettings, type SettingsKey } from './payment-settings.ts'

export interface InvoiceToApprove {
  readonly accountId: string
  readonly coverage: string
  readonly status: InvoiceStatus
  readonly totalMinor: Minor
  readonly dueMinor: Minor
  readonly usualMinor: Minor | null
}

/** Locks the payment settings and then the invoice, in the order of everybody who locks both. */
export async function lockForApproval(
  tx: Queries,
  bucket: number,
  invoiceId: string,
): Promise<InvoiceToApprove | null> {
  const [owner] = await rowsOf(
    tx,
    sql<{ accountId: string; coverage: string }>`
      select account_id as "accountId", coverage from invoices where bucket = ${bucket} and invoice_id = ${invoiceId}`,
  )
  if (!owner) return null
  await lockSettings(tx, { bucket, ...owner })
  const [row] = await rowsOf(
    tx,
    sql<InvoiceToApprove>`
      select i.account_id as "accountId", i.coverage, i.status, i.total_minor as "totalMinor", i.due_minor as "dueMinor",
        s.usual_minor as "usualMinor"
      from invoices i
      join payment_settings s on s.bucket = i.bucket and s.account_id = i.account_id and s.coverage = i.coverage
      where i.bucket = ${bucket} and i.invoice_id = ${invoiceId} for no key update of i`,
  )
  return row ?? null
}

/** To be collected now: by the account's card, unless it pays by transfer. */
export async function approve(
  tx: Queries,
  bucket: number,
  invoiceId: string,
  approvedBy: string,
  now: Instant,
): Promise<void> {
  await sql`
    update invoices i set status = 'scheduled', approved_at = ${at(now)}, approved_by = ${approvedBy},
      next_attempt_at = case when s.method <> 'bank_transfer' then ${at(now)} end
    from payment_settings s
    where i.bucket = ${bucket} and i.invoice_id = ${invoiceId} and i.status = 'awaiting_approval'
      and s.bucket = i.bucket and s.account_id = i.account_id and s.coverage = i.coverage`.execute(tx)
}

export async function writeUsual(tx: Queries, key: SettingsKey, usualMinor: Minor): Promise<void> {
  await sql`
    update payment_settings set usual_minor = ${usualMinor}
    where bucket = ${key.bucket} and account_id = ${key.accountId} and coverage = ${key.coverage}`.execute(tx)
}

/** Asks for an attempt on behalf of staff. False when the invoice is paid, or a charge for it is at work. */
export async function requestStaffAttempt(
  tx: Queries,
  bucket: number,
  invoiceId: string,
  now: Instant,
): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    sql`
      update invoices i set requested_trigger = 'staff', requested_at = ${at(now)}
      where i.bucket = ${bucket} and i.invoice_id = ${invoiceId} and i.status = 'outstanding' and not exists (
        select from charges c where c.bucket = i.bucket and c.invoice_id = i.invoice_id and c.settled_at is null)
      returning 1`,
  )
  return rows.length > 0
}

export interface WaitingInvoice {
  readonly accountId: string
  readonly invoiceId: string
  readonly coverage: string
  readonly month: string
  readonly currency: string
  readonly totalMinor: Minor
  readonly usualMinor: Minor | null
  readonly issuedAt: Instant
}

/** Over all accounts, by id: what waits for staff before any money moves. */
export const listAwaitingApproval = (
  queries: Queries,
  after: string | null,
  limit: number,
): Promise<WaitingInvoice[]> =>
  rowsOf(
    queries,
    sql<WaitingInvoice>`
      select i.account_id as "accountId", i.invoice_id as "invoiceId", i.coverage, i.month, i.currency,
        i.total_minor as "totalMinor", s.usual_minor as "usualMinor", i.issued_at as "issuedAt"
      from invoices i
      join payment_settings s on s.bucket = i.bucket and s.account_id = i.account_id and s.coverage = i.coverage
      where i.status = 'awaiting_approval' ${after === null ? sql`` : sql`and i.invoice_id > ${after}::uuid`}
      order by i.invoice_id limit ${limit}`,
  )
