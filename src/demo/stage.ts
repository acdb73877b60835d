/**
 * Everything a demonstration needs, running: the database, the card network, two workers, and our own hands on the
 * system's operations. Closed in the order that lets each finish what it began.
 */
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Opened, Wire } from '../cli/wire.ts'
import { controlKey } from '../data-folder.ts'
import type { Instant, Month } from '../domain/calendar.ts'
import type { System } from '../operations/system.ts'
import { freezeClock, readClock } from '../postgres/clock.ts'
import type { Database } from '../postgres/database.ts'
import { openRuns } from '../postgres/runs.ts'
import { beat, endWorker, registerWorker } from '../postgres/workers.ts'
import { httpPayer } from '../simulator/payer-http.ts'
import { type RemoteSimulator, remoteSimulator } from '../simulator/remote.ts'
import { heartbeatEveryMs } from '../worker/loop.ts'
import { type Hands, handsOn } from './hands.ts'
import { isProcess } from './is-process.ts'
import { type Kept, keepServer, keepSimulator, keepWorker, type ProcessOptions } from './processes.ts'

export interface Stage {
  readonly system: System
  readonly simulator: RemoteSimulator
  /** The browser of whoever pays `coverage`. */
  payer(coverage: string): ReturnType<typeof httpPayer>
  /** What payers and the platform do, by whichever way they do it. */
  readonly hands: Hands
  readonly network: Kept
  readonly servers: readonly Kept[]
  readonly workers: readonly Kept[]
  readonly dataFolder: string
  /** Business time, which stands still until it is moved. */
  now(): Promise<Instant>
  /** Aborted when the demonstration is to end at once: by Ctrl-C, or because a process cannot be kept running. */
  readonly signal: AbortSignal
}

export interface StageOptions {
  readonly wire: Wire
  /** Decides what issuers answer; the same for the whole life of a data folder. */
  readonly seed: string
  /** Business time where none is set yet, and the first month there is to collect. */
  readonly beginsAt: Instant
  readonly firstMonth: Month
  /** What the children get as environment: it has to lead them to the same settings as `wire`'s. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onBegun?: (pid: number) => void
  /** How many of each there are; no API is served where nothing is said. */
  readonly servers?: number
  readonly workers?: number
  readonly buries?: ProcessOptions['buries']
  readonly restartAfterMs?: number
  /** Told of the database before anything in it is touched; what it throws ends everything. */
  readonly onOpened?: (db: Database) => Promise<void>
}

/** Opens the stage, runs `act` on it and closes it. Rejects with what `act` or a process failed with. */
export async function onStage<Result>(options: StageOptions, act: (stage: Stage) => Promise<Result>): Promise<Result> {
  const { wire } = options
  const { dataFolder } = wire.settings
  const interruption = new AbortController()
  using _signals = interruptedBySignals(interruption)
  const closers: (() => Promise<unknown>)[] = []
  try {
    // Migrated first, because the card network reads the clock from it. Kept open, so that the server stays.
    const first = await wire.open({ migrate: true, connections: 2 })
    closers.push(() => first.close())
    await options.onOpened?.(first.system.db)
    await endWorkersThatAreGone(first.system.db)
    for (const coverage of wire.settings.coverages.keys()) {
      await openRuns(first.system.db, coverage, [options.firstMonth])
    }
    if ((await readClock(first.system.db)) === null) await freezeClock(first.system.db, options.beginsAt)
    const key = controlKey(wire.settings.dataFolder)
    const processes = {
      environment: options.environment,
      logFolder: join(dataFolder, 'logs'),
      onFailure: (problem: Error) => interruption.abort(problem),
      ...(options.onBegun ? { onBegun: options.onBegun } : {}),
      ...(options.buries ? { buries: options.buries } : {}),
      ...(options.restartAfterMs === undefined ? {} : { restartAfterMs: options.restartAfterMs }),
    }
    const network = keepSimulator(options.seed, processes)
    closers.push(() => network.stop())
    const { port } = await network.hello()
    const servers = await serve(options.servers ?? 0, processes, closers)
    const opened = await wire.open()
    closers.push(() => opened.close())
    closers.push(await registerOurselves(opened))
    const workers = Array.from({ length: options.workers ?? 2 }, (_, index) =>
      keepWorker(index + 1, opened.system.db, processes),
    )
    closers.push(() => Promise.all(workers.map((worker) => worker.stop())))
    const baseUrl = `http://127.0.0.1:${port}`
    interruption.signal.throwIfAborted()
    const people = {
      system: opened.system,
      payer: (coverage: string) => httpPayer({ baseUrl, publishableKey: `pk_test_${coverage}` }),
      now: () => opened.clock.now(),
      signal: interruption.signal,
    }
    return await untilAborted(
      interruption.signal,
      act({
        ...people,
        hands: handsOn(people),
        simulator: remoteSimulator({ baseUrl, controlKey: key }),
        network,
        servers,
        workers,
        dataFolder,
      }),
    )
  } finally {
    interruption.abort(new Interrupted('SIGTERM'))
    for (const close of closers.reverse()) await close().catch(() => undefined)
  }
}

/** Before the workers: in the sandbox it is the API that catches their mail. */
async function serve(
  count: number,
  processes: ProcessOptions,
  closers: (() => Promise<unknown>)[],
): Promise<readonly Kept[]> {
  const servers = Array.from({ length: count }, (_, index) => keepServer(index + 1, processes))
  closers.push(() => Promise.all(servers.map((server) => server.stop())))
  await Promise.all(servers.map((server) => server.hello()))
  return servers
}

/** A run that was killed left workers that nobody has declared dead; what they had claimed is to be taken over now. */
async function endWorkersThatAreGone(db: Database): Promise<void> {
  const workers = await db
    .selectFrom('workers')
    .select(['worker_id', 'host', 'pid'])
    .where('ended_at', 'is', null)
    .execute()
  for (const { worker_id, host, pid } of workers)
    if (host === hostname() && !isProcess(pid)) await endWorker(db, worker_id)
}

/** We take part in registrations, and whoever claims has to be known as alive. */
async function registerOurselves({ system }: Opened): Promise<() => Promise<void>> {
  await registerWorker(system.db, { workerId: system.workerId, host: hostname(), pid: process.pid })
  const heart = setInterval(() => void beat(system.db, system.workerId).catch(() => undefined), heartbeatEveryMs)
  return async () => {
    clearInterval(heart)
    await endWorker(system.db, system.workerId)
  }
}

/** Somebody wants us to end; the exit code is the shell's for the signal. */
export class Interrupted extends Error {
  readonly exitCode: number
  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`)
    this.exitCode = { SIGINT: 130, SIGHUP: 129 }[signal as string] ?? 143
  }
}

/** The first signal ends the demonstration in order; a second one at once: the children then end by themselves. */
function interruptedBySignals(interruption: AbortController): Disposable {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const onSignal = (signal: NodeJS.Signals) => {
    const reason = new Interrupted(signal)
    if (interruption.signal.aborted) process.exit(reason.exitCode)
    interruption.abort(reason)
  }
  for (const signal of signals) process.on(signal, onSignal)
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}

/** What is under way is left to itself: it fails when its connections are closed, and nobody listens any more. */
function untilAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    work.then(resolve, reject)
  })
}
