/** The three ways to reach the simulator through the port, for the conformance suite beside the port. */
import Stripe from 'stripe'
import { stripeGateway } from '../../src/adapters/stripe/gateway.ts'
import { type Instant, instant } from '../../src/domain/calendar.ts'
import type { CardGateway } from '../../src/ports/card-gateway.ts'
import { simulatedGateway } from '../../src/simulator/as-gateway.ts'
import type { Delivery } from '../../src/simulator/deliveries.ts'
import type { ArmedKind, Step } from '../../src/simulator/faults.ts'
import { serveWire } from '../../src/simulator/http.ts'
import { type Payer, simulatedPayer } from '../../src/simulator/payer.ts'
import { httpPayer } from '../../src/simulator/payer-http.ts'
import type { Answer } from '../../src/simulator/rows.ts'
import { type BookedPayment, type HandAct, openSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { stripeWire } from '../../src/simulator/stripe-wire.ts'
import { fetchOf } from '../../src/simulator/wire.ts'

/** Every implementation of the port; the suites run on each. */
export const gateways: readonly [name: string, open: (webhookSecret?: string | null) => Promise<GatewayHarness>][] = [
  ['the simulator in-process', inProcess],
  ['the Stripe adapter over the wire, in-process', adapterInProcess],
  ['the Stripe adapter over HTTP', adapterOverHttp],
]

export interface GatewayHarness {
  readonly gateway: CardGateway
  /** The payer's browser: card fields and 3-D Secure. */
  readonly confirm: Payer['confirm']
  readonly clock: { now(): Instant; set(at: Instant): void }
  /** Strikes the next call of that step. */
  arm(fault: ArmedKind, step: Step): void
  /** From now on every call fails so, or none does. */
  breakDown(how: 'down' | 'unauthorised' | 'none'): void
  /** What the issuer of the customer's card says from now on; null is what the card's number says. */
  tellIssuer(fingerprint: string, declineCode: string | null): void
  /** What happens to a payment without us: at the gateway's dashboard, at the cardholder's bank. */
  byHand(act: HandAct): Answer
  /** The network tells the gateway of a card's new expiry. */
  updateCard(fingerprint: string, expMonth: number, expYear: number): void
  /** Events that have arrived since the last time, signed at this wall time. */
  takeEvents(wallNow: number): Delivery[]
  /** The network's own records. */
  books(): readonly BookedPayment[]
  stop(): Promise<void>
}

const secretKey = 'sk_test_g'
const publishableKey = 'pk_test_g'
/** What the simulator signs the account's events with. */
const rightSecret = 'whsec_test_g'
const timeoutMs = 10_000

async function inProcess(webhookSecret: string | null = rightSecret): Promise<GatewayHarness> {
  const { simulator, now, clock } = network()
  const gateway = simulatedGateway({ simulator, secretKey, webhookSecret, now })
  return harness(simulator, clock, gateway, simulatedPayer({ simulator, account: 'g', now }))
}

async function adapterInProcess(webhookSecret: string | null = rightSecret): Promise<GatewayHarness> {
  const { simulator, now, clock } = network()
  const send = fetchOf(stripeWire({ simulator, now, controlKey: null }))
  const httpClient = Stripe.createFetchHttpClient(send)
  const gateway = stripeGateway({ secretKey, webhookSecret, timeoutMs, httpClient })
  return harness(simulator, clock, gateway, httpPayer({ baseUrl: 'http://wire', publishableKey, fetch: send }))
}

async function adapterOverHttp(webhookSecret: string | null = rightSecret): Promise<GatewayHarness> {
  const { simulator, now, clock } = network()
  const server = await serveWire(stripeWire({ simulator, now, controlKey: null }), 0)
  const { port } = server
  const gateway = stripeGateway({ secretKey, webhookSecret, timeoutMs, host: '127.0.0.1', port, protocol: 'http' })
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
  simulator.events.listen('g')
  return {
    gateway,
    clock,
    confirm: payer.confirm,
    arm: (fault, step) => simulator.faults.arm({ fault, step }),
    breakDown: (how) => simulator.faults.set({ down: how === 'down', unauthorised: how === 'unauthorised' }),
    tellIssuer: (fingerprint, declineCode) =>
      simulator.issuer.tell(fingerprint, declineCode === null ? [] : [{ kind: 'decline', declineCode }]),
    byHand: (act) => simulator.byHand('g', act, clock.now()),
    updateCard: (fingerprint, expMonth, expYear) =>
      void simulator.issuer.updateCard(fingerprint, expMonth, expYear, clock.now()),
    takeEvents: (wallNow) => simulator.events.take('g', clock.now(), wallNow),
    books: () => [...simulator.payments(clock.now())],
    stop: async () => simulator.close(),
  }
}
