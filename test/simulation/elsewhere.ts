/**
 * What happens without us: at the gateway's dashboard, at payers' banks and in the network; and how we are told of it:
 * late, twice, in any order, or never.
 */
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import { type Chance, fewOf, pickOne } from './chance.ts'
import type { Live } from './live.ts'

export function listen({ stage: { engine }, markets }: Live): void {
  for (const coverage of markets.keys()) engine.simulator.events.listen(coverage)
}

const recentMs = 35 * 86_400_000

/** Somebody refunds, captures or gives up a payment by hand; a bank takes money back; networks renew cards. */
export function othersAct({ stage, chance }: Live): void {
  const { simulator } = stage.engine
  const now = stage.now()
  const metadata = {}
  for (const [account, books] of simulator.books.accounts) {
    const recent = recentOf(books.timeline, now - recentMs)
    for (const { id: paymentId } of fewOf(chance, recent, 0.0012)) {
      const payment = books.payments.get(paymentId)
      if (!payment) continue
      const { capturedMinor, status, methodId } = payment
      const amountMinor = pickOne(chance, [null, capturedMinor / 4n + 1n])
      const hand = pickOne(chance, ['refund', 'dispute', 'dispute', 'renew'] as const)
      if (hand === 'renew')
        simulator.issuer.updateCard(books.methods.get(methodId ?? '')?.fingerprint ?? '', 11, 2036, now)
      else if (status !== 'succeeded' || capturedMinor === 0n) continue
      else if (hand === 'refund')
        simulator.byHand(account, { name: 'create_refund', paymentId, amountMinor, metadata }, now)
      else
        simulator.byHand(
          account,
          { name: 'open_dispute', paymentId, reason: 'fraudulent', amountMinor, inquiry: chance() < 0.2 },
          now,
        )
    }
    // What is held for an order, or was not captured yet, is taken or given up by somebody who thinks to know better.
    const held = recent.filter(({ id }) => books.payments.get(id)?.status === 'requires_capture')
    for (const { id: paymentId } of fewOf(chance, held, 0.004)) {
      const name = pickOne(chance, ['capture_payment', 'cancel_payment'] as const)
      if (name === 'cancel_payment') simulator.byHand(account, { name, paymentId, reason: null }, now)
      else if (!isVerification(books.payments.get(paymentId)))
        simulator.byHand(account, { name, paymentId, amountMinor: null }, now)
    }
    for (const disputeId of fewOf(chance, [...books.disputes.keys()], 0.08)) {
      const outcome = pickOne(chance, ['under_review', 'won', 'lost'] as const)
      simulator.byHand(account, { name: 'resolve_dispute', disputeId, outcome }, now)
    }
  }
}

const isVerification = (payment: { readonly metadata: Readonly<Record<string, string>> } | undefined) =>
  payment?.metadata.kessai_subject === undefined

function recentOf<Row extends { readonly createdAt: number }>(timeline: readonly Row[], since: number): readonly Row[] {
  let first = timeline.length
  while (first > 0 && (timeline[first - 1]?.createdAt ?? 0) >= since) first -= 1
  return timeline.slice(first)
}

/** What has arrived is taken in by a server; of the many that tell of payments a part, as the look-ups find the rest. */
export async function gatewayTells(live: Live, share: number): Promise<void> {
  const { stage, chance, markets } = live
  for (const coverage of markets.keys()) {
    const arrived = stage.engine.simulator.events.take(coverage, stage.now(), stage.wallNow())
    for (const { type, body, signature } of overtaking(arrived, chance)) {
      if (type.startsWith('payment_intent') && chance() >= share) continue
      await live.ask(
        (system) => takeGatewayEvent(system, coverage, { body, signature, wallNow: stage.wallNow() }),
        'insistent',
      )
    }
  }
}

/** Some overtake others. */
const overtaking = <Row>(events: readonly Row[], chance: Chance): Row[] =>
  events
    .map((event) => ({ event, at: chance() < 0.2 ? chance() : 0 }))
    .sort((one, other) => one.at - other.at)
    .map(({ event }) => event)
