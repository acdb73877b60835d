/** Appending what happened, in the transaction that did it; what somebody may have to be told of is noted with it. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { EventKind } from '../domain/event.ts'
import { at, json, type Queries } from './database.ts'
import { outboxInsert } from './mail-outbox.ts'

export interface NewEvent {
  readonly event_id: string
  readonly account_id: string
  readonly coverage: string | null
  readonly kind: EventKind
  readonly invoice_id?: string
  readonly charge_id?: string
  readonly details?: Readonly<Record<string, unknown>>
}

export async function appendEvents(
  tx: Queries,
  bucket: number,
  events: readonly NewEvent[],
  now: Instant,
): Promise<void> {
  if (events.length === 0) return
  const outbox = outboxInsert(bucket, events)
  await sql`
    ${outbox ? sql`with outbox as (${outbox})` : sql``}
    insert into events (bucket, account_id, event_id, coverage, kind, invoice_id, charge_id, details, happened_at)
    select ${bucket}, account_id, event_id, coverage, kind, invoice_id, charge_id, coalesce(details, '{}'), ${at(now)}
    from json_populate_recordset(null::events, ${json(events)})`.execute(tx)
}
