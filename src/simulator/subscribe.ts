/** Asks a simulator in another process for the events of its accounts, as an operator would at Stripe's dashboard. */
import { setTimeout as delay } from 'node:timers/promises'
import type { RemoteSimulator } from './remote.ts'

export interface Subscription {
  /** Asked for each time: it may have moved to another port. */
  readonly simulator: () => Pick<RemoteSimulator, 'sendEvents'>
  /** Account → the address its events shall go to. */
  readonly addresses: ReadonlyMap<string, string>
  readonly signal: AbortSignal
  /** Wall time between two attempts. */
  readonly everyMs?: number
}

/** Asks until the simulator has understood: it may be started after us. It then remembers. Ends early on the signal. */
export async function subscribe({ simulator, addresses, signal, everyMs = 1_000 }: Subscription): Promise<void> {
  for (const [account, url] of addresses) {
    while (!signal.aborted) {
      const understood = await simulator()
        .sendEvents(account, url)
        .then(
          () => true,
          () => false,
        )
      if (understood) break
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }
}
