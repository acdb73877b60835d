/** Money given back: asked for by staff, made by a worker, seen by the payer. */
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { refundRefusals } from '../../domain/refund.ts'
import { readRefundable } from '../../operations/read-refundable.ts'
import { requestRefund } from '../../operations/request-refund.ts'
import { listRefunds, readRefund } from '../../postgres/repair-lists.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { carries, reasonOut, reasonView, refundOut, refundView, whoIs } from '../repair-views.ts'
import { route } from '../route.ts'
import {
  accountId,
  coverage,
  currencyOut,
  minorOut,
  ofAccount,
  ourId,
  page,
  pageOf,
  positiveMinorIn,
  wireMinor,
} from '../wire.ts'

const ofCharge = z.object({ accountId, chargeId: ourId })

const refundIn = z
  .strictObject({
    amountMinor: positiveMinorIn.optional().meta({ description: 'Left out: all that can be given back.' }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as USD')
      .optional()
      .meta({ description: 'If given, it must be the charge’s.' }),
    carries: carries.optional(),
    reason: z.string().trim().min(1).max(500).meta({ description: 'Why, for staff. Never shown to the payer.' }),
  })
  .meta({ example: { amountMinor: 1000, currency: 'USD', reason: 'Billed twice for the same address' } })

export const refundRoutes = [
  route({
    operation: 'requestRefund',
    method: 'POST',
    path: '/accounts/:accountId/charges/:chargeId/refunds',
    tag: 'Refunds',
    summary: 'Give money of a charge back',
    description:
      'Commits the refund and answers at once; a worker makes it at the gateway, and its status says what became of it. It carries a credit note unless `carries` says otherwise (B18).',
    params: ofCharge,
    body: refundIn,
    answer: { status: 202, description: 'It will be made.', schema: refundOut },
    problems: ['not_found', ...refundRefusals],
    handle: async ({ system, params, body, caller, language, now, createId }) => {
      const request = { ...params, refundId: createId(), reason: body.reason, requestedBy: whoIs(caller) }
      const wish = {
        amountMinor: body.amountMinor ?? null,
        currency: body.currency ?? null,
        carries: body.carries ?? null,
      }
      const answer = await requestRefund(system, { ...request, ...wish }, now)
      if ('refused' in answer) throw new Problem(answer.refused === 'charge_unknown' ? 'not_found' : answer.refused)
      const row = await readRefund(system.db, { ...request, bucket: bucketOfAccount(params.accountId) })
      if (!row) throw new Error('a refund that was just written is not there')
      return refundView(row, caller, language)
    },
  }),
  route({
    operation: 'readRefundable',
    method: 'GET',
    path: '/accounts/:accountId/charges/:chargeId/refundable',
    tag: 'Refunds',
    summary: 'What of a charge can be given back',
    params: ofCharge,
    answer: {
      status: 200,
      description: 'Each way of giving it back, with the most it allows now, or why it does not.',
      schema: z.object({
        currency: currencyOut,
        ways: z.array(z.object({ carries, allowed: z.boolean(), atMostMinor: minorOut, reason: reasonOut })),
      }),
    },
    problems: ['not_found'],
    handle: async ({ system, params, language }) => {
      const refundable = await readRefundable(system, params)
      if (!refundable) throw new Problem('not_found')
      const ways = refundable.ways.map(({ refusal, atMostMinor, carries }) => ({
        carries,
        allowed: refusal === null,
        atMostMinor: wireMinor(atMostMinor),
        reason: reasonView(refusal, language),
      }))
      return { currency: refundable.currency, ways }
    },
  }),
  route({
    operation: 'listRefunds',
    method: 'GET',
    path: '/accounts/:accountId/refunds',
    tag: 'Refunds',
    summary: 'Refunds, newest first',
    params: ofAccount,
    query: z.strictObject({
      ...page,
      coverage: coverage.optional(),
      chargeId: ourId.optional(),
      invoiceId: ourId.optional(),
      orderId: ourId.optional(),
    }),
    answer: { status: 200, description: 'A page of refunds.', schema: pageOf(refundOut) },
    handle: async ({ system, params, caller, language, query: { limit, cursor, ...filters } }) => {
      const after = readCursor(cursor, z.object({ id: ourId }))
      const of = { ...params, ...filters, bucket: bucketOfAccount(params.accountId), after, limit: limit + 1 }
      const rows = await listRefunds(system.db, of)
      return pageFrom(
        rows,
        limit,
        (row) => ({ id: row.refundId }),
        (row) => refundView(row, caller, language),
      )
    },
  }),
  route({
    operation: 'readRefund',
    method: 'GET',
    path: '/accounts/:accountId/refunds/:refundId',
    tag: 'Refunds',
    summary: 'One refund',
    params: z.object({ accountId, refundId: ourId }),
    answer: { status: 200, description: 'The refund.', schema: refundOut },
    problems: ['not_found'],
    handle: async ({ system, params, caller, language }) => {
      const row = await readRefund(system.db, { ...params, bucket: bucketOfAccount(params.accountId) })
      if (!row) throw new Problem('not_found')
      return refundView(row, caller, language)
    },
  }),
]
