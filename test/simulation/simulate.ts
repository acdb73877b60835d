/**
 * Months of a platform's life by seed: people pay, cards fail, the gateway fails, workers die in the middle of anything,
 * nobody works for days, the clock jumps. After every day the invariants hold; in the end both books agree to the cent
 * and nothing is left lying. The same seed tells the same story, as far as two workers at once allow.
 */
import { sql } from 'kysely'
import type pg from 'pg'
import { addDays, type Day, dayAt, dayMs, type Instant, parseInstant, plusMs } from '../../src/domain/calendar.ts'
import { tellAccount } from '../../src/operations/tell-account.ts'
import { emptyDatabase } from '../support/empty.ts'
import { type Engine, engineOn, seededNumbers, seededRandom } from '../support/engine.ts'
import { calmDown, type Live, liveDay } from './day.ts'
import { listen } from './mending.ts'
import { feesArrive, peopleArrive } from './platform.ts'
import { accountIn, brokenNow, unfinished } from './verdict.ts'
import { type Trouble, troubleOf } from './weather.ts'
import { people } from './world.ts'

export interface Play {
  readonly seed: number
  readonly accounts: number
  readonly days: number
}

export interface Ending {
  readonly seed: number
  readonly counts: Readonly<
    Record<
      'invoices' | 'paid' | 'outstanding' | 'charges' | 'skips' | 'orders' | 'shipped' | 'refunds' | 'disputes',
      number
    >
  >
  readonly crashes: number
  readonly troubles: number
  /** Empty when all is well. */
  readonly broken: readonly string[]
  /** Of the account that the first breakage names. */
  readonly story: readonly string[]
}

const startsAt = '2027-01-05T00:00:00Z'

export async function simulate(pool: pg.Pool, databaseUrl: string, play: Play): Promise<Ending> {
  await emptyDatabase(pool)
  const engine = await engineOn(databaseUrl, { seed: play.seed, startAt: startsAt, random: seededRandom(play.seed) })
  const live: Live = { engine, databaseUrl, chance: seededNumbers(play.seed), crashes: 0, daysOff: new Set<Day>() }
  const troubles = new Set<Trouble>()
  try {
    const broken = await liveThrough(live, play, troubles).catch((problem: unknown) => [
      `at ${instantText(engine.now())}: ${problem instanceof Error ? (problem.stack ?? problem.message) : problem}`,
    ])
    const story = await storyOf(engine, broken.map(accountIn).find((account) => account !== null) ?? null)
    const counts = await countsOf(engine)
    return { seed: play.seed, counts, crashes: live.crashes, troubles: troubles.size, broken, story }
  } finally {
    await engine.close()
  }
}

/** Answers what broke; stops at the first day on which anything did. */
async function liveThrough(live: Live, play: Play, troubles: Set<Trouble>): Promise<string[]> {
  const { engine, chance, daysOff } = live
  const start = parseInstant(startsAt)
  const persons = people(play.accounts, chance, start)
  listen(engine)
  await peopleArrive(engine, persons, dayAt(start, 'UTC'))
  let trouble: Trouble | null = null
  let offUntil = 0
  for (let number = 1; number <= play.days; number++) {
    const midnight = plusMs(start, number * dayMs)
    const today = dayAt(midnight, 'UTC')
    engine.setNow(midnight)
    await feesArrive(engine.system, engine, persons, addDays(today, -1), chance)
    // Now and then nobody works for a day, or for most of a week.
    if (number >= offUntil && chance() < 0.025) offUntil = number + 1 + Math.floor(chance() * 6)
    if (number < offUntil) {
      daysOff.add(today)
      continue
    }
    if (!trouble || trouble.until <= midnight) trouble = troubleOf(midnight, chance)
    if (trouble) troubles.add(trouble)
    await liveDay(live, persons, midnight, trouble)
    const broken = await brokenNow(engine)
    if (broken.length > 0) return broken.map((sentence) => `on ${today}: ${sentence}`)
  }
  await calmDown(live, plusMs(start, (play.days + 1) * dayMs))
  return [...(await brokenNow(engine)), ...(await unfinished(engine, [...daysOff]))]
}

async function countsOf({ system }: Engine): Promise<Ending['counts']> {
  const { rows } = await sql<Record<keyof Ending['counts'], bigint>>`
    select count(*) as invoices, count(*) filter (where status = 'paid') as paid,
      count(*) filter (where status = 'outstanding') as outstanding,
      (select count(*) from charges where invoice_id is not null) as charges, (select count(*) from skips) as skips,
      (select count(*) from orders) as orders,
      (select count(*) from orders where captured_minor > 0) as shipped,
      (select count(*) from refunds where status = 'succeeded') as refunds,
      (select count(*) from disputes) as disputes
    from invoices`.execute(system.db)
  const {
    invoices = 0n,
    paid = 0n,
    outstanding = 0n,
    charges = 0n,
    skips = 0n,
    orders = 0n,
    shipped = 0n,
    refunds = 0n,
    disputes = 0n,
  } = rows[0] ?? {}
  return {
    invoices: Number(invoices),
    paid: Number(paid),
    outstanding: Number(outstanding),
    charges: Number(charges),
    skips: Number(skips),
    orders: Number(orders),
    shipped: Number(shipped),
    refunds: Number(refunds),
    disputes: Number(disputes),
  }
}

/** The last lines of an account's story, as `bin/kessai account show` tells it. */
async function storyOf(engine: Engine, accountId: string | null): Promise<string[]> {
  const story = accountId === null ? null : await tellAccount(engine.system, accountId, 'en')
  return story?.lines.slice(-40).map((line) => `${instantText(line.at)} ${line.coverage ?? ''} ${line.text}`) ?? []
}

const instantText = (at: Instant): string => new Date(at).toISOString()
