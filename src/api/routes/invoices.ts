/** A payer's invoices: what each month cost, what became of it, and the lines it is made of. */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { rulesOf } from '../../operations/system.ts'
import {
  listCharges,
  listFees,
  listInvoices,
  listSkips,
  readInvoice,
  sumFeesByItem,
} from '../../postgres/billing-lists.ts'
import {
  chargeOut,
  chargeView,
  feeOut,
  feeView,
  invoiceOut,
  invoiceStatus,
  invoiceView,
  skipOut,
  skipView,
} from '../billing-views.ts'
import { sendCsv } from '../csv.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { allFees, allInvoices, feeHeadings, invoiceHeadings } from '../downloads.ts'
import { Problem } from '../errors.ts'
import { type Asked, route } from '../route.ts'
import { accountId, coverage, month, ofAccount, ourId, page, pageOf } from '../wire.ts'

const ofInvoice = z.object({ accountId, invoiceId: ourId })
const invoiceKey = z.object({ month, id: ourId })
const feeKey = z.object({ day: z.iso.date(), id: z.string().max(200) })
const chargesShown = 200

/** Its invoice, or the answer that there is none. */
async function invoiceOf({ system, params }: Asked<z.output<typeof ofInvoice>>) {
  const bucket = bucketOfAccount(params.accountId)
  const invoice = await readInvoice(system.db, { bucket, ...params })
  if (!invoice) throw new Problem('not_found')
  const { coverage, firstMonth, month } = invoice
  const months = { bucket, accountId: params.accountId, coverage, from: firstMonth, to: month }
  return { bucket, invoice, months }
}

export const invoiceRoutes = [
  route({
    operation: 'listInvoices',
    method: 'GET',
    path: '/accounts/:accountId/invoices',
    tag: 'Billing',
    summary: 'Invoices, newest month first',
    params: ofAccount,
    query: z.strictObject({
      ...page,
      coverage: coverage.optional(),
      status: invoiceStatus.optional(),
      month: month.optional(),
    }),
    answer: { status: 200, description: 'A page of invoices.', schema: pageOf(invoiceOut) },
    problems: ['not_found'],
    handle: async ({ system, params, query: { limit, cursor, ...filters } }) => {
      const bucket = bucketOfAccount(params.accountId)
      const after = readCursor(cursor, invoiceKey)
      const rows = await listInvoices(system.db, { bucket, ...params, ...filters, after, limit: limit + 1 })
      return pageFrom(rows, limit, (row) => ({ month: row.month, id: row.invoiceId }), invoiceView)
    },
  }),
  route({
    operation: 'downloadInvoices',
    method: 'GET',
    path: '/accounts/:accountId/invoices.csv',
    tag: 'Billing',
    summary: 'All invoices as CSV',
    description: 'Amounts in major units with the currency’s own decimals.',
    params: ofAccount,
    query: z.strictObject({ coverage: coverage.optional() }),
    answer: { status: 200, description: 'CSV, UTF-8 with BOM.', mediaType: 'text/csv' },
    problems: ['not_found'],
    handle: async ({ system, params, query, reply }) => {
      const of = { bucket: bucketOfAccount(params.accountId), ...params, ...query }
      return sendCsv(reply, `${params.accountId}-invoices.csv`, invoiceHeadings, allInvoices(system.db, of))
    },
  }),
  route({
    operation: 'readInvoice',
    method: 'GET',
    path: '/accounts/:accountId/invoices/:invoiceId',
    tag: 'Billing',
    summary: 'One invoice with its charges, skipped days and items',
    description: 'Everything that was tried for it: charges with the times of hold and capture, and each day skipped.',
    params: ofInvoice,
    answer: {
      status: 200,
      description: 'The invoice and its story.',
      schema: invoiceOut.extend({
        items: z.array(z.object({ item: z.string(), lines: z.int(), amount: z.string() })),
        charges: z.array(chargeOut),
        skippedDays: z.array(skipOut),
      }),
    },
    problems: ['not_found'],
    handle: async (asked) => {
      const { system, params, caller, language } = asked
      const { bucket, invoice, months } = await invoiceOf(asked)
      const [items, charges, skips] = await Promise.all([
        sumFeesByItem(system.db, months),
        listCharges(system.db, { bucket, ...params, after: null, limit: chargesShown }),
        listSkips(system.db, { bucket, ...params }),
      ])
      const { timeZone } = rulesOf(system, invoice.coverage)
      return {
        ...invoiceView(invoice),
        items: items.map(({ item, lines, amount }) => ({ item, lines: Number(lines), amount })),
        charges: charges.map((row) => chargeView(row, caller, language)),
        skippedDays: skips.map((row) => skipView(row, timeZone, language)),
      }
    },
  }),
  route({
    operation: 'listInvoiceFees',
    method: 'GET',
    path: '/accounts/:accountId/invoices/:invoiceId/fees',
    tag: 'Billing',
    summary: 'The usage lines an invoice is made of, by day',
    params: ofInvoice,
    query: z.strictObject(page),
    answer: { status: 200, description: 'A page of fees.', schema: pageOf(feeOut) },
    problems: ['not_found'],
    handle: async (asked) => {
      const { limit, cursor } = asked.query
      const after = readCursor(cursor, feeKey)
      const { months } = await invoiceOf(asked)
      const rows = await listFees(asked.system.db, { ...months, after, limit: limit + 1 })
      return pageFrom(rows, limit, (row) => ({ day: row.day, id: row.externalId }), feeView)
    },
  }),
  route({
    operation: 'downloadInvoiceFees',
    method: 'GET',
    path: '/accounts/:accountId/invoices/:invoiceId/fees.csv',
    tag: 'Billing',
    summary: 'All usage lines of an invoice as CSV',
    params: ofInvoice,
    answer: { status: 200, description: 'CSV, UTF-8 with BOM.', mediaType: 'text/csv' },
    problems: ['not_found'],
    handle: async (asked) => {
      const { invoice, months } = await invoiceOf(asked)
      const fileName = `${asked.params.accountId}-${invoice.coverage}-${invoice.month}.csv`
      return sendCsv(asked.reply, fileName, feeHeadings, allFees(asked.system.db, months))
    },
  }),
]
