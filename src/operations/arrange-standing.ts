/** What staff arrange for a customer who is overdue: an exemption, its end, a postponement (B16). */
import { bucketOfAccount } from '../domain/bucket.ts'
import { type Day, dayAt, type Instant } from '../domain/calendar.ts'
import type { StandingEvent } from '../domain/event.ts'
import { type Queries, transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import type { SettingsKey } from '../postgres/payment-settings.ts'
import { lockStanding, type StandingRow, writeExemption, writePostponement } from '../postgres/standing.ts'
import { judgeStandings } from './judge-standings.ts'
import { rulesOf, type System } from './system.ts'

export interface StandingOf {
  readonly accountId: string
  readonly coverage: string
}

export type ArrangementRefusal = 'account_unknown' | 'day_in_the_past' | 'not_exempt'
export type Arranged = { readonly done: true } | { readonly refused: ArrangementRefusal }

/** Neither reminded nor suspended through `until`, or until staff end it; one that is suspended is restored at once. */
export function exemptStanding(
  system: System,
  of: StandingOf & { readonly until: Day | null; readonly by: string; readonly note: string | null },
  now: Instant,
): Promise<Arranged> {
  return arrange(system, of, now, 'exempted', async (tx, key) => {
    if (of.until !== null && of.until < today(system, of, now)) return 'day_in_the_past'
    await writeExemption(tx, key, of, now)
    return { until: of.until, who: of.by, note: of.note }
  })
}

/** From now on it is reminded and suspended like any other; the last reminder comes first. */
export function endExemption(
  system: System,
  of: StandingOf & { readonly by: string },
  now: Instant,
): Promise<Arranged> {
  return arrange(system, of, now, 'exemption_ended', async (tx, key, row) => {
    if (row.exemptUntil === null) return 'not_exempt'
    await writeExemption(tx, key, null, now)
    return { who: of.by }
  })
}

/** Not suspended before `until`; one that is suspended is restored until then. Reminders go on. */
export function postponeStanding(
  system: System,
  of: StandingOf & { readonly until: Day; readonly by: string; readonly note: string | null },
  now: Instant,
): Promise<Arranged> {
  return arrange(system, of, now, 'postponed', async (tx, key) => {
    if (of.until <= today(system, of, now)) return 'day_in_the_past'
    await writePostponement(tx, key, of, now)
    return { until: of.until, who: of.by, note: of.note }
  })
}

const today = (system: System, { coverage }: StandingOf, now: Instant): Day =>
  dayAt(now, rulesOf(system, coverage).timeZone)

/** Under the standing's lock: what is arranged, that it was, and what follows from it, together. */
function arrange(
  system: System,
  { accountId, coverage }: StandingOf,
  now: Instant,
  kind: Extract<StandingEvent, 'exempted' | 'exemption_ended' | 'postponed'>,
  act: (
    tx: Queries,
    key: SettingsKey,
    row: StandingRow,
  ) => Promise<ArrangementRefusal | Readonly<Record<string, string | null>>>,
): Promise<Arranged> {
  if (!system.coverages.has(coverage)) return Promise.resolve({ refused: 'account_unknown' })
  const bucket = bucketOfAccount(accountId)
  const key = { bucket, accountId, coverage }
  return transaction(system.db, async (tx): Promise<Arranged> => {
    const row = await lockStanding(tx, key, now)
    if (!row) return { refused: 'account_unknown' }
    const details = await act(tx, key, row)
    if (typeof details === 'string') return { refused: details }
    const event = { event_id: system.makeId(bucket, now), account_id: accountId, coverage, kind, details }
    await appendEvents(tx, bucket, [event], now)
    const arranged = await lockStanding(tx, key, now)
    if (arranged) await judgeStandings(system, tx, bucket, [arranged], now, true)
    return { done: true }
  })
}
