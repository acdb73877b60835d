/** What the sandbox's pages reach outside of the API: the simulator's issuers, with the key that only this side has. */
import type { CardBehaviour, SandboxControls } from './api/sandbox/sandbox.ts'
import type { System } from './operations/system.ts'
import type { IssuerRule } from './simulator/issuer.ts'
import { remoteSimulator } from './simulator/remote.ts'

/** `simulator` is asked for each act: its port may be another after a restart. */
export const sandboxControls = (
  system: System,
  simulator: () => { readonly baseUrl: string; readonly controlKey: string },
  people: SandboxControls['people'],
): SandboxControls => ({
  people,
  // The worker's steps are loaded by whoever moves time.
  isIdle: async (now) => (await import('./worker/idle.ts')).isIdle(system, now),
  async behave(fingerprint, behaviour) {
    const remote = remoteSimulator(simulator())
    if (behaviour === 'cured') await remote.cure({ fingerprint })
    else await remote.tell({ fingerprint }, [rules[behaviour]])
  },
})

const rules: Readonly<Record<Exclude<CardBehaviour, 'cured'>, IssuerRule>> = {
  declined: { kind: 'decline', declineCode: 'generic_decline' },
  insufficient_funds: { kind: 'decline', declineCode: 'insufficient_funds' },
  lost: { kind: 'decline', declineCode: 'lost_card' },
  needs_3ds: { kind: 'authentication_required' },
}
