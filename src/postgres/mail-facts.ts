/** What an e-mail says, read when it is sent: whom to, in which language, and the sums as they are now (F47). */
import { sql } from 'kysely'
import type { Day, Instant, Month } from '../domain/calendar.ts'
import type { DeclineCodes } from '../domain/decline.ts'
import type { InvoiceStatus } from '../domain/invoice.ts'
import type { MessageKind } from '../domain/message.ts'
import { at, type Queries, rowsOf } from './database.ts'
import type { Method } from './tables.ts'

export interface MailRow {
  readonly messageId: string
  readonly kind: MessageKind
  readonly accountId: string | null
  readonly coverage: string | null
  readonly details: unknown
  readonly sealed: string | null
  readonly attempts: number
  readonly happenedAt: Instant
  /** What it says was good until then, in wall time, and is no more. */
  readonly isOver: boolean
  /** Null: there is nobody to write to. */
  readonly address: string | null
  readonly language: 'en' | 'ja' | null
  readonly accountClosed: boolean
  /** What the account uses, for the language of what is about no coverage. */
  readonly coverages: readonly string[]
  /** How the coverage is paid now. */
  readonly method: Method | null
  readonly charge: {
    readonly amountMinor: string
    readonly capturedMinor: string
    readonly settledAt: string | null
    readonly decline: DeclineCodes | null
  } | null
  readonly card: {
    readonly brand: string
    readonly last4: string
    readonly expMonth: number
    readonly expYear: number
    readonly replaced: boolean
  } | null
  readonly invoice: {
    readonly status: InvoiceStatus
    readonly month: Month
    readonly firstMonth: Month
    readonly dueMinor: string
    readonly nextAttemptAt: string | null
  } | null
  /** What is outstanding in the coverage now, the oldest first. */
  readonly outstanding: readonly { readonly month: Month; readonly firstMonth: Month; readonly dueMinor: string }[]
  readonly suspendsOn: Day | null
}

/**
 * Sums are text here: what JSON calls a number is not exact. A message about a card names the charge's own, which may
 * have been replaced since, or the one that its event speaks of.
 */
export const readMailRows = (
  queries: Queries,
  bucket: number,
  messageIds: readonly string[],
  wallNow: Instant,
): Promise<MailRow[]> =>
  rowsOf(
    queries,
    sql<MailRow>`
      select m.message_id as "messageId", m.kind, m.account_id as "accountId", m.coverage, m.details, m.sealed, m.attempts,
        m.happened_at as "happenedAt", coalesce(m.not_after_wall <= ${at(wallNow)}, false) as "isOver",
        coalesce(l.email, u.email) as address, u.language, a.closed_at is not null as "accountClosed",
        array(select s.coverage from payment_settings s where s.bucket = ${bucket} and s.account_id = m.account_id) as coverages,
        (select s.method from payment_settings s where s.bucket = ${bucket} and s.account_id = m.account_id
          and s.coverage = m.coverage) as method,
        case when c.charge_id is not null then json_build_object('amountMinor', c.amount_minor::text,
          'capturedMinor', c.captured_minor::text, 'settledAt', c.settled_at,
          'decline', case when c.error_code is not null then json_build_object('code', c.error_code,
            'declineCode', c.decline_code, 'adviceCode', c.advice_code, 'networkCode', c.network_code) end) end as charge,
        case when k.card_id is not null then json_build_object('brand', k.brand, 'last4', k.last4,
          'expMonth', k.exp_month, 'expYear', k.exp_year, 'replaced', k.replaced_at is not null) end as card,
        case when i.invoice_id is not null then json_build_object('status', i.status, 'month', i.month,
          'firstMonth', i.first_month, 'dueMinor', i.due_minor::text, 'nextAttemptAt', i.next_attempt_at) end as invoice,
        coalesce((select json_agg(json_build_object('month', o.month, 'firstMonth', o.first_month,
            'dueMinor', o.due_minor::text) order by o.month)
          from invoices o where o.bucket = ${bucket} and o.account_id = m.account_id and o.coverage = m.coverage
            and o.status = 'outstanding' and o.due_minor > 0 and o.disputed_at is null), '[]'::json) as outstanding,
        m.details->>'suspendsOn' as "suspendsOn"
      from messages m
      left join logins l on l.login_id = m.login_id
      left join users u on u.bucket = ${bucket} and u.account_id = m.account_id and u.role = 'root'
      left join accounts a on a.bucket = ${bucket} and a.account_id = m.account_id
      left join charges c on c.bucket = ${bucket} and c.charge_id = m.charge_id
      left join cards k on k.bucket = ${bucket} and k.card_id = coalesce(c.card_id, (m.details->>'cardId')::uuid)
      left join invoices i on i.bucket = ${bucket} and i.invoice_id = m.invoice_id
      where m.bucket = ${bucket} and m.message_id = any(${[...messageIds]}::uuid[])
      order by m.happened_at, m.message_id`,
  )
