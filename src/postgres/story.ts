/** Everything there is about one account, or one invoice, for telling its story: plain reads of one bucket. */
import { sql } from 'kysely'
import type { Day, Instant, Month } from '../domain/calendar.ts'
import type { ChargeStatus } from '../domain/charge.ts'
import type { EventKind } from '../domain/event.ts'
import type { InvoiceStatus, TaxLine } from '../domain/invoice.ts'
import type { PostingKind } from '../domain/ledger.ts'
import type { Minor } from '../domain/money.ts'
import type { RecordedSkip, Trigger } from '../domain/retry.ts'
import { type Queries, rowsOf } from './database.ts'
import type { Method } from './tables.ts'

export interface AccountRow {
  readonly accountId: string
  readonly kind: 'individual' | 'business'
  readonly createdAt: Instant
  readonly closedAt: Instant | null
  /** The root user's. */
  readonly email: string | null
}

export interface SettingsStory {
  readonly coverage: string
  readonly currency: string
  readonly timeZone: string
  readonly method: Method
  readonly brand: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly mark: string | null
  readonly markCode: string | null
  readonly trialEndsOn: Day | null
  readonly creditMinor: Minor
  readonly closedThrough: Month | null
  readonly carriedFrom: Month | null
}

export interface InvoiceStory {
  readonly invoiceId: string
  readonly accountId: string
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
  readonly capturedMinor: Minor
  readonly dueMinor: Minor
  readonly issuedAt: Instant
  readonly nextAttemptAt: Instant | null
  readonly failureCode: string | null
  readonly failureDeclineCode: string | null
  readonly approvedAt: Instant | null
  readonly approvedBy: string | null
  readonly paidAt: Instant | null
}

export interface ChargeStory {
  readonly chargeId: string
  readonly coverage: string
  readonly invoiceId: string | null
  readonly month: Month | null
  readonly trigger: Trigger
  readonly status: ChargeStatus
  readonly amountMinor: Minor
  readonly capturedMinor: Minor
  readonly currency: string
  readonly brand: string | null
  readonly last4: string | null
  readonly intendedAt: Instant
  readonly firstSentAt: Instant | null
  readonly sends: number
  readonly unknownSince: Instant | null
  readonly heldAt: Instant | null
  readonly capturedAt: Instant | null
  readonly settledAt: Instant | null
  readonly paymentId: string | null
  readonly failureCode: string | null
  readonly declineCode: string | null
  readonly refusedReason: string | null
}

export interface SkipStory {
  readonly invoiceId: string
  readonly coverage: string
  readonly month: Month
  readonly skippedOn: Day
  readonly reason: RecordedSkip
  readonly until: Instant | null
  readonly skippedAt: Instant
}

export interface PostingStory {
  readonly coverage: string
  readonly kind: PostingKind
  readonly debit: string
  readonly credit: string
  readonly amountMinor: Minor
  readonly currency: string
  readonly invoiceId: string | null
  readonly postedAt: Instant
}

export interface EventStory {
  readonly coverage: string | null
  readonly kind: EventKind
  readonly invoiceId: string | null
  readonly chargeId: string | null
  readonly details: Readonly<Record<string, unknown>>
  readonly happenedAt: Instant
}

/** Which rows: an account's, or one invoice's. */
export interface Of {
  readonly bucket: number
  readonly accountId: string
  readonly invoiceId?: string
}

export async function readAccount(queries: Queries, of: Of): Promise<AccountRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<AccountRow>`
      select a.account_id as "accountId", a.kind, a.created_at as "createdAt", a.closed_at as "closedAt", u.email
      from accounts a
      left join users u on u.bucket = a.bucket and u.account_id = a.account_id and u.role = 'root'
      where a.bucket = ${of.bucket} and a.account_id = ${of.accountId}`,
  )
  return row ?? null
}

export const readSettings = (queries: Queries, of: Of): Promise<SettingsStory[]> =>
  rowsOf(
    queries,
    sql<SettingsStory>`
      select s.coverage, v.currency, v.time_zone as "timeZone", s.method, k.brand, k.last4, k.exp_month as "expMonth",
        k.exp_year as "expYear", k.mark, k.mark_code as "markCode", s.trial_ends_on as "trialEndsOn",
        s.credit_minor as "creditMinor", s.closed_through as "closedThrough", s.carried_from as "carriedFrom"
      from payment_settings s join coverages v on v.coverage = s.coverage
      left join cards k on k.bucket = s.bucket and k.card_id = s.card_id
      where s.bucket = ${of.bucket} and s.account_id = ${of.accountId} order by s.coverage`,
  )

export const readInvoices = (queries: Queries, of: Of): Promise<InvoiceStory[]> =>
  rowsOf(
    queries,
    sql<InvoiceStory>`
      select invoice_id as "invoiceId", account_id as "accountId", coverage, month, first_month as "firstMonth", status,
        currency, tax_lines as "taxLines", net_minor as "netMinor", tax_minor as "taxMinor", total_minor as "totalMinor",
        waived_minor as "waivedMinor", credit_applied_minor as "creditAppliedMinor", captured_minor as "capturedMinor",
        due_minor as "dueMinor", issued_at as "issuedAt", next_attempt_at as "nextAttemptAt",
        failure_code as "failureCode", failure_decline_code as "failureDeclineCode", approved_at as "approvedAt",
        approved_by as "approvedBy", paid_at as "paidAt"
      from invoices i where i.bucket = ${of.bucket} and i.account_id = ${of.accountId} and ${ofInvoice(of)}
      order by issued_at, coverage, month`,
  )

export const readCharges = (queries: Queries, of: Of): Promise<ChargeStory[]> =>
  rowsOf(
    queries,
    sql<ChargeStory>`
      select c.charge_id as "chargeId", c.coverage, c.invoice_id as "invoiceId", i.month, c.trigger, c.status,
        c.amount_minor as "amountMinor", c.captured_minor as "capturedMinor", c.currency, c.brand, k.last4,
        c.intended_at as "intendedAt", c.first_sent_at as "firstSentAt", c.sends, c.unknown_since as "unknownSince",
        c.held_at as "heldAt", c.captured_at as "capturedAt", c.settled_at as "settledAt",
        c.gateway_payment_id as "paymentId", c.failure_code as "failureCode", c.decline_code as "declineCode",
        c.refused_reason as "refusedReason"
      from charges c
      left join invoices i on i.bucket = c.bucket and i.invoice_id = c.invoice_id
      left join cards k on k.bucket = c.bucket and k.card_id = c.card_id
      where c.bucket = ${of.bucket} and c.account_id = ${of.accountId} and ${ofInvoice(of, 'c')}
      order by c.intended_at, c.charge_id`,
  )

export const readSkips = (queries: Queries, of: Of): Promise<SkipStory[]> =>
  rowsOf(
    queries,
    sql<SkipStory>`
      select i.invoice_id as "invoiceId", i.coverage, i.month, s.skipped_on as "skippedOn", s.reason, s.until,
        s.skipped_at as "skippedAt"
      from invoices i join skips s on s.bucket = i.bucket and s.invoice_id = i.invoice_id
      where i.bucket = ${of.bucket} and i.account_id = ${of.accountId} and ${ofInvoice(of)} order by s.skipped_at`,
  )

export const readPostings = (queries: Queries, of: Of): Promise<PostingStory[]> =>
  rowsOf(
    queries,
    sql<PostingStory>`
      select coverage, kind, debit, credit, amount_minor as "amountMinor", currency, invoice_id as "invoiceId",
        posted_at as "postedAt"
      from postings i where i.bucket = ${of.bucket} and i.account_id = ${of.accountId} and ${ofInvoice(of)}
      order by posted_at, source_id, kind desc`,
  )

export const readEvents = (queries: Queries, of: Of): Promise<EventStory[]> =>
  rowsOf(
    queries,
    sql<EventStory>`
      select coverage, kind, invoice_id as "invoiceId", charge_id as "chargeId", details, happened_at as "happenedAt"
      from events i where i.bucket = ${of.bucket} and i.account_id = ${of.accountId} and ${ofInvoice(of)}
      order by happened_at, event_id`,
  )

/** The account an invoice belongs to; null when there is no such invoice. */
export async function readOwner(queries: Queries, bucket: number, invoiceId: string): Promise<string | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ accountId: string }>`
      select account_id as "accountId" from invoices where bucket = ${bucket} and invoice_id = ${invoiceId}`,
  )
  return row?.accountId ?? null
}

const ofInvoice = (of: Of, table = 'i') =>
  of.invoiceId === undefined ? sql`true` : sql`${sql.ref(`${table}.invoice_id`)} = ${of.invoiceId}`
