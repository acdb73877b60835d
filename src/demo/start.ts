/**
 * `start`: the main job to watch, on the project's own data folder: a platform of some hundreds of accounts, its month
 * imported, closed and collected through the simulated card network, then days going by. Killed at any moment and
 * started again it carries on from the rows; started when a month is done, it plays the next.
 */
import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { exitCodes } from '../cli/exit-codes.ts'
import { CommandError, type Wire } from '../cli/wire.ts'
import { dayAt, type Month, monthAt, parseInstant } from '../domain/calendar.ts'
import { readClock } from '../postgres/clock.ts'
import type { Database } from '../postgres/database.ts'
import { checkInvariants } from '../postgres/invariants.ts'
import { defaultCoverages, readSettings } from '../settings.ts'
import { formatMonth } from '../texts/format.ts'
import { wire as wireOf } from '../wiring.ts'
import { coverageNames, type DemoAccount, demoAccounts } from './accounts.ts'
import { shortDay } from './days.ts'
import { readFigures } from './figures.ts'
import { type Findings, readFindings } from './findings.ts'
import { compareBooks } from './gateway-books.ts'
import { moveTo } from './idle.ts'
import { playMonth, roundAt, roundEnds } from './month.ts'
import { type Show, silentShow, terminalShow } from './show.ts'
import { becomeSoleUser } from './sole-user.ts'
import { Interrupted, onStage, type Stage } from './stage.ts'
import { onDay, type Round } from './stories.ts'
import { isSound, saySummary, summaryTitle } from './summary.ts'

export interface StartOptions {
  readonly json?: boolean
}

/** A data folder keeps the platform it was begun with: these are part of what the rows mean. */
const seed = '19'
const firstMonth = '2027-01' as Month // the show's own time, whatever the wall says
const beginsAt = parseInstant('2027-01-01T09:00:00Z')
/** A smaller platform, or fewer days, for tests and the impatient. */
const sizeIn = ({ KESSAI_START_ACCOUNTS, KESSAI_START_DAYS }: NodeJS.ProcessEnv) => ({
  accountCount: Number(KESSAI_START_ACCOUNTS ?? 300),
  days: Number(KESSAI_START_DAYS ?? 6),
})
/** Slow enough to watch, and about what a gateway allows. */
const pace = { perSecond: 240, perEndpointPerSecond: 60 }
const latencyMs = { min: 20, max: 90 }

export async function startCommand(wire: Wire, options: StartOptions): Promise<void> {
  const show = options.json ? silentShow : terminalShow(process.stdout, process.env)
  refuseProduction(wire)
  const { dataFolder } = wire.settings
  const { accountCount, days } = sizeIn(process.env)
  const accounts = demoAccounts(accountCount, seed)
  const sole = await becomeSoleUser(dataFolder)
  const environment = { ...process.env, KESSAI_DATA: dataFolder, KESSAI_SETTINGS: settingsFile(dataFolder) }
  const own = wireOf(readSettings(environment, dataFolder))
  const stageOptions = {
    wire: own,
    seed,
    beginsAt,
    firstMonth,
    environment: { ...environment, KESSAI_LOG: 'warn' },
    onBegun: sole.note,
    onOpened: (db: Database) => refuseForeign(db, accounts, dataFolder),
  }
  const where = relative(process.cwd(), dataFolder) || dataFolder
  sayWhatThisIs(show, accounts.length, where)
  try {
    await onStage(stageOptions, (stage) => play(stage, show, accounts, days, options))
  } catch (problem) {
    if (!(problem instanceof Interrupted)) throw problem
    show.line()
    throw new CommandError('stopped; npm start carries on from here', problem.exitCode)
  } finally {
    sole.release()
  }
}

async function play(
  stage: Stage,
  show: Show,
  accounts: readonly DemoAccount[],
  days: number,
  options: StartOptions,
): Promise<void> {
  const begunMs = performance.now()
  const begunAt = await stage.now()
  const round = roundAt(begunAt, { seed, firstMonth, days })
  sayWhereWeAre(show, round, begunAt)
  await stage.simulator.setFaults({ latencyMs })
  await playMonth(stage, { accounts, round, show, folder: join(stage.dataFolder, 'fees') })
  const now = await stage.now()
  const [figures, comparison, proofs] = await Promise.all([
    readFigures(stage.system.db),
    compareBooks(stage),
    checkInvariants(stage.system.db),
  ])
  const verdict = { ...figures, ...comparison, invariantsBroken: proofs.filter((proof) => proof.broken > 0).length }
  const found = await readFindings(stage.system, round.month, onDay(round.month, 1, '00:00'), now)
  saySummary(show, summaryTitle(round), found, verdict)
  sayWhatToTry(show, found)
  // Says that this month has been told: the next start plays the next.
  await moveTo(stage, roundEnds(round))
  if (options.json) {
    const seconds = Math.round((performance.now() - begunMs) / 100) / 10
    process.stdout.write(`${JSON.stringify({ month: round.month, ...verdict, seconds })}\n`)
  }
  if (!isSound(verdict)) process.exitCode = exitCodes.doneInPart
}

function refuseProduction({ settings }: Wire): void {
  if (settings.stripeKeys.size > 0) {
    throw new CommandError(
      'start is a demonstration with made-up customers, and a Stripe key is set: unset it, or use  bin/kessai worker',
      exitCodes.notNow,
    )
  }
  for (const coverage of coverageNames) {
    if (!settings.coverages.has(coverage)) {
      throw new CommandError(`start plays in the coverages g and jp, and the settings have no ${coverage}`)
    }
  }
}

/** The made-up customers never join a platform of somebody's, and nobody's time is moved. */
async function refuseForeign(db: Database, accounts: readonly DemoAccount[], dataFolder: string): Promise<void> {
  const some = await db.selectFrom('accounts').select('account_id').limit(1).execute()
  if (some.length === 0) return
  const ours = await db
    .selectFrom('accounts')
    .select('account_id')
    .where('account_id', '=', accounts[0]?.accountId ?? '')
    .execute()
  if (ours.length > 0 && (await readClock(db)) !== null) return
  throw new CommandError(
    `the database of ${dataFolder} holds accounts that are not the demonstration's: set KESSAI_DATA to another folder`,
    exitCodes.notNow,
  )
}

/** The user's own settings where there are any; else the defaults at a pace to watch. */
function settingsFile(dataFolder: string): string {
  if (process.env.KESSAI_SETTINGS) return process.env.KESSAI_SETTINGS
  const file = join(dataFolder, 'start-settings.json')
  writeFileSync(file, JSON.stringify({ coverages: defaultCoverages, pace }))
  return file
}

function sayWhatThisIs(show: Show, accounts: number, where: string): void {
  const { paint } = show
  show.line(
    `${paint.accent(paint.strong('Kessai 決済'))}  a usage-billed platform, its customers’ fees collected by card`,
  )
  show.line(paint.faint(`${accounts} made-up accounts, a simulated card network, time that we move; all in ${where}`))
  show.line(paint.faint('Ctrl-C, or kill -9, at any moment: started again, it carries on'))
  show.line()
}

function sayWhereWeAre(show: Show, round: Round, at: Awaited<ReturnType<Stage['now']>>): void {
  const day = dayAt(at, 'UTC')
  const time = new Date(at).toISOString().slice(11, 16)
  const isNew = at === beginsAt
  const what = isNew ? 'The platform opens on' : monthAt(at, 'UTC') === round.month ? 'On from' : 'Carrying on at'
  show.line(`${what} ${shortDay(day)} ${day.slice(0, 4)}, ${time}; to be collected: ${formatMonth(round.month, 'en')}`)
  show.line()
}

function sayWhatToTry(show: Show, found: Findings): void {
  const { paint } = show
  const tries: [command: string, what: string][] = []
  if (found.storyAccount) tries.push([`bin/kessai account show ${found.storyAccount}`, 'declined, tried again, paid'])
  if (found.openAccount) tries.push([`bin/kessai account show ${found.openAccount}`, 'still owes: see why'])
  if (found.awaitingApproval) tries.push([`bin/kessai invoice show ${found.awaitingApproval}`, 'far above the usual'])
  tries.push(
    ['bin/kessai run status', 'the months of both coverages'],
    ['bin/kessai check', 'proves every invariant on these rows'],
    ['bin/kessai demo', 'the same, with workers killed on the way'],
    ['npm start', 'the next month of this platform'],
    ['npm test', 'everything, about ten minutes'],
  )
  show.line()
  show.line(paint.strong('Try next'))
  for (const [command, what] of tries) show.line(`  ${paint.accent(command.padEnd(36))} ${paint.faint(what)}`)
}
