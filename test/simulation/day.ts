/** One day: work at every moment at which something is due, by workers that may die; people act in the middle of it. */
import { addDays, dayAt, dayMs, hourMs, type Instant, minuteMs, plusMs } from '../../src/domain/calendar.ts'
import { nextInstant } from '../../src/operations/advance-clock.ts'
import type { System } from '../../src/operations/system.ts'
import { workOnce } from '../../src/worker/loop.ts'
import { steps } from '../../src/worker/steps.ts'
import { pickOne, strikes } from './chance.ts'
import { gatewayTells, othersAct } from './elsewhere.ts'
import { type Live, mostlySpared } from './live.ts'
import { payersAnswer, payersWish } from './payers.ts'
import { comingAndGoing, feesAreComplete, feesArrive } from './platform.ts'
import { staffOpen, staffWish } from './staff.ts'
import { died } from './stage/actor.ts'
import { blow, changesAt, type Weather } from './weather.ts'

export async function liveDay(live: Live, midnight: Instant, weather: Weather): Promise<void> {
  const { chance } = live
  const at = (hour: number) => plusMs(midnight, hour * hourMs)
  const today = dayAt(midnight, 'UTC')
  await moveTo(live, midnight, weather)
  await feesArrive(live, addDays(today, -1))
  if (today.endsWith('-01')) await feesAreComplete(live)
  // Runs begin at six, retries at nine: people act then, or in a quiet hour.
  const busy = pickOne(chance, [6, 9, 9, 14.3])
  await workThrough(live, midnight, at(5.5), weather)
  await staffOpen(live)
  await workThrough(live, at(5.5), at(busy), weather)
  await moveTo(live, at(busy), weather)
  await peopleAct(live)
  await workThrough(live, at(busy), at(18), weather)
  othersAct(live)
  await payersAnswer(live)
  await gatewayTells(live, 0.1)
  await workThrough(live, at(18), plusMs(midnight, dayMs - minuteMs), weather)
}

/** Some of it while workers are at work in that very moment, some before. */
async function peopleAct(live: Live): Promise<void> {
  const acts = [...(await payersWish(live)), ...(await staffWish(live)), ...comingAndGoing(live)]
  const shuffled = acts.map((act) => ({ act, at: live.chance() })).sort((one, other) => one.at - other.at)
  const inTurn = async () => {
    for (const { act } of shuffled) await act()
  }
  await (strikes(live.chance, 0.5) ? Promise.all([inTurn(), work(live)]) : inTurn())
}

/** Steps exactly over every moment at which something falls due: look-ups, retries, closings, the weather's changes. */
export async function workThrough(live: Live, from: Instant, until: Instant, weather: Weather): Promise<void> {
  for (let at = from; at < until; at = await nextMoment(live, at, until, weather)) {
    await moveTo(live, at, weather)
    await work(live)
  }
}

async function moveTo({ stage }: Live, at: Instant, weather: Weather): Promise<void> {
  stage.setNow(at)
  blow(stage.engine.simulator, weather, at)
  await stage.seeWhoIsSilent()
}

/** At least a minute on: two workers may leave charges for the next second. */
async function nextMoment({ stage }: Live, at: Instant, until: Instant, weather: Weather): Promise<Instant> {
  const due = await nextInstant(stage.onlooker, at, until)
  const next = changesAt(weather, at).reduce((one, other) => (one < other ? one : other), due)
  const minuteOn = plusMs(at, minuteMs)
  const moment = next < minuteOn ? minuteOn : next
  return moment < until ? moment : until
}

/** Mostly one worker; now and then two at once; now and then one that dies at any of its effects and others go on. */
async function work({ stage, chance }: Live): Promise<void> {
  const [one, other] = stage.workers
  const now = stage.now()
  const works = async (who: typeof one, share: number): Promise<void> => {
    const ended = await who.run((system) => workUntilIdle(system, now), mostlySpared(chance, share))
    if (ended === died) await works(who, 0)
  }
  if (strikes(chance, 0.04)) await Promise.all([works(one, 0.2), works(other, 0.2)])
  else await works(one, 0.12)
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

/** Some days on which nothing fails any more and nobody dies, so that whatever is under way comes to its end. */
export async function calmDown(live: Live, from: Instant): Promise<void> {
  const { stage } = live
  await staffOpen(live)
  for (let at = from, until = plusMs(from, 3 * dayMs); at < until; ) {
    stage.setNow(at)
    await stage.seeWhoIsSilent()
    stage.engine.simulator.faults.clear()
    await gatewayTells(live, 1)
    await stage.workers[0].run((system) => workUntilIdle(system, at))
    at = await nextMoment(live, at, until, { trouble: null, idleUntil: at })
  }
}
