/**
 * The stage of one simulation: a database of its own, the card network in-process, a business clock and a wall that both
 * move only by hand, and the actors who may die on it. Nothing here takes its time from the machine.
 */
import type { SqlBool } from 'kysely'
import { sql } from 'kysely'
import type pg from 'pg'
import { type Instant, minuteMs, parseInstant, plusMs } from '../../../src/domain/calendar.ts'
import type { CoverageRules } from '../../../src/domain/coverage.ts'
import type { System } from '../../../src/operations/system.ts'
import { type Database, databaseOn, poolFor } from '../../../src/postgres/database.ts'
import { endSilentWorkers, endWorker } from '../../../src/postgres/workers.ts'
import { deadAfterMs } from '../../../src/worker/loop.ts'
import { type Engine, engineOn, seededNumbers, seededRandom } from '../../support/engine.ts'
import type { Chance } from '../chance.ts'
import { type Actor, actor } from './actor.ts'
import { remembered } from './remembered.ts'
import { openSession, poolOf, type Session } from './sessions.ts'
import { todaySchema } from './today.ts'
import { seededTurns, type Watcher } from './turns.ts'

export interface Stage {
  readonly engine: Engine
  /** Somebody who cannot die, for looking on while nobody acts. */
  readonly onlooker: System
  /** The database with those accounts alone that have been touched: `today.ts`. */
  readonly ofToday: Database
  /** The earliest moment that was lived since this was asked last. */
  earliestSinceChecked(): Instant
  readonly workers: readonly [Actor, Actor]
  readonly servers: readonly [Actor, Actor]
  now(): Instant
  /** Business time stands there; a minute or more passes on the wall, whichever way it was moved. */
  setNow(at: Instant): void
  wallNow(): Instant
  /** Whoever died unseen is declared dead once it has been silent for long enough. */
  seeWhoIsSilent(): Promise<void>
  readonly deaths: { workers: number; servers: number }
  /** How often the gateway answered what. */
  readonly answers: Map<string, number>
  close(): Promise<void>
}

export interface StageOptions {
  readonly seed: number
  readonly startAt: string
  readonly coverages: ReadonlyMap<string, CoverageRules>
}

const wallBegins = parseInstant('2026-11-23T12:00:00Z')

/** `databaseUrl`: a migrated database that nobody else uses. */
export async function openStage(databaseUrl: string, options: StageOptions): Promise<Stage> {
  const { seed, startAt, coverages } = options
  const chanceOf = (what: number): Chance => seededNumbers(seed * 1_000_003 + what)
  const pool = poolFor(databaseUrl, { connections: 16 })
  await pool.query(virtualWall)
  await pool.query(todaySchema)
  await pool.query(withoutVacuum)
  let wall = wallBegins
  let earliest = parseInstant(startAt)
  const memory = remembered(await tableNames(pool))
  const all: Session[] = []
  const open = async (options = {}): Promise<Session> => {
    const session = await openSession(pool, () => wall, memory, options)
    all.push(session)
    return session
  }
  const onlooking = await open()
  const engine = await engineOn(passing([onlooking]), { seed, startAt, coverages, random: seededRandom(seed) })
  const watching = await open()
  const acting: Session[] = []
  const turns = seededTurns(chanceOf(1), watcherOf(watching, acting))
  const deaths = { workers: 0, servers: 0 }
  const answers = new Map<string, number>()
  const unseen: string[] = []
  const coin = chanceOf(2)
  const random = seededRandom(seed * 31 + 7)
  const ours = (system: System): System => ({
    ...system,
    random,
    wallNow: () => wall,
    pause: async () => {
      wall = plusMs(wall, 1000)
    },
  })
  const newActor = async (kind: keyof typeof deaths): Promise<Actor> => {
    const sessions = [await open(), await open()]
    acting.push(...sessions)
    return actor({
      number: acting.length,
      sessions,
      endsWhenCutOff: kind === 'workers',
      turns,
      arise: async (on) => ours(await engine.anotherWorker(on)),
      // Its parent sees it exit; or nobody does, and its silence has to tell.
      onDeath: async (workerId) => {
        deaths[kind] += 1
        if (coin() < 0.7) await endWorker(engine.system.db, workerId)
        else unseen.push(workerId)
      },
      onAnswer: (outcome) => void answers.set(outcome, (answers.get(outcome) ?? 0) + 1),
      cancel: async (session) => void (await cancel(watching, session.pid)),
    })
  }
  const stage: Stage = {
    engine,
    onlooker: ours(engine.system),
    ofToday: databaseOn(passing([await open(ofToday)])),
    earliestSinceChecked() {
      const since = earliest
      earliest = engine.now()
      return since
    },
    workers: [await newActor('workers'), await newActor('workers')],
    servers: [await newActor('servers'), await newActor('servers')],
    now: () => engine.now(),
    setNow(at) {
      wall = plusMs(wall, Math.max(at - engine.now(), minuteMs))
      engine.setNow(at)
      if (at < earliest) earliest = at
    },
    wallNow: () => wall,
    async seeWhoIsSilent() {
      if (unseen.length === 0) return
      const alive = sql`update workers set heartbeat_at = clock_timestamp() where worker_id <> all(${unseen}::uuid[])`
      await alive.execute(engine.system.db)
      await endSilentWorkers(engine.system.db, deadAfterMs)
      unseen.length = 0
    },
    deaths,
    answers,
    close: async () => {
      await engine.close()
      for (const session of all) session.close()
      await pool.end()
    },
  }
  return stage
}

async function tableNames(pool: pg.Pool): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public'",
  )
  return rows.map(({ name }) => name)
}

/** Statistics that change by themselves would change plans, and with them the order of rows. */
const withoutVacuum = `
  do $$
  declare name regclass;
  begin
    for name in select c.oid from pg_class c where c.relkind = 'r' and c.relnamespace::regnamespace::text in ('public', 'today') loop
      execute format('alter table %s set (autovacuum_enabled = off)', name);
    end loop;
  end $$`

const ofToday = { schemas: 'sim, today, public, pg_catalog', planned: 'force_generic_plan' }

/** `clock_timestamp()` of every statement is then the simulation's wall. */
const virtualWall = `
  create schema sim;
  create function sim.clock_timestamp() returns timestamptz language sql stable
    as $$ select current_setting('sim.wall')::timestamptz $$`

const passing = (sessions: readonly Session[]) =>
  poolOf(sessions, (session, text, parameters) => session.query(text, parameters))

function watcherOf(watching: Session, acting: readonly Session[]): Watcher {
  return {
    mayWait: (pid) => acting.some((session) => session.pid !== pid && session.open()),
    isWaiting: async (pid) => {
      const asked = await watching.query('select cardinality(pg_blocking_pids($1)) > 0 as waits', [pid])
      return (asked as pg.QueryResult<{ waits: SqlBool }>).rows[0]?.waits === true // as was asked
    },
    breakDeadlock: (pid) => cancel(watching, pid),
  }
}

async function cancel(watching: Session, pid: number): Promise<void> {
  await watching.query('select pg_cancel_backend($1)', [pid])
}
