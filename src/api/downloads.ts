/** What a download holds, row by row, read a page at a time so that memory does not grow with it. */
import { toDecimalString } from '../domain/money.ts'
import { type FeesOf, type InvoicesOf, listFees, listInvoices } from '../postgres/billing-lists.ts'
import type { Queries } from '../postgres/database.ts'
import type { Cell } from './csv.ts'
import { wireInstant } from './wire.ts'

const rowsAtOnce = 1_000

export const invoiceHeadings = [
  'invoice_id',
  'coverage',
  'month',
  'first_month',
  'status',
  'currency',
  'net',
  'tax',
  'total',
  'credit_applied',
  'credit_noted',
  'captured',
  'refunded',
  'due',
  'issued_at',
  'paid_at',
  'failure_code',
] as const

export async function* allInvoices(
  queries: Queries,
  of: Pick<InvoicesOf, 'bucket' | 'accountId' | 'coverage'>,
): AsyncGenerator<Cell[]> {
  let after: InvoicesOf['after'] = null
  for (;;) {
    const rows = await listInvoices(queries, { ...of, after, limit: rowsAtOnce })
    for (const row of rows) {
      const major = (amountMinor: bigint) => toDecimalString(amountMinor, row.currency)
      yield [
        row.invoiceId,
        row.coverage,
        row.month,
        row.firstMonth,
        row.status,
        row.currency,
        major(row.netMinor),
        major(row.taxMinor),
        major(row.totalMinor),
        major(row.creditAppliedMinor),
        major(row.creditNotedMinor),
        major(row.capturedMinor),
        major(row.refundedMinor),
        major(row.dueMinor),
        wireInstant(row.issuedAt),
        row.paidAt === null ? null : wireInstant(row.paidAt),
        row.failureCode,
      ]
    }
    const last = rows.at(-1)
    if (!last || rows.length < rowsAtOnce) return
    after = { month: last.month, id: last.invoiceId }
  }
}

export const feeHeadings = [
  'external_id',
  'month',
  'day',
  'item',
  'unit_price',
  'quantity',
  'amount',
  'tax_rate',
] as const

export async function* allFees(queries: Queries, of: Omit<FeesOf, 'after' | 'limit'>): AsyncGenerator<Cell[]> {
  let after: FeesOf['after'] = null
  for (;;) {
    const rows = await listFees(queries, { ...of, after, limit: rowsAtOnce })
    for (const row of rows) {
      const { externalId, month, day, wholeMonth, item, unitPrice, quantity, amount, taxRateBp } = row
      // A line that concerns the month as a whole has no day of its own.
      yield [externalId, month, wholeMonth ? null : day, item, unitPrice, quantity, amount, `${taxRateBp / 100} %`]
    }
    const last = rows.at(-1)
    if (!last || rows.length < rowsAtOnce) return
    after = { day: last.day, id: last.externalId }
  }
}
