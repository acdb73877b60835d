/** How our books and the gateway's compared: read by staff, begun by the timetable or on the command line. */
import { z } from 'zod'
import { type Difference, differences, stages } from '../../domain/reconciliation.ts'
import {
  countDifferences,
  type DifferenceCount,
  listDifferences,
  listReconciliations,
  type Reconciliation,
  readReconciliation,
} from '../../postgres/reconciliations.ts'
import { say } from '../../texts/language.ts'
import { differenceTexts } from '../../texts/reconciliation.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { coverage, epochMs, instantOut, ourId, page, pageOf, wireInstant, wireInstantOrNull } from '../wire.ts'

const kindNames = Object.keys(differences) as [Difference] // its own keys, one at least
const kind = z.enum(kindNames).meta({
  description: kindNames.map((name) => `\`${name}\`: ${differences[name].says}`).join(' '),
})
const outcome = z.enum(['repaired', 'queued', 'listed', 'waiting']).meta({
  description:
    '`repaired`: the books say it now. `queued`: staff decide. `listed`: told, nothing to do. `waiting`: not possible yet; the next reconciliation tries again.',
})

const reconciliationOut = z
  .object({
    reconciliationId: z.string(),
    coverage: z.string(),
    fromOn: z.string().meta({ description: 'The first day read, in the coverage’s zone.', example: '2027-02-01' }),
    toOn: z.string().meta({ description: 'The last day read.', example: '2027-02-08' }),
    reason: z.enum(['asked', 'daily', 'restored']).meta({
      description: '`restored`: the gateway knew charges of ours that an older copy of the database did not.',
    }),
    requestedBy: z.string(),
    begunAt: instantOut,
    finishedAt: instantOut.nullable(),
    stage: z.enum(stages).meta({ description: 'How far it has come.' }),
    paymentsRead: z.int(),
    refundsRead: z.int(),
    disputesRead: z.int(),
    oursRead: z.int().meta({ description: 'Of ours, what the gateway’s lists did not mention and was looked up.' }),
    foreignPayments: z.int().meta({ description: 'Payments that bear no id of ours.' }),
    differences: z.array(z.object({ kind, outcome, times: z.int() })),
  })
  .meta({ id: 'Reconciliation' })

const differenceOut = z
  .object({
    kind,
    text: z.string().meta({ description: 'What it is, in the language asked for.' }),
    outcome,
    objectId: z.string().meta({ description: 'The gateway’s id of the payment, refund or dispute; else ours.' }),
    accountId: z.string().nullable(),
    evidence: z.record(z.string(), z.unknown()).meta({ description: 'What either side said when it was found.' }),
    foundAt: instantOut,
  })
  .meta({ id: 'ReconciliationDifference' })

const view = (row: Reconciliation, counts: readonly DifferenceCount[]): z.input<typeof reconciliationOut> => {
  const { reconciliationId, cursor: _, nextStepAt: __, begunAt, finishedAt, ...rest } = row
  return {
    ...rest,
    reconciliationId,
    begunAt: wireInstant(begunAt),
    finishedAt: wireInstantOrNull(finishedAt),
    differences: counts
      .filter((count) => count.reconciliationId === reconciliationId)
      .map(({ kind, outcome, times }) => ({ kind, outcome, times })),
  }
}

export const reconciliationRoutes = [
  route({
    operation: 'listReconciliations',
    method: 'GET',
    path: '/reconciliations',
    tag: 'Staff',
    summary: 'How our books and the gateway’s compared, newest first',
    query: z.strictObject({ ...page, coverage }),
    answer: { status: 200, description: 'A page of reconciliations.', schema: pageOf(reconciliationOut) },
    handle: async ({ system, query: { limit, cursor, coverage } }) => {
      const after = readCursor(cursor, z.object({ at: epochMs, id: ourId }))
      const rows = await listReconciliations(system.db, { coverage, after, limit: limit + 1 })
      const counts = await countDifferences(
        system.db,
        rows.map(({ reconciliationId }) => reconciliationId),
      )
      return pageFrom(
        rows,
        limit,
        (row) => ({ at: row.begunAt, id: row.reconciliationId }),
        (row) => view(row, counts),
      )
    },
  }),
  route({
    operation: 'listReconciliationDifferences',
    method: 'GET',
    path: '/reconciliations/:reconciliationId/differences',
    tag: 'Staff',
    summary: 'What a reconciliation found, and what came of it',
    params: z.object({ reconciliationId: ourId }),
    query: z.strictObject(page),
    answer: { status: 200, description: 'A page of differences.', schema: pageOf(differenceOut) },
    problems: ['not_found'],
    handle: async ({ system, params: { reconciliationId }, language, query: { limit, cursor } }) => {
      const after = readCursor(cursor, z.object({ kind: z.enum(kindNames), id: z.string().max(255) }))
      if (!(await readReconciliation(system.db, reconciliationId))) throw new Problem('not_found')
      const rows = await listDifferences(system.db, reconciliationId, after, limit + 1)
      return pageFrom(
        rows,
        limit,
        (row) => ({ kind: row.kind, id: row.objectId }),
        (row) => ({
          ...row,
          text: say(differenceTexts[row.kind], language, {}),
          foundAt: wireInstant(row.foundAt),
        }),
      )
    },
  }),
]
