/**
 * The one loop: asks each step what is due, works on it, and asks again. It holds no state that matters; any number of
 * processes run it side by side, and any of them may be killed at any moment.
 */
import type { Instant } from '../domain/calendar.ts'
import { ClaimsLeft } from '../operations/perform-charges.ts'
import type { System } from '../operations/system.ts'
import type { Clock } from '../ports/clock.ts'
import { isPassing } from '../postgres/passing.ts'
import { beat, endSilentWorkers, endWorker, registerWorker } from '../postgres/workers.ts'
import { lanes, type Step, steps, type Work } from './steps.ts'

/** Wall time. A worker that has not been heard of for this long is dead, and its claims are taken over. */
export const heartbeatEveryMs = 5_000
export const deadAfterMs = 20_000
const idleForMs = 200
const afterFailureMs = 1_000

/** How much is worked on at once. */
export interface Capacity {
  /** How many buckets are worked on side by side. */
  readonly lanes: number
  /** How many rows one piece of work takes on. */
  readonly limit: number
  /** How many charges one piece of work takes on; `limit` when left out. */
  readonly charges?: number
}

export interface LoopOptions extends Capacity {
  readonly signal: AbortSignal
}

interface WorkerProcess {
  readonly host: string
  readonly pid: number
}

/**
 * Registers the worker, keeps it alive, and works until `signal` is aborted; what is begun is then finished.
 *
 * When the database went away under a step, something may be claimed that nobody works on: a commit whose answer was
 * lost. So the worker then ends, and goes on as another, which takes over whatever the first one left.
 */
export async function runWorker(
  system: System,
  clock: Clock,
  process: WorkerProcess,
  options: LoopOptions,
): Promise<void> {
  await registerWorker(system.db, { workerId: system.workerId, ...process })
  let worker: System | null = system
  while (worker) {
    const end = await workAs(worker, clock, options)
    if (end === 'overtaken')
      throw new Error('this worker was silent for too long and was declared dead; it has stopped')
    worker = end === 'stopped' ? null : await successorOf(worker, clock, process, options.signal)
  }
}

async function workAs(
  system: System,
  clock: Clock,
  options: LoopOptions,
): Promise<'stopped' | 'overtaken' | 'cut_off'> {
  const overtaken = new AbortController()
  const cutOff = new AbortController()
  const signal = AbortSignal.any([options.signal, overtaken.signal, cutOff.signal])
  const heart = setInterval(() => void heartbeat(system, () => overtaken.abort()), heartbeatEveryMs)
  const onCutOff = () => cutOff.abort()
  try {
    // Prompt work never waits behind bulk work: somebody is watching it.
    await Promise.all(lanes.map((lane) => loop(system, clock, lane, { ...options, signal }, onCutOff)))
  } finally {
    clearInterval(heart)
    // Where this does not get through either, its silence will say the same.
    await endWorker(system.db, system.workerId).catch(() => undefined)
  }
  if (overtaken.signal.aborted) return 'overtaken'
  return options.signal.aborted ? 'stopped' : 'cut_off'
}

/** The same worker under a name of its own, once the database is back; null when it is to stop. */
async function successorOf(
  system: System,
  clock: Clock,
  process: WorkerProcess,
  signal: AbortSignal,
): Promise<System | null> {
  while (!signal.aborted) {
    await pause(afterFailureMs, signal)
    try {
      const workerId = system.makeId(0, await clock.now())
      await registerWorker(system.db, { workerId, ...process })
      return { ...system, workerId }
    } catch (problem) {
      system.log.warn({ problem: messageOf(problem) }, 'the database is away; trying again')
    }
  }
  return null
}

async function heartbeat(system: System, onOvertaken: () => void): Promise<void> {
  try {
    if (!(await beat(system.db, system.workerId))) return onOvertaken()
    await endSilentWorkers(system.db, deadAfterMs)
  } catch (problem) {
    system.log.warn({ problem: messageOf(problem) }, 'heartbeat failed; trying again')
  }
}

async function loop(
  system: System,
  clock: Clock,
  lane: Step['lane'],
  options: LoopOptions,
  onCutOff: () => void,
): Promise<void> {
  const { signal } = options
  while (!signal.aborted) {
    try {
      const worked = await workOnce(system, await clock.now(), { ...options, lane })
      if (!worked) await pause(idleForMs, signal)
    } catch (problem) {
      // Nothing is lost: whatever was under way is either committed or will be found due again.
      system.log.error({ lane, problem: messageOf(problem) }, 'a step failed; trying again')
      if (isPassing(problem) || problem instanceof ClaimsLeft) return onCutOff()
      await pause(afterFailureMs, signal)
    }
  }
}

/** One pass over the steps of a lane, or of all. False when nothing was due. */
export async function workOnce(
  system: System,
  now: Instant,
  options: Capacity & { readonly lane?: Step['lane']; readonly signal?: AbortSignal },
): Promise<boolean> {
  let worked = false
  for (const step of steps) {
    if (options.lane && step.lane !== options.lane) continue
    const due = await step.due(system, now)
    worked ||= due.length > 0
    await inLanes(due, options)
  }
  return worked
}

/** Works until nothing is due at `now`. */
export async function workUntilIdle(system: System, now: Instant, options: Capacity): Promise<void> {
  let worked = true
  while (worked) worked = await workOnce(system, now, options)
}

async function inLanes(due: readonly Work[], options: Capacity & { readonly signal?: AbortSignal }): Promise<void> {
  const left = [...due]
  const atMost = { rows: options.limit, charges: options.charges ?? options.limit }
  const lane = async (): Promise<void> => {
    for (let work = left.shift(); work && !options.signal?.aborted; work = left.shift()) await work.run(atMost)
  }
  // All of them end before a failure is told: nobody may still be at work when the worker says that it is not.
  const ended = await Promise.allSettled(Array.from({ length: Math.min(options.lanes, due.length) }, lane))
  for (const end of ended) if (end.status === 'rejected') throw end.reason
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })

const messageOf = (problem: unknown): string => (problem instanceof Error ? problem.message : String(problem))
