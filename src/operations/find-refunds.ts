/** Every refund that the gateway has of a payment, into our books: ours, and those made at its own dashboard. */
import type { Instant } from '../domain/calendar.ts'
import type { Handled } from '../domain/gateway-event.ts'
import { decideFound } from '../domain/refund.ts'
import { posted } from '../domain/refund-outcome.ts'
import type { GatewayRefund } from '../ports/card-gateway.ts'
import { transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import { findGatewayRefund, insertRefund, lockRefund } from '../postgres/refunds.ts'
import { callStaff, lockRepaired, type RepairedCharge, writeRepair } from '../postgres/repairs.ts'
import { learntFromRefund } from './perform-refunds.ts'
import { recordRefundOf } from './record-refund.ts'
import { gatewayOf, type System } from './system.ts'

export async function findRefunds(
  system: System,
  charge: RepairedCharge,
  { paymentId }: { readonly paymentId: string },
  now: Instant,
): Promise<Handled> {
  const answer = await gatewayOf(system, charge.coverage).lookUpRefunds({ paymentId })
  if (answer.outcome !== 'found') return 'unread'
  let news = false
  for (const refund of answer.refunds) news = (await recordFound(system, charge, refund, now)) || news
  return news ? 'recorded' : 'known_already'
}

async function recordFound(
  system: System,
  charge: RepairedCharge,
  found: GatewayRefund,
  now: Instant,
): Promise<boolean> {
  const { bucket, accountId, coverage, chargeId, invoiceId } = charge
  return transaction(system.db, async (tx) => {
    const { refundable } = await lockRepaired(tx, charge)
    const known =
      (isOurs(found.refundId) ? await lockRefund(tx, bucket, found.refundId) : null)?.refundId ??
      (await findGatewayRefund(tx, bucket, found.gatewayRefundId))
    if (known !== null) return (await recordRefundOf(system, tx, charge, known, learntFromRefund(found), now)) !== null
    // One that failed before we heard of it changed nothing.
    if (found.status === 'failed') return false
    const { gatewayRefundId, amountMinor } = found
    const refundId = system.makeId(bucket, now)
    const { carries, fromCreditMinor } = decideFound(refundable, amountMinor)
    const frozen = { apiVersion: gatewayOf(system, coverage).apiVersion, paymentId: found.paymentId, sentAt: now }
    const refund = { refundId, carries, amountMinor, fromCreditMinor, gatewayRefundId, ...frozen }
    const why = { origin: 'gateway', status: 'pending', reason: 'made at the gateway', requestedBy: null } as const
    await insertRefund(tx, charge, { ...refund, ...why }, now)
    const postings = posted(['credit_set_aside', fromCreditMinor])
    const aside = { postings, invoice: null, creditMinor: -fromCreditMinor }
    await writeRepair(tx, charge, refundId, aside, now)
    const details = { refundId, amountMinor, carries, fromCreditMinor }
    const event = {
      event_id: system.makeId(bucket, now),
      account_id: accountId,
      coverage,
      kind: 'refund_found' as const,
      ...(invoiceId === null ? {} : { invoice_id: invoiceId }),
      charge_id: chargeId,
      details,
    }
    await appendEvents(tx, bucket, [event], now)
    const entry = { entryId: system.makeId(bucket, now), kind: 'refund_at_gateway', subjectId: refundId } as const
    await callStaff(tx, charge, { ...entry, evidence: { invoiceId, gatewayRefundId, ...details } }, now)
    await recordRefundOf(system, tx, charge, refundId, learntFromRefund(found), now)
    return true
  })
}

const ourId = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const isOurs = (refundId: string | null): refundId is string => refundId !== null && ourId.test(refundId)
