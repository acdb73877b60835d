/** `simulator`: serves the card network that we ship, for trying out and for tests. */
import { printJson, printLine } from './output.ts'
import { stopSignal } from './stop-signal.ts'
import type { Wire } from './wire.ts'

export interface SimulatorOptions {
  readonly seed?: string
  readonly withParent?: boolean
  readonly json?: boolean
}

export async function simulatorCommand(wire: Wire, options: SimulatorOptions): Promise<void> {
  using signal = stopSignal({ withParent: options.withParent ?? false })
  await wire.simulate({
    seed: options.seed ?? null,
    signal,
    onReady: (port) => {
      if (options.json) printJson({ port })
      else printLine(`the card network answers on http://127.0.0.1:${port}; Ctrl-C stops it, its books are kept`)
    },
  })
}
