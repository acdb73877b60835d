/** The three ways to reach the simulator through the port, for the conformance suite beside the port. */
import Stripe from 'stripe'
import { stripeGateway } from '../../src/adapters/stripe/gateway.ts'
import { type Instant, instant } from '../../src/domain/calendar.ts'
import type { CardGateway } from '../../src/ports/card-gateway.ts'
import { simulatedGateway } from '../../src/simulator/as-gateway.ts'
import type { Fault, Step } from '../../src/simulator/faults.ts'
import { serveWire } from '../../src/simulator/http.ts'
import { type Payer, simulatedPayer } from '../../src/simulator/payer.ts'
import { httpPayer } from '../../src/simulator/payer-http.ts'
import { type BookedPayment, openSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { stripeWire } from '../../src/simulator/stripe-wire.ts'
import { fetchOf } from '../../src/simulator/wire.ts'

export interface GatewayHarness {
  readonly gateway: CardGateway
  /** The payer's browser: card fields and 3-D Secure. */
  readonly confirm: Payer['confirm']
  readonly clock: { now(): Instant; set(at: Instant): void }
  /** Strikes the next call of that step. */
  arm(fault: Fault, step: Step): void
  /** From now on every call fails so, or none does. */
  breakDown(how: 'down' | 'unauthorised' | 'none'): void
  /** What the issuer of the customer's card says from now on; null is what the card's number says. */
  tellIssuer(fingerprint: string, declineCode: string | null): void
  /** The network's own records. */
  books(): readonly BookedPayment[]
  stop(): Promise<void>
}

const secretKey = 'sk_test_g'
const publishableKey = 'pk_test_g'
const timeoutMs = 10_000

export async function inProcess(): Promise<GatewayHarness> {
  const { simulator, now, clock } = network()
  const gateway = simulatedGateway({ simulator, secretKey, now })
  return harness(simulator, clock, gateway, simulatedPayer({ simulator, account: 'g', now }))
}

export async function adapterInProcess(): Promise<GatewayHarness> {
  const { simulator, now, clock } = network()
  const send = fetchOf(stripeWire({ simulator, now, controlKey: null }))
  const httpClient = Stripe.createFetchHttpClient(send)
  const gateway = stripeGateway({ secretKey, timeoutMs, httpClient })
  return harness(simulator, clock, gateway, httpPayer({ baseUrl: 'http://wire', publishableKey, fetch: send }))
}

export async function adapterOverHttp(): Promise<GatewayHarness> {
  const { simulator, now, clock } = network()
  const server = await serveWire(stripeWire({ simulator, now, controlKey: null }), 0)
  const { port } = server
  const gateway = stripeGateway({ secretKey, timeoutMs, host: '127.0.0.1', port, protocol: 'http' })
  const payer = httpPayer({ baseUrl: `http://127.0.0.1:${port}`, publishableKey })
  return { ...harness(simulator, clock, gateway, payer), stop: () => server.stop() }
}

function network() {
  let at: Instant = instant(0)
  const now = () => at
  const clock = {
    now,
    set: (to: Instant) => {
      at = to
    },
  }
  return { simulator: openSimulator({ seed: 19 }), now, clock }
}

function harness(
  simulator: Simulator,
  clock: GatewayHarness['clock'],
  gateway: CardGateway,
  payer: Payer,
): GatewayHarness {
  return {
    gateway,
    clock,
    confirm: payer.confirm,
    arm: (fault, step) => simulator.faults.arm({ fault, step }),
    breakDown: (how) => simulator.faults.set({ down: how === 'down', unauthorised: how === 'unauthorised' }),
    tellIssuer: (fingerprint, declineCode) =>
      simulator.issuer.tell(fingerprint, declineCode === null ? [] : [{ kind: 'decline', declineCode }]),
    books: () => [...simulator.payments(clock.now())],
    stop: async () => simulator.close(),
  }
}
