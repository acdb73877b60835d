/** What was done to an order, as an event; what becomes of its charge tells itself. */
import type { Instant } from '../../domain/calendar.ts'
import type { OrderEvent } from '../../domain/event.ts'
import type { Queries } from '../../postgres/database.ts'
import { appendEvents } from '../../postgres/events.ts'
import type { OrderKey } from '../../postgres/orders.ts'
import type { System } from '../system.ts'

export const tellOrder = (
  system: System,
  tx: Queries,
  { bucket, accountId, orderId }: OrderKey,
  coverage: string,
  kind: OrderEvent,
  details: Readonly<Record<string, unknown>>,
  now: Instant,
): Promise<void> =>
  appendEvents(
    tx,
    bucket,
    [{ event_id: system.makeId(bucket, now), account_id: accountId, coverage, kind, details: { orderId, ...details } }],
    now,
  )
