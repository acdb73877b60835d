/** Writing what the gateway taught us, for many charges in one transaction. */
import type { Instant } from '../domain/calendar.ts'
import type { Effects, Learnt } from '../domain/learnt.ts'
import { decideOutcome } from '../domain/outcome.ts'
import { type ClaimedCharge, lockInvoices, stillClaimed } from '../postgres/charges.ts'
import { transaction } from '../postgres/database.ts'
import { lockOrderStates } from '../postgres/order-outcomes.ts'
import { Overtaken, type Recorded, writeOutcomes } from '../postgres/outcomes.ts'
import { isPassing } from '../postgres/passing.ts'
import { lockManySettings } from '../postgres/payment-settings.ts'
import { writeRareEffects } from '../postgres/rare-outcomes.ts'
import { judgeWoken } from './judge-standings.ts'
import { rulesOf, type System } from './system.ts'

const pauseMs = 500

/**
 * Answers each charge's effects, in order; null for a charge that another worker has taken over meanwhile, about which
 * nothing is recorded. A database that went away is waited for: the answers are kept until they are written, or until
 * this worker has been declared dead and others have looked them up.
 */
export async function recordOutcomes(
  system: System,
  bucket: number,
  learnt: readonly (readonly [ClaimedCharge, Learnt])[],
  now: Instant,
): Promise<(Effects | null)[]> {
  let held: ReadonlySet<string> | null = null
  let withCredit = false
  for (;;) {
    try {
      return await recordHeld(system, bucket, learnt, held, withCredit, now)
    } catch (problem) {
      if (problem instanceof TouchesCredit) {
        withCredit = true
        continue
      }
      if (!(problem instanceof Overtaken)) {
        if (!isPassing(problem)) throw problem
        system.log.warn({ problem: String(problem) }, 'the database is away; outcomes wait to be recorded')
        await system.pause(pauseMs)
        continue
      }
      const ids = learnt.map(([charge]) => charge.chargeId)
      held = await stillClaimed(system.db, bucket, system.workerId, ids)
    }
  }
}

/** What was taken in excess becomes credit, whose row is locked before invoices. So few do that the others do not wait for it. */
class TouchesCredit extends Error {}

/** Records what is `held`, null meaning all, under the locks of the invoices and orders. */
function recordHeld(
  system: System,
  bucket: number,
  learnt: readonly (readonly [ClaimedCharge, Learnt])[],
  held: ReadonlySet<string> | null,
  withCredit: boolean,
  now: Instant,
): Promise<(Effects | null)[]> {
  return transaction(system.db, async (tx) => {
    if (withCredit) {
      const keys = learnt.map(([{ accountId, coverage }]) => ({ account_id: accountId, coverage }))
      await lockManySettings(tx, bucket, keys)
    }
    const invoiceIds = learnt.flatMap(([{ invoiceId }]) => invoiceId ?? [])
    const inFull = learnt.some(([, what]) => what.kind === 'absent' || what.kind === 'refused')
    const invoices = await lockInvoices(tx, bucket, invoiceIds, inFull)
    const orders = await lockOrderStates(
      tx,
      bucket,
      learnt.flatMap(([{ orderId }]) => orderId ?? []),
    )
    const recorded: Recorded[] = []
    const all = learnt.map(([charge, what]) => {
      if (held && !held.has(charge.chargeId)) return null
      const invoice = charge.invoiceId === null ? null : (invoices.get(charge.invoiceId) ?? null)
      const order = charge.orderId === null ? null : (orders.get(charge.orderId) ?? null)
      const effects = decideOutcome({ ...charge, invoice, order }, what, rulesOf(system, charge.coverage), now)
      const newId = () => system.makeId(bucket, now)
      const orderEventId = effects.order?.event ? newId() : null
      recorded.push({ charge, effects, eventId: newId(), orderEventId, staffEntryId: effects.staff ? newId() : null })
      return effects
    })
    if (recorded.length === 0) return all
    if (!withCredit && recorded.some(({ effects }) => effects.excessMinor > 0n)) throw new TouchesCredit()
    const { lifted } = await writeOutcomes(tx, bucket, system.workerId, recorded, now)
    // Whoever pays is restored with the payment, not after it (F32).
    if (lifted) await judgeWoken(system, tx, bucket, payersOf(recorded), now)
    await writeRareEffects(tx, bucket, recorded, now)
    return all
  })
}

const payersOf = (recorded: readonly Recorded[]) =>
  recorded.flatMap(({ charge: { accountId, coverage }, effects }) =>
    effects.charge.status === 'captured' ? [{ account_id: accountId, coverage }] : [],
  )
