/** The tables as TypeScript sees them; `schema.sql` is how PostgreSQL does, and a test compares the two's columns. */
import type { ColumnType, Generated } from 'kysely'
import type { Day, Instant, Month } from '../domain/calendar.ts'
import type { ChargeStatus } from '../domain/charge.ts'
import type { EventKind } from '../domain/event.ts'
import type { InvoiceStatus } from '../domain/invoice.ts'
import type { LedgerAccount, PostingKind } from '../domain/ledger.ts'
import type { RecordedSkip, Trigger } from '../domain/retry.ts'
import type { StaffQueueKind } from '../domain/staff-queue.ts'
import type { ApiTables } from './tables/api.ts'
import type { IdentityTables } from './tables/identity.ts'
import type { MessageTables } from './tables/messages.ts'
import type { OrderTables } from './tables/orders.ts'
import type { ReconciliationTables } from './tables/reconciliation.ts'
import type { RepairsTables } from './tables/repairs.ts'
import type { SettlementTables } from './tables/settlement.ts'
import type { StandingTables } from './tables/standing.ts'

type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>
type Json = ColumnType<unknown, string, string>

export type Method = 'none' | 'trial' | 'card' | 'bank_transfer'
export type RunStatus = 'open' | 'closing' | 'collecting' | 'finished'
export type RequestedTrigger = 'activate' | 'card_registered' | 'staff'
export interface Tables
  extends ApiTables,
    IdentityTables,
    MessageTables,
    OrderTables,
    ReconciliationTables,
    RepairsTables,
    SettlementTables,
    StandingTables {
  coverages: { coverage: string; currency: string; time_zone: string; live_since: MaybeAt }
  clock: { only_row: boolean; frozen_at: MaybeAt; offset_ms: bigint | null }
  runs: {
    coverage: string
    month: Month
    status: RunStatus
    fees_complete_at: MaybeAt
    closing_at: MaybeAt
    collecting_at: MaybeAt
    finished_at: MaybeAt
    paused_at: MaybeAt
    paused_reason: string | null
  }
  workers: { worker_id: string; host: string; pid: number; started_at: At; heartbeat_at: At; ended_at: MaybeAt }
  gateway_pace: {
    coverage: string
    endpoint: string
    taken_until: At
    factor: Generated<number>
    slowed_at: MaybeAt
  }
  accounts: {
    bucket: number
    account_id: string
    kind: 'individual' | 'business'
    created_at: At
    closed_at: MaybeAt
    activated_at_wall: Generated<Instant[]>
  }
  users: {
    bucket: number
    user_id: string
    account_id: string
    role: 'root' | 'sam'
    email: string | null
    user_name: string | null
    created_at: At
    language: 'en' | 'ja' | null
  }
  cards: {
    bucket: number
    card_id: string
    account_id: string
    coverage: string
    gateway_payment_method_id: string
    fingerprint: string
    brand: string
    last4: string
    exp_month: number
    exp_year: number
    registered_at: At
    replaced_at: MaybeAt
    mark: 'never' | 'customer' | 'after' | null
    mark_code: string | null
    marked_at: MaybeAt
    retry_after: MaybeAt
    expiry_told: number | null
  }
  payment_settings: {
    bucket: number
    account_id: string
    coverage: string
    method: Method
    card_id: string | null
    gateway_customer_id: string | null
    trial_ends_on: Day | null
    trial_days: Generated<string>
    credit_minor: Generated<bigint>
    usual_minor: bigint | null
    closed_through: Month | null
    carried_from: Month | null
    updated_at: At
  }
  fees: {
    bucket: number
    account_id: string
    external_id: string
    coverage: string
    billing_month: Month
    day: Day
    whole_month: boolean
    item: string
    unit_price: string | null
    quantity: string | null
    amount: string
    tax_rate_bp: number
    attributes: Json | null
    imported_at: At
  }
  invoices: {
    bucket: number
    invoice_id: string
    account_id: string
    coverage: string
    month: Month
    first_month: Month
    status: InvoiceStatus
    currency: string
    tax_lines: Json
    net_minor: bigint
    tax_minor: bigint
    total_minor: bigint
    waived_minor: Generated<bigint>
    credit_applied_minor: Generated<bigint>
    credit_noted_minor: Generated<bigint>
    captured_minor: Generated<bigint>
    refunded_minor: Generated<bigint>
    transferred_minor: Generated<bigint>
    due_minor: ColumnType<bigint, never, never>
    issued_at: At
    next_attempt_at: MaybeAt
    requested_trigger: RequestedTrigger | null
    requested_at: MaybeAt
    failure_code: string | null
    failure_decline_code: string | null
    failed_at: MaybeAt
    overdue_since: MaybeAt
    approved_at: MaybeAt
    approved_by: string | null
    paid_at: MaybeAt
    disputed_at: MaybeAt
    reopened_at: MaybeAt
    reopened_minor: Generated<bigint>
  }
  charges: {
    bucket: number
    charge_id: string
    account_id: string
    coverage: string
    invoice_id: string | null
    order_id: string | null
    trigger: Trigger
    status: ChargeStatus
    priority: number
    amount_minor: bigint
    currency: string
    gateway_customer_id: string
    card_id: string | null
    gateway_payment_method_id: string | null
    fingerprint: string | null
    brand: string | null
    off_session: boolean
    api_version: string
    attempt_on: Day | null
    intended_at: At
    begun_from: string | null
    next_step_at: MaybeAt
    claimed_by: string | null
    first_sent_at: MaybeAt
    last_sent_at: MaybeAt
    sends: Generated<number>
    unknown_since: MaybeAt
    gateway_payment_id: string | null
    held_at: MaybeAt
    hold_expires_at: MaybeAt
    capturing_at: MaybeAt
    releasing_at: MaybeAt
    capture_minor: bigint | null
    captured_at: MaybeAt
    captured_minor: Generated<bigint>
    released_at: MaybeAt
    settled_at: MaybeAt
    failure_code: string | null
    error_code: string | null
    decline_code: string | null
    advice_code: string | null
    network_code: string | null
    refused_reason: string | null
  }
  skips: {
    bucket: number
    invoice_id: string
    skipped_on: Day
    account_id: string
    reason: RecordedSkip
    until: MaybeAt
    skipped_at: At
  }
  postings: {
    bucket: number
    account_id: string
    source_id: string
    kind: PostingKind
    coverage: string
    invoice_id: string | null
    debit: LedgerAccount
    credit: LedgerAccount
    amount_minor: bigint
    currency: string
    posted_at: At
  }
  events: {
    bucket: number
    account_id: string
    event_id: string
    coverage: string | null
    kind: EventKind
    invoice_id: string | null
    charge_id: string | null
    details: Json
    happened_at: At
  }
  staff_queue: {
    bucket: number
    entry_id: string
    account_id: string
    coverage: string
    kind: StaffQueueKind
    subject_id: string
    charge_id: string | null
    evidence: Json
    opened_at: At
    closed_at: MaybeAt
    closed_by: string | null
  }
}
