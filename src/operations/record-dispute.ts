/** What the gateway says of a dispute: the money it took, whether the invoice is collected, and staff's call, together. */
import type { Instant } from '../domain/calendar.ts'
import { decideDisputeSeen, stopsCollection } from '../domain/dispute.ts'
import type { GatewayDispute } from '../ports/card-gateway.ts'
import { transaction } from '../postgres/database.ts'
import { lockDispute, markDisputed, writeDispute } from '../postgres/disputes.ts'
import { appendEvents } from '../postgres/events.ts'
import { callStaff, lockRepaired, type RepairedCharge, writeRepair } from '../postgres/repairs.ts'
import { endStaffQueueEntries } from '../postgres/staff-queue.ts'
import type { System } from './system.ts'

/** False: known already. The gateway is read by whoever hears of it, so older news may come after newer (F17, F22). */
export function recordDispute(
  system: System,
  charge: RepairedCharge,
  seen: GatewayDispute,
  now: Instant,
): Promise<boolean> {
  const { bucket, accountId, coverage, chargeId, invoiceId } = charge
  return transaction(system.db, async (tx) => {
    const { subject, refundable } = await lockRepaired(tx, charge)
    const known = await lockDispute(tx, bucket, seen)
    const effects = decideDisputeSeen(known && { ...known, subject }, seen, refundable)
    if (!effects) return false
    const disputeId = known?.disputeId ?? system.makeId(bucket, now)
    await writeDispute(tx, charge, { ...seen, disputeId }, effects, now)
    await writeRepair(tx, charge, disputeId, effects, now)
    await markDisputed(tx, charge, now)
    const amountMinor = seen.amountMinor
    const { fromCreditMinor } = effects
    const details = { disputeId, amountMinor, fromCreditMinor, code: seen.reason, status: effects.status }
    if (effects.event) {
      const event = {
        event_id: system.makeId(bucket, now),
        account_id: accountId,
        coverage,
        kind: effects.event,
        ...(invoiceId === null ? {} : { invoice_id: invoiceId }),
        charge_id: chargeId,
        details,
      }
      await appendEvents(tx, bucket, [event], now)
    }
    if (effects.staff) {
      const entry = { entryId: system.makeId(bucket, now), kind: effects.staff, subjectId: disputeId }
      await callStaff(tx, charge, { ...entry, evidence: { invoiceId, ...details } }, now)
    }
    const decision = known?.decision ?? null
    if (!stopsCollection({ status: effects.status, decision }))
      await endStaffQueueEntries(tx, bucket, 'dispute_open', [disputeId], now)
    return true
  })
}
