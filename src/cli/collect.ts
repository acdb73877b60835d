/** `collect`: a month's collection from here, beside whatever workers there are, or a preview of it. */
import { type Preview, previewCollection } from '../operations/preview-collection.ts'
import { readCoverage, readMonth } from '../operations/read-words.ts'
import { sayMoney } from '../operations/say-words.ts'
import type { System } from '../operations/system.ts'
import { countAtWork, readFailures, readWaiting } from '../postgres/run-reports.ts'
import { readRuns } from '../postgres/runs.ts'
import type { RunOptions } from './close-month.ts'
import { exitCodes } from './exit-codes.ts'
import { type OpenedNow, withHands, withSystem } from './opened.ts'
import { iso, plural, printJson, printLine, shown, table } from './output.ts'
import { progressBar } from './progress.ts'
import { summaryOf, summaryTable } from './run-table.ts'
import { CommandError, type Wire } from './wire.ts'

type Run = ReturnType<typeof readRun>

const readRun = (system: System, options: RunOptions) => ({
  coverage: readCoverage(system, options.coverage),
  month: readMonth(options.month),
})

export async function collectCommand(wire: Wire, options: RunOptions & { readonly preview?: boolean }): Promise<void> {
  await withSystem(wire, async ({ system, now }) => {
    const run = readRun(system, options)
    await refuseUnlessClosed(system, run)
    if (!options.preview) return
    const preview = await previewCollection(system, run, now)
    if (options.json) printJson({ ...run, at: iso(now), ...preview })
    else printPreview(run, preview)
  })
  if (options.preview) return
  await withHands(wire, { unlessOthersWork: false }, async (opened, signal) => {
    const run = readRun(opened.system, options)
    await untilCollected(opened, run, options, signal)
    await printResult(opened.system, run, options)
  })
}

async function refuseUnlessClosed(system: System, { coverage, month }: Run): Promise<void> {
  const run = (await readRuns(system.db, coverage)).find((row) => row.month === month)
  const name = `${month} of ${coverage}`
  if (!run) throw new CommandError(`there is no run for ${name}: no fees of it came in`, exitCodes.notFound)
  if (run.pausedAt !== null) {
    throw new CommandError(
      `${name} is paused: ${run.pausedReason}. When that is mended:\n  bin/kessai run resume --coverage ${coverage} --month ${month}`,
      exitCodes.notNow,
    )
  }
  if (run.status === 'open' || run.status === 'closing') {
    throw new CommandError(
      `${name} is not closed, so there are no invoices to collect. First:\n  bin/kessai close-month --coverage ${coverage} --month ${month}`,
      exitCodes.notNow,
    )
  }
}

const lookEveryMs = 200

async function untilCollected(
  { system, clock }: OpenedNow,
  run: Run,
  options: RunOptions,
  signal: AbortSignal,
): Promise<void> {
  const left = async () => countAtWork(system.db, run, await clock.now())
  const of = await left()
  const bar = progressBar('invoices attempted', options)
  try {
    for (let now = of; now > 0; now = await left()) {
      if (signal.aborted) throw new CommandError('stopped; what was begun is finished, and the rest is still due', 130)
      bar.update(Math.max(0, of - now), of)
      await system.pause(lookEveryMs)
    }
  } finally {
    bar.stop()
  }
}

async function printResult(system: System, run: Run, options: RunOptions): Promise<void> {
  const summary = await summaryOf(system, run)
  const [failures, waiting] = await Promise.all([readFailures(system.db, run), readWaiting(system.db, run)])
  if (options.json) {
    const waitingShown = waiting.map((row) => ({ ...row, nextStepAt: iso(row.nextStepAt) }))
    return printJson({ ...summary, outstandingByCode: failures, waiting: waitingShown })
  }
  printLine(`${run.month} of ${run.coverage}: nothing is due any more`)
  printLine(summaryTable(summary))
  if (failures.length > 0) {
    const rows = failures.map((row) => [
      row.code,
      row.invoices.toLocaleString('en-US'),
      sayMoney(row.dueMinor, summary.currency),
    ])
    printLine(`\n${table(['outstanding because', 'invoices', 'due'], rows, [1, 2])}`)
  }
  for (const { status, charges, nextStepAt } of waiting) {
    const next = nextStepAt === null ? '' : `, looked at again from ${shown(nextStepAt)}`
    printLine(`\n${plural(charges, 'charge')} ${status}${next}`)
  }
}

function printPreview(run: Run, { currency, decisions, largest, awaitingApproval }: Preview): void {
  const money = (amountMinor: bigint) => sayMoney(amountMinor, currency)
  printLine(`What collecting ${run.month} of ${run.coverage} would do now; nothing is written.\n`)
  printLine(
    table(
      ['', 'invoices', 'sum'],
      decisions.map((row) => [
        row.decision === 'attempt' ? 'charge' : `skip: ${row.decision.replaceAll('_', ' ')}`,
        row.invoices.toLocaleString('en-US'),
        money(row.sumMinor),
      ]),
      [1, 2],
    ),
  )
  if (largest.length > 0) {
    const rows = largest.map((row) => [row.accountId, money(row.dueMinor), row.invoiceId])
    printLine(`\nthe largest:\n${table(['account', 'sum', 'invoice'], rows, [1])}`)
  }
  if (awaitingApproval.length > 0) {
    const rows = awaitingApproval.map((row) => [
      row.accountId,
      money(row.dueMinor),
      row.usualMinor === null ? '' : money(row.usualMinor),
      row.invoiceId,
    ])
    printLine(`\nnot collected before somebody runs  bin/kessai invoice approve ID:`)
    printLine(table(['account', 'sum', 'usually', 'invoice'], rows, [1, 2]))
  }
}
