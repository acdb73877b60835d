/** What a run would do now, decided by the very rules it follows, with nothing written (`collect --preview`). */
import { allBuckets } from '../domain/bucket.ts'
import type { Instant, Month } from '../domain/calendar.ts'
import type { Minor } from '../domain/money.ts'
import { collectableMinor } from '../domain/next-attempt.ts'
import { decideAttempt, type SkipReason } from '../domain/retry.ts'
import { type AttemptRow, readDueInvoices } from '../postgres/attempts.ts'
import { type ApprovalRow, readAwaitingApproval } from '../postgres/run-reports.ts'
import { factsOf } from './attempt-invoices.ts'
import { rulesOf, type System } from './system.ts'

export interface Preview {
  readonly currency: string
  /** `attempt` first, then each reason for which an invoice would be skipped. */
  readonly decisions: readonly {
    readonly decision: 'attempt' | SkipReason
    readonly invoices: number
    readonly sumMinor: Minor
  }[]
  /** The largest sums that would be taken. */
  readonly largest: readonly { readonly invoiceId: string; readonly accountId: string; readonly dueMinor: Minor }[]
  /** These wait for staff; a run leaves them alone. */
  readonly awaitingApproval: readonly ApprovalRow[]
}

const largestShown = 10

export async function previewCollection(
  system: System,
  run: { readonly coverage: string; readonly month: Month },
  now: Instant,
): Promise<Preview> {
  const rules = rulesOf(system, run.coverage)
  const sums = new Map<'attempt' | SkipReason, { invoices: number; sumMinor: Minor }>([
    ['attempt', { invoices: 0, sumMinor: 0n }],
  ])
  let largest: AttemptRow[] = []
  // Bucket by bucket, so that a million invoices are never in memory at once.
  for (const bucket of allBuckets) {
    const rows = await readDueInvoices(system.db, bucket, run.coverage, run.month, now)
    for (const row of rows) {
      const trigger = row.status === 'scheduled' ? 'run' : 'daily_retry'
      const decision = decideAttempt(trigger, factsOf(row), rules, now)
      const amountMinor = collectableMinor(row, trigger)
      const name = decision.attempt ? 'attempt' : decision.reason
      const sum = sums.get(name) ?? { invoices: 0, sumMinor: 0n }
      sums.set(name, { invoices: sum.invoices + 1, sumMinor: sum.sumMinor + amountMinor })
      if (decision.attempt) largest.push({ ...row, dueMinor: amountMinor })
    }
    largest = largest.sort(byDue).slice(0, largestShown)
  }
  return {
    currency: rules.currency,
    decisions: [...sums].map(([decision, sum]) => ({ decision, ...sum })),
    largest: largest.map(({ invoiceId, accountId, dueMinor }) => ({ invoiceId, accountId, dueMinor })),
    awaitingApproval: await readAwaitingApproval(system.db, run),
  }
}

const byDue = (one: AttemptRow, other: AttemptRow): number =>
  other.dueMinor === one.dueMinor ? 0 : other.dueMinor > one.dueMinor ? 1 : -1
