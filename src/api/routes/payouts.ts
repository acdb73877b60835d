/** What the gateway sent to the bank, what each payout is made of, and whether our books say the same. */
import { z } from 'zod'
import type { System } from '../../operations/system.ts'
import { listPayoutEntries, listPayouts, readClearing, readPayout } from '../../postgres/settlement-lists.ts'
import { sendCsv } from '../csv.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import {
  allPayoutEntries,
  clearingOut,
  clearingView,
  entryHeadings,
  entryOut,
  entryView,
  payoutOut,
  payoutView,
} from '../payout-views.ts'
import { route } from '../route.ts'
import { coverage, epochMs, page, pageOf } from '../wire.ts'

const ofCoverage = z.object({ coverage })
const gatewayId = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_]+$/, 'an id of the gateway, such as po_1Q2w3e')
  .meta({ example: 'po_1Q2w3e' })
const ofPayout = z.object({ coverage, payoutId: gatewayId })
const place = z.object({ at: epochMs, id: gatewayId })

function currencyOf(system: System, name: string): string {
  const rules = system.coverages.get(name)
  if (!rules) throw new Problem('not_found')
  return rules.currency
}

async function payout(system: System, params: z.output<typeof ofPayout>) {
  const row = await readPayout(system.db, params.coverage, params.payoutId)
  if (!row) throw new Problem('not_found')
  return row
}

export const payoutRoutes = [
  route({
    operation: 'listPayouts',
    method: 'GET',
    path: '/payouts',
    tag: 'Payouts',
    summary: 'What the gateway sent to the bank, newest first',
    query: z.strictObject({ ...page, coverage }),
    answer: { status: 200, description: 'A page of payouts.', schema: pageOf(payoutOut) },
    handle: async ({ system, language, query: { limit, cursor, ...of } }) => {
      const rows = await listPayouts(system.db, { ...of, after: readCursor(cursor, place), limit: limit + 1 })
      return pageFrom(
        rows,
        limit,
        (row) => ({ at: row.createdAt, id: row.payoutId }),
        (row) => payoutView(row, language),
      )
    },
  }),
  route({
    operation: 'readPayout',
    method: 'GET',
    path: '/coverages/:coverage/payouts/:payoutId',
    tag: 'Payouts',
    summary: 'One payout',
    params: ofPayout,
    answer: { status: 200, description: 'The payout.', schema: payoutOut },
    problems: ['not_found'],
    handle: async ({ system, params, language }) => payoutView(await payout(system, params), language),
  }),
  route({
    operation: 'listPayoutEntries',
    method: 'GET',
    path: '/coverages/:coverage/payouts/:payoutId/entries',
    tag: 'Payouts',
    summary: 'What one payout is made of, oldest first',
    params: ofPayout,
    query: z.strictObject(page),
    answer: { status: 200, description: 'A page of entries.', schema: pageOf(entryOut) },
    problems: ['not_found'],
    handle: async ({ system, params, language, query: { limit, cursor } }) => {
      await payout(system, params)
      const after = readCursor(cursor, place)
      const rows = await listPayoutEntries(system.db, { ...params, after, limit: limit + 1 })
      return pageFrom(
        rows,
        limit,
        (row) => ({ at: row.createdAt, id: row.entryId }),
        (row) => entryView(row, language),
      )
    },
  }),
  route({
    operation: 'downloadPayoutEntries',
    method: 'GET',
    path: '/coverages/:coverage/payouts/:payoutId/entries.csv',
    tag: 'Payouts',
    summary: 'What one payout is made of, as CSV',
    description: 'Amounts in major units with the currency’s own decimals.',
    params: ofPayout,
    answer: { status: 200, description: 'CSV, UTF-8 with BOM, oldest first.', mediaType: 'text/csv' },
    problems: ['not_found'],
    handle: async ({ system, params, reply }) => {
      await payout(system, params)
      return sendCsv(reply, `${params.payoutId}.csv`, entryHeadings, allPayoutEntries(system.db, params))
    },
  }),
  route({
    operation: 'readClearing',
    method: 'GET',
    path: '/coverages/:coverage/clearing',
    tag: 'Payouts',
    summary: 'Whether our books have what the gateway has, to the cent',
    description: 'Sums whole tables up: for people who look, not for polling.',
    params: ofCoverage,
    answer: { status: 200, description: 'The clearing account beside the gateway’s balance.', schema: clearingOut },
    problems: ['not_found'],
    handle: async ({ system, params, language }) => {
      const currency = currencyOf(system, params.coverage)
      return clearingView(await readClearing(system.db, params.coverage), { ...params, currency }, language)
    },
  }),
]
