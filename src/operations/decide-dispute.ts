/** Staff decide what a dispute means for what is owed (B18). Only then is the invoice collected again, or no longer. */
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { type Decision, type DisputeRefusal, decideDispute } from '../domain/dispute.ts'
import type { Minor } from '../domain/money.ts'
import { transaction } from '../postgres/database.ts'
import { chargeOfDispute, lockDispute, markDisputed, writeDecision } from '../postgres/disputes.ts'
import { appendEvents } from '../postgres/events.ts'
import { lockRepaired, readRepairedCharge, writeRepair } from '../postgres/repairs.ts'
import { endStaffQueueEntries } from '../postgres/staff-queue.ts'
import type { System } from './system.ts'

export interface DisputeDecision {
  readonly accountId: string
  readonly disputeId: string
  readonly decision: Decision
  readonly decidedBy: string
  /** In the words of whoever decides. */
  readonly why: string
}

/** `returnedMinor`: what the payer got, by a credit note or as due again; the rest was credit, or was written off. */
export type DecidedDispute =
  | { readonly returnedMinor: Minor; readonly writtenOffMinor: Minor }
  | { readonly refused: DisputeRefusal | 'dispute_unknown' }

export async function decideDisputeBy(system: System, act: DisputeDecision, now: Instant): Promise<DecidedDispute> {
  const bucket = bucketOfAccount(act.accountId)
  const { disputeId, decision, decidedBy } = act
  return transaction(system.db, async (tx): Promise<DecidedDispute> => {
    // Its charge never changes; the dispute itself is locked after the charge, as everywhere.
    const chargeId = await chargeOfDispute(tx, bucket, disputeId)
    const charge = chargeId && (await readRepairedCharge(tx, bucket, chargeId))
    if (!charge || charge.accountId !== act.accountId) return { refused: 'dispute_unknown' }
    const { subject } = await lockRepaired(tx, charge)
    const dispute = await lockDispute(tx, bucket, { disputeId })
    if (!dispute) return { refused: 'dispute_unknown' }
    const decided = decideDispute({ ...dispute, subject }, decision)
    if ('refused' in decided) return decided
    await writeDecision(tx, bucket, disputeId, act, decided, now)
    await writeRepair(tx, charge, disputeId, { ...decided, creditMinor: 0n }, now)
    await markDisputed(tx, charge, now)
    await endStaffQueueEntries(tx, bucket, 'dispute_open', [disputeId], now)
    if (charge.orderId !== null) await endStaffQueueEntries(tx, bucket, 'return_not_refunded', [charge.orderId], now)
    const event = {
      event_id: system.makeId(bucket, now),
      account_id: act.accountId,
      coverage: charge.coverage,
      kind: 'dispute_decided' as const,
      ...(charge.invoiceId === null ? {} : { invoice_id: charge.invoiceId }),
      charge_id: charge.chargeId,
      details: { disputeId, decision, decidedBy, amountMinor: dispute.withdrawnMinor },
    }
    await appendEvents(tx, bucket, [event], now)
    const { returnedMinor } = decided
    return { returnedMinor, writtenOffMinor: dispute.withdrawnMinor - dispute.fromCreditMinor - returnedMinor }
  })
}
