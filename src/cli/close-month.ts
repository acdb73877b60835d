/** `close-month`: the fees of a month are complete; its invoices are made here and now. */
import { closeWholeMonth } from '../operations/close-whole-month.ts'
import { readCoverage, readMonth } from '../operations/read-words.ts'
import { exitCodes } from './exit-codes.ts'
import { withSystem } from './opened.ts'
import { plural, printJson, printLine } from './output.ts'
import { progressBar } from './progress.ts'
import { summaryOf, summaryTable } from './run-table.ts'
import { CommandError, type Wire } from './wire.ts'

export interface RunOptions {
  readonly coverage: string
  readonly month: string
  readonly json?: boolean
}

export async function closeMonthCommand(wire: Wire, options: RunOptions): Promise<void> {
  await withSystem(wire, async ({ system, now }) => {
    const run = { coverage: readCoverage(system, options.coverage), month: readMonth(options.month) }
    const bar = progressBar('accounts closed', options)
    const closed = await closeWholeMonth(system, run, now, (done, of) => bar.update(done, of)).finally(() => bar.stop())
    if ('refused' in closed) throw refusal(run, closed)
    const summary = await summaryOf(system, run)
    if (options.json) return printJson({ ...summary, ...closed })
    const name = `${run.month} of ${run.coverage}`
    printLine(closed.closed ? `${name} is closed: ${plural(closed.accounts, 'account')}` : `${name} was closed before`)
    printLine(summaryTable(summary))
  })
}

function refusal(
  run: { coverage: string; month: string },
  closed: Extract<Awaited<ReturnType<typeof closeWholeMonth>>, { refused: string }>,
): CommandError {
  const name = `${run.month} of ${run.coverage}`
  const message =
    closed.refused === 'month_not_over'
      ? `${name} is not over yet, so its fees cannot be complete (clock show says what time it is)`
      : `${closed.month} of ${run.coverage} is still open, and months close in order. First:\n  bin/kessai close-month --coverage ${run.coverage} --month ${closed.month}`
  return new CommandError(message, exitCodes.notNow)
}
