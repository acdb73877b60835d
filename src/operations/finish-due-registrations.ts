/**
 * Registrations that nobody came back to finish: a payer who confirmed the card and closed the window is registered all
 * the same; one who never did is given up, and nothing stays held.
 */
import type { Instant } from '../domain/calendar.ts'
import { readDueVerifications } from '../postgres/verifications.ts'
import { performCharge } from './perform-charges.ts'
import { finishRegistration } from './register-card.ts'
import type { System } from './system.ts'

/** Up to `limit` of one bucket, one after the other: they are few. Answers how many. */
export async function finishDueRegistrations(
  system: System,
  bucket: number,
  now: Instant,
  limit: number,
): Promise<number> {
  const due = await readDueVerifications(system.db, bucket, now, limit)
  for (const registrationId of due) {
    const { status } = await finishRegistration(system, registrationId, now)
    if (status === 'pending') await performCharge(system, bucket, registrationId, now)
  }
  return due.length
}
