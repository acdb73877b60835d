/** Where the card gateway delivers its signed events. */
import { z } from 'zod'
import { takeGatewayEvent } from '../../operations/take-gateway-event.ts'
import { Problem } from '../errors.ts'
import { route } from '../route.ts'
import { coverage } from '../wire.ts'

export const gatewayEventRoutes = [
  route({
    operation: 'receiveGatewayEvent',
    method: 'POST',
    path: '/gateway-events/:coverage',
    tag: 'Gateway',
    summary: 'Take in an event of the gateway',
    description:
      'For the gateway alone: the body is read only if `Stripe-Signature` signs it with the coverage’s webhook secret, within five minutes of now; without a secret in the settings nothing is accepted. It is kept before it is acknowledged, and the same event again changes nothing.',
    params: z.object({ coverage }),
    rawBody: true,
    body: z.string().meta({ description: 'The event, byte for byte as it was signed.' }),
    bodyLimit: 256 * 1024,
    answer: {
      status: 200,
      description: 'It is kept, or it is of a kind that nothing here depends on.',
      schema: z.object({ kept: z.boolean() }),
    },
    problems: ['coverage_unknown', 'event_not_accepted'],
    handle: async ({ system, params, rawBody, request }) => {
      if (!system.coverages.has(params.coverage)) throw new Problem('coverage_unknown')
      const header = request.headers['stripe-signature']
      const signature = typeof header === 'string' ? header : null
      const delivery = { body: rawBody, signature, wallNow: system.wallNow() }
      const taken = await takeGatewayEvent(system, params.coverage, delivery)
      if (taken === 'kept' || taken === 'ignored') return { kept: taken === 'kept' }
      system.log.warn({ coverage: params.coverage, reason: taken.refused }, 'an event of the gateway was not accepted')
      throw new Problem('event_not_accepted')
    },
  }),
]
