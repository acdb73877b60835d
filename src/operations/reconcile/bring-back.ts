/**
 * A charge that our rows have lost, made again from what the gateway says of its payment, and then recorded like any
 * other: money that was taken is money that was taken.
 */
import { dayAt, plusMs } from '../../domain/calendar.ts'
import { absentForMs, sendsAtMost } from '../../domain/charge.ts'
import { isAutomatic, type Trigger, triggers } from '../../domain/retry.ts'
import type { GatewayPayment } from '../../ports/card-gateway.ts'
import { claimCharge, unclaim } from '../../postgres/charges.ts'
import { transaction } from '../../postgres/database.ts'
import { findNeverSent, insertLostCharge } from '../../postgres/lost-charges.ts'
import { learntFromPayment } from '../ask-gateway.ts'
import { lastingId } from '../lasting-id.ts'
import { recordOutcomes } from '../record-outcomes.ts'
import { gatewayOf, rulesOf } from '../system.ts'
import type { Reading } from './page.ts'

export interface LostCharge {
  readonly bucket: number
  readonly chargeId: string
  readonly accountId: string
  /** Neither: what was taken becomes the account's credit. */
  readonly invoiceId: string | null
  readonly orderId: string | null
}

/** False: not now, as another charge of its invoice or order is open. */
export async function bringBack(reading: Reading, lost: LostCharge, payment: GatewayPayment): Promise<boolean> {
  const { system, now } = reading
  const { coverage } = reading.reconciliation
  const { bucket, chargeId } = lost
  const { card, customerId } = payment
  if (card === null || customerId === null) return false
  const trigger = triggerOf(lost, payment)
  const charge = {
    ...lost,
    coverage,
    trigger,
    attemptOn: isAutomatic(trigger) ? dayAt(payment.createdAt, rulesOf(system, coverage).timeZone) : null,
    amountMinor: payment.amountMinor,
    currency: payment.currency,
    customerId,
    paymentId: payment.paymentId,
    apiVersion: gatewayOf(system, coverage).apiVersion,
    intendedAt: payment.createdAt,
  }
  await withdraw(reading, lost)
  const ids = { cardId: system.makeId(bucket, now) }
  const inserted = await transaction(system.db, (tx) => insertLostCharge(tx, charge, card, ids, now))
  if (!inserted) return false
  // Whoever was faster looks it up, to the same end.
  const claimed = await claimCharge(system.db, bucket, system.workerId, chargeId)
  if (!claimed) return true
  const [effects] = await recordOutcomes(system, bucket, [[claimed, learntFromPayment(payment)]], now)
  if (effects?.next) await unclaim(system.db, bucket, system.workerId, [chargeId])
  return true
}

/** A charge of the same invoice or order that was intended, and certainly never sent: the money has been found. */
export async function withdraw(
  { system, now }: Reading,
  of: { readonly bucket: number; readonly invoiceId: string | null; readonly orderId: string | null },
): Promise<void> {
  const { bucket } = of
  const chargeId = await findNeverSent(system.db, of)
  const claimed = chargeId && (await claimCharge(system.db, bucket, system.workerId, chargeId))
  if (!claimed) return
  // Closed as one that left no trace is, which it did not: there is nothing to send again.
  const traceless = { firstSentAt: claimed.intendedAt, lastSentAt: plusMs(now, -absentForMs), sends: sendsAtMost }
  await recordOutcomes(system, bucket, [[{ ...claimed, ...traceless }, { kind: 'absent' }]], now)
}

function triggerOf({ invoiceId, orderId }: LostCharge, { trigger }: GatewayPayment): Trigger {
  if (orderId !== null) return 'order'
  if (invoiceId === null) return 'found'
  const told = triggers.find((one) => one === trigger)
  return told === undefined || told === 'verification' || told === 'order' || told === 'found' ? 'staff' : told
}

/** The same id each time, for what the gateway knows by a name of its own. */
export const idOfPayment = (bucket: number, { paymentId, createdAt }: GatewayPayment): string =>
  lastingId(bucket, createdAt, 'payment', paymentId)
