/** The tables of `migrations/0011_reconciliation.sql`. */
import type { ColumnType, Generated } from 'kysely'
import type { Day, Instant } from '../../domain/calendar.ts'
import type { Difference, DifferenceOutcome, Stage } from '../../domain/reconciliation.ts'

type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>
type Json = ColumnType<unknown, string, string>

export interface ReconciliationTables {
  reconciliations: {
    reconciliation_id: string
    coverage: string
    from_on: Day
    to_on: Day
    reason: 'asked' | 'daily' | 'restored'
    daily_on: Day | null
    requested_by: string
    begun_at: At
    finished_at: MaybeAt
    stage: Stage
    cursor: string | null
    claimed_by: string | null
    next_step_at: MaybeAt
    payments_read: Generated<number>
    refunds_read: Generated<number>
    disputes_read: Generated<number>
    ours_read: Generated<number>
    foreign_payments: Generated<number>
  }
  reconciliation_differences: {
    reconciliation_id: string
    kind: Difference
    object_id: string
    coverage: string
    account_id: string | null
    outcome: DifferenceOutcome
    evidence: Json
    found_at: At
  }
  reconciliation_seen: { bucket: number; reconciliation_id: string; object_id: string }
}
