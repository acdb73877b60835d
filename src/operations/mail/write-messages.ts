/**
 * From what happened to the messages it makes: takes events out of the outbox and queues what is to be told of them, in
 * one transaction, so that each is told once however often this dies (F24).
 */
import type { Instant } from '../../domain/calendar.ts'
import { readDecline } from '../../domain/decline.ts'
import { messageFor } from '../../domain/message.ts'
import { transaction } from '../../postgres/database.ts'
import { type OutboxEvent, takeFromOutbox } from '../../postgres/mail-outbox.ts'
import { insertMessages, type NewMessage } from '../../postgres/messages.ts'
import type { System } from '../system.ts'

/** Rows of the outbox at a time; each names the events of one transaction. */
const batches = 4

export async function writeMessages(system: System, bucket: number, now: Instant): Promise<void> {
  await transaction(system.db, async (tx) => {
    const events = await takeFromOutbox(tx, bucket, batches)
    const messages = events.flatMap((event) => messageOf(event, system.makeId(bucket, now)))
    await insertMessages(tx, bucket, messages, system.wallNow())
  })
}

function messageOf(event: OutboxEvent, messageId: string): NewMessage[] {
  const { decline, brand, eventId, accountId, coverage, invoiceId, chargeId, details } = event
  const retry = decline === null ? null : readDecline(decline, brand ?? '').retry.kind
  const message = messageFor({ ...event, retry })
  if (message === null) return []
  return [
    {
      ...message,
      message_id: messageId,
      account_id: accountId,
      coverage,
      event_id: eventId,
      happened_at: event.happenedAt,
      invoice_id: invoiceId,
      charge_id: chargeId,
      details,
    },
  ]
}
