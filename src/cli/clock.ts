/** `clock show | advance | jump | freeze | run`: business time in the sandbox. */
import { advanceClock } from '../operations/advance-clock.ts'
import { daysLater, readInstant } from '../operations/read-words.ts'
import { sayMoney } from '../operations/say-words.ts'
import type { System } from '../operations/system.ts'
import { freezeClock, offsetClock, readClock } from '../postgres/clock.ts'
import { readSpan, type SpanRow } from '../postgres/run-reports.ts'
import { exitCodes } from './exit-codes.ts'
import { type OpenedNow, withHands, withSystem } from './opened.ts'
import { iso, printJson, printLine, shown } from './output.ts'
import { CommandError, type Wire } from './wire.ts'

interface Json {
  readonly json?: boolean
}

export async function clockShowCommand(wire: Wire, options: Json): Promise<void> {
  await withSystem(wire, (opened) => printClock(opened, options))
}

export async function clockJumpCommand(wire: Wire, options: Json & { readonly to: string }): Promise<void> {
  refuseInProduction(wire)
  await withSystem(wire, async (opened) => {
    await setClock(opened.system, Number(readInstant(options.to)), await isFrozen(opened.system))
    await printClock(opened, options)
  })
}

export async function clockFreezeCommand(wire: Wire, options: Json): Promise<void> {
  refuseInProduction(wire)
  await withSystem(wire, async (opened) => {
    await freezeClock(opened.system.db, opened.now)
    await printClock(opened, options)
  })
}

export async function clockRunCommand(wire: Wire, options: Json): Promise<void> {
  refuseInProduction(wire)
  await withSystem(wire, async (opened) => {
    await setClock(opened.system, opened.now, false)
    await printClock(opened, options)
  })
}

export interface AdvanceOptions extends Json {
  readonly days?: number
  readonly to?: string
}

export async function clockAdvanceCommand(wire: Wire, options: AdvanceOptions): Promise<void> {
  refuseInProduction(wire)
  if ((options.days === undefined) === (options.to === undefined)) {
    throw new CommandError('say how far: either --days N or --to TIME', exitCodes.usage)
  }
  await withHands(wire, { unlessOthersWork: true }, async (opened, signal) => {
    const { system, now } = opened
    const to = options.to === undefined ? daysLater(now, options.days ?? 0) : readInstant(options.to)
    if (to < now) throw new CommandError(`it is ${shown(now)} already: only jump goes back`, exitCodes.notNow)
    const wasFrozen = await isFrozen(system)
    const days = diary(system, now, options)
    await advanceClock(
      system,
      { to, waitUntilIdle: (at) => untilIdle(wire, opened, at, signal), onReached: days.reached },
      now,
    )
    await days.end(to)
    if (!wasFrozen) await setClock(system, to, false)
    if (options.json) printJson({ from: iso(now), to: iso(to), days: days.told })
    else printLine(`it is now ${shown(to)}`)
  })
}

const lookEveryMs = 50

async function untilIdle(
  wire: Wire,
  opened: OpenedNow,
  at: Parameters<Wire['isIdle']>[1],
  signal: AbortSignal,
): Promise<void> {
  while (!(await wire.isIdle(opened, at))) {
    if (signal.aborted) throw new CommandError(`stopped at ${shown(at)}; the same command goes on from there`, 130)
    await opened.system.pause(lookEveryMs)
  }
}

interface Told {
  readonly day: string
  readonly happened: readonly SpanRow[]
}

/** A line for each day that something happened on, printed as soon as the day is over. */
function diary(system: System, begun: OpenedNow['now'], options: Json) {
  const told: Told[] = []
  let since = begun
  let reached = begun
  const dayOf = (at: number) => shown(at).slice(0, 10)
  const end = async (until: OpenedNow['now']) => {
    const happened = await readSpan(system.db, since, until)
    since = until
    if (happened.length === 0) return
    told.push({ day: dayOf(until), happened })
    if (!options.json) for (const line of dayLines(dayOf(until), happened)) printLine(line)
  }
  return {
    told,
    end,
    reached: async (at: OpenedNow['now']) => {
      if (dayOf(at) !== dayOf(reached)) await end(reached)
      reached = at
    },
  }
}

/** `2027-02-02  g   captured 12 ($120.00), declined 3 ($30.00)`, a line for each coverage. */
function dayLines(day: string, happened: readonly SpanRow[]): string[] {
  const coverages = [...Map.groupBy(happened, (row) => row.coverage)]
  return coverages.map(([coverage, rows], at) => {
    const parts = rows.map(
      ({ what, count, amountMinor, currency }) =>
        `${what.replace('_', ' ')} ${count.toLocaleString('en-US')} (${sayMoney(amountMinor, currency)})`,
    )
    return `${at === 0 ? day : ' '.repeat(day.length)}  ${coverage.padEnd(3)} ${parts.join(', ')}`
  })
}

const isFrozen = async (system: System): Promise<boolean> => (await readClock(system.db))?.frozenAt != null

/** An instant in epoch milliseconds, from which time stands still or runs on with the wall's. */
async function setClock(system: System, to: number, frozen: boolean): Promise<void> {
  if (frozen) await freezeClock(system.db, readInstant(new Date(to).toISOString()))
  else await offsetClock(system.db, Math.round(to - Date.now()))
}

async function printClock({ system, clock }: OpenedNow, options: Json): Promise<void> {
  const [now, row] = [await clock.now(), await readClock(system.db)]
  const state = row === null ? 'the wall’s own' : row.frozenAt === null ? 'runs beside the wall’s' : 'stands still'
  if (options.json) printJson({ now: iso(now), frozen: row?.frozenAt != null, offsetMs: row?.offsetMs ?? null })
  else printLine(`business time ${shown(now)} UTC, which ${row === null ? 'is ' : ''}${state}`)
}

/** Stripe's clock does not move with ours, and its money is real. */
function refuseInProduction(wire: Wire): void {
  if (wire.settings.stripeKeys.size === 0) return
  const coverages = [...wire.settings.stripeKeys.keys()].join(', ')
  throw new CommandError(
    `business time is moved in the sandbox only, and ${coverages} is collected through Stripe: unset its key to try things out on a database of their own`,
    exitCodes.notNow,
  )
}
