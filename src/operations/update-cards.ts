/** A registered card that its network has updated: a new expiry or number at the gateway becomes ours, and retries go on. */

import type { Instant } from '../domain/calendar.ts'
import { decideCardUpdate } from '../domain/card-update.ts'
import type { Handled } from '../domain/gateway-event.ts'
import type { GatewayCard } from '../ports/card-gateway.ts'
import { transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import { lockCardsAtGateway, writeCardUpdate } from '../postgres/hinted.ts'
import { gatewayOf, type System } from './system.ts'

export async function updateCards(
  system: System,
  coverage: string,
  hint: { readonly customerId: string; readonly paymentMethodId: string },
  now: Instant,
): Promise<Handled> {
  const known = await lockCardsAtGateway(system.db, coverage, hint.paymentMethodId)
  if (known.length === 0) return 'unknown'
  const answer = await gatewayOf(system, coverage).lookUpCard(hint)
  if (answer.outcome === 'absent') return 'known_already'
  if (answer.outcome !== 'found') return 'unread'
  const buckets = [...new Set(known.map(({ bucket }) => bucket))]
  const changed = await Promise.all(buckets.map((bucket) => updateIn(system, bucket, coverage, answer.card, now)))
  return changed.includes(true) ? 'recorded' : 'known_already'
}

function updateIn(system: System, bucket: number, coverage: string, seen: GatewayCard, now: Instant): Promise<boolean> {
  return transaction(system.db, async (tx) => {
    const cards = await lockCardsAtGateway(tx, coverage, seen.paymentMethodId, bucket)
    const updates = cards.flatMap((card) => {
      const update = decideCardUpdate(card, seen)
      return update ? [{ card, update }] : []
    })
    for (const { card, update } of updates) await writeCardUpdate(tx, bucket, card.cardId, seen, update.clearsMark)
    const { brand, last4 } = seen
    const events = updates
      .filter(({ card }) => card.current)
      .map(({ card: { accountId } }) => ({
        event_id: system.makeId(bucket, now),
        account_id: accountId,
        coverage,
        kind: 'card_updated' as const,
        details: { brand, last4, expMonth: seen.expMonth, expYear: seen.expYear },
      }))
    await appendEvents(tx, bucket, events, now)
    return updates.length > 0
  })
}
