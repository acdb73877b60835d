/**
 * Our books and the gateway's, compared both ways, a page at a time: what of a period the gateway has, then what of ours
 * it did not mention. Where a page ended is kept in the row, so whoever goes on after a crash goes on there, and reading
 * a page twice finds the same.
 */
import { addDays, type Day, dayAt, type Instant, instantOn, minuteMs, plusMs } from '../../domain/calendar.ts'
import { dailyPeriod, mayBeChargedAgain, type Stage, stageAfter } from '../../domain/reconciliation.ts'
import { transaction } from '../../postgres/database.ts'
import {
  advanceReconciliation,
  beginAgainIfWaiting,
  claimReconciliation,
  insertDifferences,
  insertReconciliation,
  putBackReconciliation,
  type Reconciliation,
  readDueReconciliations,
  readLatestDaily,
} from '../../postgres/reconciliations.ts'
import { forgetSeen, markSeen } from '../../postgres/reconciling.ts'
import { audit, operator } from '../identity/audit.ts'
import { rulesOf, type System } from '../system.ts'
import { readDisputes, readRefunds } from './given-back.ts'
import { readOurCharges, readOurDisputes, readOurRefunds } from './ours.ts'
import { type Page, type Reading, Unread } from './page.ts'
import { readPayments } from './payments.ts'

/** Somebody wants to know. Answers its id; the worker reads it page by page. */
export async function beginReconciliation(
  system: System,
  of: { readonly coverage: string; readonly fromOn: Day; readonly toOn: Day },
  now: Instant,
): Promise<string> {
  const reconciliationId = system.makeId(0, now)
  await transaction(system.db, async (tx) => {
    const row = { ...of, reconciliationId, reason: 'asked', requestedBy: operator.id, dailyOn: null } as const
    await insertReconciliation(tx, row, now)
    await audit(system, tx, operator, 'reconciliation_asked', reconciliationId, of)
  })
  return reconciliationId
}

/** `HH:MM` in the coverage's zone from which a day's reconciliation is due: before what closes and collects. */
const dailyAt = '03:00'

/** The coverages whose reconciliation of today is due and not begun. */
export async function planDailyReconciliations(
  system: System,
  now: Instant,
): Promise<{ readonly coverage: string; readonly dailyOn: Day; readonly fromOn: Day; readonly toOn: Day }[]> {
  const planned = [...system.coverages.values()].filter(({ reconcileDays = 0 }) => reconcileDays > 0)
  if (planned.length === 0) return []
  const latest = new Map((await readLatestDaily(system.db)).map((row) => [row.coverage, row]))
  return planned.flatMap(({ coverage, timeZone, reconcileDays = 0 }) => {
    const dailyOn = dayAt(now, timeZone)
    const before = latest.get(coverage)
    if (instantOn(dailyOn, dailyAt, timeZone) > now || (before && before.dailyOn >= dailyOn)) return []
    return [{ coverage, dailyOn, ...dailyPeriod(dailyOn, before?.toOn ?? null, reconcileDays) }]
  })
}

/** Two schedulers make one row of a day. */
export const beginDailyReconciliation = (
  system: System,
  plan: Awaited<ReturnType<typeof planDailyReconciliations>>[number],
  now: Instant,
): Promise<void> =>
  insertReconciliation(
    system.db,
    { ...plan, reconciliationId: system.makeId(0, now), reason: 'daily', requestedBy: 'timetable' },
    now,
  )

const againAfterMs = 10 * minuteMs

const readers: Readonly<Record<Exclude<Stage, 'done'>, (reading: Reading) => Promise<Page>>> = {
  payments: readPayments,
  refunds: readRefunds,
  disputes: readDisputes,
  our_charges: readOurCharges,
  our_refunds: readOurRefunds,
  our_disputes: readOurDisputes,
}

export const dueReconciliations = (system: System, now: Instant) => readDueReconciliations(system.db, now)

const pagesAtOnce = 10

/** Reads some pages: an ordinary day is one piece of work, a large one never holds the worker's loop for long. */
export async function reconcileSome(system: System, reconciliationId: string, now: Instant): Promise<void> {
  for (let pages = 0; pages < pagesAtOnce; pages++) if (!(await reconcilePage(system, reconciliationId, now))) return
}

/** Reads one page. False: somebody else is at it, it is finished, or the gateway does not answer. */
export async function reconcilePage(system: System, reconciliationId: string, now: Instant): Promise<boolean> {
  const reconciliation = await claimReconciliation(system.db, reconciliationId, system.workerId)
  if (!reconciliation || reconciliation.stage === 'done') return false
  const { stage } = reconciliation
  const reading = { system, reconciliation, ...periodOf(system, reconciliation), now }
  try {
    const page = await readers[stage](reading)
    return await commitPage(reading, stage, page)
  } catch (problem) {
    await putBackReconciliation(system.db, reconciliation, system.workerId, plusMs(now, againAfterMs))
    if (!(problem instanceof Unread)) throw problem
    system.log.warn({ reconciliationId, stage, problem: problem.message }, 'the gateway cannot be read; trying later')
    return false
  }
}

export function periodOf(
  system: Pick<System, 'coverages'>,
  { coverage, fromOn, toOn }: Pick<Reconciliation, 'coverage' | 'fromOn' | 'toOn'>,
): { readonly from: Instant; readonly to: Instant } {
  const { timeZone } = rulesOf(system, coverage)
  return { from: instantOn(fromOn, '00:00', timeZone), to: instantOn(addDays(toOn, 1), '00:00', timeZone) }
}

function commitPage({ system, reconciliation, now }: Reading, stage: Stage, page: Page): Promise<boolean> {
  const { reconciliationId } = reconciliation
  const next = page.next === null ? stageAfter(stage) : stage
  const ours = stage.startsWith('our_') ? page.rows : 0
  return transaction(system.db, async (tx) => {
    const read = {
      stage: next,
      cursor: page.next,
      payments: stage === 'payments' ? page.rows : 0,
      refunds: stage === 'refunds' ? page.rows : 0,
      disputes: stage === 'disputes' ? page.rows : 0,
      ours,
      foreign: page.foreign ?? 0,
    }
    if (!(await advanceReconciliation(tx, reconciliation, system.workerId, read, now))) return false
    await markSeen(tx, reconciliationId, page.seen)
    await insertDifferences(tx, reconciliation, page.found, now)
    if (next === 'done') await forgetSeen(tx, reconciliationId)
    // After a restore everybody waits for it, so it ends only when nothing could be charged a second time.
    if (next === 'done' && reconciliation.reason === 'restored') {
      await beginAgainIfWaiting(tx, reconciliationId, mayBeChargedAgain, plusMs(now, minuteMs))
    }
    return true
  })
}
