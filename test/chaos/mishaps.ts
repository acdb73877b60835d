/** What goes wrong, one thing after the other, at moments and in an order drawn from the seed. Wall time throughout. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import { isRunning, runningPostmaster } from '../../src/adapters/embedded-postgres/postmaster.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/adapters/embedded-postgres/start.ts'
import { until } from '../../src/adapters/embedded-postgres/until.ts'
import { chance, pick } from '../../src/demo/seeded.ts'
import type { Stage } from '../../src/demo/stage.ts'
import type { ClaimWatch } from './claims.ts'

const kinds = {
  workersKilled: 30,
  serversKilled: 18,
  connectionsCut: 16,
  gatewayTroubles: 18,
  databaseStops: 9,
  networkKilled: 9,
} as const
export type Kind = keyof typeof kinds
export const all = Object.keys(kinds) as Kind[] // its own keys
export type Mishaps = Readonly<Record<Kind, number>>

export interface MishapOptions {
  readonly stage: Stage
  readonly claims: ClaimWatch
  readonly seed: string
  /** For how long, and until each kind has come once. */
  readonly forMs: number
  /** The longest rest between two of them. */
  readonly restMs: number
  readonly tell: (text: string) => void
}

export interface Happening {
  /** Resolves once the last one is over and everything is up again. */
  readonly over: Promise<Mishaps>
  /** Gives up the database that was started again; after everybody else has. */
  close(): Promise<void>
}

/** What the network does wrong all the time; a trouble is worse, for some seconds. */
const usualLatencyMs = { min: 10, max: 150 }
const usual = {
  timeout_before: 0.01,
  timeout_after: 0.01,
  error_500: 0.005,
  error_500_stored_after: 0.004,
  rate_limited: 0.01,
}
const trouble = {
  timeout_before: 0.15,
  timeout_after: 0.15,
  error_500: 0.1,
  error_500_stored_after: 0.05,
  rate_limited: 0.2,
}

export function happen({ stage, claims, seed, forMs, restMs, tell }: MishapOptions): Happening {
  const counts: Record<Kind, number> = { ...zero }
  const databases: EmbeddedPostgres[] = []
  const setFaults = (part: Parameters<Stage['simulator']['setFaults']>[0]) =>
    again(() => stage.simulator.setFaults(part), stage.signal)
  const acts: Readonly<Record<Kind, (draw: (what: string) => number) => Promise<string>>> = {
    async workersKilled(draw) {
      const index = await victim(stage, draw('which'))
      const { pid } = (await stage.workers[index]?.hello()) ?? {}
      await stage.workers[index]?.kill()
      if (pid !== undefined) claims.died(pid)
      return `worker ${index + 1} killed`
    },
    async serversKilled(draw) {
      const index = Math.floor(draw('which') * stage.servers.length)
      await stage.servers[index]?.kill()
      return `server ${index + 1} killed`
    },
    async connectionsCut(draw) {
      const cutting = sql`
        select pg_terminate_backend(pid) as cut from pg_stat_activity where datname = current_database()
          and pid <> pg_backend_pid() and pid % 3 <> ${Math.floor(draw('which') * 3)}::int`
      const { rows } = await again(() => cutting.execute(stage.system.db), stage.signal)
      return `${rows.length} connections to PostgreSQL cut`
    },
    async gatewayTroubles(draw) {
      const forTroubleMs = 1_000 + 3_000 * draw('long')
      await setFaults({ rates: trouble, latencyMs: { min: 0, max: 400 } })
      await delay(forTroubleMs)
      await setFaults({ rates: usual, latencyMs: usualLatencyMs })
      return `the gateway in trouble for ${(forTroubleMs / 1000).toFixed(1)} s`
    },
    async databaseStops(draw) {
      const dataDir = join(stage.dataFolder, 'postgres')
      const running = runningPostmaster(dataDir)
      const from = performance.now()
      // Immediate mode: every connection ends at once, and the log is replayed at the next start.
      if (running) process.kill(running.pid, 'SIGQUIT')
      await until(() => running === null || !isRunning(running))
      await delay(2_000 * draw('away'))
      databases.push(await startEmbeddedPostgres({ dataDir }))
      const awayMs = performance.now() - from
      claims.wasAway(awayMs)
      return `PostgreSQL stopped at once, back after ${(awayMs / 1000).toFixed(1)} s`
    },
    async networkKilled() {
      await stage.network.kill()
      // Answered once it is up again: what goes wrong there is not in its journal.
      await setFaults({ rates: usual, latencyMs: usualLatencyMs })
      return 'the card network killed, and its journal replayed'
    },
  }

  async function go(): Promise<Mishaps> {
    const from = performance.now()
    await setFaults({ rates: usual, latencyMs: usualLatencyMs })
    for (let number = 0; ; number++) {
      const draw = (what: string) => chance(seed, 'mishap', number, what)
      await delay(restMs * (0.3 + 0.7 * draw('rest')))
      if (performance.now() - from > forMs && number >= all.length) return counts
      // Each kind once before any comes again, so that a short run meets them all.
      const left = all.filter((kind) => counts[kind] === 0 || number >= all.length)
      const kind = pick(
        left.map((kind) => [kinds[kind], kind]),
        draw('kind'),
      )
      counts[kind] += 1
      const says = await acts[kind](draw)
      tell(`${((performance.now() - from) / 1000).toFixed(1).padStart(6)} s  ${says}`)
    }
  }

  const over = go()
  // Told to whoever waits for the end.
  over.catch(() => undefined)
  return {
    over,
    close: async () => void (await Promise.all(databases.map((database) => database.stop()))),
  }
}

const zero: Mishaps = {
  workersKilled: 0,
  serversKilled: 0,
  connectionsCut: 0,
  gatewayTroubles: 0,
  databaseStops: 0,
  networkKilled: 0,
}

/** A worker with something in its hands, if one is found soon: its death is the one that matters. */
async function victim({ system, workers }: Stage, draw: number): Promise<number> {
  const pids = await Promise.all(workers.map(async (worker) => (await worker.hello().catch(() => null))?.pid ?? 0))
  for (let looks = 0; looks < 100; looks++) {
    const busy = await sql<{ pid: number }>`
      select distinct w.pid from charges c join workers w on w.worker_id = c.claimed_by and w.ended_at is null
      where c.settled_at is null`
      .execute(system.db)
      .catch(() => ({ rows: [] }))
    const found = new Set(busy.rows.map(({ pid }) => pid))
    const index = pids.findIndex((pid) => found.has(pid))
    if (index >= 0) return index
    await delay(20)
  }
  return Math.floor(draw * workers.length)
}

/** Until it goes through: what one mishap needs, the one before may have taken away. */
async function again<Result>(act: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (const from = performance.now(); ; ) {
    try {
      return await act()
    } catch (problem) {
      signal.throwIfAborted()
      if (performance.now() - from > patienceMs) throw problem
      await delay(100)
    }
  }
}

const patienceMs = 60_000
