/** The tables of `migrations/0008_standing.sql`. */
import type { ColumnType, Generated } from 'kysely'
import type { Day, Instant } from '../../domain/calendar.ts'
import type { Standing } from '../../domain/standing.ts'

type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>

export interface StandingTables {
  standings: {
    bucket: number
    account_id: string
    coverage: string
    status: Standing
    overdue_since: MaybeAt
    reminded_on: Day | null
    reminded_after_days: number | null
    suspended_at: MaybeAt
    restored_at: MaybeAt
    exempt_since: MaybeAt
    exempt_until: Day | null
    exempt_by: string | null
    exempt_note: string | null
    postponed_until: Day | null
    postponed_at: MaybeAt
    postponed_by: string | null
    postponed_note: string | null
    next_check_at: MaybeAt
    woken_at: MaybeAt
    changed_at: At
    version: Generated<bigint>
  }
  standing_versions: { bucket: number; version: bigint }
}
