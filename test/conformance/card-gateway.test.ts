/** The card gateway's conformance suite on all three ways to reach the simulator. */
import Stripe from 'stripe'
import { stripeGateway } from '../../src/adapters/stripe/gateway.ts'
import { type Instant, instant } from '../../src/domain/calendar.ts'
import { describeCardGateway, type GatewayHarness } from '../../src/ports/card-gateway.conformance.ts'
import type { CardGateway } from '../../src/ports/card-gateway.ts'
import { simulatedGateway } from '../../src/simulator/as-gateway.ts'
import { serveWire } from '../../src/simulator/http.ts'
import { type Payer, simulatedPayer } from '../../src/simulator/payer.ts'
import { httpPayer } from '../../src/simulator/payer-http.ts'
import { openSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { fetchOf, stripeWire } from '../../src/simulator/stripe-wire.ts'

const secretKey = 'sk_test_g'
const publishableKey = 'pk_test_g'
const timeoutMs = 10_000

describeCardGateway('the simulator in-process', async () => {
  const { simulator, now, clock } = network()
  const gateway = simulatedGateway({ simulator, secretKey, now })
  return harness(simulator, clock, gateway, simulatedPayer({ simulator, account: 'g', now }))
})

describeCardGateway('the Stripe adapter over the wire, in-process', async () => {
  const { simulator, now, clock } = network()
  const send = fetchOf(stripeWire({ simulator, now, controlKey: null }))
  const httpClient = Stripe.createFetchHttpClient(send)
  const gateway = stripeGateway({ secretKey, timeoutMs, httpClient })
  return harness(simulator, clock, gateway, httpPayer({ baseUrl: 'http://wire', publishableKey, fetch: send }))
})

describeCardGateway('the Stripe adapter over HTTP', async () => {
  const { simulator, now, clock } = network()
  const server = await serveWire(stripeWire({ simulator, now, controlKey: null }), 0)
  const { port } = server
  const gateway = stripeGateway({ secretKey, timeoutMs, host: '127.0.0.1', port, protocol: 'http' })
  const payer = httpPayer({ baseUrl: `http://127.0.0.1:${port}`, publishableKey })
  return { ...harness(simulator, clock, gateway, payer), stop: () => server.stop() }
})

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
    confirm: (confirmation) => payer.confirm(confirmation),
    arm: (fault, step) => simulator.faults.arm({ fault, step }),
    breakDown: (how) => simulator.faults.set({ down: how === 'down', unauthorised: how === 'unauthorised' }),
    tellIssuer: (fingerprint, declineCode) =>
      simulator.issuer.tell(fingerprint, declineCode === null ? [] : [{ kind: 'decline', declineCode }]),
    books: () => [...simulator.payments(clock.now())],
    stop: async () => simulator.close(),
  }
}
