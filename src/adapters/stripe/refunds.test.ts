/** What Stripe's answers about refunds, disputes and cards mean, and what is sent for them. */
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { instant } from '../../domain/calendar.ts'
import type { GatewayDispute, GatewayRefund, RefundRequest } from '../../ports/card-gateway.ts'
import { stripeGateway } from './gateway.ts'

/** A gateway whose answers are these, in order, the last of them for ever. */
function answering(...answers: readonly (readonly [status: number, body: unknown])[]) {
  const requests: Request[] = []
  const httpClient = Stripe.createFetchHttpClient(async (input, init) => {
    const [status, body] = answers[Math.min(requests.length, answers.length - 1)] ?? [500, {}]
    requests.push(new Request(input, init))
    return new Response(JSON.stringify(body), { status })
  })
  return { gateway: stripeGateway({ secretKey: 'sk_test_g', timeoutMs: 1000, httpClient }), requests }
}
const error = (fields: Record<string, unknown>) => ({
  error: { type: 'invalid_request_error', message: 'no', ...fields },
})

const request: RefundRequest = {
  refundId: 'refund-1',
  chargeId: 'charge-1',
  paymentId: 'pi_1',
  amountMinor: 1234n,
  currency: 'USD',
  apiVersion: '2025-01-27.acacia',
}
const refund = {
  id: 're_1',
  object: 'refund',
  amount: 1234,
  currency: 'usd',
  created: 1_800_000_000,
  payment_intent: 'pi_1',
  status: 'succeeded',
  metadata: { kessai_refund: 'refund-1' },
}

describe('a refund', () => {
  it('F3 sends what the request froze, under its own key', async () => {
    const { gateway, requests } = answering([500, {}])
    await gateway.refund(request)
    const [sent] = requests
    expect(sent?.url).toBe('https://api.stripe.com/v1/refunds')
    expect(sent?.headers.get('idempotency-key')).toBe('refund-1:refund')
    expect(sent?.headers.get('stripe-version')).toBe('2025-01-27.acacia')
    expect(Object.fromEntries(new URLSearchParams(await sent?.text()))).toEqual({
      payment_intent: 'pi_1',
      amount: '1234',
      'metadata[kessai_refund]': 'refund-1',
      'metadata[kessai_charge]': 'charge-1',
    })
    expect(requests, 'one call, one request').toHaveLength(1)
  })

  const amounts: readonly [currency: string, amountMinor: bigint, sent: string | null][] = [
    ['JPY', 734n, '734'],
    ['ISK', 50n, '5000'],
    ['MGA', 100n, '1'],
    ['MGA', 150n, null],
    ['KWD', 5125n, null],
  ]
  it.each(amounts)('F39 of %s %s is sent as %s', async (currency, amountMinor, sent) => {
    const { gateway, requests } = answering([500, {}])
    const { outcome } = await gateway.refund({ ...request, currency, amountMinor })
    expect(outcome).toBe(sent === null ? 'refused' : 'unknown')
    const bodies = await Promise.all(requests.map((one) => one.text()))
    expect(bodies.map((body) => new URLSearchParams(body).get('amount'))).toEqual(sent === null ? [] : [sent])
  })

  const failures: readonly [name: string, status: number, body: unknown, outcome: Record<string, unknown>][] = [
    [
      'refunded already',
      400,
      error({ code: 'charge_already_refunded' }),
      { outcome: 'declined', reason: 'charge_already_refunded' },
    ],
    ['disputed', 400, error({ code: 'charge_disputed' }), { outcome: 'declined', reason: 'charge_disputed' }],
    [
      'our balance is too low',
      400,
      error({ code: 'balance_insufficient' }),
      { outcome: 'declined', reason: 'balance_insufficient' },
    ],
    ['more than is left', 400, error({ param: 'amount' }), { outcome: 'declined', reason: 'amount_too_large' }],
    [
      'a card error',
      402,
      error({ type: 'card_error', code: 'insufficient_funds' }),
      { outcome: 'declined', reason: 'insufficient_funds' },
    ],
    [
      'an amount that is none',
      400,
      error({ param: 'amount', code: 'parameter_invalid_integer' }),
      { outcome: 'refused' },
    ],
    ['no such payment', 404, error({ code: 'resource_missing' }), { outcome: 'refused' }],
    [
      'not captured',
      400,
      error({ code: 'payment_intent_unexpected_state', payment_intent: { status: 'canceled' } }),
      { outcome: 'refused' },
    ],
    ['wrong key', 401, error({}), { outcome: 'refused' }],
    ['rate limit', 429, error({ code: 'rate_limit' }), { outcome: 'not_executed' }],
    ['key in use', 409, error({ type: 'idempotency_error', code: 'idempotency_key_in_use' }), { outcome: 'unknown' }],
    ['parameters differ', 400, error({ type: 'idempotency_error' }), { outcome: 'unknown' }],
    ['500', 500, error({ type: 'api_error' }), { outcome: 'unknown' }],
  ]
  it.each(failures)('%s', async (_name, status, body, outcome) => {
    expect(await answering([status, body]).gateway.refund(request)).toMatchObject(outcome)
  })

  const statuses: readonly [given: string | null, status: GatewayRefund['status']][] = [
    ['succeeded', 'succeeded'],
    ['pending', 'pending'],
    ['requires_action', 'pending'],
    ['failed', 'failed'],
    ['canceled', 'failed'],
    [null, 'pending'],
    ['of_tomorrow', 'pending'],
  ]
  it.each(statuses)('that is %s is %s', async (given, status) => {
    const answer = await answering([200, { ...refund, status: given }]).gateway.refund(request)
    expect(answer).toMatchObject({ outcome: 'approved', refund: { status } })
  })

  it('is listed page after page, oldest first, with those of the dashboard', async () => {
    const page = (ids: readonly string[], hasMore: boolean) => ({
      object: 'list',
      url: '/v1/refunds',
      has_more: hasMore,
      data: ids.map((id) => ({ ...refund, id, metadata: id === 're_2' ? {} : refund.metadata })),
    })
    const { gateway, requests } = answering([200, page(['re_3', 're_2'], true)], [200, page(['re_1'], false)])
    const found = await gateway.lookUpRefunds({ paymentId: 'pi_1' })
    const shown = found.outcome === 'found' ? found.refunds.map((one) => [one.gatewayRefundId, one.refundId]) : []
    expect(shown).toEqual([
      ['re_1', 'refund-1'],
      ['re_2', null],
      ['re_3', 'refund-1'],
    ])
    const queries = requests.map(({ url }) => new URL(url).searchParams)
    expect(queries.map((query) => [query.get('payment_intent'), query.get('starting_after')])).toEqual([
      ['pi_1', null],
      ['pi_1', 're_2'],
    ])
  })

  it('is not half a list when the second page cannot be read', async () => {
    const first = { object: 'list', url: '/v1/refunds', has_more: true, data: [refund] }
    const { gateway } = answering([200, first], [500, {}])
    expect(await gateway.lookUpRefunds({ paymentId: 'pi_1' })).toMatchObject({ outcome: 'unknown' })
  })
})

describe('a dispute', () => {
  const dispute = {
    id: 'du_1',
    object: 'dispute',
    amount: 1000,
    currency: 'jpy',
    created: 1_800_000_000,
    payment_intent: 'pi_1',
    reason: 'fraudulent',
    evidence_details: { due_by: null },
  }
  const statuses: readonly [given: string, status: GatewayDispute['status']][] = [
    ['warning_needs_response', 'inquiry'],
    ['warning_under_review', 'inquiry'],
    ['warning_closed', 'closed'],
    ['prevented', 'closed'],
    ['needs_response', 'open'],
    ['appeal_needs_response', 'open'],
    ['under_review', 'under_review'],
    ['appeal_under_review', 'under_review'],
    ['won', 'won'],
    ['lost', 'lost'],
    ['of_tomorrow', 'under_review'],
  ]
  it.each(statuses)('that is %s is %s', async (given, status) => {
    const { gateway } = answering([200, { ...dispute, status: given }])
    expect(await gateway.lookUpDispute({ disputeId: 'du_1' })).toEqual({
      outcome: 'found',
      dispute: {
        gatewayDisputeId: 'du_1',
        paymentId: 'pi_1',
        amountMinor: 1000n,
        currency: 'JPY',
        reason: 'fraudulent',
        status,
        evidenceDueAt: null,
        createdAt: instant(1_800_000_000_000),
      },
    })
  })

  it('about no payment intent is nothing of ours', async () => {
    const { gateway } = answering([200, { ...dispute, status: 'lost', payment_intent: null }])
    expect(await gateway.lookUpDispute({ disputeId: 'du_1' })).toMatchObject({ outcome: 'refused' })
  })
})

describe('a card', () => {
  const card = { brand: 'visa', last4: '4242', exp_month: 7, exp_year: 2041, fingerprint: 'f' }
  const method = { id: 'pm_1', object: 'payment_method', type: 'card', customer: 'cus_1', card }
  const cases: readonly [name: string, body: unknown, outcome: string][] = [
    ['of the customer', method, 'found'],
    ['whose customer is shown whole', { ...method, customer: { id: 'cus_1', object: 'customer' } }, 'found'],
    ['that was detached', { ...method, customer: null }, 'absent'],
    ['of another customer', { ...method, customer: 'cus_2' }, 'absent'],
    ['that is none', { ...method, type: 'link', card: undefined }, 'absent'],
  ]
  it.each(cases)('%s', async (_name, body, outcome) => {
    const { gateway } = answering([200, body])
    const looked = await gateway.lookUpCard({ customerId: 'cus_1', paymentMethodId: 'pm_1' })
    expect(looked.outcome).toBe(outcome)
  })
})
