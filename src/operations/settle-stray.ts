/**
 * News about a charge that is closed. A late "failed" or "canceled" changes nothing (F17). Money that was taken in spite
 * of it is a fact and is looked up like any other; a hold that nobody waits for is given up.
 */
import { dayAt, type Instant } from '../domain/calendar.ts'
import type { Handled } from '../domain/gateway-event.ts'
import { isAutomatic } from '../domain/retry.ts'
import { type HintedCharge, reopenCharge } from '../postgres/hinted.ts'
import { gatewayOf, rulesOf, type System } from './system.ts'

export async function settleStray(
  system: System,
  bucket: number,
  charge: HintedCharge,
  { chargeId, paymentId }: { readonly chargeId: string; readonly paymentId: string },
  now: Instant,
): Promise<Handled> {
  const gateway = gatewayOf(system, charge.coverage)
  const { customerId, intendedAt, apiVersion } = charge
  const answer = await gateway.lookUp({ chargeId, customerId, paymentId, since: intendedAt })
  if (answer.outcome === 'absent') return 'known_already'
  if (answer.outcome !== 'found') return 'unread'
  // The zero check of a card stands as a hold of nothing.
  if (answer.payment.status === 'held' && answer.payment.amountMinor > 0n) {
    const { outcome } = await gateway.release({ chargeId, paymentId, apiVersion })
    return outcome === 'approved' ? 'recorded' : 'unread'
  }
  if (answer.payment.status !== 'captured') return 'known_already'
  const day = dayAt(intendedAt, rulesOf(system, charge.coverage).timeZone)
  const attemptOn = isAutomatic(charge.trigger) ? day : null
  const reopened = await reopenCharge(system.db, bucket, { chargeId, paymentId, attemptOn }, now)
  return reopened ? 'recorded' : 'unread'
}
