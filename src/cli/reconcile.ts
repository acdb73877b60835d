/** `reconcile`: our books and the gateway's of some days, compared both ways, whether or not a worker is running. */
import { hostname } from 'node:os'
import { readCoverage, readDay } from '../operations/read-words.ts'
import { beginReconciliation, dueReconciliations, reconcilePage } from '../operations/reconcile/reconcile.ts'
import { sayDifference, stagesBehind, todayIn } from '../operations/reconcile/say.ts'
import type { System } from '../operations/system.ts'
import {
  countDifferences,
  type DifferenceCount,
  type Reconciliation,
  readReconciliation,
} from '../postgres/reconciliations.ts'
import { beat, endWorker, registerWorker } from '../postgres/workers.ts'
import { exitCodes } from './exit-codes.ts'
import { type OpenedNow, withSystem } from './opened.ts'
import { iso, plural, printJson, printLine, table } from './output.ts'
import { progressBar } from './progress.ts'
import { CommandError, type Wire } from './wire.ts'

export interface ReconcileOptions {
  readonly coverage: string
  readonly from: string
  readonly to?: string
  readonly json?: boolean
}

export function reconcileCommand(wire: Wire, options: ReconcileOptions): Promise<number> {
  return withSystem(wire, async (opened) => {
    const { system, now } = opened
    const of = readPeriod(opened, options)
    return alive(system, async () => {
      const done = await untilDone(opened, await beginReconciliation(system, of, now), options)
      const counts = await countDifferences(system.db, [done.reconciliationId])
      print(done, counts, options)
      const open = counts.some(({ outcome }) => outcome === 'queued' || outcome === 'waiting')
      return open ? exitCodes.doneInPart : exitCodes.done
    })
  })
}

function readPeriod({ system, now }: OpenedNow, options: ReconcileOptions) {
  const coverage = readCoverage(system, options.coverage)
  const fromOn = readDay(options.from)
  const toOn = options.to === undefined ? todayIn(system, coverage, now) : readDay(options.to)
  if (fromOn > toOn) throw new CommandError(`${fromOn} is after ${toOn}`, exitCodes.usage)
  return { coverage, fromOn, toOn }
}

const beatEveryMs = 5_000

/** What this process claims stays its own while it lives, as a worker's does. */
async function alive<Result>(system: System, work: () => Promise<Result>): Promise<Result> {
  await registerWorker(system.db, { workerId: system.workerId, host: hostname(), pid: process.pid })
  // One that was declared dead loses its claim, and finds that out when it records.
  const heart = setInterval(() => void beat(system.db, system.workerId).catch(() => undefined), beatEveryMs)
  try {
    return await work()
  } finally {
    clearInterval(heart)
    await endWorker(system.db, system.workerId)
  }
}

const lookEveryMs = 200

async function untilDone(
  { system, clock }: OpenedNow,
  reconciliationId: string,
  options: ReconcileOptions,
): Promise<Reconciliation> {
  const bar = progressBar('reconciling', options)
  try {
    for (;;) {
      const now = await clock.now()
      const read = await reconcilePage(system, reconciliationId, now)
      const row = await readReconciliation(system.db, reconciliationId)
      if (!row) throw new Error(`reconciliation ${reconciliationId} is gone`)
      if (row.finishedAt !== null) return row
      const { behind, of } = stagesBehind(row.stage)
      bar.update(behind, of, `${row.stage}: ${plural(rowsRead(row), 'row')} read`)
      if (read) continue
      const due = (await dueReconciliations(system, now)).some((one) => one.reconciliationId === reconciliationId)
      if (!due && row.nextStepAt !== null && row.nextStepAt > now) {
        throw new CommandError('the gateway cannot be read; a worker goes on with it in ten minutes')
      }
      await system.pause(lookEveryMs)
    }
  } finally {
    bar.stop()
  }
}

const rowsRead = ({ paymentsRead, refundsRead, disputesRead, oursRead }: Reconciliation): number =>
  paymentsRead + refundsRead + disputesRead + oursRead

function print(row: Reconciliation, counts: readonly DifferenceCount[], options: ReconcileOptions): void {
  const { reconciliationId, coverage, fromOn, toOn, paymentsRead, refundsRead, disputesRead, oursRead } = row
  if (options.json) {
    const { cursor: _, begunAt, finishedAt, nextStepAt: __, ...rest } = row
    const told = counts.map(({ kind, outcome, times }) => ({ kind, outcome, times }))
    printJson({ ...rest, begunAt: iso(begunAt), finishedAt: iso(finishedAt), differences: told })
    return
  }
  const read = [
    plural(paymentsRead, 'payment'),
    plural(refundsRead, 'refund'),
    plural(disputesRead, 'dispute'),
    `${plural(oursRead, 'row')} of ours looked up`,
  ]
  printLine(`${coverage}, ${fromOn} to ${toOn}: ${read.join(', ')}`)
  if (row.foreignPayments > 0) printLine(`${plural(row.foreignPayments, 'payment')} without an id of ours`)
  if (counts.length === 0) {
    printLine('the books agree')
    return
  }
  const rows = counts.map(({ kind, outcome, times }) => [String(times), outcome, sayDifference(kind)])
  printLine(table(['', 'now', 'what differed'], rows, [0]))
  if (counts.some(({ outcome }) => outcome === 'queued')) printLine('\nqueued: GET /api/staff-queue has the evidence')
  if (counts.some(({ outcome }) => outcome === 'waiting')) printLine('\nwaiting: the next reconciliation tries again')
  printLine(`\nall of it: GET /api/reconciliations/${reconciliationId}/differences`)
}
