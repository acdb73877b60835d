/**
 * Taking in what the gateway tells us: verified, kept, and only then acknowledged, so that a worker may die at any
 * moment and nothing is lost (F23). What is not signed with the coverage's secret is refused, also when none is set (F54).
 */
import type { EventRead } from '../ports/card-gateway.ts'
import { insertGatewayEvent } from '../postgres/gateway-events.ts'
import { gatewayOf, type System } from './system.ts'

export type EventRefusal = Extract<EventRead, { read: false }>['reason']

/** `ignored`: a kind of news that nothing here depends on. `wallNow` is epoch ms of wall time. */
export async function takeGatewayEvent(
  system: System,
  coverage: string,
  delivery: { readonly body: string; readonly signature: string | null; readonly wallNow: number },
): Promise<'kept' | 'ignored' | { readonly refused: EventRefusal }> {
  const answer = await gatewayOf(system, coverage).readEvent(delivery)
  if (!answer.read) return { refused: answer.reason }
  const { eventId, type, about } = answer.event
  if (about.kind === 'other') return 'ignored'
  await insertGatewayEvent(system.db, { coverage, eventId }, { type, about })
  return 'kept'
}
