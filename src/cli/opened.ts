/** Opening the system for one command and closing it again, whatever happens between. */
import type { Instant } from '../domain/calendar.ts'
import { anyOtherAlive } from '../postgres/workers.ts'
import { printNote } from './output.ts'
import { stopSignal } from './stop-signal.ts'
import type { Opened, Wire } from './wire.ts'

export interface OpenedNow extends Opened {
  /** Business time when the command began. */
  readonly now: Instant
}

export async function withSystem<Result>(wire: Wire, work: (opened: OpenedNow) => Promise<Result>): Promise<Result> {
  const opened = await wire.open()
  try {
    return await work({ ...opened, now: await opened.clock.now() })
  } finally {
    await opened.close()
  }
}

const lanes = 4
const limit = 500
/** Wall time after which a worker that was not heard of counts as gone, as the worker's loop has it. */
const silentForMs = 20_000

/**
 * The same with somebody at work meanwhile: this process, unless `unlessOthersWork` and another is. Where the simulator
 * is wanted and nobody serves it, this process does. `signal` is aborted by Ctrl-C, and when the work itself fails.
 */
export function withHands<Result>(
  wire: Wire,
  options: { readonly unlessOthersWork: boolean },
  work: (opened: OpenedNow, signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  return withGateway(wire, () =>
    withSystem(wire, async (opened) => {
      using told = stopSignal()
      const { system } = opened
      if (options.unlessOthersWork && (await anyOtherAlive(system.db, system.workerId, silentForMs))) {
        return work(opened, told)
      }
      return beside(
        told,
        (signal) => wire.work(opened, { lanes, limit, signal }),
        (signal) => work(opened, signal),
      )
    }),
  )
}

async function withGateway<Result>(wire: Wire, work: () => Promise<Result>): Promise<Result> {
  if (await wire.gatewayAnswers()) return work()
  printNote('(the simulator is not running: it is served from here meanwhile)')
  const ready = Promise.withResolvers<void>()
  return beside(
    new AbortController().signal,
    (signal) => wire.simulate({ seed: null, signal, onReady: () => ready.resolve() }),
    () => ready.promise.then(work),
  )
}

/** Does `work` while `service` lasts, which is then ended and waited for. A service that fails ends the work. */
async function beside<Result>(
  told: AbortSignal,
  service: (signal: AbortSignal) => Promise<void>,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController()
  const signal = AbortSignal.any([told, over.signal])
  const served = service(signal)
  const failed = new Promise<never>((_resolve, reject) => served.catch(reject))
  try {
    return await Promise.race([work(signal), failed])
  } finally {
    over.abort()
    await served.catch(() => undefined)
  }
}
