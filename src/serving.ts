/** The API with what belongs to it: in the sandbox its pages, the mail catcher, and the simulator's events. */
import { startMailCatcher } from './adapters/mail-catcher/catcher.ts'
import type { SandboxOptions } from './api/app.ts'
import { runServer } from './api/server.ts'
import type { Opened, Wire } from './cli/wire.ts'
import { controlKey, mailFolder, sandboxPeople, simulatorPlace } from './data-folder.ts'
import { sandboxControls } from './sandbox-controls.ts'
import type { Settings } from './settings.ts'
import { remoteSimulator } from './simulator/remote.ts'
import { subscribe } from './simulator/subscribe.ts'

/** Serves until the signal is aborted. */
export async function serve(settings: Settings, opened: Opened, options: Parameters<Wire['serve']>[1]): Promise<void> {
  const { system, clock } = opened
  const { signal } = options
  const catcher =
    settings.sandbox && settings.smtpUrl === null
      ? await startMailCatcher({ folder: mailFolder(settings.dataFolder), port: 0 })
      : null
  const sandbox: SandboxOptions | null = settings.sandbox
    ? {
        controls: sandboxControls(system, () => simulatorOf(settings), sandboxPeople(settings.dataFolder)),
        mailbox: catcher,
      }
    : null
  const onListening = (port: number) => {
    const simulator = () => remoteSimulator(simulatorOf(settings))
    void subscribe({ simulator, addresses: eventAddresses(settings, port), signal })
    options.onListening(port)
  }
  const logger = system.log.child({}, { serializers: {} })
  try {
    await runServer({ system, clock, settings, sandbox, logger }, { ...settings.listen, signal, onListening })
  } finally {
    await catcher?.stop()
  }
}

const simulatorOf = ({ dataFolder }: Settings) => ({
  baseUrl: `http://127.0.0.1:${simulatorPlace(dataFolder).port}`,
  controlKey: controlKey(dataFolder),
})

/** Where a simulator on this machine brings its events; Stripe is told at its dashboard (docs/operating). */
function eventAddresses(settings: Settings, port: number): Map<string, string> {
  const { host: listened } = settings.listen
  const everywhere = ['0.0.0.0', '::'].includes(listened)
  const host = everywhere ? '127.0.0.1' : listened.includes(':') ? `[${listened}]` : listened
  const simulated = [...settings.coverages.keys()].filter((coverage) => !settings.stripeKeys.has(coverage))
  return new Map(
    simulated.map((coverage) => [coverage, `http://${host}:${port}/api/gateway-events/${coverage}`] as const),
  )
}
