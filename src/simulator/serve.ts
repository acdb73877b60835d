/** The simulator in a process of its own: books on disk, the wire on a port. */
import { withBrowser } from './browser/serve-browser.ts'
import { serveWire } from './http.ts'
import { sendEvents } from './send-events.ts'
import { openSimulator, type Simulator } from './simulator.ts'
import { stripeWire } from './stripe-wire.ts'

export interface ServeOptions {
  /** 0 takes any free one. */
  readonly port: number
  /** Null keeps the books in memory only. */
  readonly journalPath: string | null
  readonly seed: string | number
  /** Business time, read for each request (epoch ms). */
  readonly now: () => number | Promise<number>
  /** Opens `/simulator/…`; null keeps it shut. */
  readonly controlKey: string | null
}

export interface ServedSimulator {
  readonly port: number
  readonly simulator: Simulator
  /** Lets the calls under way finish, then closes port and books. */
  stop(): Promise<void>
}

/** Replays the journal, then listens on the loopback interface. Rejects when the port is taken or the journal damaged. */
export async function serveSimulator(options: ServeOptions): Promise<ServedSimulator> {
  const { port, journalPath, seed, now, controlKey } = options
  const simulator = openSimulator({ seed, journalPath })
  const stopSending = sendEvents({ simulator, now })
  const server = await serveWire(withBrowser(stripeWire({ simulator, now, controlKey })), port)
  return {
    port: server.port,
    simulator,
    async stop() {
      await server.stop()
      await stopSending()
      simulator.close()
    },
  }
}
