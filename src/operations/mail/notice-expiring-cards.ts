/** Notices cards that expire at the end of next month at the latest: an event, once for each card and expiry. */
import { type Instant, monthAt, nextMonth } from '../../domain/calendar.ts'
import { transaction } from '../../postgres/database.ts'
import { appendEvents } from '../../postgres/events.ts'
import { type ExpiryMonths, markExpiringCards } from '../../postgres/expiring-cards.ts'
import type { System } from '../system.ts'

export async function noticeExpiringCards(system: System, bucket: number, now: Instant, limit: number): Promise<void> {
  await transaction(system.db, async (tx) => {
    const cards = await markExpiringCards(tx, bucket, expiryMonths(system, now), limit)
    const events = cards
      .filter(({ inUse }) => inUse)
      .map(({ cardId, accountId, coverage, brand, last4, expMonth, expYear }) => ({
        event_id: system.makeId(bucket, now),
        account_id: accountId,
        coverage,
        kind: 'card_expiring' as const,
        details: { cardId, brand, last4, expMonth, expYear },
      }))
    await appendEvents(tx, bucket, events, now)
  })
}

/** From this month on: of a card that has expired, the failed payment tells. */
export const expiryMonths = (system: Pick<System, 'coverages'>, now: Instant): ExpiryMonths[] =>
  [...system.coverages.values()].map(({ coverage, timeZone }) => {
    const month = monthAt(now, timeZone)
    return { coverage, from: counted(month), through: counted(nextMonth(month)) }
  })

const counted = (month: string): number => Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7))
