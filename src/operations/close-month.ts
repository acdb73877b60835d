/** Closing a coverage's month: fees become invoices, once, whoever starts it and however often (B7). */
import { type Instant, type Month, monthAt } from '../domain/calendar.ts'
import { closingTimeOf } from '../domain/coverage.ts'
import type { MonthEvent } from '../domain/event.ts'
import { decideClose, firstAttemptAt, type InvoiceDraft } from '../domain/invoice.ts'
import { exactFromNumeric } from '../domain/money.ts'
import { decideClosing, monthsDue } from '../domain/run.ts'
import {
  type AccountToClose,
  type ClosedAccount,
  type FeeSumRow,
  type IssuedInvoice,
  lockAccountsToClose,
  sumFees,
  writeClosed,
} from '../postgres/closing.ts'
import { transaction } from '../postgres/database.ts'
import { beginClosing, declareFeesComplete, openRuns, readRuns } from '../postgres/runs.ts'
import { lastingId } from './lasting-id.ts'
import { rulesOf, type System } from './system.ts'

/** What there is to do about a coverage's months: runs to open, one to begin closing; null when nothing. */
export async function planClosing(
  system: System,
  coverage: string,
  now: Instant,
): Promise<{ readonly open: Month[]; readonly close: Month | null } | null> {
  const rules = rulesOf(system, coverage)
  const runs = await readRuns(system.db, coverage)
  const open = monthsDue(
    runs.map((run) => run.month),
    rules,
    now,
  )
  const close = decideClosing([...runs, ...open.map(openRun)], rules, now)
  return open.length > 0 || close ? { open, close } : null
}

export async function beginClosingMonth(
  system: System,
  coverage: string,
  plan: { readonly open: readonly Month[]; readonly close: Month | null },
  now: Instant,
): Promise<void> {
  await openRuns(system.db, coverage, plan.open)
  if (plan.close) await beginClosing(system.db, coverage, plan.close, now)
}

const openRun = (month: Month) => ({ month, status: 'open' as const, feesCompleteAt: null })

/** The platform says that no more fees of `month` will come. Refused while the month is not over. */
export async function completeFees(system: System, coverage: string, month: Month, now: Instant): Promise<void> {
  const rules = rulesOf(system, coverage)
  if (month >= monthAt(now, rules.timeZone)) {
    throw new RangeError(`month ${month} of ${coverage} is not over: its fees cannot be complete`)
  }
  const runs = await readRuns(system.db, coverage)
  const closed = runs.find((run) => run.month > month && run.status !== 'open')
  if (closed && !runs.some((run) => run.month === month)) {
    throw new RangeError(`month ${month} of ${coverage} lies before ${closed.month}, which has closed: it never opened`)
  }
  await openRuns(system.db, coverage, [month])
  await declareFeesComplete(system.db, coverage, month, now)
}

/** Closes up to `limit` accounts of one bucket. Answers how many; when no bucket has any left, the run moves on. */
export async function closeAccounts(
  system: System,
  run: { readonly coverage: string; readonly month: Month },
  bucket: number,
  now: Instant,
  limit: number,
): Promise<number> {
  const rules = rulesOf(system, run.coverage)
  return transaction(system.db, async (tx) => {
    const accounts = await lockAccountsToClose(tx, bucket, run.coverage, run.month, limit)
    if (accounts.length === 0) return 0
    const sums = Map.groupBy(await sumFees(tx, bucket, run.coverage, run.month, accounts), (sum) => sum.accountId)
    const closed: ClosedAccount[] = []
    const invoices: IssuedInvoice[] = []
    for (const account of accounts) {
      const decision = decideClose(factsOf(account, sums.get(account.accountId) ?? []), rules, run.month)
      closed.push({
        account_id: account.accountId,
        credit_minor: decision.creditMinor,
        usual_minor: decision.usualMinor,
        carried_from: decision.carriedFrom,
      })
      if (decision.invoice) invoices.push(issue(system, run, bucket, account.accountId, decision.invoice, now))
    }
    await writeClosed(tx, bucket, { ...run, currency: rules.currency }, closed, invoices, now)
    return accounts.length
  })
}

const factsOf = (account: AccountToClose, sums: readonly FeeSumRow[]) => ({
  ...account,
  sums: sums.map(({ taxRateBp, waived, amount }) => ({ taxRateBp, waived, amount: exactFromNumeric(amount) })),
})

const eventOf = {
  awaiting_approval: 'invoice_issued',
  scheduled: 'invoice_issued',
  outstanding: 'invoice_issued',
  paid: 'invoice_paid_by_credit',
  waived: 'invoice_waived',
  carried_over: 'month_carried_over',
  credited: 'month_credited',
} as const satisfies Record<InvoiceDraft['status'], MonthEvent>

function issue(
  system: System,
  run: { readonly coverage: string; readonly month: Month },
  bucket: number,
  accountId: string,
  draft: InvoiceDraft,
  now: Instant,
): IssuedInvoice {
  const attemptAt = firstAttemptAt(draft, now)
  return {
    // The same each time: should a restored copy close the month again, what was paid for it is still for this invoice.
    invoice_id: lastingId(
      bucket,
      closingTimeOf(run.month, rulesOf(system, run.coverage)),
      'invoice',
      accountId,
      run.coverage,
      run.month,
    ),
    event_id: system.makeId(bucket, now),
    event: eventOf[draft.status],
    account_id: accountId,
    first_month: draft.firstMonth,
    status: draft.status,
    tax_lines: draft.taxLines,
    net_minor: draft.netMinor,
    tax_minor: draft.taxMinor,
    waived_minor: draft.waivedMinor,
    credit_applied_minor: draft.creditAppliedMinor,
    next_attempt_at: attemptAt === null ? null : new Date(attemptAt).toISOString(),
  }
}
