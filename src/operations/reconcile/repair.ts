/** One difference, and what comes of it: recorded as everything else is, or staff's with the evidence. */
import { bucketOfAccount, isAccountId } from '../../domain/bucket.ts'
import type { Handled } from '../../domain/gateway-event.ts'
import {
  compare,
  type Difference,
  type DifferenceOutcome,
  differences,
  queueKindOf,
} from '../../domain/reconciliation.ts'
import type { GatewayPayment } from '../../ports/card-gateway.ts'
import { queueDifference } from '../../postgres/lost-charges.ts'
import type { FoundDifference } from '../../postgres/reconciliations.ts'
import { type FoundCharge, findCharges } from '../../postgres/reconciling.ts'
import { endStaffQueueEntries } from '../../postgres/staff-queue.ts'
import { heed } from '../handle-gateway-events.ts'
import { performCharge } from '../perform-charges.ts'
import { gatewayOf } from '../system.ts'
import { bringBack, idOfPayment, withdraw } from './bring-back.ts'
import { bucketOfOurs, type Reading, theirsOf, Unread } from './page.ts'

/** Null: by now they agree. */
export async function repairKnown(
  reading: Reading,
  payment: GatewayPayment,
  ours: FoundCharge,
  difference: Difference,
): Promise<FoundDifference | null> {
  const { bucket, accountId, chargeId } = ours
  const found = (kind: Difference, outcome: DifferenceOutcome): FoundDifference => ({
    kind,
    object_id: payment.paymentId,
    account_id: accountId,
    outcome,
    evidence: evidenceOf(payment, ours),
  })
  const ask = async (kind: Difference) => {
    await callStaff(reading, { bucket, accountId, subjectId: chargeId, chargeId }, kind, evidenceOf(payment, ours))
    return found(kind, 'queued')
  }
  switch (differences[difference].act) {
    case 'settle': {
      const handled = await settle(reading, payment, ours, difference)
      if (handled !== 'known_already' || difference !== 'refund_unheard') {
        const outcome = outcomeOf(handled)
        return outcome && found(difference, outcome)
      }
      return (await compareAgain(reading, payment, ours)) === difference ? ask('refund_here_only') : null
    }
    case 'release': {
      const outcome = await release(reading, payment)
      return found(difference, outcome)
    }
    case 'credit': {
      const second = { bucket, chargeId: idOfPayment(bucket, payment), accountId, invoiceId: null, orderId: null }
      if ((await findCharges(reading.system.db, [{ bucket, charge_id: second.chargeId }])).length > 0) return null
      return found(difference, (await bringBack(reading, second, payment)) ? 'repaired' : 'waiting')
    }
    default:
      // Both are read once more before anybody is called: a page is older than our rows.
      return (await compareAgain(reading, payment, ours)) === difference ? ask(difference) : null
  }
}

async function settle(
  reading: Reading,
  { paymentId }: GatewayPayment,
  charge: FoundCharge,
  difference: Difference,
): Promise<Handled> {
  const { system, now } = reading
  const { coverage } = reading.reconciliation
  const { bucket, chargeId } = charge
  if (difference === 'refund_unheard') return heed(system, coverage, { kind: 'refund', paymentId }, now)
  if (difference === 'money_found') await withdraw(reading, charge)
  const handled = await heed(system, coverage, { kind: 'payment', paymentId, chargeId }, now)
  if (handled === 'recorded') await performCharge(system, bucket, chargeId, now)
  return handled
}

export function outcomeOf(handled: Handled): DifferenceOutcome | null {
  if (handled === 'recorded') return 'repaired'
  // Of a charge that has no row: its payment was told of already.
  if (handled === 'unknown') return 'listed'
  return handled === 'unread' ? 'waiting' : null
}

/** Ours first: what the gateway says is then no older than what we do. */
async function compareAgain(
  { system, reconciliation: { coverage }, now }: Reading,
  { paymentId }: GatewayPayment,
  { bucket, chargeId }: FoundCharge,
): Promise<Difference | null> {
  const [ours] = await findCharges(system.db, [{ bucket, charge_id: chargeId }])
  const answer = await gatewayOf(system, coverage).lookUp({ chargeId: '', customerId: '', paymentId, since: now })
  if (answer.outcome !== 'found' || !ours) throw new Unread(`payment ${paymentId} could not be read again`)
  return compare(theirsOf(answer.payment), ours)
}

/** What a payment says it was for, its charge having no row, as far as we know that. */
export interface LostDebt {
  readonly invoiceId: string | null
  readonly orderId: string | null
}

export async function repairLost(
  reading: Reading,
  payment: GatewayPayment,
  chargeId: string,
  debt: LostDebt,
  difference: Difference,
): Promise<FoundDifference | null> {
  const { system, now } = reading
  const { accountId } = payment
  const bucket = bucketOfOurs(chargeId)
  const known = accountId !== null && isAccountId(accountId) && bucketOfAccount(accountId) === bucket
  const found = (outcome: DifferenceOutcome): FoundDifference => ({
    kind: difference,
    object_id: payment.paymentId,
    account_id: known ? accountId : null,
    outcome,
    evidence: evidenceOf(payment, null),
  })
  const { act } = differences[difference]
  if (act === 'list') return found('listed')
  if (act === 'release') return found(await release(reading, payment))
  // Nobody's account could be asked about it: it is told with the reconciliation.
  if (!known || bucket === null) return found('listed')
  if (act === 'queue') {
    await callStaff(
      reading,
      { bucket, accountId, subjectId: chargeId, chargeId },
      difference,
      evidenceOf(payment, null),
    )
    return found('queued')
  }
  const lost = { bucket, chargeId, accountId, ...(act === 'credit' ? { invoiceId: null, orderId: null } : debt) }
  if (!(await bringBack(reading, lost, payment))) return found('waiting')
  await endStaffQueueEntries(system.db, bucket, 'payment_unmatched', [chargeId], now)
  return found('repaired')
}

/** Under the key of the charge, as whoever placed the hold would have. */
async function release(
  { system, reconciliation: { coverage } }: Reading,
  { chargeId, paymentId }: GatewayPayment,
): Promise<DifferenceOutcome> {
  const gateway = gatewayOf(system, coverage)
  const { apiVersion } = gateway
  const { outcome } = await gateway.release({ chargeId: chargeId ?? paymentId, paymentId, apiVersion })
  return outcome === 'approved' ? 'repaired' : 'waiting'
}

export async function callStaff(
  { system, reconciliation: { reconciliationId, coverage }, now }: Reading,
  about: {
    readonly bucket: number
    readonly accountId: string
    readonly subjectId: string
    readonly chargeId: string | null
  },
  difference: Difference,
  evidence: Readonly<Record<string, unknown>>,
): Promise<void> {
  const entryId = system.makeId(about.bucket, now)
  const entry = { ...about, coverage, entryId, kind: queueKindOf(difference) }
  const words = { difference, says: differences[difference].says, reconciliationId }
  await queueDifference(system.db, { ...entry, evidence: { ...words, ...evidence } }, now)
}

export const evidenceOf = (payment: GatewayPayment, ours: FoundCharge | null) => ({
  gateway: {
    paymentId: payment.paymentId,
    status: payment.status,
    amountMinor: payment.amountMinor,
    capturedMinor: payment.capturedMinor,
    refundedMinor: payment.refundedMinor,
    currency: payment.currency,
    customerId: payment.customerId,
    chargeId: payment.chargeId,
    accountId: payment.accountId,
    subjectId: payment.subjectId,
    createdAt: new Date(payment.createdAt).toISOString(),
  },
  books: ours && {
    chargeId: ours.chargeId,
    status: ours.status,
    paymentId: ours.paymentId,
    amountMinor: ours.amountMinor,
    capturedMinor: ours.capturedMinor,
    refundedMinor: ours.refundedMinor,
    currency: ours.currency,
    customerId: ours.customerId,
  },
})
