/**
 * Item 4: a month collected while cards decline, the gateway's answers get lost and workers are killed at random. Three
 * `bin/kessai worker` processes on the real SDK over HTTP, against the simulator in ours; each dies by `kill -9` again and
 * again and is replaced. Then the days go by until everything is paid, and the network's books are compared with ours.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { writeSimulatorPlace } from '../src/data-folder.ts'
import { compareBooks } from '../src/demo/gateway-books.ts'
import { ownEnvironment } from '../src/demo/own-environment.ts'
import { keepWorker } from '../src/demo/processes.ts'
import {
  dayMs,
  firstDayOf,
  type Instant,
  instantOn,
  type Month,
  nextMonth,
  parseMonth,
  plusMs,
} from '../src/domain/calendar.ts'
import { nextInstant } from '../src/operations/advance-clock.ts'
import { freezeClock } from '../src/postgres/clock.ts'
import { poolFor } from '../src/postgres/database.ts'
import { checkInvariants } from '../src/postgres/invariants.ts'
import { serveWire } from '../src/simulator/http.ts'
import { remoteSimulator } from '../src/simulator/remote.ts'
import { stripeWire } from '../src/simulator/stripe-wire.ts'
import { isIdle } from '../src/worker/idle.ts'
import { type Engine, engineOn } from '../test/support/engine.ts'
import type { BenchDatabase } from './database.ts'
import { addFeesOf, populate } from './population.ts'

const month = parseMonth('2027-01') ?? ('2027-01' as Month) // it is one
const workerCount = 3
const killEveryMs = 5_000
const declineRate = 0.05
const rates = { timeout_before: 0.01, timeout_after: 0.005 }
/** Days of retries after the month's first, at most: a card that declines is asked again each morning. */
const daysAtMost = 12

export async function benchFaults(database: BenchDatabase, { accounts }: { readonly accounts: number }) {
  const pool = poolFor(database.url, { connections: 6 })
  const engine = await engineOn(pool, { startAt: '2027-01-15T00:00:00Z' })
  const { system, simulator } = engine
  await populate(engine, accounts)
  await addFeesOf(engine, accounts, [month])
  simulator.issuer.tell('*', [
    { kind: 'decline_rate', rate: declineRate, mix: [{ declineCode: 'insufficient_funds', weight: 1 }] },
  ])
  simulator.faults.set({ rates })
  const controlKey = 'of this bench alone'
  const served = await serveWire(stripeWire({ simulator, now: engine.now, controlKey }), 0)
  const folder = mkdtempSync(join(tmpdir(), 'kessai-bench-'))
  const failed = new AbortController()
  writeSimulatorPlace(folder, { port: served.port, seed: '1' })
  const environment = { ...ownEnvironment(folder, { gatewayTimeoutMs: 10_000 }), DATABASE_URL: database.url }
  const dueAt = instantOn(firstDayOf(nextMonth(month)), '06:00', 'UTC')
  await moveClock(engine, plusMs(dueAt, -dayMs))
  const options = { environment, logFolder: join(folder, 'logs'), onFailure: (problem: Error) => failed.abort(problem) }
  const workers = Array.from({ length: workerCount }, (_, index) => keepWorker(index + 1, system.db, options))
  await Promise.all(workers.map((worker) => worker.hello()))
  await moveClock(engine, dueAt)
  const from = performance.now()
  let deaths = 0
  const killing = setInterval(() => {
    deaths += 1
    void workers[Math.floor(Math.random() * workerCount)]?.kill()
  }, killEveryMs)
  try {
    await untilIdle(engine, failed.signal)
    const seconds = (performance.now() - from) / 1000
    const first = await countsOf(engine)
    const end = plusMs(dueAt, daysAtMost * dayMs)
    while ((await countsOf(engine)).paid < accounts && engine.now() < end) {
      await moveClock(engine, await nextInstant(system, engine.now(), end))
      await untilIdle(engine, failed.signal)
    }
    clearInterval(killing)
    const remote = remoteSimulator({ baseUrl: `http://127.0.0.1:${served.port}`, controlKey })
    const { doubleCharges, missedCharges, holdsLeft, booksEqual } = await compareBooks({ system, simulator: remote })
    const proofs = await checkInvariants(system.db)
    const { paid, declined, lookUps, unsettled } = await countsOf(engine)
    return {
      accounts,
      perSecond: Math.round(first.paid / seconds),
      seconds: Math.round(seconds),
      deaths,
      declined,
      lookUps,
      double: doubleCharges,
      missed: missedCharges + (accounts - paid) + unsettled,
      holdsLeft,
      booksEqual: booksEqual ? 'yes' : 'NO',
      invariantsBroken: proofs.filter(({ broken }) => broken > 0).length,
    }
  } finally {
    clearInterval(killing)
    await Promise.all(workers.map((worker) => worker.stop()))
    await served.stop()
    await pool.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The workers' clock and the network's. */
async function moveClock({ system, setNow }: Engine, at: Instant): Promise<void> {
  setNow(at)
  await freezeClock(system.db, at)
}

async function untilIdle({ system, now }: Engine, failed: AbortSignal): Promise<void> {
  while (!(await isIdle(system, now()))) {
    failed.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function countsOf({ system }: Engine) {
  const { rows } = await sql<Record<'paid' | 'declined' | 'lookUps' | 'unsettled', number>>`
    select (select count(*)::int from invoices where status = 'paid') as paid,
      (select count(*)::int from charges where status = 'declined') as declined,
      (select count(*)::int from events where kind = 'charge_unknown') as "lookUps",
      (select count(*)::int from charges where settled_at is null) as unsettled`.execute(system.db)
  return rows[0] ?? { paid: 0, declined: 0, lookUps: 0, unsettled: 0 }
}
