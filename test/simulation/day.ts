/** One day: work at every moment at which something is due, by workers that may die; people act at noon. */
import { sql } from 'kysely'
import { type Day, dayAt, dayMs, hourMs, type Instant, minuteMs, plusMs } from '../../src/domain/calendar.ts'
import { nextInstant } from '../../src/operations/advance-clock.ts'
import type { System } from '../../src/operations/system.ts'
import { endWorker } from '../../src/postgres/workers.ts'
import { workOnce } from '../../src/worker/loop.ts'
import { steps } from '../../src/worker/steps.ts'
import type { Engine } from '../support/engine.ts'
import { mortalWorker } from '../support/mortal.ts'
import { gatewayTells, moneyGoesBack } from './mending.ts'
import { payersAct, payersAnswer, staffAct } from './payers.ts'
import { ordersMove } from './shopping.ts'
import { applyWeather, type Trouble } from './weather.ts'
import type { Chance, Person } from './world.ts'

export interface Live {
  readonly engine: Engine
  readonly databaseUrl: string
  readonly chance: Chance
  crashes: number
  /** Days on which nobody worked, or a run was paused for a while: an unpaid invoice may have nothing on them. */
  readonly daysOff: Set<Day>
}

export async function liveDay(
  live: Live,
  persons: readonly Person[],
  midnight: Instant,
  trouble: Trouble | null,
): Promise<void> {
  const { engine, chance } = live
  const at = (hour: number) => plusMs(midnight, hour * hourMs)
  await workThrough(live, midnight, at(10), trouble)
  await notePauses(live)
  await staffAct(engine)
  await workThrough(live, at(10), at(12), trouble)
  // Now and then a worker is at work in that very moment.
  const alongside = chance() < 0.2 ? workUntilIdle(engine.system, engine.now()) : null
  await payersAct(engine, persons, chance)
  await ordersMove(engine, persons, chance)
  await moneyGoesBack(engine, chance)
  await alongside
  await workThrough(live, at(12), at(12.5), trouble)
  await payersAnswer(engine, chance)
  await gatewayTells(engine, chance)
  await workThrough(live, at(12.5), at(20), trouble)
  // A clock that is set back, as after a restore or by a careless hand.
  if (chance() < 0.03) await workThrough(live, at(20 - Math.floor(chance() * 40)), at(20), trouble)
  await workThrough(live, at(20), plusMs(midnight, dayMs - minuteMs), trouble)
  await notePauses(live)
}

/** Two days on which nothing fails any more and nobody dies, so that whatever is under way comes to its end. */
export async function calmDown(live: Live, from: Instant): Promise<void> {
  const { engine } = live
  await staffAct(engine)
  engine.simulator.faults.clear()
  for (let at = from, until = plusMs(from, 2 * dayMs); at < until; at = await nextMoment(engine, at, until)) {
    engine.setNow(at)
    await gatewayTells(engine, null)
    await workUntilIdle(engine.system, at)
  }
}

async function workThrough(live: Live, from: Instant, until: Instant, trouble: Trouble | null): Promise<void> {
  const { engine } = live
  for (let at = from; at < until; at = await nextMoment(engine, at, until)) {
    engine.setNow(at)
    applyWeather(engine.simulator, trouble, at)
    await work(live, at)
  }
  engine.setNow(until)
}

/** At least a minute on: two workers may leave charges for the next second. */
const nextMoment = async ({ system }: Engine, at: Instant, until: Instant): Promise<Instant> => {
  const next = await nextInstant(system, at, until)
  const minuteOn = plusMs(at, minuteMs)
  const moment = next < minuteOn ? minuteOn : next
  return moment < until ? moment : until
}

/** Mostly one worker; sometimes two at once; sometimes one that dies at any of its effects and another that goes on. */
async function work(live: Live, now: Instant): Promise<void> {
  const { engine, chance } = live
  const roll = chance()
  if (roll < 0.04) {
    const other = await engine.anotherWorker()
    await Promise.all([workUntilIdle(engine.system, now), workUntilIdle(other, now)])
    await endWorker(engine.system.db, other.workerId)
  } else if (roll < 0.3) await dieWorking(live, now)
  await workUntilIdle(engine.system, now)
}

async function dieWorking(live: Live, now: Instant): Promise<void> {
  const { engine, databaseUrl, chance } = live
  const victim = await mortalWorker(engine, databaseUrl)
  // Reads leave nothing behind; of everything else it may die, of some sooner and of some later.
  const frailty = chance() * 0.4
  victim.arm((name) => {
    if (name.startsWith('select') || chance() >= frailty) return null
    return chance() < 0.5 ? 'before' : 'after'
  })
  await Promise.race([workUntilIdle(victim.system, now), victim.died])
  if (victim.isDead()) live.crashes += 1
  else await endWorker(engine.system.db, victim.system.workerId)
  await victim.end()
}

const passesAtMost = 200

/** As the worker's loop does until nothing is due; something that stays due for ever is a finding, not a wait. */
async function workUntilIdle(system: System, now: Instant): Promise<void> {
  for (let pass = 0; pass < passesAtMost; pass++) {
    if (!(await workOnce(system, now, { lanes: 2, limit: 200 }))) return
  }
  const due = await Promise.all(
    steps.map(async (step) => ((await step.due(system, now)).length > 0 ? [step.name] : [])),
  )
  throw new Error(`after ${passesAtMost} passes there is still something to: ${due.flat().join(', ')}`)
}

async function notePauses({ engine, daysOff }: Live): Promise<void> {
  const { rows } = await sql`select from runs where paused_at is not null`.execute(engine.system.db)
  if (rows.length > 0) daysOff.add(dayAt(engine.now(), 'UTC'))
}
