/**
 * The only place that moves money: takes charges this worker has claimed through hold, capture, release and look-up
 * until each is settled or put back. Every answer is recorded before the next call is made.
 */
import { bucketOf } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { firstActOf } from '../domain/charge.ts'
import { decideOutcome, type Effects, type Learnt } from '../domain/outcome.ts'
import type { CardGateway, GatewayPayment, NotDone } from '../ports/card-gateway.ts'
import { transaction } from '../postgres/database.ts'
import {
  type ClaimedCharge,
  claimDueCharges,
  lockForOutcome,
  type Recorded,
  writeOutcomes,
} from '../postgres/outcomes.ts'
import { pauseRuns } from '../postgres/runs.ts'
import { batcher } from './batcher.ts'
import { gatewayOf, rulesOf, type System } from './system.ts'

type Act = 'hold' | 'capture' | 'release' | 'look_up' | 'check'

/** Claims up to `limit` due charges of one bucket and performs them. Answers how many. */
export async function performDueCharges(system: System, bucket: number, now: Instant, limit: number): Promise<number> {
  const charges = await transaction(system.db, (tx) => claimDueCharges(tx, bucket, system.workerId, now, limit))
  // What was intended but never sent is read again first: it may no longer be wanted.
  const acts = charges.map((charge): [ClaimedCharge, Act] => {
    const act = firstActOf(charge)
    return [charge, act === 'hold' ? 'check' : act]
  })
  await perform(system, bucket, acts, now)
  return charges.length
}

/** Performs charges just intended and claimed, whose invoices were read in the same transaction. */
export const performIntended = (system: System, bucket: number, charges: readonly ClaimedCharge[], now: Instant) =>
  perform(
    system,
    bucket,
    charges.map((charge) => [charge, 'hold']),
    now,
  )

async function perform(system: System, bucket: number, charges: readonly [ClaimedCharge, Act][], now: Instant) {
  const record = batcher((learnt: [ClaimedCharge, Learnt][]) => recordOutcomes(system, bucket, learnt, now))
  const refusals = refusalWatch(system, now)
  // An account's charges go one after the other, oldest month first; accounts side by side.
  const accounts = Map.groupBy(charges, ([charge]) => `${charge.accountId} ${charge.coverage}`)
  await Promise.all(
    [...accounts.values()].map(async (group) => {
      for (const [charge, first] of group.sort(([one], [other]) => byMonth(one, other))) {
        let current = charge
        let act: Act | null = first
        while (act) {
          const learnt = await call(gatewayOf(system, charge.coverage), current, act)
          await refusals(charge.coverage, learnt)
          const effects = await record([current, learnt])
          act = effects?.next ?? null
          current = { ...current, ...carried(effects) }
        }
      }
    }),
  )
}

const byMonth = (one: ClaimedCharge, other: ClaimedCharge): number => (one.month ?? '').localeCompare(other.month ?? '')

/** What the next call needs to know of what the last one taught. */
const carried = (effects: Effects | null): Partial<ClaimedCharge> => ({
  ...(effects?.charge.paymentId ? { paymentId: effects.charge.paymentId } : {}),
  ...(effects?.charge.captureMinor ? { captureMinor: effects.charge.captureMinor } : {}),
})

async function call(gateway: CardGateway, charge: ClaimedCharge, act: Act): Promise<Learnt> {
  const { chargeId, paymentId, apiVersion } = charge
  switch (act) {
    case 'check':
      return { kind: 'absent' }
    case 'hold':
      return learntFromHold(gateway, charge)
    case 'capture': {
      if (paymentId === null) throw new Error(`charge ${chargeId} is captured without a payment`)
      const amountMinor = charge.captureMinor ?? charge.amountMinor
      const answer = await gateway.capture({ chargeId, paymentId, amountMinor, currency: charge.currency, apiVersion })
      if (answer.outcome === 'approved') return { kind: 'captured', paymentId, capturedMinor: answer.capturedMinor }
      if (answer.outcome === 'declined') return { kind: 'declined', paymentId, decline: answer }
      return answer.outcome === 'expired' ? { kind: 'expired' } : notDone(answer)
    }
    case 'release': {
      if (paymentId === null) throw new Error(`charge ${chargeId} is released without a payment`)
      const answer = await gateway.release({ chargeId, paymentId, apiVersion })
      if (answer.outcome === 'approved') return { kind: 'released' }
      if (answer.outcome === 'captured') return { kind: 'captured', paymentId, capturedMinor: answer.capturedMinor }
      return notDone(answer)
    }
    case 'look_up': {
      const { customerId, intendedAt } = charge
      const answer = await gateway.lookUp({ chargeId, customerId, paymentId, since: intendedAt })
      if (answer.outcome === 'found') return learntFromPayment(answer.payment)
      // Not being able to ask says nothing about what happened.
      return answer.outcome === 'absent' ? { kind: 'absent' } : { kind: 'unknown', reason: answer.reason }
    }
  }
}

async function learntFromHold(gateway: CardGateway, charge: ClaimedCharge): Promise<Learnt> {
  const { paymentMethodId } = charge
  if (paymentMethodId === null) throw new Error(`charge ${charge.chargeId} names no card`)
  const answer = await gateway.hold({ ...charge, paymentMethodId })
  switch (answer.outcome) {
    case 'approved':
      return { kind: 'held', paymentId: answer.paymentId, expiresAt: answer.expiresAt }
    case 'needs_customer':
      return { kind: 'needs_customer', paymentId: answer.paymentId }
    case 'declined':
      return { kind: 'declined', paymentId: answer.paymentId, decline: answer }
    default:
      return notDone(answer)
  }
}

const notDone = (answer: NotDone): Learnt => ({ kind: answer.outcome, reason: answer.reason })

/** What a payment found at the gateway says about its charge. */
export function learntFromPayment(payment: GatewayPayment): Learnt {
  const { paymentId } = payment
  switch (payment.status) {
    case 'held':
      return { kind: 'held', paymentId, expiresAt: payment.holdExpiresAt }
    case 'captured':
      return { kind: 'captured', paymentId, capturedMinor: payment.capturedMinor }
    case 'declined':
      return { kind: 'declined', paymentId, decline: payment.decline ?? unexplained }
    case 'needs_customer':
      return { kind: 'needs_customer', paymentId }
    case 'processing':
      return { kind: 'unknown', reason: 'the gateway is still processing it' }
    case 'released':
    case 'expired':
      return { kind: payment.status }
  }
}

const unexplained = { code: 'card_declined', declineCode: null, adviceCode: null, networkCode: null }

/**
 * Records what was learnt about many charges in one transaction. Answers each one's effects, in order; null for a
 * charge that another worker has taken over meanwhile, about which nothing is recorded.
 */
export async function recordOutcomes(
  system: System,
  bucket: number,
  learnt: readonly (readonly [
    Pick<ClaimedCharge, 'chargeId' | 'accountId' | 'coverage' | 'currency' | 'cardId'>,
    Learnt,
  ])[],
  now: Instant,
): Promise<(Effects | null)[]> {
  return transaction(system.db, async (tx) => {
    const locked = await lockForOutcome(
      tx,
      bucket,
      system.workerId,
      learnt.map(([charge]) => charge.chargeId),
    )
    const recorded: Recorded[] = []
    const effects = learnt.map(([{ chargeId, accountId, coverage, currency, cardId }, what]) => {
      const row = locked.get(chargeId)
      if (!row) return null
      const effect = decideOutcome(row.facts, what, rulesOf(system, coverage), now)
      recorded.push({
        chargeId,
        accountId,
        coverage,
        currency,
        cardId,
        invoiceId: row.invoiceId,
        eventId: system.makeId(bucketOf(chargeId), now),
        staffEntryId: system.makeId(bucketOf(chargeId), now),
        effects: effect,
      })
      return effect
    })
    if (recorded.length > 0) await writeOutcomes(tx, bucket, recorded, now)
    return effects
  })
}

const refusalsThatPause = 5

/** Our key or our requests are at fault when every answer is a refusal: the coverage's runs pause and staff are called. */
function refusalWatch(system: System, now: Instant): (coverage: string, learnt: Learnt) => Promise<void> {
  let inARow = 0
  return async (coverage, learnt) => {
    if (learnt.kind !== 'refused') {
      inARow = 0
      return
    }
    inARow += 1
    if (inARow !== refusalsThatPause) return
    system.log.error(
      { coverage, reason: learnt.reason },
      'the gateway refuses us; collection of this coverage is paused',
    )
    await pauseRuns(system.db, coverage, `the gateway refused ${inARow} calls in a row: ${learnt.reason}`, now)
  }
}
