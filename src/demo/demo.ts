/**
 * `demo`: the whole job in one go on a database of its own that is thrown away, with workers killed on the way. Ends in
 * figures that the same seed always gives, and in a comparison of the gateway's books with ours.
 */
import { exitCodes } from '../cli/exit-codes.ts'
import { CommandError, type Wire } from '../cli/wire.ts'
import { type Month, parseInstant } from '../domain/calendar.ts'
import { checkInvariants } from '../postgres/invariants.ts'
import { readSettings } from '../settings.ts'
import { wire } from '../wiring.ts'
import { demoAccounts } from './accounts.ts'
import { type Figures, readFigures } from './figures.ts'
import { readFindings } from './findings.ts'
import { type Comparison, compareBooks } from './gateway-books.ts'
import { moveTo } from './idle.ts'
import { mishaps } from './mishaps.ts'
import { playMonth, roundEnds } from './month.ts'
import { ownEnvironment } from './own-environment.ts'
import { type Show, silentShow, terminalShow } from './show.ts'
import { Interrupted, onStage } from './stage.ts'
import { onDay, type Round } from './stories.ts'
import { isSound, saySummary, summaryTitle } from './summary.ts'
import { temporaryFolder } from './temporary.ts'

export interface DemoOptions {
  readonly accounts: number
  readonly seed: string
  readonly days: number
  readonly json?: boolean
}

export interface DemoResult extends Figures, Comparison {
  /** As it was given: a number where it is one. */
  readonly seed: string | number
  readonly invariantsBroken: number
  readonly workersKilled: number
  readonly seconds: number
}

const firstMonth = '2027-01' as Month // a month of the demonstration's own time
const beginsAt = parseInstant('2027-01-01T09:00:00Z')

export async function demoCommand(_wire: Wire, options: DemoOptions): Promise<void> {
  const show = options.json ? silentShow : terminalShow(process.stdout, process.env)
  const folder = temporaryFolder()
  let isKept = false
  try {
    const result = await demo(options, folder.path, show)
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
    if (isSound(result)) return
    isKept = true
    process.exitCode = exitCodes.doneInPart
    process.stderr.write(`kessai: the books do not agree; everything is kept in ${folder.keep()}\n`)
  } catch (problem) {
    if (!(problem instanceof Interrupted)) throw problem
    show.line()
    throw new CommandError('stopped, and all of it is removed', problem.exitCode)
  } finally {
    if (!isKept) folder.remove()
  }
}

/** Plays one month of a made-up platform in `folder`, which it leaves with nothing running in it. */
async function demo(options: DemoOptions, folder: string, show: Show): Promise<DemoResult> {
  const begunMs = performance.now()
  const { seed, days } = options
  const environment = ownEnvironment(folder)
  const accounts = demoAccounts(options.accounts, seed)
  const round: Round = { seed, firstMonth, month: firstMonth, days }
  const own = wire(readSettings(environment, folder))
  return onStage({ wire: own, seed, beginsAt, firstMonth, environment }, async (stage) => {
    const { onScene, settled } = mishaps(stage.workers, seed)
    await playMonth(stage, { accounts, round, show, folder, onScene })
    await moveTo(stage, roundEnds(round))
    const workersKilled = await settled()
    const figures = await readFigures(stage.system.db)
    const comparison = await compareBooks(stage)
    const broken = await checkInvariants(stage.system.db)
    const invariantsBroken = broken.filter((invariant) => invariant.broken > 0).length
    const now = await stage.now()
    const verdict = { ...comparison, ...figures, invariantsBroken }
    saySummary(
      show,
      summaryTitle(round),
      await readFindings(stage.system, round.month, onDay(round.month, 1, '00:00'), now),
      verdict,
    )
    const seconds = Math.round((performance.now() - begunMs) / 100) / 10
    return inOrder({
      seed: /^\d{1,15}$/.test(seed) ? Number(seed) : seed,
      ...figures,
      ...comparison,
      invariantsBroken,
      workersKilled,
      seconds,
    })
  })
}

/** What the figures are read for comes first. */
function inOrder(result: DemoResult): DemoResult {
  const { seed, accounts, invoices, paid, outstanding, waived, carriedOver, charges, declinedByCode, retries } = result
  const { skippedByReason, doubleCharges, missedCharges, unknownLeft, ledgerBalanced, booksEqual } = result
  const counts = { seed, accounts, invoices, paid, outstanding, waived, carriedOver, charges, declinedByCode, retries }
  const { invariantsBroken, seconds } = result
  const proofs = { skippedByReason, doubleCharges, missedCharges, unknownLeft, ledgerBalanced, booksEqual }
  return { ...counts, ...proofs, ...{ invariantsBroken, seconds }, ...result }
}
