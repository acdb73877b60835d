/** Payments that payers object to at their bank: what the network did, and what staff make of it. */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { decisionMeanings, disputeRefusals } from '../../domain/dispute.ts'
import { decideDisputeBy } from '../../operations/decide-dispute.ts'
import type { System } from '../../operations/system.ts'
import { listDisputes, readDispute } from '../../postgres/repair-lists.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { decision, disputeOut, disputeView, whoIs } from '../repair-views.ts'
import { route } from '../route.ts'
import { accountId, coverage, ofAccount, ourId, page, pageOf } from '../wire.ts'

const ofDispute = z.object({ accountId, disputeId: ourId })

async function dispute(system: System, params: z.output<typeof ofDispute>) {
  const row = await readDispute(system.db, { ...params, bucket: bucketOfAccount(params.accountId) })
  if (!row) throw new Problem('not_found')
  return row
}

export const disputeRoutes = [
  route({
    operation: 'listDisputes',
    method: 'GET',
    path: '/accounts/:accountId/disputes',
    tag: 'Refunds',
    summary: 'Disputes, newest first',
    params: ofAccount,
    query: z.strictObject({
      ...page,
      coverage: coverage.optional(),
      chargeId: ourId.optional(),
      invoiceId: ourId.optional(),
      orderId: ourId.optional(),
    }),
    answer: { status: 200, description: 'A page of disputes.', schema: pageOf(disputeOut) },
    handle: async ({ system, params, caller, language, query: { limit, cursor, ...filters } }) => {
      const after = readCursor(cursor, z.object({ id: ourId }))
      const of = { ...params, ...filters, bucket: bucketOfAccount(params.accountId), after, limit: limit + 1 }
      const rows = await listDisputes(system.db, of)
      return pageFrom(
        rows,
        limit,
        (row) => ({ id: row.disputeId }),
        (row) => disputeView(row, caller, language),
      )
    },
  }),
  route({
    operation: 'readDispute',
    method: 'GET',
    path: '/accounts/:accountId/disputes/:disputeId',
    tag: 'Refunds',
    summary: 'One dispute',
    params: ofDispute,
    answer: { status: 200, description: 'The dispute.', schema: disputeOut },
    problems: ['not_found'],
    handle: async ({ system, params, caller, language }) =>
      disputeView(await dispute(system, params), caller, language),
  }),
  route({
    operation: 'decideDispute',
    method: 'POST',
    path: '/accounts/:accountId/disputes/:disputeId/decision',
    tag: 'Refunds',
    summary: 'Decide what a dispute means for what is owed',
    description: `Until then the invoice is not collected. ${Object.entries(decisionMeanings)
      .map(([word, meaning]) => `\`${word}\`: ${meaning}`)
      .join(' ')}`,
    params: ofDispute,
    body: z
      .strictObject({
        decision,
        why: z.string().trim().min(1).max(500).meta({ description: 'Why, for staff. Never shown to the payer.' }),
      })
      .meta({ example: { decision: 'write_off', why: 'The card was stolen; the usage was real.' } }),
    answer: { status: 200, description: 'The dispute as decided.', schema: disputeOut },
    problems: ['not_found', ...disputeRefusals],
    handle: async ({ system, params, body, caller, language, now }) => {
      const answer = await decideDisputeBy(system, { ...params, ...body, decidedBy: whoIs(caller) }, now)
      if ('refused' in answer) throw new Problem(answer.refused === 'dispute_unknown' ? 'not_found' : answer.refused)
      return disputeView(await dispute(system, params), caller, language)
    },
  }),
]
