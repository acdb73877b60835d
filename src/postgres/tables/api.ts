/** Tables of the API itself. */
import type { ColumnType } from 'kysely'
import type { Instant } from '../../domain/calendar.ts'

export interface ApiTables {
  idempotent_requests: {
    caller: string
    key: string
    operation: string
    request_hash: Buffer
    resource_id: string
    claimed_by: string | null
    started_at: ColumnType<Instant, Date, Date>
    finished_at: ColumnType<Instant | null, Date | null | undefined, Date | null>
    status: number | null
    answer: string | null
  }
}
