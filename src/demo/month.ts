/**
 * One month of the platform, played: fees come in, the months of both coverages close, everything due is collected, and
 * then day after day what failed is tried again while some payers do something about it.
 *
 * How far it got is read from the rows and the business clock alone: a run that was killed anywhere is simply played
 * again, and what was done already is found done.
 */
import { sql } from 'kysely'
import { dayAt, dayMs, type Instant, plusMs } from '../domain/calendar.ts'
import { rowsOf } from '../postgres/database.ts'
import { coverageNames, type DemoAccount, type DemoCoverage } from './accounts.ts'
import { sayDay, sayMoment } from './days.ts'
import { writeFeeFiles } from './fee-files.ts'
import { moveTo, untilIdle } from './idle.ts'
import { type DeedsDone, doDeeds, settleIn, signUp, tellIssuers } from './payers.ts'
import { readDay, readProgress } from './reads.ts'
import type { Show } from './show.ts'
import type { Stage } from './stage.ts'
import { noon, onDay, type Round } from './stories.ts'

export interface MonthOptions {
  readonly accounts: readonly DemoAccount[]
  readonly round: Round
  readonly show: Show
  /** Where the month's files of fees are written. */
  readonly folder: string
  /** Told how far each scene is (0 to 1), for whoever wants something to go wrong just then. */
  readonly onScene?: (scene: Scene, share: number) => void
}

export type Scene = 'registering' | 'collecting' | `day ${number}`

/** What goes wrong between us and the network, by share of the calls. */
const troubles = {
  timeout_before: 0.012,
  timeout_after: 0.015,
  error_500: 0.004,
  error_500_stored_after: 0.006,
  rate_limited: 0.006,
  key_in_use: 0.003,
}
/**
 * A refusal that the gateway remembers for a day keeps a charge unknown for as long. Only while the month is collected,
 * so that everything is known at the end.
 */
const collectingTroubles = { ...troubles, error_500_stored: 0.004 }

const dayEnds = '22:00'

/** Plays until the evening of the round's last day, when nothing is left to do. */
export async function playMonth(stage: Stage, options: MonthOptions): Promise<void> {
  const { accounts, round, show } = options
  const coverages = accounts.flatMap((account) => account.coverages)
  await signUp(stage, accounts, await stage.now())
  if ((await stage.now()) < onDay(round.month, 1, closes)) await untilTheClose(stage, options, coverages)
  await tellIssuers(stage, coverages, round)
  await stage.simulator.setFaults({ rates: collectingTroubles })
  await billAndCollect(stage, options)
  for (let day = 1; day <= round.days + 1; day++) {
    if (day === 2) await stage.simulator.setFaults({ rates: troubles })
    const deeds = await playDay(stage, options, coverages, day)
    await tellDay(stage, show, round, day, deeds)
  }
}

const closes = '00:30'

async function untilTheClose(stage: Stage, options: MonthOptions, coverages: readonly DemoCoverage[]): Promise<void> {
  const { round, show, onScene } = options
  if (round.month === round.firstMonth) {
    const step = show.step('Cards')
    await settleIn(stage, coverages, round, (done) => {
      step.at(done, coverages.length)
      onScene?.('registering', done / coverages.length)
    })
    await untilIdle(stage, await stage.now())
    onScene?.('registering', 1)
    const cards = await countOf(stage, sql`select count(*)::int as n from payment_settings where method = 'card'`)
    step.done(`${cards.toLocaleString('en-US')} registered and verified`)
  } else await passTheDays(stage, show, onDay(round.month, 1, '00:00'))
  await moveTo(stage, onDay(round.month, 1, closes))
}

/** From where the last round ended to the next month: the daily retries go on. */
async function passTheDays(stage: Stage, show: Show, until: Instant): Promise<void> {
  const step = show.step('Days')
  const from = await stage.now()
  const before = await readDay(stage.system.db, from, until)
  for (let now = from; now < until; now = await stage.now()) {
    await moveTo(stage, plusMs(now, Math.min(dayMs, until - now)))
    step.at(now - from, until - from)
  }
  const after = await readDay(stage.system.db, from, until)
  step.done(`${after.tried} retried, ${Math.max(0, before.open - after.open)} collected`)
}

async function billAndCollect(stage: Stage, { accounts, round, show, folder, onScene }: MonthOptions): Promise<void> {
  const { month } = round
  const { db } = stage.system
  // By name: lines that came too late for their own month are billed by a later one.
  const known = await countOf(stage, sql`select count(*)::int as n from fees where external_id like ${`${month}-%`}`)
  const files = await writeFeeFiles(accounts, { ...round, isFirstMonth: month === round.firstMonth }, folder)
  const lines = files.reduce((sum, file) => sum + file.lines, 0)
  if (known < lines) {
    const step = show.step('Fees')
    let before = 0
    for (const file of files) {
      const result = await stage.hands.bringFees(file.path, (read) => step.at(before + read, lines))
      if (result.refused > 0) throw new Error(`${result.refused} lines of ${file.path} were refused`)
      before += result.read
    }
    step.done(`${lines.toLocaleString('en-US')} lines imported`)
  }
  const now = await stage.now()
  for (const coverage of coverageNames) await stage.hands.completeFees(coverage, month)
  const before = await readProgress(db, month)
  if (before.closed === before.accounts && before.tried === before.toCollect) return
  let closing = before.closed < before.accounts ? show.step('Close') : null
  let collecting = show.step('Collect')
  await untilIdle(stage, now, async () => {
    const { closed, accounts: all, tried, toCollect } = await readProgress(db, month)
    if (closing && closed < all) return closing.at(closed, all)
    if (closing) {
      closing.done(`${all.toLocaleString('en-US')} accounts, both coverages`)
      closing = null
      collecting = show.step('Collect')
    }
    collecting.at(tried, toCollect)
    onScene?.('collecting', toCollect === 0 ? 1 : tried / toCollect)
  })
  onScene?.('collecting', 1)
  const { tried, toCollect, paid } = await readProgress(db, month)
  const later = toCollect - tried
  collecting.done(`${paid} of ${toCollect} paid${later > 0 ? `, ${later} unanswered` : ''}`)
}

/** The retries of the morning, and what payers do at noon; each thing that waits for an answer gets it in between. */
async function playDay(
  stage: Stage,
  { round, show, onScene }: MonthOptions,
  coverages: readonly DemoCoverage[],
  day: number,
): Promise<DeedsDone> {
  const at = (time: string) => onDay(round.month, day, time)
  const tick = (now: Instant) => show.hint(sayMoment(now))
  const nothing = { registered: 0, activated: 0 }
  if ((await stage.now()) >= at(dayEnds)) return nothing
  if (day > 1 && (await stage.now()) < at('09:00')) {
    await moveTo(stage, plusMs(at('09:00'), -1), tick)
    let polls = 0
    await moveTo(stage, at('09:00'), (now) => {
      tick(now)
      onScene?.(`day ${day}`, Math.min(0.99, polls++ / 5))
    })
    onScene?.(`day ${day}`, 1)
  }
  let deeds = nothing
  if ((await stage.now()) <= at(noon)) {
    await moveTo(stage, at(noon), tick)
    deeds = await doDeeds(stage, coverages, round, day)
    await untilIdle(stage, at(noon))
  }
  await moveTo(stage, at(dayEnds), tick)
  return deeds
}

async function tellDay(stage: Stage, show: Show, round: Round, day: number, deeds: DeedsDone): Promise<void> {
  const from = onDay(round.month, day, '00:00')
  const sums = await readDay(stage.system.db, from, plusMs(from, dayMs))
  sayDay(show, { on: dayAt(from, 'UTC'), isFirst: day === 1, sums, deeds })
}

async function countOf(stage: Stage, count: ReturnType<typeof sql>): Promise<number> {
  const [row] = await rowsOf(stage.system.db, sql<{ n: number }>`${count}`)
  return row?.n ?? 0
}

/** The summary of a round moves time here, which says that it has been told. */
export const roundEnds = (round: Round): Instant => onDay(round.month, round.days + 1, '23:00')
