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
