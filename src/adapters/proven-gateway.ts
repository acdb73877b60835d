/**
 * A card gateway that charges and gives back only while our books are proven to be as new as the gateway's: every such
 * call passes here, so no step and no command can forget to ask. What is not sent for that is put back, and sent later.
 */
import type { CardGateway, NotDone } from '../ports/card-gateway.ts'

export const provenGateway = (gateway: CardGateway, mayCharge: () => Promise<boolean>): CardGateway => ({
  ...gateway,
  hold: async (request) => ((await mayCharge()) ? gateway.hold(request) : unproven),
  refund: async (request) => ((await mayCharge()) ? gateway.refund(request) : unproven),
})

const unproven = {
  outcome: 'not_executed',
  reason: 'our books are not proven to be as new as the gateway’s',
  retryAfterMs: null,
} satisfies NotDone
