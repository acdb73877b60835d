/** Closing a coverage's month from here, beside whatever workers there are, instead of waiting for its time (B7). */
import type { Instant, Month } from '../domain/calendar.ts'
import { monthAt } from '../domain/calendar.ts'
import { bucketsToClose } from '../postgres/closing.ts'
import { countToClose } from '../postgres/run-reports.ts'
import { endClosing, readRuns } from '../postgres/runs.ts'
import { beginClosingMonth, closeAccounts, completeFees, planClosing } from './close-month.ts'
import { rulesOf, type System } from './system.ts'

export type ClosedMonth =
  | { readonly closed: true; readonly accounts: number }
  /** It was closed before; nothing was done. */
  | { readonly closed: false; readonly status: 'collecting' | 'finished' }
  | { readonly refused: 'month_not_over' }
  /** Months close in order; `month` comes first. */
  | { readonly refused: 'earlier_month_open'; readonly month: Month }

const accountsAtOnce = 500
const lookAgainMs = 50

/**
 * Declares the fees of `run` complete and closes every account of it. `onProgress` is told how many accounts are closed,
 * of how many there were to close. May be called again, and by several at once.
 */
export async function closeWholeMonth(
  system: System,
  run: { readonly coverage: string; readonly month: Month },
  now: Instant,
  onProgress: (closed: number, of: number) => void,
): Promise<ClosedMonth> {
  const { coverage, month } = run
  if (month >= monthAt(now, rulesOf(system, coverage).timeZone)) return { refused: 'month_not_over' }
  const before = await statusOf(system, run)
  if (before === 'collecting' || before === 'finished') return { closed: false, status: before }
  const toClose = await countToClose(system.db, run)
  const earlier = await earlierMonth(system, run, now)
  if (earlier !== null) return { refused: 'earlier_month_open', month: earlier }
  if (before !== 'closing') {
    await completeFees(system, coverage, month, now)
    const plan = await planClosing(system, coverage, now)
    if (plan) await beginClosingMonth(system, coverage, plan, now)
  }
  await closeEvery(system, run, now, (left) => onProgress(toClose - left, toClose))
  return { closed: true, accounts: toClose }
}

const statusOf = async (system: System, run: { coverage: string; month: Month }) =>
  (await readRuns(system.db, run.coverage)).find(({ month }) => month === run.month)?.status

/** The first month before this one that is not closed, known to us already or not. */
async function earlierMonth(system: System, run: { coverage: string; month: Month }, now: Instant) {
  const runs = await readRuns(system.db, run.coverage)
  const unknown = (await planClosing(system, run.coverage, now))?.open ?? []
  const open = [
    ...runs.filter(({ status }) => status === 'open' || status === 'closing').map(({ month }) => month),
    ...unknown,
  ]
  return open.filter((month) => month < run.month).sort()[0] ?? null
}

/** Rows that another worker holds at the moment are waited for: the month has moved on only when none is left. */
async function closeEvery(
  system: System,
  run: { readonly coverage: string; readonly month: Month },
  now: Instant,
  onLeft: (left: number) => void,
): Promise<void> {
  for (;;) {
    const buckets = await bucketsToClose(system.db, run.coverage, run.month)
    if (buckets.length === 0) break
    let closed = 0
    for (const bucket of buckets) closed += await closeAccounts(system, run, bucket, now, accountsAtOnce)
    onLeft(await countToClose(system.db, run))
    if (closed === 0) await system.pause(lookAgainMs)
  }
  await endClosing(system.db, run.coverage, run.month, now)
  onLeft(0)
}
