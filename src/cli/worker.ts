/** `worker`: works on whatever is due, side by side with any number of others, until told to stop. */
import { printJson, printNote } from './output.ts'
import { stopSignal } from './stop-signal.ts'
import type { Wire } from './wire.ts'

export interface WorkerOptions {
  readonly lanes: number
  readonly limit: number
  readonly withParent?: boolean
  readonly json?: boolean
}

export async function workerCommand(wire: Wire, options: WorkerOptions): Promise<void> {
  using signal = stopSignal({ withParent: options.withParent ?? false })
  const opened = await wire.open()
  try {
    const { workerId } = opened.system
    if (options.json) printJson({ workerId, pid: process.pid })
    else printNote(`worker ${workerId} (pid ${process.pid}) is at work; Ctrl-C stops it when what is begun is finished`)
    await wire.work(opened, { lanes: options.lanes, limit: options.limit, signal })
  } finally {
    await opened.close()
  }
}
