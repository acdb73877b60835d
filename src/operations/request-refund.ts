/** Staff ask for money of a charge to be given back (B18). The intent is committed; a worker makes it. */
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import type { Minor } from '../domain/money.ts'
import { type Carries, decideRefund, type RefundRefusal, type RefundWish } from '../domain/refund.ts'
import { posted } from '../domain/refund-outcome.ts'
import { type Queries, transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import { insertRefund, lockRefund } from '../postgres/refunds.ts'
import { lockRepaired, type RepairedCharge, readRepairedCharge, writeRepair } from '../postgres/repairs.ts'
import { endStaffQueueEntries } from '../postgres/staff-queue.ts'
import { gatewayOf, type System } from './system.ts'

export interface RefundRequest extends Partial<RefundWish> {
  /** Made by whoever asks: asked for again under the same id, nothing is asked for twice. */
  readonly refundId: string
  readonly accountId: string
  readonly chargeId: string
  /** Why, in the words of whoever asks. */
  readonly reason: string
  readonly requestedBy: string
}

export type RefundRequested =
  | { readonly refundId: string; readonly amountMinor: Minor; readonly carries: Carries }
  /** `leftMinor`: what could be given back. */
  | { readonly refused: RefundRefusal; readonly leftMinor: Minor }
  | { readonly refused: 'charge_unknown' }

export async function requestRefund(system: System, request: RefundRequest, now: Instant): Promise<RefundRequested> {
  const bucket = bucketOfAccount(request.accountId)
  return transaction(system.db, async (tx): Promise<RefundRequested> => {
    const charge = await readRepairedCharge(tx, bucket, request.chargeId)
    if (charge?.accountId !== request.accountId) return { refused: 'charge_unknown' }
    return intendRefund(system, tx, charge, request, now)
  })
}

/** The same within the caller's transaction, for what asks for a refund together with something else. */
export async function intendRefund(
  system: System,
  tx: Queries,
  charge: RepairedCharge,
  request: RefundRequest,
  now: Instant,
): Promise<Exclude<RefundRequested, { refused: 'charge_unknown' }>> {
  const { bucket, accountId, coverage, chargeId, invoiceId, paymentId } = charge
  const { refundId, reason, requestedBy } = request
  const { refundable } = await lockRepaired(tx, charge)
  const before = await lockRefund(tx, bucket, refundId)
  if (before) return { refundId, amountMinor: before.amountMinor, carries: before.carries }
  const { amountMinor = null, currency = null, carries = null } = request
  const decision = decideRefund(refundable, { amountMinor, currency, carries })
  if ('refused' in decision) return decision
  if (paymentId === null) throw new Error(`charge ${chargeId} was captured without a payment`)
  const { apiVersion } = gatewayOf(system, coverage)
  // Credit that is being paid out is no longer there for an invoice, or for another refund (F42).
  const fromCreditMinor = decision.carries === 'credit' ? decision.amountMinor : 0n
  const frozen = { refundId, reason, requestedBy, apiVersion, paymentId, ...decision, fromCreditMinor }
  const none = { gatewayRefundId: null, sentAt: null }
  await insertRefund(tx, charge, { ...frozen, ...none, origin: 'staff', status: 'intended' }, now)
  const postings = posted(['credit_set_aside', fromCreditMinor])
  const aside = { postings, invoice: null, creditMinor: -fromCreditMinor }
  await writeRepair(tx, charge, refundId, aside, now)
  const event = {
    event_id: system.makeId(bucket, now),
    account_id: accountId,
    coverage,
    kind: 'refund_requested' as const,
    ...(invoiceId === null ? {} : { invoice_id: invoiceId }),
    charge_id: chargeId,
    details: { refundId, requestedBy, ...decision },
  }
  await appendEvents(tx, bucket, [event], now)
  if (charge.orderId !== null) await endStaffQueueEntries(tx, bucket, 'return_not_refunded', [charge.orderId], now)
  return { refundId, ...decision }
}
