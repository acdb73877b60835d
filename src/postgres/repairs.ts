/**
 * What refunds and disputes share: the locks under which they are decided, and writing what they do to an invoice, the
 * ledger and the account's credit.
 */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { ChargeStatus } from '../domain/charge.ts'
import type { InvoiceStatus, TaxLine } from '../domain/invoice.ts'
import { postingKinds } from '../domain/ledger.ts'
import type { Minor } from '../domain/money.ts'
import { type ChargeSums, countedRefundStatuses, type RefundableFacts, splitLeft } from '../domain/refund.ts'
import type { InvoiceRepair, Posting, RefundSubject } from '../domain/refund-outcome.ts'
import type { StaffQueueKind } from '../domain/staff-queue.ts'
import { at, json, type Queries, rowsOf } from './database.ts'
import { wakeStandings } from './standing-wakes.ts'

/** A charge whose money is given or taken back. */
export interface RepairedCharge {
  readonly bucket: number
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  readonly currency: string
  readonly invoiceId: string | null
  readonly orderId: string | null
  readonly status: ChargeStatus
  readonly paymentId: string | null
  readonly capturedMinor: Minor
}

export async function readRepairedCharge(
  queries: Queries,
  bucket: number,
  chargeId: string,
): Promise<RepairedCharge | null> {
  const [row] = await rowsOf(
    queries,
    sql<RepairedCharge>`
      select bucket, charge_id as "chargeId", account_id as "accountId", coverage, currency, invoice_id as "invoiceId",
        order_id as "orderId", status, gateway_payment_id as "paymentId", captured_minor as "capturedMinor"
      from charges where bucket = ${bucket} and charge_id = ${chargeId}`,
  )
  return row ?? null
}

/** What is owed and what may be given back, as it stays until the commit. */
export interface Locked {
  readonly subject: RefundSubject | null
  readonly refundable: RefundableFacts
}

/** Locks the account's credit, then the invoice or order, then the charge: in the order of `database.ts`. */
export async function lockRepaired(tx: Queries, charge: RepairedCharge): Promise<Locked> {
  const { bucket, accountId, coverage, chargeId } = charge
  const [settings] = await rowsOf(
    tx,
    sql<{ creditMinor: Minor }>`
      select credit_minor as "creditMinor" from payment_settings
      where bucket = ${bucket} and account_id = ${accountId} and coverage = ${coverage} for no key update`,
  )
  const subject = await lockSubject(tx, charge)
  await sql`select from charges where bucket = ${bucket} and charge_id = ${chargeId} for no key update`.execute(tx)
  const [sums] = await rowsOf(
    tx,
    sql<ChargeSums & { status: ChargeStatus; disputed: boolean }>`
      select c.status, c.captured_minor as "capturedMinor", r.given_minor as "givenMinor",
        d.withdrawn_minor as "withdrawnMinor", p.credited_minor - r.credit_lost_minor as "creditedMinor", d.disputed
      from charges c,
        lateral (select
            coalesce(sum(case when credit = 'customer_credit' then amount_minor else -amount_minor end), 0)::bigint
              as credited_minor
          from postings where bucket = ${bucket} and account_id = ${accountId} and 'customer_credit' in (debit, credit)
            and source_id in (select c.charge_id
              union all select refund_id from refunds where bucket = ${bucket} and charge_id = c.charge_id
              union all select dispute_id from disputes where bucket = ${bucket} and charge_id = c.charge_id)) p,
        -- What went out as credit after that had been used is no longer there to be paid out.
        lateral (select coalesce(sum(amount_minor), 0)::bigint as given_minor,
            coalesce(sum(lost_minor) filter (where carries = 'credit'), 0)::bigint as credit_lost_minor
          from refunds where bucket = ${bucket} and charge_id = c.charge_id
            and status = any(${countedRefundStatuses}::text[])) r,
        lateral (select coalesce(sum(withdrawn_minor), 0)::bigint as withdrawn_minor,
            coalesce(bool_or(status in ('inquiry', 'open', 'under_review')), false) as disputed
          from disputes where bucket = ${bucket} and charge_id = c.charge_id) d
      where c.bucket = ${bucket} and c.charge_id = ${chargeId}`,
  )
  if (!settings || !sums) throw new Error(`charge ${chargeId} has lost its account's settings`)
  const refundable = {
    ...splitLeft(sums),
    status: sums.status,
    disputed: sums.disputed,
    creditMinor: settings.creditMinor,
    currency: charge.currency,
    ofInvoice: charge.invoiceId !== null,
  }
  return { subject, refundable }
}

async function lockSubject(tx: Queries, charge: RepairedCharge): Promise<RefundSubject | null> {
  const { bucket, invoiceId, orderId } = charge
  if (invoiceId === null && orderId === null) return null
  const [row] = await rowsOf(
    tx,
    invoiceId !== null
      ? sql<SubjectRow>`
          select status, due_minor as "dueMinor", reopened_minor as "reopenedMinor",
            captured_minor - refunded_minor as "keptMinor", tax_lines as "taxLines"
          from invoices where bucket = ${bucket} and invoice_id = ${invoiceId} for no key update`
      : sql<SubjectRow>`
          select null as status, 0::bigint as "dueMinor", 0::bigint as "reopenedMinor", captured_minor as "keptMinor",
            tax_lines as "taxLines"
          from orders where bucket = ${bucket} and order_id = ${orderId} for no key update`,
  )
  if (!row) throw new Error(`charge ${charge.chargeId} has lost its invoice or order`)
  const notes = await rowsOf(
    tx,
    sql<{ lines: readonly WrittenLine[] }>`
      select note_lines as lines from refunds where bucket = ${bucket} and account_id = ${charge.accountId}
        and ${invoiceId !== null ? sql`invoice_id = ${invoiceId}` : sql`order_id = ${orderId}`}
        and status = 'succeeded' and note_lines is not null
      union all
      select note_lines from disputes where bucket = ${bucket} and account_id = ${charge.accountId}
        and ${invoiceId !== null ? sql`invoice_id = ${invoiceId}` : sql`order_id = ${orderId}`} and note_lines is not null`,
  )
  const noted = notes.flatMap(({ lines }) => readLines(lines))
  const notedMinor = noted.reduce((sum, line) => sum + line.netMinor + line.taxMinor, 0n)
  return {
    of: invoiceId !== null ? 'invoice' : 'order',
    status: row.status,
    dueMinor: row.dueMinor,
    reopenedMinor: row.reopenedMinor,
    // An order's own row does not say what was given back.
    keptMinor: invoiceId !== null ? row.keptMinor : row.keptMinor - notedMinor,
    taxLines: readLines(row.taxLines),
    noted,
  }
}

interface SubjectRow {
  readonly status: InvoiceStatus | null
  readonly dueMinor: Minor
  readonly reopenedMinor: Minor
  readonly keptMinor: Minor
  readonly taxLines: readonly WrittenLine[]
}

/** Minor units in JSON columns are written as text or as integers. */
export interface WrittenLine {
  readonly taxRateBp: number
  readonly netMinor: string | number
  readonly taxMinor: string | number
}

export const readLines = (lines: readonly WrittenLine[] | null): TaxLine[] =>
  (lines ?? []).map(({ taxRateBp, netMinor, taxMinor }) => ({
    taxRateBp,
    netMinor: BigInt(netMinor),
    taxMinor: BigInt(taxMinor),
  }))

/** Lines as a JSON value to write; null where there are none. */
export const writtenLines = (lines: readonly TaxLine[] | null) => (lines === null ? sql`null` : json(lines))

export interface Repair {
  readonly postings: readonly Posting[]
  readonly invoice: InvoiceRepair | null
  readonly creditMinor: Minor
}

/** Ledger, invoice and credit, under the locks of `lockRepaired`. `sourceId`: the refund or the dispute. */
export async function writeRepair(
  tx: Queries,
  charge: RepairedCharge,
  sourceId: string,
  { postings, invoice, creditMinor }: Repair,
  now: Instant,
): Promise<void> {
  const { bucket, accountId, coverage, currency, invoiceId } = charge
  if (postings.length > 0) {
    const rows = postings.map(({ kind, amountMinor }) => ({ kind, amount_minor: amountMinor, ...postingKinds[kind] }))
    await sql`
      insert into postings (bucket, account_id, source_id, kind, coverage, invoice_id, debit, credit, amount_minor, currency, posted_at)
      select ${bucket}, ${accountId}, ${sourceId}, kind, ${coverage}, ${invoiceId}, debit, credit, amount_minor, ${currency},
        ${at(now)} from json_populate_recordset(null::postings, ${json(rows)})`.execute(tx)
  }
  if (invoice && invoiceId !== null) {
    await repairInvoice(tx, bucket, invoiceId, invoice, now)
    await wakeStandings(tx, bucket, [{ account_id: accountId, coverage }], now)
  }
  if (creditMinor !== 0n) {
    await sql`
      update payment_settings set credit_minor = credit_minor + ${creditMinor}, updated_at = ${at(now)}
      where bucket = ${bucket} and account_id = ${accountId} and coverage = ${coverage}`.execute(tx)
  }
}

async function repairInvoice(
  tx: Queries,
  bucket: number,
  invoiceId: string,
  { refundedMinor, creditNotedMinor, becomes }: InvoiceRepair,
  now: Instant,
): Promise<void> {
  const becoming =
    becomes === 'reopened'
      ? sql`, status = 'outstanding', reopened_at = ${at(now)}, next_attempt_at = null, paid_at = null`
      : becomes === 'paid'
        ? sql`, status = 'paid', paid_at = ${at(now)}, next_attempt_at = null, requested_trigger = null,
            requested_at = null, failure_code = null, failure_decline_code = null, failed_at = null`
        : sql``
  // What goes back without a credit note is due again; what comes back of it is no longer.
  const reopenedMinor = refundedMinor - creditNotedMinor
  await sql`
    update invoices set refunded_minor = refunded_minor + ${refundedMinor},
      credit_noted_minor = credit_noted_minor + ${creditNotedMinor},
      reopened_minor = reopened_minor + ${reopenedMinor} ${becoming}
    where bucket = ${bucket} and invoice_id = ${invoiceId}`.execute(tx)
}

/** Calls staff to a refund or a dispute, once for each kind of trouble. */
export async function callStaff(
  tx: Queries,
  charge: RepairedCharge,
  entry: {
    readonly entryId: string
    readonly kind: StaffQueueKind
    readonly subjectId: string
    readonly evidence: Readonly<Record<string, unknown>>
  },
  now: Instant,
): Promise<void> {
  const { bucket, accountId, coverage, chargeId } = charge
  await sql`
    insert into staff_queue (bucket, entry_id, account_id, coverage, kind, subject_id, charge_id, evidence, opened_at)
    values (${bucket}, ${entry.entryId}, ${accountId}, ${coverage}, ${entry.kind}, ${entry.subjectId}, ${chargeId},
      ${json([entry.evidence])}::jsonb->0, ${at(now)})
    on conflict do nothing`.execute(tx)
}
