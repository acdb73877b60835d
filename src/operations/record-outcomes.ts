/** Writing what the gateway taught us, for many charges in one transaction. */
import { bucketOf } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import type { Effects, Learnt } from '../domain/learnt.ts'
import { decideOutcome } from '../domain/outcome.ts'
import { type ClaimedCharge, lockForOutcome } from '../postgres/charges.ts'
import { transaction } from '../postgres/database.ts'
import { Overtaken, type Recorded, writeOutcomes } from '../postgres/outcomes.ts'
import { isPassing } from '../postgres/passing.ts'
import { rulesOf, type System } from './system.ts'

const pauseMs = 500

type About = Pick<ClaimedCharge, 'chargeId' | 'accountId' | 'coverage' | 'currency' | 'cardId'>

/**
 * Answers each charge's effects, in order; null for a charge that another worker has taken over meanwhile, about which
 * nothing is recorded. A database that went away is waited for: the answers are kept until they are written, or until
 * this worker has been declared dead and others have looked them up.
 */
export async function recordOutcomes(
  system: System,
  bucket: number,
  learnt: readonly (readonly [About, Learnt])[],
  now: Instant,
): Promise<(Effects | null)[]> {
  for (;;) {
    try {
      return await recordOnce(system, bucket, learnt, now)
    } catch (problem) {
      if (problem instanceof Overtaken) continue
      if (!isPassing(problem)) throw problem
      system.log.warn({ problem: String(problem) }, 'the database is away; outcomes wait to be recorded')
      await system.pause(pauseMs)
    }
  }
}

async function recordOnce(
  system: System,
  bucket: number,
  learnt: readonly (readonly [About, Learnt])[],
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
    if (recorded.length > 0) await writeOutcomes(tx, bucket, system.workerId, recorded, now)
    return effects
  })
}
