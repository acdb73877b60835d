/** What each answer of Stripe's means for a charge. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Stripe from 'stripe'
import { afterEach, describe, expect, it } from 'vitest'
import { instant } from '../../domain/calendar.ts'
import type { CardGateway, HoldRequest } from '../../ports/card-gateway.ts'
import { stripeGateway } from './gateway.ts'
import { outcomeOf } from './outcome-of.ts'

const secretKey = 'sk_test_51Secret'
const hold: HoldRequest = {
  chargeId: 'charge-1',
  accountId: 'OP1',
  coverage: 'g',
  subjectId: 'invoice-1',
  trigger: 'run',
  customerId: 'cus_1',
  paymentMethodId: 'pm_1',
  amountMinor: 1234n,
  currency: 'USD',
  offSession: true,
  apiVersion: '2025-01-27.acacia',
}

/** A gateway whose every answer is this. */
function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const requests: Request[] = []
  const httpClient = Stripe.createFetchHttpClient(async (input, init) => {
    requests.push(new Request(input, init))
    return new Response(body, { status, headers })
  })
  return { gateway: stripeGateway({ secretKey, timeoutMs: 1000, httpClient }), requests }
}
const error = (fields: Record<string, unknown>) => JSON.stringify({ error: { message: 'no', ...fields } })
const intent = (status: string) => ({
  id: 'pi_1',
  object: 'payment_intent',
  status,
  amount_received: 1000,
  currency: 'usd',
  last_payment_error: null,
})

const answers: readonly [name: string, status: number, body: string, outcome: Record<string, unknown>][] = [
  [
    'card error',
    402,
    error({
      type: 'card_error',
      code: 'card_declined',
      decline_code: 'lost_card',
      advice_code: 'do_not_try_again',
      network_decline_code: '41',
      network_advice_code: '03',
      payment_intent: intent('requires_payment_method'),
    }),
    {
      outcome: 'declined',
      paymentId: 'pi_1',
      code: 'card_declined',
      declineCode: 'lost_card',
      adviceCode: 'do_not_try_again',
      networkCode: '03',
    },
  ],
  [
    'card error without details',
    402,
    error({ type: 'card_error', code: 'expired_card' }),
    {
      outcome: 'declined',
      paymentId: null,
      code: 'expired_card',
      declineCode: null,
      adviceCode: null,
      networkCode: null,
    },
  ],
  ['invalid request', 400, error({ type: 'invalid_request_error', code: 'parameter_missing' }), { outcome: 'refused' }],
  ['not found', 404, error({ type: 'invalid_request_error', code: 'resource_missing' }), { outcome: 'refused' }],
  ['wrong key', 401, error({ type: 'invalid_request_error' }), { outcome: 'refused' }],
  ['forbidden', 403, error({ type: 'invalid_request_error' }), { outcome: 'refused' }],
  ['rate limit', 429, error({ type: 'invalid_request_error', code: 'rate_limit' }), { outcome: 'not_executed' }],
  ['lock timeout', 429, error({ type: 'invalid_request_error', code: 'lock_timeout' }), { outcome: 'not_executed' }],
  ['key in use', 409, error({ type: 'idempotency_error', code: 'idempotency_key_in_use' }), { outcome: 'unknown' }],
  ['parameters differ', 400, error({ type: 'idempotency_error' }), { outcome: 'unknown' }],
  ['500', 500, error({ type: 'api_error' }), { outcome: 'unknown' }],
  ['503', 503, error({ type: 'api_error' }), { outcome: 'unknown' }],
  ['502 from somebody between', 502, '<html>Bad Gateway</html>', { outcome: 'unknown' }],
  ['503 from somebody between, in JSON', 503, '{"message":"try later"}', { outcome: 'unknown' }],
  ['200 from somebody between, in JSON', 200, '{"login":"https://portal"}', { outcome: 'unknown' }],
  ['200 with nothing', 200, 'null', { outcome: 'unknown' }],
  ['half an answer', 200, '{"id":"pi_1","stat', { outcome: 'unknown' }],
  ['still processing', 200, JSON.stringify(intent('processing')), { outcome: 'unknown' }],
]
const captures: readonly [name: string, status: number, body: string, outcome: Record<string, unknown>][] = [
  ['taken', 200, JSON.stringify(intent('succeeded')), { outcome: 'approved', capturedMinor: 1000n }],
  ['on its way', 200, JSON.stringify(intent('processing')), { outcome: 'unknown' }],
  ['taken before', 400, unexpected('succeeded'), { outcome: 'approved', capturedMinor: 1000n }],
  ['gone', 400, unexpected('canceled'), { outcome: 'expired' }],
  ['never held', 400, unexpected('requires_action'), { outcome: 'refused' }],
  ['on its way already', 400, unexpected('processing'), { outcome: 'unknown' }],
]
function unexpected(status: string): string {
  return error({
    type: 'invalid_request_error',
    code: 'payment_intent_unexpected_state',
    payment_intent: intent(status),
  })
}
describe('a capture', () => {
  it.each(captures)('%s', async (_name, status, body, outcome) => {
    const { gateway } = answering(status, body)
    expect(await gateway.capture({ ...hold, paymentId: 'pi_1' })).toMatchObject(outcome)
  })
})

describe('a hold', () => {
  it.each(answers)('%s', async (_name, status, body, outcome) => {
    const { gateway, requests } = answering(status, body)
    expect(await gateway.hold(hold)).toMatchObject(outcome)
    expect(requests, 'one call, one request').toHaveLength(1)
  })

  it('waits as long as a 429 says', async () => {
    const { gateway } = answering(429, error({ code: 'rate_limit' }), { 'retry-after': '7' })
    expect(await gateway.hold(hold)).toMatchObject({ outcome: 'not_executed', retryAfterMs: 7000 })
  })

  it('sends what the request froze, and nothing of today', async () => {
    const { gateway, requests } = answering(500, error({}))
    await gateway.hold(hold)
    await gateway.hold(hold)
    const [first, again] = await Promise.all(requests.map((request) => request.text()))
    expect(again).toBe(first)
    expect(requests.map(({ headers }) => [headers.get('idempotency-key'), headers.get('stripe-version')])).toEqual([
      ['charge-1:hold', '2025-01-27.acacia'],
      ['charge-1:hold', '2025-01-27.acacia'],
    ])
  })

  it('F57 gives reasons without keys, secrets or numbers', async () => {
    const message = 'Invalid key sk_test_51Secret for pi_1_secret_abc and card 4242 4242 4242 4242'
    const { gateway } = answering(401, error({ message }))
    const outcome = await gateway.hold(hold)
    expect(JSON.stringify(outcome)).not.toMatch(/51Secret|secret_abc|4242/)
  })
})

describe('F39 amounts', () => {
  const cases: readonly [currency: string, amountMinor: bigint, sent: string | null][] = [
    ['JPY', 28734n, '28734'],
    ['USD', 28734n, '28734'],
    ['ISK', 50n, '5000'],
    ['UGX', 75n, '7500'],
    ['KWD', 5120n, '5120'],
    ['KWD', 5125n, null],
    ['MGA', 150_000n, '1500'],
    ['MGA', 150_001n, null],
    ['HUF', 12_345n, '12345'],
  ]
  it.each(cases)('%s %s is sent as %s', async (currency, amountMinor, sent) => {
    const { gateway, requests } = answering(500, error({}))
    const outcome = await gateway.hold({ ...hold, currency, amountMinor })
    expect(outcome.outcome).toBe(sent === null ? 'refused' : 'unknown')
    const bodies = await Promise.all(requests.map((request) => request.text()))
    expect(bodies.map((body) => new URLSearchParams(body).get('amount'))).toEqual(sent === null ? [] : [sent])
  })
})

describe('connections', () => {
  let server: Server | null = null
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
    server = null
  })
  const listening = async (answer: Parameters<typeof createServer>[1]) => {
    const opened = createServer(answer)
    server = opened
    await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve))
    return (opened.address() as AddressInfo).port // a TCP server has no other kind of address
  }
  const at = (host: string, port: number): CardGateway =>
    stripeGateway({ secretKey, timeoutMs: 100, host, port, protocol: 'http' })

  it('refused: certainly not executed', async () => {
    const port = await listening(() => {})
    await new Promise((resolve) => server?.close(resolve))
    expect(await at('127.0.0.1', port).hold(hold)).toMatchObject({ outcome: 'not_executed' })
  })
  it('no such host: certainly not executed', async () => {
    expect(await at('stripe.invalid', 80).hold(hold)).toMatchObject({ outcome: 'not_executed' })
  })
  it('closed under the request: unknown, and the SDK does not send it again', async () => {
    let requests = 0
    const port = await listening((request) => {
      requests += 1
      request.socket.destroy()
    })
    expect(await at('127.0.0.1', port).hold(hold)).toMatchObject({ outcome: 'unknown' })
    expect(requests).toBe(1)
  })
  it('closed within the answer: unknown', async () => {
    const port = await listening((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"id":')
      request.socket.end()
    })
    expect(await at('127.0.0.1', port).hold(hold)).toMatchObject({ outcome: 'unknown' })
  })
  it('no answer in time: unknown', async () => {
    const port = await listening(() => {})
    expect(await at('127.0.0.1', port).hold(hold)).toMatchObject({ outcome: 'unknown' })
  })
  it('a list that cannot be read is unknown, never empty', async () => {
    const port = await listening((request) => request.socket.destroy())
    const period = { from: instant(0), to: instant(1000), cursor: null }
    expect(await at('127.0.0.1', port).listPayments(period)).toMatchObject({ outcome: 'unknown' })
  })
})

describe('an answer of somebody between us and Stripe', () => {
  const charge = { ...hold, paymentId: 'pi_1', since: instant(0) }
  const calls: readonly [name: string, call: (gateway: CardGateway) => Promise<{ readonly outcome: string }>][] = [
    ['createCustomer', (gateway) => gateway.createCustomer(charge)],
    ['beginRegistration', (gateway) => gateway.beginRegistration(charge)],
    ['capture', (gateway) => gateway.capture(charge)],
    ['release', (gateway) => gateway.release(charge)],
    ['lookUp', (gateway) => gateway.lookUp(charge)],
    ['lookUp in the list', (gateway) => gateway.lookUp({ ...charge, paymentId: null })],
    ['refund', (gateway) => gateway.refund({ ...charge, refundId: 'refund-1' })],
    ['lookUpRefunds', (gateway) => gateway.lookUpRefunds(charge)],
    ['lookUpDispute', (gateway) => gateway.lookUpDispute({ disputeId: 'du_1' })],
    ['lookUpCard', (gateway) => gateway.lookUpCard(charge)],
  ]
  it.each(calls)('F8 %s: unknown, whatever its status', async (_name, call) => {
    for (const status of [200, 404, 502, 503]) {
      const { gateway } = answering(status, '{"message":"an answer of a proxy"}')
      expect(await call(gateway)).toMatchObject({ outcome: 'unknown' })
    }
  })
})

it('throws what is a bug of ours', () => {
  expect(() => outcomeOf(new TypeError('ours'))).toThrow('ours')
})
