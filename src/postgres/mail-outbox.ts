/**
 * The outbox of e-mail: a row that names the events of one transaction, written with them. A run's transactions have
 * hundreds of events each, so this costs the run a row now and then; what to tell is decided later, from the events.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { DeclineCodes } from '../domain/decline.ts'
import { type FailureTold, mayBeTold, type TellableEvent } from '../domain/message.ts'
import { bucketsWhere } from './attempts.ts'
import { type Queries, rowsOf, table } from './database.ts'
import type { NewEvent } from './events.ts'

/** The statement that keeps those of the events that may be told; null when none may. */
export function outboxInsert(
  bucket: number,
  events: readonly Pick<NewEvent, 'event_id' | 'account_id' | 'kind'>[],
): RawBuilder<unknown> | null {
  const tellable = events.filter(({ kind }) => mayBeTold(kind))
  const [first] = tellable
  if (!first) return null
  const accountIds = tellable.map((event) => event.account_id)
  const eventIds = tellable.map((event) => event.event_id)
  return sql`insert into mail_outbox (bucket, batch_id, account_ids, event_ids)
    values (${bucket}, ${first.event_id}, ${accountIds}, ${eventIds})`
}

export const bucketsWithOutbox = (queries: Queries): Promise<number[]> =>
  bucketsWhere(queries, sql`select from mail_outbox o where o.bucket = b`)

export interface OutboxEvent extends Omit<TellableEvent, 'retry'> {
  readonly accountId: string
  readonly coverage: string | null
  readonly chargeId: string | null
  readonly brand: string | null
  readonly decline: DeclineCodes | null
  /** Null for what a charge did: the charge says more. */
  readonly details: unknown
  readonly happenedAt: Instant
}

/** Takes some of the oldest rows out of the outbox and answers their events, with what deciding about them needs. */
export async function takeFromOutbox(tx: Queries, bucket: number, batches: number): Promise<OutboxEvent[]> {
  const taken = await rowsOf(
    tx,
    sql<{ accountIds: string[]; eventIds: string[] }>`
      delete from mail_outbox o using (
        select batch_id from mail_outbox where bucket = ${bucket} order by batch_id limit ${batches} for update skip locked
      ) due
      where o.bucket = ${bucket} and o.batch_id = due.batch_id
      returning account_ids as "accountIds", event_ids::text[] as "eventIds"`,
  )
  const keys = taken.flatMap(({ accountIds, eventIds }) =>
    eventIds.map((event_id, index) => ({ account_id: accountIds[index] ?? '', event_id })),
  )
  if (keys.length === 0) return []
  return rowsOf(
    tx,
    sql<OutboxEvent>`
      select e.event_id as "eventId", e.account_id as "accountId", e.coverage, e.kind, e.invoice_id as "invoiceId",
        e.charge_id as "chargeId", e.happened_at as "happenedAt", case when e.charge_id is null then e.details end as details, e.details->>'invoice' as "madeInvoice", i.status as "invoiceIsNow",
        c.trigger, c.brand,
        case when c.error_code is not null then jsonb_build_object('code', c.error_code, 'declineCode', c.decline_code,
          'adviceCode', c.advice_code, 'networkCode', c.network_code) end as decline,
        array(select t.told from unnest(${[...failuresTold]}::text[]) as t(told)
          where e.kind = 'charge_declined' and exists (select from messages m where m.bucket = ${bucket}
            and m.kind = 'payment_failed' and m.about = e.invoice_id || ' ' || t.told)) as "toldBefore"
      from ${table(keys, { account_id: 'text', event_id: 'uuid' })}
      join events e on e.bucket = ${bucket} and e.account_id = d.account_id and e.event_id = d.event_id
      left join charges c on c.bucket = ${bucket} and c.charge_id = e.charge_id
      left join invoices i on i.bucket = ${bucket} and i.invoice_id = e.invoice_id
      order by e.happened_at, e.event_id`,
  )
}

/** In a message's `about`, as `failureAbout` writes it. */
const failuresTold = ['passing', 'customer'] as const satisfies readonly FailureTold[]
