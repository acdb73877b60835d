/** Looking at where accounts stand: decides each locked standing, and writes what follows with its events (B16). */
import type { Instant } from '../domain/calendar.ts'
import {
  decideStanding,
  type OverdueInvoice,
  overdueSum,
  type StandingDecision,
  suspendsOn,
} from '../domain/standing.ts'
import { type Queries, transaction } from '../postgres/database.ts'
import { appendEvents, type NewEvent } from '../postgres/events.ts'
import {
  type Judged,
  keyOf,
  lockDueStandings,
  lockWoken,
  readOverdue,
  type StandingRow,
  writeJudged,
} from '../postgres/standing.ts'
import { rulesOf, type System } from './system.ts'

/** Looks at up to `limit` standings of one bucket that are due. Answers how many. */
export function sweepStandings(system: System, bucket: number, now: Instant, limit: number): Promise<number> {
  return transaction(system.db, async (tx) => {
    const rows = await lockDueStandings(tx, bucket, now, limit)
    await judgeStandings(system, tx, bucket, rows, now)
    return rows.length
  })
}

/** Those that the same transaction has just woken: what is paid is lifted with the payment itself (F32). */
export async function judgeWoken(
  system: System,
  tx: Queries,
  bucket: number,
  payers: Parameters<typeof lockWoken>[2],
  now: Instant,
): Promise<void> {
  await judgeStandings(system, tx, bucket, await lockWoken(tx, bucket, payers), now)
}

/** Decides what is locked. `told`: these change for those who poll, whatever is decided. */
export async function judgeStandings(
  system: System,
  tx: Queries,
  bucket: number,
  rows: readonly StandingRow[],
  now: Instant,
  told = false,
): Promise<void> {
  if (rows.length === 0) return
  const invoices = await readOverdue(tx, bucket, rows, now)
  const judged: Judged[] = []
  const events: NewEvent[] = []
  for (const row of rows) {
    const rules = rulesOf(system, row.coverage)
    const overdue = invoices.get(keyOf(row)) ?? []
    const decision = decideStanding(row, overdue, rules, now)
    judged.push({ row, decision, changed: told || isChange(row, decision) })
    if (decision.announce === null) continue
    const { kind } = decision.announce
    const details = { ...detailsOf(row, decision, overdue, system, now), currency: rules.currency }
    events.push({
      event_id: system.makeId(bucket, now),
      account_id: row.accountId,
      coverage: row.coverage,
      kind,
      details,
    })
  }
  await writeJudged(tx, bucket, judged, now)
  await appendEvents(tx, bucket, events, now)
}

const isChange = (row: StandingRow, decision: StandingDecision): boolean =>
  row.status !== decision.status ||
  row.overdueSince !== decision.overdueSince ||
  row.remindedOn !== decision.remindedOn ||
  decision.announce !== null

/** What a mail about it says: what is still due (F47), for which months, since when, and what comes next. */
function detailsOf(
  row: StandingRow,
  { announce, overdueSince, remindedOn, status }: StandingDecision,
  overdue: readonly OverdueInvoice[],
  system: System,
  now: Instant,
) {
  const rules = rulesOf(system, row.coverage)
  const comes =
    overdueSince === null || status === 'suspended'
      ? null
      : suspendsOn({ ...row, overdueSince, remindedOn }, rules, now)
  return {
    dueMinor: overdueSum(overdue),
    months: overdue.map(({ month }) => month),
    overdueSince: overdueSince === null ? null : new Date(overdueSince).toISOString(),
    ...(announce?.kind === 'reminded' ? { afterDays: announce.afterDays, suspendsOn: comes } : {}),
  }
}
