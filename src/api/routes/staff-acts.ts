/** What billing and support staff do for a customer's invoices: approve, retry, grant a trial. */
import { z } from 'zod'
import type { Caller } from '../../domain/access.ts'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { parseDay } from '../../domain/calendar.ts'
import { approveInvoice } from '../../operations/approve-invoice.ts'
import { retryInvoice } from '../../operations/retry-invoice.ts'
import { grantTrial } from '../../operations/trials.ts'
import { listAwaitingApproval } from '../../postgres/approvals.ts'
import { readInvoice } from '../../postgres/billing-lists.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { refuseAttempt } from '../refuse-attempt.ts'
import { route } from '../route.ts'
import {
  accountId,
  currencyOut,
  instantOut,
  minorOut,
  ofCoverage,
  ourId,
  page,
  pageOf,
  wireInstant,
  wireMinor,
} from '../wire.ts'

const ofInvoice = z.object({ accountId, invoiceId: ourId })
const day = z.iso
  .date()
  .transform((text, context) => {
    const read = parseDay(text)
    if (read !== null) return read
    context.addIssue({ code: 'custom', message: 'a day is written YYYY-MM-DD, in the years 1900 to 2999' })
    return z.NEVER
  })
  .meta({ example: '2027-03-31' })

const waitingOut = z.object({
  accountId: z.string(),
  invoiceId: z.string(),
  coverage: z.string(),
  month: z.string(),
  currency: currencyOut,
  totalMinor: minorOut,
  usualMinor: minorOut.nullable().meta({ description: 'What the account usually owes a month.' }),
  issuedAt: instantOut,
})

const whoIs = (caller: Caller): string => (caller.kind === 'staff' ? caller.name : caller.kind)

export const staffActRoutes = [
  route({
    operation: 'grantTrial',
    method: 'PUT',
    path: '/accounts/:accountId/coverages/:coverage/trial',
    tag: 'Staff',
    summary: 'Grant a trial with an end date',
    description: 'Fees of days within it are invoiced as waived (B12). Only for an account without a method.',
    params: ofCoverage,
    body: z.strictObject({ endsOn: day.meta({ description: 'Its last day, in the coverage’s zone.' }) }),
    answer: { status: 204, description: 'It is granted.' },
    problems: ['coverage_unknown', 'trial_ends_in_the_past', 'trial_has_a_method'],
    handle: async ({ system, params, body, caller, now }) => {
      if (!system.coverages.has(params.coverage)) throw new Problem('coverage_unknown')
      const granted = await grantTrial(system, { ...params, endsOn: body.endsOn, grantedBy: whoIs(caller) }, now)
      if (granted === 'ends_in_the_past') throw new Problem('trial_ends_in_the_past')
      if (granted === 'has_a_method') throw new Problem('trial_has_a_method')
      return undefined
    },
  }),
  route({
    operation: 'listAwaitingApproval',
    method: 'GET',
    path: '/invoices/awaiting-approval',
    tag: 'Staff',
    summary: 'Unusually large invoices that wait for approval',
    query: z.strictObject(page),
    answer: { status: 200, description: 'A page of them.', schema: pageOf(waitingOut) },
    handle: async ({ system, query: { limit, cursor } }) => {
      const after = readCursor(cursor, z.object({ id: ourId }))
      const rows = await listAwaitingApproval(system.db, after?.id ?? null, limit + 1)
      return pageFrom(
        rows,
        limit,
        (row) => ({ id: row.invoiceId }),
        (row) => ({
          ...row,
          totalMinor: wireMinor(row.totalMinor),
          usualMinor: row.usualMinor === null ? null : wireMinor(row.usualMinor),
          issuedAt: wireInstant(row.issuedAt),
        }),
      )
    },
  }),
  route({
    operation: 'approveInvoice',
    method: 'POST',
    path: '/accounts/:accountId/invoices/:invoiceId/approval',
    tag: 'Staff',
    summary: 'Let an unusually large invoice be collected',
    params: ofInvoice,
    answer: {
      status: 200,
      description: 'It is collected like any other from now on.',
      schema: z.object({ status: z.literal('scheduled'), dueMinor: minorOut }),
    },
    problems: ['not_found', 'not_awaiting_approval'],
    handle: async ({ system, params, caller, now }) => {
      if (!(await readInvoice(system.db, { bucket: bucketOfAccount(params.accountId), ...params })))
        throw new Problem('not_found')
      const approved = await approveInvoice(system, params.invoiceId, whoIs(caller), now)
      if ('refused' in approved)
        throw new Problem(approved.refused === 'invoice_unknown' ? 'not_found' : approved.refused)
      return { status: approved.status, dueMinor: wireMinor(approved.dueMinor) }
    },
  }),
  route({
    operation: 'retryInvoice',
    method: 'POST',
    path: '/accounts/:accountId/invoices/:invoiceId/retry',
    tag: 'Staff',
    summary: 'Try one outstanding invoice now',
    description: 'Obeys do-not-retry codes and the networks’ counts, as Activate does; moves no schedule.',
    params: ofInvoice,
    answer: {
      status: 202,
      description: 'It is asked for; the invoice tells what came of it.',
      schema: z.object({ dueMinor: minorOut, currency: currencyOut }),
    },
    problems: ['not_found', 'not_outstanding'],
    handle: async ({ system, params, caller, now }) => {
      const invoice = await readInvoice(system.db, { bucket: bucketOfAccount(params.accountId), ...params })
      if (!invoice) throw new Problem('not_found')
      const retried = await retryInvoice(system, { ...params, coverage: invoice.coverage }, whoIs(caller), now)
      if ('refused' in retried) throw refuseAttempt(system, retried, invoice.coverage)
      return { dueMinor: wireMinor(retried.dueMinor), currency: retried.currency }
    },
  }),
]
