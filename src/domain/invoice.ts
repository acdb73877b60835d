/**
 * What one account owes one coverage for a month: from exact sums of fees to an invoice, a carry-over, a credit, or
 * nothing at all (B7, B12).
 */
import { type Instant, lastDayOf, type Month } from './calendar.ts'
import { type CoverageRules, minimumOn } from './coverage.ts'
import { type Exact, type Minor, roundToMinor, smaller, taxOn } from './money.ts'

export const invoiceStatuses = {
  awaiting_approval: 'Far above what this account usually owes: staff look at it before any money moves.',
  scheduled: 'Issued; the run collects it.',
  outstanding: 'Collecting it failed or lacked a method; tried again daily, or when the payer acts.',
  paid: 'Nothing is due any more.',
  waived: 'Every fee fell on a day of the trial; nothing is owed.',
  carried_over: 'Below what a card may be charged; the next invoice includes the month.',
  credited: 'Discounts exceeded fees; the difference is credit on the next invoice.',
} as const
export type InvoiceStatus = keyof typeof invoiceStatuses

export interface CloseFacts {
  readonly method: 'none' | 'trial' | 'card' | 'bank_transfer'
  readonly creditMinor: Minor
  readonly usualMinor: Minor | null
  /** The earliest month carried over so far. */
  readonly carriedFrom: Month | null
  readonly sums: readonly FeeSum[]
}

/** Fees of one tax rate, summed exactly; `waived` are those of days within a trial. */
export interface FeeSum {
  readonly taxRateBp: number
  readonly waived: boolean
  readonly amount: Exact
}

export interface TaxLine {
  readonly taxRateBp: number
  readonly netMinor: Minor
  readonly taxMinor: Minor
}

/** The invoice to issue, if any, and what the account's settings carry into the next month. */
export interface CloseDecision {
  readonly invoice: InvoiceDraft | null
  readonly creditMinor: Minor
  readonly usualMinor: Minor | null
  readonly carriedFrom: Month | null
}

export interface InvoiceDraft {
  readonly status: InvoiceStatus
  readonly firstMonth: Month
  readonly taxLines: readonly TaxLine[]
  readonly netMinor: Minor
  readonly taxMinor: Minor
  readonly waivedMinor: Minor
  readonly creditAppliedMinor: Minor
  /** Whether the system collects it by itself. */
  readonly collected: boolean
}

export function decideClose(facts: CloseFacts, rules: CoverageRules, month: Month): CloseDecision {
  const { usualMinor, creditMinor } = facts
  const taxLines = linesOf(
    facts.sums.filter((sum) => !sum.waived),
    rules,
  )
  const netMinor = taxLines.reduce((sum, line) => sum + line.netMinor, 0n)
  const taxMinor = taxLines.reduce((sum, line) => sum + line.taxMinor, 0n)
  const totalMinor = netMinor + taxMinor
  const waivedMinor = linesOf(
    facts.sums.filter((sum) => sum.waived),
    rules,
  ).reduce((sum, line) => sum + line.netMinor + line.taxMinor, 0n)
  const firstMonth = facts.carriedFrom ?? month
  const draft = { firstMonth, taxLines, netMinor, taxMinor, waivedMinor, creditAppliedMinor: 0n, collected: false }

  if (totalMinor === 0n) {
    const waived = waivedMinor > 0n ? { ...draft, status: 'waived' as const } : null
    return { invoice: waived, creditMinor, usualMinor, carriedFrom: null }
  }
  if (totalMinor < 0n) {
    const invoice = { ...draft, status: 'credited' as const }
    return { invoice, creditMinor: creditMinor - totalMinor, usualMinor, carriedFrom: null }
  }
  const minimumMinor = facts.method === 'bank_transfer' ? 0n : minimumOn(rules, lastDayOf(month))
  if (totalMinor < minimumMinor && creditMinor < totalMinor) {
    return { invoice: { ...draft, status: 'carried_over' }, creditMinor, usualMinor, carriedFrom: firstMonth }
  }
  const creditAppliedMinor = creditFor(totalMinor, creditMinor, minimumMinor)
  const status = statusAtIssue(totalMinor, creditAppliedMinor, usualMinor, rules)
  return {
    invoice: {
      ...draft,
      status,
      creditAppliedMinor,
      collected: status === 'scheduled' && facts.method !== 'bank_transfer',
    },
    creditMinor: creditMinor - creditAppliedMinor,
    usualMinor: status === 'awaiting_approval' ? usualMinor : usualAfter(usualMinor, totalMinor),
    carriedFrom: null,
  }
}

/** Sum exactly, round once per rate, tax once per rate. */
function linesOf(sums: readonly FeeSum[], rules: CoverageRules): TaxLine[] {
  const byRate = new Map<number, Exact>()
  for (const sum of sums) byRate.set(sum.taxRateBp, (byRate.get(sum.taxRateBp) ?? 0n) + sum.amount)
  return [...byRate]
    .sort(([one], [other]) => one - other)
    .map(([taxRateBp, amount]) => {
      const netMinor = roundToMinor(amount, rules.currency, rules.rounding.net)
      return { taxRateBp, netMinor, taxMinor: taxOn(netMinor, taxRateBp, rules.rounding.tax) }
    })
}

/** As much credit as there is, but never so much that what is left is below what a card may be charged (F43). */
function creditFor(totalMinor: Minor, creditMinor: Minor, minimumMinor: Minor): Minor {
  if (creditMinor >= totalMinor) return totalMinor
  const mostMinor = totalMinor - minimumMinor
  return smaller(creditMinor, mostMinor > 0n ? mostMinor : 0n)
}

function statusAtIssue(totalMinor: Minor, creditAppliedMinor: Minor, usualMinor: Minor | null, rules: CoverageRules) {
  if (creditAppliedMinor === totalMinor) return 'paid'
  return isUnusual(totalMinor, usualMinor, rules) ? 'awaiting_approval' : 'scheduled'
}

const isUnusual = (totalMinor: Minor, usualMinor: Minor | null, rules: CoverageRules): boolean =>
  rules.approvalAbove !== null && usualMinor !== null && totalMinor > usualMinor * BigInt(rules.approvalAbove)

/** A running mean in which the latest invoice weighs a quarter. */
export const usualAfter = (usualMinor: Minor | null, totalMinor: Minor): Minor =>
  usualMinor === null ? totalMinor : (usualMinor * 3n + totalMinor) / 4n

/** When collection of an invoice issued now begins: at once. */
export const firstAttemptAt = (draft: InvoiceDraft, now: Instant): Instant | null => (draft.collected ? now : null)
