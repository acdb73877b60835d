/** The tables of migrations/0012_settlement.sql: what the gateway holds of ours and sends to our bank. */
import type { ColumnType } from 'kysely'
import type { Instant } from '../../domain/calendar.ts'
import type { Direction, EntryKind, GatewayPostingKind, PayoutStatus, Verdict } from '../../domain/settlement.ts'

type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>

export interface SettlementTables {
  balance_readings: {
    coverage: string
    next_read_at: At
    read_through: At
    reading_to: MaybeAt
    reading_after: string | null
    payouts_read_through: At
    told_through: At
    claimed_by: string | null
  }
  balance_entries: {
    coverage: string
    entry_id: string
    kind: EntryKind
    verdict: Verdict
    amount_minor: bigint
    fee_minor: bigint
    currency: string
    created_at: At
    available_at: At
    gateway_payment_id: string | null
    gateway_refund_id: string | null
    gateway_dispute_id: string | null
    charge_id: string | null
    account_id: string | null
    of_bucket: number | null
    source_id: string | null
    direction: Direction | null
    about_payout_id: string | null
    payout_id: string | null
  }
  gateway_postings: {
    coverage: string
    entry_id: string
    kind: GatewayPostingKind
    debit: string
    credit: string
    amount_minor: bigint
    currency: string
    posted_at: At
  }
  payouts: {
    coverage: string
    payout_id: string
    amount_minor: bigint
    currency: string
    status: PayoutStatus
    created_at: At
    arrives_at: At
    entries_known: boolean
    entries_after: string | null
    entries_read_at: MaybeAt
  }
}
