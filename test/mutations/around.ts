/** Bugs around the charge: cards, orders, refunds, disputes, events, mail, the API. */
import type { Mutation } from './mutation.ts'

export const around: readonly Mutation[] = [
  {
    name: 'the hold that verifies a card is not given up',
    inProduction: 'Every payer who registers a card finds a dollar reserved for a week (B3).',
    edits: [
      {
        file: 'src/operations/ask-gateway.ts',
        find: 'const answer = await gateway.release({ chargeId, paymentId, apiVersion })',
        replace:
          "const answer = charge.trigger === 'verification' ? ({ outcome: 'approved' } as const) : await gateway.release({ chargeId, paymentId, apiVersion })",
      },
    ],
    foundBy: 'test/operations/registration.test.ts',
    named: 'B3 a registration places',
  },
  {
    name: 'a registered card leaves the one before it in use',
    inProduction: 'The payer registers a card that works, and the old one goes on being declined (F34).',
    edits: [
      {
        file: 'src/postgres/payment-settings.ts',
        find: "update payment_settings set method = 'card', card_id = ${cardId}, trial",
        replace: "update payment_settings set method = 'card', card_id = coalesce(card_id, ${cardId}), trial",
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'a failed order is tried again by itself',
    inProduction: 'An order the payer gave up on is charged days later (B13).',
    edits: [
      {
        file: 'src/domain/order-outcome.ts',
        find: 'return end(order) ?? failed(order, code, declineCodeOf(effects))',
        replace:
          "return end(order) ?? (order.status === 'shipping' ? { ...nothing, status: 'shipping', wantsCharge: true } : failed(order, code, declineCodeOf(effects)))",
      },
    ],
    foundBy: 'src/domain/outcome.test.ts',
    named: 'B13 an order whose payment failed',
  },
  {
    name: 'an order that was cancelled is captured',
    inProduction: 'The payer cancels, and pays.',
    edits: [
      {
        file: 'src/domain/outcome.ts',
        find: "const wantedMinor = order?.status === 'shipping' ? order.totalMinor : 0n",
        replace: 'const wantedMinor = order ? order.totalMinor : 0n',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'a refund is sent again blindly and under a new key',
    inProduction: 'A lost answer gives the same money back twice.',
    edits: [
      {
        file: 'src/simulator/gateway-refunds.ts',
        find: '`${refundId}:refund`',
        replace: '`${refundId}:refund:${Math.random()}`',
      },
      {
        file: 'src/domain/refund.ts',
        find: "refund.firstSentAt === null ? 'send' : 'look_up'",
        replace: "refund.firstSentAt === null ? 'send' : 'send'",
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'older news of a dispute is taken for the latest',
    inProduction: 'A dispute that was lost is open again, and its money is booked twice (F17).',
    edits: [
      {
        file: 'src/domain/dispute.ts',
        find: 'known === null || order.indexOf(status) > order.indexOf(known)',
        replace: 'known === null || order.indexOf(status) !== order.indexOf(known)',
      },
    ],
    foundBy: 'src/domain/dispute.test.ts',
    named: 'what the network says',
  },
  {
    name: 'a refund that the gateway told of is not known again',
    inProduction: 'A refund made at the gateway is booked as often as it is told (F22).',
    edits: [
      {
        file: 'src/operations/find-refunds.ts',
        find: '(await findGatewayRefund(tx, bucket, found.gatewayRefundId))',
        replace: '((await findGatewayRefund(tx, bucket, found.gatewayRefundId)) && null)',
      },
      {
        file: 'migrations/0006_repairs.sql',
        find: 'create unique index refunds_once_at_the_gateway',
        replace: 'create index refunds_once_at_the_gateway',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'Stripe’s signature is not believed, and the event is',
    inProduction: 'Whoever knows the address can make the system look, wait and write (F54).',
    edits: [
      {
        file: 'src/adapters/stripe/read-event.ts',
        find: '  } catch {\n    return false\n  }',
        replace: '  } catch {\n    return true\n  }',
      },
    ],
    foundBy: 'src/ports/card-gateway-afterwards.conformance.test.ts',
    named: 'F54 ',
  },
  {
    name: 'the check of the simulator’s signatures fails open',
    inProduction: 'The sandbox shows what production would not do (F54).',
    edits: [
      {
        file: 'src/simulator/gateway-events.ts',
        find: 'const at = signedAt(body, signature, secret)',
        replace: 'const at = signedAt(body, signature, secret) ?? wallNow',
      },
    ],
    foundBy: 'test/operations/gateway-events.test.ts',
    named: 'F54 ',
  },
  {
    name: 'a mail is sent by two workers',
    inProduction: 'Payers get each letter twice.',
    edits: [
      {
        file: 'src/postgres/messages.ts',
        find: "m.status = 'queued' and m.next_try_at_wall <= ${at(wallNow)} and (m.claimed_by is null",
        replace: "m.status = 'queued' and m.next_try_at_wall <= ${at(wallNow)} and (true or m.claimed_by is null",
      },
    ],
    foundBy: 'test/mail/sending.test.ts',
    named: 'many workers at once',
  },
  {
    name: 'a failed payment is told every day',
    inProduction: 'Whoever cannot pay for a month gets thirty letters about it (F35).',
    edits: [
      {
        file: 'src/domain/message.ts',
        find: "  if (toldBefore.includes(told) || toldBefore.includes('customer')) return null\n",
        replace: '',
      },
      {
        file: 'migrations/0009_messages.sql',
        find: '  constraint messages_once unique (bucket, kind, about),\n',
        replace: '',
      },
    ],
    foundBy: 'test/mail/telling.test.ts',
    named: 'F35 ',
  },
  {
    name: 'requests to the API are not remembered',
    inProduction: 'A platform that repeats a request under its Idempotency-Key has it done twice.',
    edits: [
      {
        file: 'src/api/idempotency.ts',
        find: "if (request.method !== 'POST' || header === undefined",
        replace: "if (request.method === 'POST' || header === undefined",
      },
    ],
    foundBy: 'test/api/idempotency.test.ts',
    named: 'an answer without a body',
  },
]
