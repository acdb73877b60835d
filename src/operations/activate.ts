/** Activate (B10): the payer asks for every outstanding invoice of a coverage to be tried now, oldest first. */
import { bucketOfAccount } from '../domain/bucket.ts'
import { hourMs, type Instant } from '../domain/calendar.ts'
import type { Minor } from '../domain/money.ts'
import { decideAttempt, type SkipReason } from '../domain/retry.ts'
import { readOutstanding } from '../postgres/attempts.ts'
import { transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import { countActivation, lockSettings, requestAttempts } from '../postgres/payment-settings.ts'
import { factsOf } from './attempt-invoices.ts'
import { rulesOf, type System } from './system.ts'

const limit = { presses: 5, withinMs: hourMs }

export type Activated =
  | { readonly requested: number; readonly sumMinor: Minor; readonly currency: string }
  | { readonly refused: 'nothing_outstanding' | 'account_unknown' | 'too_often' }
  /** The first reason why none of the invoices may be tried, and when it ends. */
  | { readonly refused: SkipReason; readonly until: Instant | null }

/** Requests the attempts and answers at once; what becomes of them is read from the invoices. */
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
    if (outstanding.length === 0) return { refused: 'nothing_outstanding' }
    const decisions = outstanding.map((row) => decideAttempt('activate', factsOf(row), rules, now))
    const [first] = decisions
    if (first && !first.attempt && decisions.every((decision) => !decision.attempt)) {
      return { refused: first.reason, until: first.until }
    }
    if (!(await countActivation(tx, key, limit))) return { refused: 'too_often' }
    const requested = await requestAttempts(tx, key, 'activate', now)
    const sumMinor = requested.reduce((sum, invoice) => sum + invoice.dueMinor, 0n)
    await appendEvents(
      tx,
      key.bucket,
      [
        {
          event_id: system.makeId(key.bucket, now),
          account_id: key.accountId,
          coverage: key.coverage,
          kind: 'activated',
          details: { invoices: requested.length, amountMinor: sumMinor },
        },
      ],
      now,
    )
    return { requested: requested.length, sumMinor, currency: rules.currency }
  })
}
