/** The tables of migrations/0006_repairs.sql: money given back or taken back, and what the gateway tells us by itself. */
import type { ColumnType, Generated } from 'kysely'
import type { Instant } from '../../domain/calendar.ts'
import type { Decision, DisputeStatus } from '../../domain/dispute.ts'
import type { Carries, RefundStatus } from '../../domain/refund.ts'

type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>
type Json = ColumnType<unknown, string, string>

export interface RepairsTables {
  refunds: {
    bucket: number
    refund_id: string
    account_id: string
    coverage: string
    charge_id: string
    invoice_id: string | null
    order_id: string | null
    origin: 'staff' | 'gateway'
    carries: Carries
    status: RefundStatus
    amount_minor: bigint
    currency: string
    gateway_payment_id: string
    api_version: string
    reason: string
    requested_by: string | null
    note_lines: Json | null
    intended_at: At
    next_step_at: MaybeAt
    claimed_by: string | null
    first_sent_at: MaybeAt
    last_sent_at: MaybeAt
    sends: Generated<number>
    unknown_since: MaybeAt
    gateway_refund_id: string | null
    succeeded_at: MaybeAt
    settled_at: MaybeAt
    lost_minor: Generated<bigint>
    from_credit_minor: Generated<bigint>
    failed_reason: string | null
  }
  disputes: {
    bucket: number
    dispute_id: string
    account_id: string
    coverage: string
    charge_id: string
    invoice_id: string | null
    order_id: string | null
    gateway_dispute_id: string
    amount_minor: bigint
    currency: string
    reason: string
    status: DisputeStatus
    withdrawn_minor: Generated<bigint>
    from_credit_minor: Generated<bigint>
    evidence_due_at: MaybeAt
    opened_at: At
    ended_at: MaybeAt
    decision: Decision | null
    decided_at: MaybeAt
    decided_by: string | null
    decided_why: string | null
    returned_minor: Generated<bigint>
    note_lines: Json | null
  }
  gateway_events: {
    coverage: string
    event_id: string
    type: string
    about: Json
    received_at_wall: At
    attempts: Generated<number>
    next_try_at_wall: MaybeAt
    claimed_by: string | null
    handled_at_wall: MaybeAt
    outcome: 'recorded' | 'known_already' | 'nothing_of_ours' | null
    last_problem: string | null
  }
}
