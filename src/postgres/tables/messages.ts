/** The tables of migrations/0009_messages.sql. */
import type { ColumnType, Generated } from 'kysely'
import type { Instant } from '../../domain/calendar.ts'
import type { MessageKind, MessageStatus } from '../../domain/message.ts'

type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>

export interface MessageTables {
  mail_outbox: { bucket: number; batch_id: string; account_ids: string[]; event_ids: string[] }
  messages: {
    bucket: number
    message_id: string
    account_id: string | null
    login_id: string | null
    coverage: string | null
    kind: MessageKind
    about: string
    event_id: string | null
    invoice_id: string | null
    charge_id: string | null
    details: ColumnType<unknown, string, string>
    sealed: string | null
    status: MessageStatus
    happened_at: At
    next_try_at_wall: MaybeAt
    not_after_wall: MaybeAt
    claimed_by: string | null
    attempts: Generated<number>
    last_problem: string | null
    ended_at_wall: MaybeAt
  }
}
