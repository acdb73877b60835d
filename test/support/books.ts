/** The network's own books against ours. What the network says is read from the simulator, never from our rows. */
import { sql } from 'kysely'
import type { Engine } from './engine.ts'

/** Every invoice that money was taken for, and how often: nothing may ever be above 1. */
export function capturesPerInvoice(engine: Engine): Map<string, number> {
  const captures = new Map<string, number>()
  for (const { subjectId, status } of engine.simulator.payments(engine.now())) {
    if (subjectId !== null && status === 'succeeded') captures.set(subjectId, (captures.get(subjectId) ?? 0) + 1)
  }
  return captures
}

/** What the network has given back and taken back of each payment, against what we have of it. */
export async function refundDifferences(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ chargeId: string; refundedMinor: bigint; disputedMinor: bigint }>`
    select charge_id as "chargeId",
      (select coalesce(sum(amount_minor), 0)::bigint from refunds r
        where r.bucket = c.bucket and r.charge_id = c.charge_id and status = 'succeeded') as "refundedMinor",
      (select coalesce(sum(withdrawn_minor), 0)::bigint from disputes d
        where d.bucket = c.bucket and d.charge_id = c.charge_id) as "disputedMinor"
    from charges c where status = 'captured'`.execute(engine.system.db)
  const ours = new Map(rows.map((row) => [row.chargeId, row]))
  return [...engine.simulator.payments(engine.now())].flatMap(
    ({ chargeId, accountId, refundedMinor, disputedMinor }) => {
      const row = ours.get(chargeId ?? '') ?? { refundedMinor: 0n, disputedMinor: 0n }
      return row.refundedMinor === refundedMinor && row.disputedMinor === disputedMinor
        ? []
        : [
            `${accountId}: charge ${chargeId}: the network has ${refundedMinor} refunded and ${disputedMinor} disputed, we have ${row.refundedMinor} and ${row.disputedMinor}`,
          ]
    },
  )
}

/**
 * What the network captured against what we recorded, charge by charge, to the last minor unit; empty when they agree.
 * A charge of ours that is not settled says nothing yet.
 */
export async function bookDifferences(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ chargeId: string; accountId: string; capturedMinor: bigint; settled: boolean }>`
    select charge_id as "chargeId", account_id as "accountId", captured_minor as "capturedMinor",
      settled_at is not null as settled from charges`.execute(engine.system.db)
  const ours = new Map(rows.map((row) => [row.chargeId, row]))
  const theirs = new Map<string, bigint>()
  const differences: string[] = []
  for (const { chargeId, capturedMinor, id, accountId } of engine.simulator.payments(engine.now())) {
    if (capturedMinor === 0n) continue
    const row = ours.get(chargeId ?? '')
    if (!row) differences.push(`${accountId}: the network took ${capturedMinor} (${id}) for no charge of ours`)
    theirs.set(chargeId ?? '', (theirs.get(chargeId ?? '') ?? 0n) + capturedMinor)
  }
  for (const { chargeId, accountId, capturedMinor, settled } of rows) {
    const tookMinor = theirs.get(chargeId) ?? 0n
    if ((settled || tookMinor === 0n) && tookMinor !== capturedMinor) {
      differences.push(`${accountId}: charge ${chargeId}: the network took ${tookMinor}, we have ${capturedMinor}`)
    }
  }
  return differences
}
