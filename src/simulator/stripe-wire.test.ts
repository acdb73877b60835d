/** Stripe's HTTP API, as far as the simulator speaks it. */
import { beforeEach, describe, expect, it, test } from 'vitest'
import { remoteSimulator } from './remote.ts'
import { openSimulator, type Simulator } from './simulator.ts'
import { stripeWire } from './stripe-wire.ts'
import { fetchOf } from './wire.ts'

const start = Date.UTC(2027, 2, 1)
const card = 'type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2034&card[cvc]=123'
const byCard = 'payment_method_types[]=card'
const hold = `amount=1234&currency=usd&capture_method=manual&${byCard}&payment_method=pm_card_visa&confirm=true`

let simulator: Simulator
let send: typeof fetch
let now: number
beforeEach(() => {
  now = start
  simulator = openSimulator({ seed: 5 })
  send = fetchOf(stripeWire({ simulator, now: () => now, controlKey: 'control' }))
})

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: Json
}
/** As much of Stripe's objects as the tests look into. */
interface Json {
  readonly [field: string]: unknown
  readonly id: string
  readonly client_secret: string
  readonly has_more: boolean
  readonly error: Readonly<Record<string, unknown>>
  readonly data: readonly { readonly id: string; readonly metadata: { readonly n: string } }[]
}

async function call(line: string, form = '', headers: Record<string, string> = {}): Promise<Reply> {
  const [method = '', path = ''] = line.split(' ')
  const url = `http://wire${path}${method === 'GET' && form ? `?${form}` : ''}`
  const body = method === 'GET' ? {} : { body: new URLSearchParams(form) }
  const response = await send(url, { method, headers: { authorization: 'Bearer sk_test_g', ...headers }, ...body })
  const text = await response.text()
  expect(text, 'F57').not.toContain('4242424242424242')
  return { status: response.status, headers: response.headers, body: JSON.parse(text) }
}

describe('keys', () => {
  const cases: readonly [name: string, authorization: string, status: number][] = [
    ['bearer', 'Bearer sk_test_g', 200],
    ['basic', `Basic ${btoa('sk_test_g:')}`, 200],
    ['none', '', 401],
    ['a live key', 'Bearer sk_live_g', 401],
    ['a publishable key where it may not go', 'Bearer pk_test_g', 401],
  ]
  it.each(cases)('%s', async (_name, authorization, status) => {
    const reply = await call('POST /v1/customers', 'metadata[a]=b', { authorization })
    expect(reply.status).toBe(status)
    if (status === 200) expect(reply.body).toMatchObject({ object: 'customer', metadata: { a: 'b' } })
  })

  it('keep the accounts apart', async () => {
    const { body } = await call('POST /v1/customers')
    expect((await call(`GET /v1/customers/${body.id}`)).status).toBe(200)
    expect((await call(`GET /v1/customers/${body.id}`, '', { authorization: 'Bearer sk_test_jp' })).status).toBe(404)
  })

  it('let a browser see only the payment whose secret it has', async () => {
    const authorization = 'Bearer pk_test_g'
    const { body } = await call('POST /v1/payment_intents', hold)
    const path = `GET /v1/payment_intents/${body.id}`
    expect((await call(path, `client_secret=${body.client_secret}`, { authorization })).status).toBe(200)
    expect((await call(path, 'client_secret=pi_x_secret_y', { authorization })).status).toBe(400)
    expect((await call(path, '', { authorization })).status).toBe(400)
    expect((await call(`POST /v1/payment_intents/${body.id}/capture`, '', { authorization })).status).toBe(401)
  })
})

describe('errors', () => {
  const cases: readonly [name: string, line: string, form: string, status: number, error: Record<string, unknown>][] = [
    ['unknown endpoint', 'GET /v1/subscriptions', '', 404, { type: 'invalid_request_error' }],
    ['unknown parameter', 'POST /v1/customers', 'age=7', 400, { code: 'parameter_unknown', param: 'age' }],
    ['no currency', 'POST /v1/payment_intents', `amount=1&${byCard}`, 400, { param: 'currency' }],
    ['half a cent', 'POST /v1/payment_intents', `amount=1.5&currency=usd&${byCard}`, 400, { param: 'amount' }],
    ['F39 ISK with digits', 'POST /v1/payment_intents', `amount=150&currency=isk&${byCard}`, 400, { param: 'amount' }],
    ['F39 KWD not in tens', 'POST /v1/payment_intents', `amount=1001&currency=kwd&${byCard}`, 400, { param: 'amount' }],
    [
      'nowhere to return',
      'POST /v1/payment_intents',
      hold.replace(byCard, 'description=x'),
      400,
      { param: 'return_url' },
    ],
    ['no such customer', 'GET /v1/payment_intents', 'customer=cus_x', 404, { code: 'resource_missing' }],
    ['too long a page', 'GET /v1/payment_intents', 'limit=101', 400, { param: 'limit' }],
    [
      'declined',
      'POST /v1/payment_intents',
      hold.replace('pm_card_visa', 'pm_card_visa_chargeDeclinedLostCard'),
      402,
      {
        type: 'card_error',
        code: 'card_declined',
        decline_code: 'lost_card',
        advice_code: 'do_not_try_again',
        network_decline_code: '41',
        payment_intent: { object: 'payment_intent', status: 'requires_payment_method' },
        payment_method: { object: 'payment_method' },
      },
    ],
    ['no such number', 'POST /v1/payment_methods', card.replace('4242&', '4241&'), 402, { code: 'incorrect_number' }],
  ]
  it.each(cases)('%s', async (_name, line, form, status, error) => {
    const reply = await call(line, form)
    expect([reply.status, reply.body.error]).toMatchObject([status, error])
    expect(reply.headers.get('request-id')).toMatch(/^req_/)
  })

  it('a captured payment cannot be captured again, and shows itself', async () => {
    const { body } = await call('POST /v1/payment_intents', hold)
    await call(`POST /v1/payment_intents/${body.id}/capture`)
    const again = await call(`POST /v1/payment_intents/${body.id}/capture`)
    expect(again.body.error).toMatchObject({
      code: 'payment_intent_unexpected_state',
      payment_intent: { status: 'succeeded', amount_received: 1234 },
    })
  })
})

describe('idempotency', () => {
  const key = { 'idempotency-key': 'k1' }
  it('replays, and says so', async () => {
    const first = await call('POST /v1/payment_intents', hold, key)
    const again = await call('POST /v1/payment_intents', hold, key)
    expect(again.body).toEqual(first.body)
    expect([first, again].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true'])
  })
  it('takes the same fields in another order for the same', async () => {
    const first = await call('POST /v1/payment_intents', hold, key)
    const again = await call('POST /v1/payment_intents', hold.split('&').toReversed().join('&'), key)
    expect(again.body.id).toBe(first.body.id)
  })
  const others: readonly [line: string, form: string][] = [
    ['POST /v1/payment_intents', hold.replace('1234', '1235')],
    ['POST /v1/customers', ''],
  ]
  it.each(others)('refuses other parameters or another path: %s %s', async (line, form) => {
    await call('POST /v1/payment_intents', hold, key)
    const other = await call(line, form, key)
    expect([other.status, other.body.error.type]).toEqual([400, 'idempotency_error'])
  })
  it('keeps nothing for what failed validation', async () => {
    expect((await call('POST /v1/payment_intents', hold.replace('usd', 'dollars'), key)).status).toBe(400)
    expect((await call('POST /v1/payment_intents', hold, key)).status).toBe(200)
  })
})

describe('objects', () => {
  it('a held payment, expanded', async () => {
    const { body } = await call('POST /v1/payment_intents', `${hold}&expand[]=latest_charge&expand[]=payment_method`)
    expect(body).toMatchObject({
      object: 'payment_intent',
      amount: 1234,
      amount_capturable: 1234,
      amount_received: 0,
      created: start / 1000,
      currency: 'usd',
      status: 'requires_capture',
      payment_method: { card: { brand: 'visa', last4: '4242' } },
      latest_charge: { payment_method_details: { card: { capture_before: start / 1000 + 7 * 86_400 } } },
    })
  })

  it('a refund, in part and then too much', async () => {
    const { body } = await call('POST /v1/payment_intents', hold)
    await call(`POST /v1/payment_intents/${body.id}/capture`)
    const refund = await call('POST /v1/refunds', `payment_intent=${body.id}&amount=1000&metadata[kessai_refund]=r1`)
    expect(refund.body).toMatchObject({ object: 'refund', amount: 1000, status: 'succeeded' })
    expect((await call('POST /v1/refunds', `payment_intent=${body.id}&amount=235`)).status).toBe(400)
    expect((await call('GET /v1/refunds', `payment_intent=${body.id}`)).body.data).toMatchObject([{ amount: 1000 }])
    expect([...simulator.payments(now)]).toMatchObject([{ capturedMinor: 1234n, refundedMinor: 1000n }])
  })

  it('a list by pages, newest first, and by time', async () => {
    for (let index = 0; index < 5; index++) {
      now = start + index * 1000
      await call('POST /v1/payment_intents', `${hold}&metadata[n]=${index}`)
    }
    const names = (reply: Reply) => reply.body.data.map((one) => one.metadata.n).join('')
    const first = await call('GET /v1/payment_intents', 'limit=2')
    expect([names(first), first.body.has_more]).toEqual(['43', true])
    const next = await call('GET /v1/payment_intents', `limit=3&starting_after=${first.body.data[1]?.id}`)
    expect([names(next), next.body.has_more]).toEqual(['210', false])
    const [from, until] = [start / 1000 + 1, start / 1000 + 3]
    expect(names(await call('GET /v1/payment_intents', `created[gte]=${from}&created[lt]=${until}`))).toBe('21')
    expect(names(await call('GET /v1/payment_intents', `created[gt]=${from}&created[lte]=${until}`))).toBe('32')
  })
})

describe('controls', () => {
  const remote = (controlKey = 'control') => remoteSimulator({ baseUrl: 'http://wire', controlKey, fetch: send })

  it('want the key', async () => {
    await expect(remote('guess').clearFaults()).rejects.toThrow('401')
    await expect(Array.fromAsync(remote('guess').payments())).rejects.toThrow('401')
  })

  it('tell the issuer of a customer’s card, cure it, update it', async () => {
    const customer = (await call('POST /v1/customers')).body.id
    const method = (await call('POST /v1/payment_methods', card)).body.id
    await call(`POST /v1/payment_methods/${method}/attach`, `customer=${customer}`)
    const pay = async () => {
      const form = hold.replace('pm_card_visa', method)
      return (await call('POST /v1/payment_intents', `${form}&customer=${customer}`)).body
    }
    const named = { account: 'g', customerId: customer }
    const fingerprint = await remote().tell(named, [{ kind: 'decline', declineCode: 'lost_card' }])
    expect((await pay()).error.decline_code).toBe('lost_card')
    expect(await remote().cure({ fingerprint: fingerprint ?? '' })).toBe(fingerprint)
    expect((await pay()).status).toBe('requires_capture')
    await remote().updateCard(named, 5, 2041)
    expect((await call(`GET /v1/payment_methods/${method}`)).body.card).toMatchObject({ exp_month: 5, exp_year: 2041 })
    await remote().tell(named, [{ kind: 'limit', per: 'month', amountMinor: 100n, currency: 'USD' }])
    expect((await pay()).error.decline_code).toBe('insufficient_funds')
    expect(await remote().cure({ account: 'g', customerId: 'cus_x' })).toBeNull()
  })

  it('switch faults on and off', async () => {
    await remote().setFaults({ down: true })
    expect((await call('POST /v1/customers')).status).toBe(503)
    await remote().setFaults({ down: false, unauthorised: true })
    expect((await call('POST /v1/customers')).status).toBe(401)
    await remote().clearFaults()
    await remote().armFault({ fault: 'timeout_after', step: 'hold' })
    await expect(call('POST /v1/payment_intents', hold)).rejects.toThrow('cut')
    expect([...simulator.payments(now)]).toHaveLength(1)
  })

  it('hand out the books', async () => {
    await call('POST /v1/payment_intents', `${hold}&metadata[kessai_charge]=c1&metadata[kessai_account]=OP1`)
    const exported = await Array.fromAsync(remote().payments())
    expect(exported).toEqual([...simulator.payments(now)])
    expect(exported).toMatchObject([{ account: 'g', accountId: 'OP1', chargeId: 'c1', amountMinor: 1234n }])
  })

  test.each([
    ['/faults', '{"rates":{"nonsense":1}}'],
    ['/faults', '{"latencyMs":5}'],
    ['/issuer', '{"card":{"fingerprint":"x"},"rules":[{"kind":"angry"}]}'],
    ['/issuer', 'not json'],
  ])('refuse what they cannot read: %s %s', async (path, body) => {
    const headers = { authorization: 'Bearer control' }
    const response = await send(`http://wire/simulator${path}`, { method: 'POST', headers, body })
    expect(response.status).toBe(400)
  })
})
