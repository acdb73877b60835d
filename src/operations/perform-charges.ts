/**
 * The only place that moves money: takes charges this worker has claimed through hold, capture, release and look-up
 * until each is settled or put back. Every answer is recorded before the next call is made.
 */
import type { Instant } from '../domain/calendar.ts'
import { firstActOf } from '../domain/charge.ts'
import type { CardMark, Effects, Learnt } from '../domain/learnt.ts'
import { markForbids } from '../domain/retry.ts'
import { type ClaimedCharge, claimCharge, claimDueCharges, unclaim } from '../postgres/charges.ts'
import { transaction } from '../postgres/database.ts'
import { type Act, askGateway } from './ask-gateway.ts'
import { batcher } from './batcher.ts'
import { recordOutcomes } from './record-outcomes.ts'
import { watchRefusals } from './refusal-watch.ts'
import { gatewayOf, type System } from './system.ts'

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

/** Looks one charge up and goes on with it, out of turn; nothing when it is settled or somebody else's. */
export async function performCharge(system: System, bucket: number, chargeId: string, now: Instant): Promise<void> {
  const charge = await claimCharge(system.db, bucket, system.workerId, chargeId)
  if (charge) await perform(system, bucket, [[charge, 'look_up']], now)
}

/** Performs charges just intended and claimed, whose invoices were read in the same transaction. */
export const performIntended = (system: System, bucket: number, charges: readonly ClaimedCharge[], now: Instant) =>
  perform(
    system,
    bucket,
    charges.map((charge) => [charge, 'hold']),
    now,
  )

/** Writes what was learnt of one charge, with whatever else is to be written at the moment. */
type RecordOne = (learnt: [ClaimedCharge, Learnt]) => Promise<Effects | null>

async function perform(system: System, bucket: number, charges: readonly [ClaimedCharge, Act][], now: Instant) {
  const record = batcher((learnt: [ClaimedCharge, Learnt][]) => recordOutcomes(system, bucket, learnt, now))
  // An account's charges go one after the other, oldest month first; accounts side by side.
  const accounts = Map.groupBy(charges, ([charge]) => `${charge.accountId} ${charge.coverage}`)
  const groups = [...accounts.values()].map((group) => group.sort(byMonth))
  const ended = await Promise.allSettled(groups.map((group) => performInTurn(system, bucket, group, record, now)))
  const failed = ended.find((end) => end.status === 'rejected')
  if (!failed) return
  // What failed is a bug of ours. Its charges are given back, so that they are looked up and not left lying.
  await giveBack(system, bucket, charges)
  throw failed.reason
}

async function performInTurn(
  system: System,
  bucket: number,
  group: readonly [ClaimedCharge, Act][],
  record: RecordOne,
  now: Instant,
): Promise<void> {
  const marks = marksSince(group)
  for (const [index, [charge, first]] of group.entries()) {
    let current = charge
    for (let act: Act | null = first; act; ) {
      const mark = marks.get(charge.cardId) ?? null
      const learnt: Learnt =
        act === 'hold' && current.sends <= 1 && markForbids(mark, charge.trigger)
          ? { kind: 'withheld' }
          : await askGateway(gatewayOf(system, charge.coverage), current, act)
      if (act !== 'check') await watchRefusals(system, charge.coverage, learnt, now)
      const effects = await record([{ ...current, mark: marks.get(charge.cardId) ?? current.mark }, learnt])
      // Taken over: whoever holds it now may hold the rest of the account's too.
      if (!effects) return giveBack(system, bucket, group.slice(index + 1))
      act = effects.next
      if (effects.cardMark) marks.set(charge.cardId, effects.cardMark.mark)
      current = afterEffects(current, effects, now)
    }
  }
}

/**
 * What issuers have said of the group's cards that the decision to charge them did not know: charges that were put back
 * were decided before. Those just intended are not among them: their marks were weighed a moment ago.
 */
function marksSince(group: readonly [ClaimedCharge, Act][]): Map<string | null, CardMark['mark']> {
  const putBack = group.filter(
    ([charge, act]) => act === 'check' && (charge.mark === 'never' || charge.mark === 'customer'),
  )
  return new Map(putBack.map(([charge]) => [charge.cardId, charge.mark]))
}

/** A worker that cannot give back what it no longer works on must end, so that others take it over. */
export class ClaimsLeft extends Error {}

async function giveBack(system: System, bucket: number, charges: readonly [ClaimedCharge, Act][]): Promise<void> {
  const ids = charges.map(([charge]) => charge.chargeId)
  try {
    await unclaim(system.db, bucket, system.workerId, ids)
  } catch (problem) {
    throw new ClaimsLeft('charges could not be given back', { cause: problem })
  }
}

const byMonth = ([one]: [ClaimedCharge, Act], [other]: [ClaimedCharge, Act]): number =>
  (one.month ?? '').localeCompare(other.month ?? '')

/** The charge as its row is now, for the next call and the next record. */
function afterEffects(charge: ClaimedCharge, { charge: change }: Effects, now: Instant): ClaimedCharge {
  const sent = change.sentAgain
    ? { firstSentAt: charge.firstSentAt ?? now, lastSentAt: now, sends: charge.sends + 1 }
    : {}
  return {
    ...charge,
    ...sent,
    status: change.status,
    paymentId: change.paymentId ?? charge.paymentId,
    captureMinor: charge.captureMinor ?? change.captureMinor ?? null,
  }
}
