/** Activate (B10): the payer asks for every outstanding invoice of a coverage to be tried now, oldest first. */
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { momentsToKeep, notBefore } from '../domain/limit.ts'
import type { Minor } from '../domain/money.ts'
import { activateLimit, type PlanRefusal, planActivation } from '../domain/payment-view.ts'
import type { SkipReason } from '../domain/retry.ts'
import { readOutstanding } from '../postgres/attempts.ts'
import { type Queries, transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import {
  lockActivations,
  lockSettings,
  requestAttempts,
  type SettingsKey,
  writeActivations,
} from '../postgres/payment-settings.ts'
import { factsOf } from './attempt-invoices.ts'
import { rulesOf, type System } from './system.ts'

export type Activated =
  | {
      readonly requested: number
      readonly sumMinor: Minor
      readonly currency: string
      /** What may not be tried now, and why. */
      readonly refusals: readonly PlanRefusal[]
    }
  | { readonly refused: 'account_unknown' }
  | { readonly refused: 'nothing_outstanding' }
  /** Wall time: from then on it may be pressed again. */
  | { readonly refused: 'too_often'; readonly untilWall: Instant }
  /** The first reason why none of the invoices may be tried, and when it ends. */
  | { readonly refused: SkipReason; readonly until: Instant | null }

/**
 * Requests the attempts and answers at once; what becomes of them is read from the invoices. A second click before a
 * worker has taken up the first asks for nothing new, so it is neither counted nor told again (F15).
 */
export async function activate(
  system: System,
  of: { readonly accountId: string; readonly coverage: string },
  now: Instant,
): Promise<Activated> {
  const rules = rulesOf(system, of.coverage)
  const key = { ...of, bucket: bucketOfAccount(of.accountId) }
  return transaction(system.db, async (tx): Promise<Activated> => {
    if (!(await lockSettings(tx, key))) return { refused: 'account_unknown' }
    const outstanding = await readOutstanding(tx, key.bucket, key.accountId, key.coverage, now)
    const { attempts, refusals } = planActivation(outstanding.map(factsOf), rules, now)
    if (attempts.length === 0) {
      const [first] = refusals
      return first ? { refused: first.reason, until: first.until } : { refused: 'nothing_outstanding' }
    }
    const asked = new Set(outstanding.filter((row) => row.requestedTrigger !== null).map((row) => row.invoiceId))
    const again = attempts.every(({ invoiceId }) => asked.has(invoiceId))
    if (!again) {
      const untilWall = await press(tx, key, system.wallNow())
      if (untilWall !== null) return { refused: 'too_often', untilWall }
    }
    const invoiceIds = attempts.map(({ invoiceId }) => invoiceId)
    const requested = await requestAttempts(tx, key, { trigger: 'activate', invoiceIds }, now)
    // A worker has taken them up in this very moment.
    if (requested.length === 0) return { refused: 'charge_unsettled', until: null }
    const sumMinor = requested.reduce((sum, invoice) => sum + invoice.dueMinor, 0n)
    if (!again) {
      const details = { invoices: requested.length, amountMinor: sumMinor }
      const event = { account_id: key.accountId, coverage: key.coverage, kind: 'activated' as const, details }
      await appendEvents(tx, key.bucket, [{ event_id: system.makeId(key.bucket, now), ...event }], now)
    }
    return { requested: requested.length, sumMinor, currency: rules.currency, refusals }
  })
}

/** Counts a press, or answers from when on one is possible again. */
async function press(tx: Queries, key: SettingsKey, wallNow: Instant): Promise<Instant | null> {
  const presses = await lockActivations(tx, key)
  const againAt = notBefore(presses, activateLimit, wallNow)
  if (againAt !== null) return againAt
  await writeActivations(tx, key, [...presses, wallNow].slice(-momentsToKeep(activateLimit)))
  return null
}
