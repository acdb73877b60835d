/**
 * What the gateway told us, handled: each event is a hint where to look, never the truth. So twice, late, early, out of
 * order or two workers at once all end in the same rows (F22), and what is old changes nothing (F17).
 */
import { bucketOf } from '../domain/bucket.ts'
import { type Instant, minuteMs } from '../domain/calendar.ts'
import { decideAfterTry, type Handled } from '../domain/gateway-event.ts'
import type { GatewayEvent, LookUpOutcome } from '../ports/card-gateway.ts'
import { transaction } from '../postgres/database.ts'
import {
  type ClaimedEvent,
  claimGatewayEvents,
  closeGatewayEvent,
  putBackGatewayEvent,
} from '../postgres/gateway-events.ts'
import { bringLookUpForward, readHintedCharge } from '../postgres/hinted.ts'
import { isPassing } from '../postgres/passing.ts'
import { type RepairedCharge, readRepairedCharge } from '../postgres/repairs.ts'
import { readBalanceSoon } from '../postgres/settlement.ts'
import { findRefunds } from './find-refunds.ts'
import { recordDispute } from './record-dispute.ts'
import { finishRegistration } from './register-card.ts'
import { settleStray } from './settle-stray.ts'
import { gatewayOf, type System } from './system.ts'
import { updateCards } from './update-cards.ts'

const leaseMs = 2 * minuteMs

/** Claims up to `limit` events and handles them. Answers how many. */
export async function handleGatewayEvents(system: System, now: Instant, limit: number): Promise<number> {
  const events = await transaction(system.db, (tx) => claimGatewayEvents(tx, system.workerId, leaseMs, limit))
  const ended = await Promise.allSettled(events.map((event) => handle(system, event, now)))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
  return events.length
}

/**
 * One that fails is a bug of ours: it is put back, and keeps no other from being handled. Where the database went away,
 * something may have been claimed whose answer was lost: this worker has to end, so that others take it over.
 */
async function handle(system: System, event: ClaimedEvent, now: Instant): Promise<void> {
  let problem: string | null = null
  let gone: unknown = null
  const handled = await look(system, event, now).catch((thrown: unknown): Handled => {
    problem = String(thrown)
    if (isPassing(thrown)) gone = thrown
    system.log.error(
      { eventId: event.eventId, coverage: event.coverage, problem },
      'a gateway event could not be handled',
    )
    return 'unread'
  })
  const decision = decideAfterTry(handled, event.attempts)
  if ('outcome' in decision) await closeGatewayEvent(system.db, event, decision.outcome)
  else await putBackGatewayEvent(system.db, event, decision.againAfterMs, problem)
  if (gone !== null) throw gone
}

const look = (system: System, { coverage, about }: ClaimedEvent, now: Instant): Promise<Handled> =>
  heed(system, coverage, about as GatewayEvent['about'], now) // as `takeGatewayEvent` wrote it

/** Reads the gateway where a hint points, and records what it says: an event's hint, or a reconciliation's. */
export async function heed(
  system: System,
  coverage: string,
  hint: GatewayEvent['about'],
  now: Instant,
): Promise<Handled> {
  switch (hint.kind) {
    case 'payment':
      return lookAtPayment(system, coverage, hint, now)
    case 'refund':
      return withCharge(system, coverage, hint.paymentId, now, (charge) => findRefunds(system, charge, hint, now))
    case 'dispute':
      return lookAtDispute(system, coverage, hint.disputeId, now)
    case 'card':
      return updateCards(system, coverage, hint, now)
    case 'payout':
      return (await readBalanceSoon(system.db, coverage, now)) ? 'recorded' : 'known_already'
    case 'other':
      return 'known_already'
  }
}

/** A payer who proved a card and never came back is registered; what is not settled is looked up at once. */
async function lookAtPayment(
  system: System,
  coverage: string,
  { chargeId, paymentId }: { readonly chargeId: string | null; readonly paymentId: string },
  now: Instant,
): Promise<Handled> {
  const bucket = bucketOfCharge(chargeId)
  if (bucket === null || chargeId === null) return 'nothing_of_ours'
  const charge = await readHintedCharge(system.db, bucket, chargeId)
  if (!charge) return 'unknown'
  if (charge.coverage !== coverage) return 'nothing_of_ours'
  if (charge.status === 'captured') return 'known_already'
  if (charge.settled) return settleStray(system, bucket, charge, { chargeId, paymentId }, now)
  // Whoever works on it is about to know as much.
  if (charge.claimed) return 'known_already'
  if (charge.liveVerification) {
    const { status } = await finishRegistration(system, chargeId, now)
    return status === 'pending' ? 'known_already' : 'recorded'
  }
  await bringLookUpForward(system.db, bucket, chargeId, now)
  return 'recorded'
}

async function lookAtDispute(system: System, coverage: string, disputeId: string, now: Instant): Promise<Handled> {
  const answer = await gatewayOf(system, coverage).lookUpDispute({ disputeId })
  if (answer.outcome === 'absent') return 'unknown'
  if (answer.outcome !== 'found') return 'unread'
  const { dispute } = answer
  return withCharge(system, coverage, dispute.paymentId, now, async (charge) =>
    (await recordDispute(system, charge, dispute, now)) ? 'recorded' : 'known_already',
  )
}

/** The charge of a payment, once its capture is in our books: what undoes it comes after it. */
async function withCharge(
  system: System,
  coverage: string,
  paymentId: string,
  now: Instant,
  act: (charge: RepairedCharge) => Promise<Handled>,
): Promise<Handled> {
  const answer = await readPayment(system, coverage, paymentId, now)
  if (answer.outcome === 'absent') return 'unknown'
  if (answer.outcome !== 'found') return 'unread'
  const { chargeId } = answer.payment
  const bucket = bucketOfCharge(chargeId)
  if (bucket === null || chargeId === null) return 'nothing_of_ours'
  const charge = await readRepairedCharge(system.db, bucket, chargeId)
  if (!charge) return 'unknown'
  if (charge.coverage !== coverage) return 'nothing_of_ours'
  if (charge.status === 'captured') return act(charge)
  return untilCaptured(system, bucket, { chargeId, paymentId }, now)
}

/** The charge is ours, so what was undone of it will be known once its capture is: asked again for as long as it takes. */
async function untilCaptured(
  system: System,
  bucket: number,
  of: { readonly chargeId: string; readonly paymentId: string },
  now: Instant,
): Promise<Handled> {
  const charge = await readHintedCharge(system.db, bucket, of.chargeId)
  if (charge?.settled) {
    const settled = await settleStray(system, bucket, charge, of, now)
    return settled === 'known_already' ? 'nothing_of_ours' : 'unread'
  }
  await bringLookUpForward(system.db, bucket, of.chargeId, now)
  return 'unread'
}

/** By its own id: whose it is and for which charge is what is asked. */
const readPayment = (system: System, coverage: string, paymentId: string, now: Instant): Promise<LookUpOutcome> =>
  gatewayOf(system, coverage).lookUp({ chargeId: '', customerId: '', paymentId, since: now })

/** Null for ids that we did not make: another platform's payments on the same gateway account. */
function bucketOfCharge(chargeId: string | null): number | null {
  try {
    return chargeId === null ? null : bucketOf(chargeId)
  } catch {
    return null
  }
}
