/** `serve`: the HTTP API, side by side with any number of others, until told to stop. */
import { printJson, printLine } from './output.ts'
import { stopSignal } from './stop-signal.ts'
import type { Wire } from './wire.ts'

export interface ServeOptions {
  readonly withParent?: boolean
  readonly json?: boolean
}

export async function serveCommand(wire: Wire, options: ServeOptions): Promise<void> {
  using signal = stopSignal({ withParent: options.withParent ?? false })
  const opened = await wire.open()
  try {
    await wire.serve(opened, {
      signal,
      onListening: (port) => {
        const address = `http://${wire.settings.listen.host}:${port}`
        if (options.json) printJson({ port, pid: process.pid })
        else printLine(`the API answers on ${address}/api, its reference is ${address}/api/reference; Ctrl-C stops it`)
      },
    })
  } finally {
    await opened.close()
  }
}
