/** Trials (B12): staff grant one with an end date; fees of its days are waived; when it ends, a method is missing. */
import { bucketOfAccount } from '../domain/bucket.ts'
import { type Day, dayAt, type Instant } from '../domain/calendar.ts'
import { transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import { type CoverageDay, endTrialsIn, writeTrial } from '../postgres/trials.ts'
import { rulesOf, type System } from './system.ts'

/** From today through `endsOn`. Refused when that is in the past or the account already has a method. */
export async function grantTrial(
  system: System,
  trial: { readonly accountId: string; readonly coverage: string; readonly endsOn: Day; readonly grantedBy: string },
  now: Instant,
): Promise<'granted' | 'ends_in_the_past' | 'has_a_method'> {
  const from = dayAt(now, rulesOf(system, trial.coverage).timeZone)
  if (trial.endsOn < from) return 'ends_in_the_past'
  const bucket = bucketOfAccount(trial.accountId)
  return transaction(system.db, async (tx) => {
    if (!(await writeTrial(tx, { ...trial, bucket }, { from, to: trial.endsOn }, now))) return 'has_a_method'
    const details = { endsOn: trial.endsOn, grantedBy: trial.grantedBy }
    await appendEvents(
      tx,
      bucket,
      [
        {
          event_id: system.makeId(bucket, now),
          account_id: trial.accountId,
          coverage: trial.coverage,
          kind: 'trial_granted',
          details,
        },
      ],
      now,
    )
    return 'granted'
  })
}

/** Ends the trials of one bucket whose last day is over. */
export async function endTrials(system: System, bucket: number, now: Instant): Promise<void> {
  await transaction(system.db, async (tx) => {
    const ended = await endTrialsIn(tx, bucket, trialDays(system, now), now)
    const events = ended.map(({ accountId, coverage }) => ({
      event_id: system.makeId(bucket, now),
      account_id: accountId,
      coverage,
      kind: 'trial_ended' as const,
    }))
    await appendEvents(tx, bucket, events, now)
  })
}

export const trialDays = (system: Pick<System, 'coverages'>, now: Instant): CoverageDay[] =>
  [...system.coverages.values()].map(({ coverage, timeZone }) => ({ coverage, today: dayAt(now, timeZone) }))
