/**
 * Months of a platform's life by seed: people pay, cards fail, the gateway fails, workers and servers die in the middle of
 * anything, nobody works for days, the clock slips. After every day the invariants hold; in the end both books agree to
 * the cent and every debt is accounted for. One seed is one story, to the last row: two plays of it end the same.
 */
import { sql } from 'kysely'
import {
  addDays,
  dayAt,
  dayMs,
  hourMs,
  type Instant,
  instantOn,
  parseInstant,
  plusMs,
} from '../../src/domain/calendar.ts'
import { seededNumbers } from '../support/engine.ts'
import { calmDown, liveDay, workThrough } from './day.ts'
import { listen } from './elsewhere.ts'
import { type Counts, countsOf } from './figures.ts'
import { type Live, live } from './live.ts'
import { oldCustomersAreThere } from './platform.ts'
import { openStage } from './stage/stage.ts'
import { hashOf, storyOf } from './story.ts'
import { accountIn, brokenNow, unfinished } from './verdict.ts'
import { clockSlip, type Weather, weatherOf } from './weather.ts'
import { marketsOf, people, startOf } from './world.ts'

export interface Play {
  readonly seed: number
  readonly accounts: number
  readonly months: number
  readonly onDay?: (day: number, days: number) => void
}

export interface Ending {
  readonly seed: number
  readonly accountMonths: number
  readonly counts: Counts
  /** Of every row in the end: the same for two plays of one seed. */
  readonly hash: string
  /** Empty when all is well. */
  readonly broken: readonly string[]
  /** Of the account that the first breakage names. */
  readonly story: readonly string[]
}

/** `databaseUrl`: a migrated database that nobody else uses, before or after. */
export async function simulate(databaseUrl: string, play: Play): Promise<Ending> {
  const { seed, accounts, months } = play
  const markets = marketsOf(seed)
  const stage = await openStage(databaseUrl, { seed, startAt: startOf(seed), coverages: markets })
  const chance = seededNumbers(seed)
  const persons = people(accounts, [...markets.keys()], chance, stage.now())
  const personOf = new Map(persons.map((person) => [person.accountId, person]))
  const lives = live({
    stage,
    chance,
    markets,
    persons,
    personOf,
    arrived: new Set(),
    gone: new Set(),
    daysOff: new Set(),
  })
  try {
    const broken = await liveThrough(lives, play).catch((problem: unknown) => [
      `at ${new Date(stage.now()).toISOString()}: ${problem instanceof Error ? (problem.stack ?? problem.message) : problem}`,
    ])
    const story = await storyOf(stage.engine, broken.map(accountIn).find((account) => account !== null) ?? null)
    const counts = await countsOf(stage)
    return { seed, accountMonths: accounts * months, counts, hash: await hashOf(stage.engine), broken, story }
  } finally {
    await stage.close()
  }
}

/** Answers what broke; stops at the first day on which anything did. */
async function liveThrough(lives: Live, play: Play): Promise<string[]> {
  const { stage, chance, daysOff } = lives
  const start = parseInstant(startOf(play.seed))
  listen(lives)
  await oldCustomersAreThere(lives)
  await analyse(lives)
  const days = Math.round(play.months * 30.4)
  let weather: Weather | null = null
  let midnight = start
  for (let number = 1; number <= days; number++) {
    midnight = instantOn(addDays(dayAt(midnight, 'UTC'), 1), '00:00', 'UTC')
    const today = dayAt(midnight, 'UTC')
    weather = weatherOf(weather, midnight, chance)
    if (midnight < weather.idleUntil) {
      daysOff.add(today)
      continue
    }
    await liveDay(lives, midnight, weather)
    midnight = await slip(lives, midnight, weather)
    const broken = await brokenNow(stage, number % 7 === 0 ? 'everything' : 'today')
    if (broken.length > 0) return broken.map((sentence) => `on ${today}: ${sentence}`)
    if (number < 4 || today.endsWith('02')) await analyse(lives)
    play.onDay?.(number, days)
  }
  await calmDown(lives, plusMs(midnight, dayMs))
  return [...(await brokenNow(stage, 'everything')), ...(await unfinished(stage, [...daysOff]))]
}

/** Now and then the clock is set back and its hours are lived again, or it jumps over days on which nobody works. */
async function slip(lives: Live, midnight: Instant, weather: Weather): Promise<Instant> {
  const { stage, chance, daysOff } = lives
  const byMs = clockSlip(chance)
  const now = stage.now()
  if (byMs < 0) await workThrough(lives, plusMs(now, byMs), now, weather)
  if (byMs <= 0) return midnight
  const resumes = plusMs(now, byMs)
  for (let day = dayAt(now, 'UTC'); day <= dayAt(resumes, 'UTC'); day = addDays(day, 1)) daysOff.add(day)
  await workThrough(lives, resumes, plusMs(resumes, hourMs), weather)
  return instantOn(dayAt(resumes, 'UTC'), '00:00', 'UTC')
}

/** Plans are made for what the tables hold; nobody else looks after these. */
const analyse = ({ stage }: Live) => sql`analyze`.execute(stage.onlooker.db)
