/** `serve`: the HTTP API, side by side with any number of others, until told to stop. */
import { printJson, printLine } from './output.ts'
import { stopSignal } from './stop-signal.ts'
import { CommandError, type Wire } from './wire.ts'

export interface ServeOptions {
  readonly withParent?: boolean
  readonly json?: boolean
}

export async function serveCommand(wire: Wire, options: ServeOptions): Promise<void> {
  refuseWithoutCardFields(wire)
  using signal = stopSignal({ withParent: options.withParent ?? false })
  const opened = await wire.open()
  try {
    await wire.serve(opened, {
      signal,
      onListening: (port) => {
        const address = `http://${wire.settings.listen.host}:${port}`
        if (options.json) printJson({ port, pid: process.pid })
        else
          printLine(
            `the console is ${address}/, the API answers on ${address}/api, its reference is ${address}/api/reference; Ctrl-C stops it`,
          )
      },
    })
  } finally {
    await opened.close()
  }
}

/** Told now, and not to the first payer who wants to register a card. */
function refuseWithoutCardFields({ settings: { stripeKeys, stripePublishableKeys } }: Wire): void {
  for (const coverage of stripeKeys.keys()) {
    if (stripePublishableKeys.has(coverage)) continue
    throw new CommandError(
      `STRIPE_PUBLISHABLE_KEY_${coverage.toUpperCase()} is not set: nobody could register a card for ${coverage}`,
    )
  }
}
