/**
 * The processes of a demonstration: the card network, the API and the workers, each a `bin/kessai` of its own, as in production.
 *
 * They hold the other end of a pipe to us and end when it closes, so that killing us leaves nothing behind. A worker
 * that ends is declared dead at once, so that what it had claimed is taken over now and not when its heart has been
 * silent for long; then another takes its place.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Database } from '../postgres/database.ts'
import { endWorker } from '../postgres/workers.ts'

export interface ProcessOptions {
  /** What the children are given as their environment. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly logFolder: string
  /** Told when a child cannot be kept running; the demonstration then ends. */
  readonly onFailure: (problem: Error) => void
  /** Told whenever a child has begun, so that a later run can see it gone. */
  readonly onBegun?: (pid: number) => void
  /** Asked when a worker has ended: false leaves it to be missed by the others, as on a machine that lost its power. */
  readonly buries?: () => boolean
  /** Wall time between a child's end and its successor, which then has any number of chances: what it needs may be away. */
  readonly restartAfterMs?: number
}

export interface Kept {
  /** What the running one said of itself when it began. */
  hello(): Promise<Hello>
  /** `kill -9`; resolves once it is gone. Its successor is on its way then. */
  kill(): Promise<void>
  /** Asks it to finish what it began; after `patienceMs` it is killed. */
  stop(): Promise<void>
}

export interface Hello {
  readonly pid?: number
  readonly port?: number
  readonly workerId?: string
}

const command = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'bin', 'kessai')
const patienceMs = 10_000
/** A child that ends this soon, several times in a row, will not do better the next time. */
const tooSoonMs = 2_000
const chances = 3

/** Serves the simulator's books of the environment's data folder. */
export const keepSimulator = (seed: string, options: ProcessOptions): Kept =>
  keep('simulator', ['simulator', '--seed', seed, '--json', '--with-parent'], options, async () => undefined)

/** Serves the API of the environment's data folder; its row among the workers ends with its heartbeat. */
export const keepServer = (number: number, options: ProcessOptions): Kept =>
  keep(`server-${number}`, ['serve', '--json', '--with-parent'], options, async () => undefined)

export const keepWorker = (number: number, db: Database, options: ProcessOptions): Kept =>
  keep(`worker-${number}`, ['worker', '--json', '--with-parent'], options, async ({ workerId }) => {
    if (workerId === undefined || options.buries?.() === false) return
    // Where the database is away, its silence will say the same.
    await endWorker(db, workerId).catch(() => undefined)
  })

function keep(
  name: string,
  args: readonly string[],
  options: ProcessOptions,
  bury: (dead: Hello) => Promise<void>,
): Kept {
  const logFile = join(options.logFolder, `${name}.log`)
  mkdirSync(options.logFolder, { recursive: true })
  let stopping = false
  let current = begin(args, logFile, options)

  async function watch(): Promise<void> {
    for (let soon = 0; !stopping; ) {
      const begunMs = performance.now()
      const { child, hello } = current
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      await bury(await hello.catch(() => ({})))
      if (stopping) return
      soon = performance.now() - begunMs < tooSoonMs && child.signalCode !== 'SIGKILL' ? soon + 1 : 0
      if (options.restartAfterMs !== undefined) await delay(options.restartAfterMs)
      else if (soon === chances) throw new Error(`${name} does not keep running:\n${tail(logFile)}`)
      if (stopping) return
      current = begin(args, logFile, options)
    }
  }
  const watching = watch().catch((problem: unknown) =>
    options.onFailure(problem instanceof Error ? problem : new Error(String(problem))),
  )
  return {
    hello: () => current.hello,
    async kill() {
      const { child } = current
      await current.hello.catch(() => undefined)
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    async stop() {
      stopping = true
      const { child } = current
      child.kill('SIGTERM')
      const patience = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await watching
      clearTimeout(patience)
    },
  }
}

interface Child {
  readonly child: ChildProcess
  readonly hello: Promise<Hello>
}

function begin(args: readonly string[], logFile: string, { environment, onBegun }: ProcessOptions): Child {
  const log = openSync(logFile, 'a')
  // A group of its own: a Ctrl-C on our terminal reaches us alone, and we end the children in order.
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', log], env: environment, detached: true })
  closeSync(log)
  if (child.pid !== undefined) onBegun?.(child.pid)
  // A child that is gone closes the pipe under us; its exit says what there is to know.
  child.stdin?.on('error', () => undefined)
  const hello = new Promise<Hello>((resolve, reject) => {
    if (child.stdout) createInterface({ input: child.stdout }).once('line', (line) => resolve(readHello(line)))
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`${args[0]} ended before it began:\n${tail(logFile)}`)))
  })
  // Whoever waits for it hears of it; nobody may.
  hello.catch(() => undefined)
  return { child, hello }
}

// Printed by `worker --json` and `simulator --json` in this shape.
const readHello = (line: string): Hello => JSON.parse(line) as Hello

const tail = (file: string): string => readFileSync(file, 'utf8').split('\n').slice(-20).join('\n')
