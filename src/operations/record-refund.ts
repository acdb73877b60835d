/** Writing what the gateway taught us about a refund: the refund, what is owed, ledger, event and staff, together. */
import type { Instant } from '../domain/calendar.ts'
import { fromCredit, isRefundSettled } from '../domain/refund.ts'
import { decideRefundOutcome, type RefundEffects, type RefundLearnt } from '../domain/refund-outcome.ts'
import { type Queries, transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import { isPassing } from '../postgres/passing.ts'
import { lockRefund, writeRefund } from '../postgres/refunds.ts'
import { callStaff, lockRepaired, type RepairedCharge, readRepairedCharge, writeRepair } from '../postgres/repairs.ts'
import { endStaffQueueEntries } from '../postgres/staff-queue.ts'
import type { System } from './system.ts'

const pauseMs = 500

/**
 * Null: nothing new, or the refund is no longer this worker's. A database that went away is waited for: the answer is
 * kept until it is written, or until others have looked it up.
 */
export async function recordRefund(
  system: System,
  of: { readonly bucket: number; readonly chargeId: string; readonly refundId: string },
  learnt: RefundLearnt,
  now: Instant,
): Promise<RefundEffects | null> {
  for (;;) {
    try {
      return await transaction(system.db, async (tx) => {
        const charge = await readRepairedCharge(tx, of.bucket, of.chargeId)
        if (!charge) throw new Error(`refund ${of.refundId} has lost its charge`)
        return recordRefundOf(system, tx, charge, of.refundId, learnt, now)
      })
    } catch (problem) {
      if (!isPassing(problem)) throw problem
      system.log.warn({ problem: String(problem) }, 'the database is away; a refund’s outcome waits to be recorded')
      await system.pause(pauseMs)
    }
  }
}

/** The same within a transaction. */
export async function recordRefundOf(
  system: System,
  tx: Queries,
  charge: RepairedCharge,
  refundId: string,
  learnt: RefundLearnt,
  now: Instant,
): Promise<RefundEffects | null> {
  const { bucket, accountId, coverage, invoiceId, chargeId } = charge
  const { subject, refundable } = await lockRepaired(tx, charge)
  const refund = await lockRefund(tx, bucket, refundId)
  if (!refund) throw new Error(`no refund ${refundId}`)
  const mine = refund.claimedBy === system.workerId
  // What the gateway has of a refund is a fact, whoever read it. That it had nothing to say concerns who asked.
  if (!mine && learnt.kind !== 'found') return null
  const creditLeftMinor = fromCredit(refundable, refund.fromCreditMinor)
  const effects = decideRefundOutcome({ ...refund, creditLeftMinor, subject }, learnt, now)
  if (!effects) return null
  await writeRefund(tx, bucket, refundId, effects, mine, now)
  await writeRepair(tx, charge, refundId, effects, now)
  const { amountMinor, carries } = refund
  if (effects.event) {
    const event = {
      event_id: system.makeId(bucket, now),
      account_id: accountId,
      coverage,
      kind: effects.event,
      ...(invoiceId === null ? {} : { invoice_id: invoiceId }),
      charge_id: chargeId,
      details: { refundId, amountMinor, carries },
    }
    await appendEvents(tx, bucket, [event], now)
  }
  if (isRefundSettled(effects.status)) await endStaffQueueEntries(tx, bucket, 'refund_unknown', [refundId], now)
  if (effects.staff) {
    const evidence = {
      refundId,
      amountMinor,
      invoiceId,
      reason: effects.failedReason,
      lostMinor: effects.lostMinor ?? 0n,
    }
    const entry = { entryId: system.makeId(bucket, now), kind: effects.staff, subjectId: refundId, evidence }
    await callStaff(tx, charge, entry, now)
  }
  return effects
}
