/** `run status | pause | resume`: the months of each coverage as they are. */
import { readCoverage, readMonth } from '../operations/read-words.ts'
import { resumeCollection } from '../operations/resume-collection.ts'
import { sayMoney } from '../operations/say-words.ts'
import type { System } from '../operations/system.ts'
import { pauseRuns, type RunRow, readRuns } from '../postgres/runs.ts'
import { exitCodes } from './exit-codes.ts'
import { withSystem } from './opened.ts'
import { iso, plural, printJson, printLine, table } from './output.ts'
import { type RunSummary, summaryOf } from './run-table.ts'
import { CommandError, type Wire } from './wire.ts'

export interface WhichRuns {
  readonly coverage?: string
  readonly month?: string
  readonly json?: boolean
}

export async function runStatusCommand(wire: Wire, options: WhichRuns): Promise<void> {
  await withSystem(wire, async ({ system }) => {
    const runs = await runsOf(system, options)
    const told = await Promise.all(runs.map(async (run) => ({ ...run, ...(await summaryOf(system, run)) })))
    if (options.json) return printJson({ runs: told.map(inJson) })
    if (told.length === 0) return printLine('no month has begun: import fees first')
    printLine(table(columns, told.map(row), [3, 4, 5, 6]))
    for (const run of told.filter(({ pausedReason }) => pausedReason !== null)) {
      printLine(`\n${run.month} of ${run.coverage} is paused: ${run.pausedReason}`)
    }
  })
}

const columns = ['coverage', 'month', 'state', 'invoices', 'paid', 'total', 'due']

function row(run: RunRow & RunSummary): string[] {
  const of = (status: string) => run.invoices.find((row) => row.status === status)?.invoices ?? 0n
  const sum = (key: 'invoices' | 'totalMinor' | 'dueMinor') => run.invoices.reduce((all, one) => all + one[key], 0n)
  return [
    run.coverage,
    run.month,
    run.pausedAt === null ? run.status : 'paused',
    sum('invoices').toLocaleString('en-US'),
    of('paid').toLocaleString('en-US'),
    sayMoney(sum('totalMinor'), run.currency),
    sayMoney(sum('dueMinor'), run.currency),
  ]
}

const inJson = (run: RunRow & RunSummary) => ({
  ...run,
  feesCompleteAt: iso(run.feesCompleteAt),
  closingAt: iso(run.closingAt),
  collectingAt: iso(run.collectingAt),
  finishedAt: iso(run.finishedAt),
  pausedAt: iso(run.pausedAt),
})

export async function runPauseCommand(
  wire: Wire,
  options: WhichRuns & { readonly coverage: string; readonly reason: string },
): Promise<void> {
  await withSystem(wire, async ({ system, now }) => {
    const runs = (await runsOf(system, options)).filter(
      ({ status }) => status === 'collecting' || status === 'finished',
    )
    if (runs.length === 0)
      throw new CommandError('nothing to pause: no such month is being collected', exitCodes.notNow)
    const month = options.month === undefined ? null : readMonth(options.month)
    await pauseRuns(system.db, options.coverage, options.reason, now, month)
    await printRuns(
      system,
      options,
      (paused) => `${plural(paused.length, 'run')} paused: no automatic charge is begun until  bin/kessai run resume`,
    )
  })
}

export async function runResumeCommand(wire: Wire, options: WhichRuns & { readonly coverage: string }): Promise<void> {
  await withSystem(wire, async ({ system, now }) => {
    const paused = (await runsOf(system, options)).filter(({ pausedAt }) => pausedAt !== null)
    if (paused.length === 0) throw new CommandError('nothing to resume: no such month is paused', exitCodes.notNow)
    const month = options.month === undefined ? null : readMonth(options.month)
    await resumeCollection(system, { coverage: options.coverage, month }, now)
    await printRuns(system, options, () => `${plural(paused.length, 'run')} resumed: what is due is attempted again`)
  })
}

async function printRuns(system: System, options: WhichRuns, words: (paused: RunRow[]) => string): Promise<void> {
  const runs = await runsOf(system, options)
  const paused = runs.filter(({ pausedAt }) => pausedAt !== null)
  if (options.json) {
    return printJson({
      runs: runs.map(({ coverage, month, status, pausedAt, pausedReason }) => ({
        coverage,
        month,
        status,
        pausedAt: iso(pausedAt),
        pausedReason,
      })),
    })
  }
  printLine(words(paused))
}

async function runsOf(system: System, options: WhichRuns): Promise<RunRow[]> {
  const coverages =
    options.coverage === undefined ? [...system.coverages.keys()] : [readCoverage(system, options.coverage)]
  const month = options.month === undefined ? null : readMonth(options.month)
  const runs = (await Promise.all(coverages.map((coverage) => readRuns(system.db, coverage)))).flat()
  const wanted = runs.filter((run) => month === null || run.month === month)
  if (month !== null && wanted.length === 0) {
    throw new CommandError(`there is no run for ${month}: no fees of it came in`, exitCodes.notFound)
  }
  return wanted
}
