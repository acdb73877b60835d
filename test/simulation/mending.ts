/**
 * What is given and taken back on a day: staff refund, somebody refunds at the gateway's dashboard, payers dispute, the
 * network and staff decide, networks renew cards; and the gateway tells of it: late, twice, in any order, never lost.
 */
import { sql } from 'kysely'
import { bucketOf } from '../../src/domain/bucket.ts'
import type { Decision } from '../../src/domain/dispute.ts'
import type { Carries } from '../../src/domain/refund.ts'
import { decideDisputeBy } from '../../src/operations/decide-dispute.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import type { Delivery } from '../../src/simulator/deliveries.ts'
import type { Engine } from '../support/engine.ts'
import { type Chance, pickOne } from './world.ts'

const wallNow = Date.parse('2026-11-23T12:00:00Z')

export function listen({ simulator, system }: Engine): void {
  for (const coverage of system.coverages.keys()) simulator.events.listen(coverage)
}

export async function moneyGoesBack(engine: Engine, chance: Chance): Promise<void> {
  await staffRefund(engine, chance)
  othersAct(engine, chance)
  await staffDecide(engine, chance)
}

async function staffRefund({ system, now }: Engine, chance: Chance): Promise<void> {
  const { rows } = await sql<{ chargeId: string; accountId: string; amountMinor: bigint }>`
    select charge_id as "chargeId", account_id as "accountId", captured_minor as "amountMinor" from charges
    where status = 'captured' order by account_id, intended_at, charge_id`.execute(system.db)
  for (const { amountMinor, ...charge } of rows) {
    if (chance() >= 0.01) continue
    const wish = {
      amountMinor: pickOne(chance, [null, amountMinor / 3n + 1n, amountMinor]),
      carries: pickOne<Carries | null>(chance, [null, 'credit_note', 'reopening', 'credit']),
    }
    const refundId = system.makeId(bucketOf(charge.chargeId), now())
    await requestRefund(system, { ...charge, ...wish, refundId, reason: 'goodwill', requestedBy: 'staff' }, now())
  }
}

/** At the gateway's dashboard, at payers' banks, and in the network. */
function othersAct({ simulator, now }: Engine, chance: Chance): void {
  for (const payment of [...simulator.payments(now())]) {
    const { account, id: paymentId, status, capturedMinor, cardFingerprint } = payment
    if (status !== 'succeeded' || capturedMinor === 0n) continue
    const metadata = {}
    const amountMinor = pickOne(chance, [null, capturedMinor / 4n + 1n])
    const roll = chance()
    if (roll < 0.004) simulator.byHand(account, { name: 'create_refund', paymentId, amountMinor, metadata }, now())
    else if (roll < 0.01) {
      const dispute = { reason: 'fraudulent', amountMinor, inquiry: chance() < 0.2 }
      simulator.byHand(account, { name: 'open_dispute', paymentId, ...dispute }, now())
    } else if (roll < 0.013) simulator.issuer.updateCard(cardFingerprint ?? '', 11, 2036, now())
  }
  for (const [account, books] of simulator.books.accounts) {
    for (const disputeId of books.disputes.keys()) {
      if (chance() >= 0.15) continue
      const outcome = pickOne(chance, ['under_review', 'won', 'lost'] as const)
      simulator.byHand(account, { name: 'resolve_dispute', disputeId, outcome }, now())
    }
  }
}

async function staffDecide({ system, now }: Engine, chance: Chance): Promise<void> {
  const { rows } = await sql<{ accountId: string; disputeId: string }>`
    select account_id as "accountId", dispute_id as "disputeId" from disputes where decision is null
    order by account_id, opened_at, dispute_id`.execute(system.db)
  for (const dispute of rows) {
    if (chance() >= 0.2) continue
    const decision = pickOne<Decision>(chance, ['credit_note', 'write_off', 'reopen'])
    await decideDisputeBy(system, { ...dispute, decision, decidedBy: 'staff', why: 'looked into' }, now())
  }
}

/** What has arrived is taken in, and what was put back is tried again: on a wall of its own, hours have passed. */
export async function gatewayTells({ simulator, system, now }: Engine, chance: Chance | null): Promise<void> {
  for (const coverage of system.coverages.keys()) {
    const arrived = simulator.events.take(coverage, now(), wallNow)
    for (const { body, signature } of chance ? disturbed(arrived, chance) : arrived) {
      await takeGatewayEvent(system, coverage, { body, signature, wallNow })
    }
  }
  await sql`update gateway_events set next_try_at_wall = clock_timestamp() where handled_at_wall is null`.execute(
    system.db,
  )
}

/** A few come twice, and some overtake others. */
const disturbed = (events: readonly Delivery[], chance: Chance): Delivery[] =>
  events
    .flatMap((event) => (chance() < 0.1 ? [event, event] : [event]))
    .map((event) => ({ event, at: chance() < 0.3 ? chance() : 0 }))
    .sort((one, other) => one.at - other.at)
    .map(({ event }) => event)
