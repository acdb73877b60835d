/** The platform's usage in bulk, by the code of the CLI's `import-fees`, and its word that a month is complete. */
import { z } from 'zod'
import { type Month, monthAt } from '../../domain/calendar.ts'
import { completeFees } from '../../operations/close-month.ts'
import { feeRecords, fileErrorOf } from '../../operations/fees/fee-records.ts'
import { fileErrorText, type LineReport, reportOf } from '../../operations/fees/report.ts'
import { ImportInterrupted, importFees } from '../../operations/import-fees.ts'
import { rulesOf } from '../../operations/system.ts'
import { readRuns } from '../../postgres/runs.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { keptComing } from '../slow-bodies.ts'
import { coverage, instantOut, month, wireInstantOrNull } from '../wire.ts'

const refusedShown = 1_000
/** A streamed body is not bound by its size, but by the import's own limits on lines. */
const noLimit = Number.MAX_SAFE_INTEGER

const importOut = z
  .object({
    read: z.int().meta({ description: 'Lines that are records.' }),
    imported: z.int(),
    known: z.int().meta({ description: 'The same fee was there already; nothing was done.' }),
    refused: z.int(),
    toNextMonth: z.int().meta({ description: 'Imported, but their month is closed: the next invoice bills them.' }),
    refusedLines: z
      .array(z.object({ line: z.int(), code: z.string(), field: z.string().nullable(), message: z.string() }))
      .meta({ description: 'The first 1,000, each with what would be right.' }),
  })
  .meta({ id: 'FeeImport' })

const monthOut = z
  .object({
    coverage: z.string(),
    month: z.string(),
    status: z.enum(['open', 'closing', 'collecting', 'finished']),
    feesCompleteAt: instantOut.nullable(),
    closingAt: instantOut.nullable(),
    collectingAt: instantOut.nullable(),
    finishedAt: instantOut.nullable(),
    paused: z.boolean(),
  })
  .meta({ id: 'Month' })

const ofMonth = z.object({ coverage, month })

export const feesInRoutes = [
  route({
    operation: 'importFees',
    method: 'POST',
    path: '/fees',
    tag: 'Fees in',
    summary: 'Usage lines in bulk, streamed',
    description:
      'NDJSON or CSV, gzip or not, of any length; see the reference of fees for the fields. Lines are committed batch by batch: each batch is whole or not in at all, a refused line keeps no other out, and the same file again changes nothing, so a connection that broke is mended by sending it again. An Idempotency-Key is not needed: `externalId` is one.',
    streams: ['application/x-ndjson', 'text/csv', 'application/gzip', 'application/octet-stream'],
    bodyLimit: noLimit,
    answer: { status: 200, description: 'What became of the lines.', schema: importOut },
    problems: ['media_type_unsupported', 'fees_unreadable', 'request_too_slow'],
    handle: async ({ system, settings, request, reply, language, now }) => {
      const refusedLines: LineReport[] = []
      const onRefused = (lines: Parameters<typeof reportOf>[0][]) => {
        for (const line of lines.slice(0, refusedShown - refusedLines.length))
          refusedLines.push(reportOf(line, language))
      }
      try {
        const done = await importFees(
          system,
          feeRecords(keptComing(request.raw, settings)),
          { onRefused: (lines) => onRefused([...lines]) },
          now,
        )
        return { ...done, refusedLines }
      } catch (problem) {
        if (problem instanceof ImportInterrupted) throw new Problem('unavailable', { retryAfterSeconds: 5 })
        // Of what we did not read, nothing is a next request.
        if (!request.raw.complete) reply.header('connection', 'close')
        const fault = fileErrorOf(problem)
        if (fault === null) throw problem
        throw new Problem('fees_unreadable', { errors: [{ field: 'body', message: fileErrorText(fault, language) }] })
      }
    },
  }),
  route({
    operation: 'completeFees',
    method: 'POST',
    path: '/coverages/:coverage/months/:month/fees-complete',
    tag: 'Fees in',
    summary: 'No more fees of this month will come',
    description:
      'The month closes into invoices as soon as a worker gets to it, instead of at the coverage’s closing time. Fees that come after all go to the next invoice.',
    params: ofMonth,
    answer: { status: 202, description: 'The month as it is now.', schema: monthOut },
    problems: ['coverage_unknown', 'month_not_over', 'month_never_opened'],
    handle: async ({ system, params, now }) => {
      if (!system.coverages.has(params.coverage)) throw new Problem('coverage_unknown')
      const ofTheMonth = params.month as Month // of the pattern just read
      if (ofTheMonth >= monthAt(now, rulesOf(system, params.coverage).timeZone)) throw new Problem('month_not_over')
      await completeFees(system, params.coverage, ofTheMonth, now).catch((problem: unknown) => {
        throw problem instanceof RangeError ? new Problem('month_never_opened') : problem
      })
      return monthView(system, params)
    },
  }),
  route({
    operation: 'readMonth',
    method: 'GET',
    path: '/coverages/:coverage/months/:month',
    tag: 'Fees in',
    summary: 'How far a month is',
    params: ofMonth,
    answer: { status: 200, description: 'The month.', schema: monthOut },
    problems: ['not_found'],
    handle: async ({ system, params }) => monthView(system, params),
  }),
]

async function monthView(
  system: Parameters<typeof rulesOf>[0] & { readonly db: Parameters<typeof readRuns>[0] },
  { coverage, month }: z.output<typeof ofMonth>,
): Promise<z.input<typeof monthOut>> {
  const run = (await readRuns(system.db, coverage)).find((one) => one.month === month)
  if (!run) throw new Problem('not_found')
  return {
    coverage,
    month,
    status: run.status,
    feesCompleteAt: wireInstantOrNull(run.feesCompleteAt),
    closingAt: wireInstantOrNull(run.closingAt),
    collectingAt: wireInstantOrNull(run.collectingAt),
    finishedAt: wireInstantOrNull(run.finishedAt),
    paused: run.pausedAt !== null,
  }
}
