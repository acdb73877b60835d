/** Every attempt to take money by card, with the times of its hold and capture. */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { listCharges, readCharge } from '../../postgres/billing-lists.ts'
import { chargeOut, chargeView } from '../billing-views.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { accountId, coverage, epochMs, ofAccount, ourId, page, pageOf } from '../wire.ts'

const chargeKey = z.object({ at: epochMs, id: ourId })

export const chargeRoutes = [
  route({
    operation: 'listCharges',
    method: 'GET',
    path: '/accounts/:accountId/charges',
    tag: 'Billing',
    summary: 'Charges, newest first',
    description: 'Verifications of cards are among them: their hold is released and never captured.',
    params: ofAccount,
    query: z.strictObject({
      ...page,
      coverage: coverage.optional(),
      invoiceId: ourId.optional(),
      orderId: ourId.optional(),
    }),
    answer: { status: 200, description: 'A page of charges.', schema: pageOf(chargeOut) },
    problems: ['not_found'],
    handle: async ({ system, params, caller, language, query: { limit, cursor, ...filters } }) => {
      const bucket = bucketOfAccount(params.accountId)
      const after = readCursor(cursor, chargeKey)
      const rows = await listCharges(system.db, { bucket, ...params, ...filters, after, limit: limit + 1 })
      return pageFrom(
        rows,
        limit,
        (row) => ({ at: row.intendedAt, id: row.chargeId }),
        (row) => chargeView(row, caller, language),
      )
    },
  }),
  route({
    operation: 'readCharge',
    method: 'GET',
    path: '/accounts/:accountId/charges/:chargeId',
    tag: 'Billing',
    summary: 'One charge',
    params: z.object({ accountId, chargeId: ourId }),
    answer: { status: 200, description: 'The charge.', schema: chargeOut },
    problems: ['not_found'],
    handle: async ({ system, params, caller, language }) => {
      const row = await readCharge(system.db, { bucket: bucketOfAccount(params.accountId), ...params })
      if (!row) throw new Problem('not_found')
      return chargeView(row, caller, language)
    },
  }),
]
