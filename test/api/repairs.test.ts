/** Refunds, disputes and the gateway's events over HTTP. */
import { expect, test } from 'vitest'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { expectSound, freshEngine, invoicesOf, owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'

/** Two accounts that have paid 12.34 USD for January; the gateway's events are listened to. */
async function paid() {
  const engine = await freshEngine(database)
  engine.simulator.events.listen('g')
  await owing(engine, 2)
  await engine.idle()
  const charges = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select(['account_id', 'charge_id'])
    .execute()
  const chargeOf = (id: string) => charges.find((charge) => charge.account_id === id)?.charge_id ?? ''
  return { engine, api: await apiOn(engine), chargeId: chargeOf(accountId), otherId: chargeOf('OP0000000002') }
}

test('B18 staff give money back, and the payer sees it without what staff wrote', async () => {
  const { engine, api, chargeId } = await paid()
  const billing = await api.staffToken('billing')
  const root = await api.rootToken(accountId)
  const path = `/accounts/${accountId}/charges/${chargeId}`
  const ways = await api.ask(billing, 'GET', `${path}/refundable`)
  expect(ways.body).toMatchObject({
    currency: 'USD',
    ways: [
      { carries: 'credit_note', allowed: true, atMostMinor: 1234, reason: null },
      { carries: 'reopening', allowed: true, atMostMinor: 1234, reason: null },
      { carries: 'credit', allowed: false, atMostMinor: 0, reason: { code: 'refunded_already' } },
    ],
  })
  const wanted = { amountMinor: 1000, currency: 'USD', reason: 'billed twice' }
  const asked = await api.ask(billing, 'POST', `${path}/refunds`, wanted)
  expect(asked).toMatchObject({ status: 202, body: { status: 'intended', amountMinor: 1000, reason: 'billed twice' } })
  await engine.idle()
  const seen = await api.ask(root, 'GET', `/accounts/${accountId}/refunds/${asked.body.refundId}`)
  expect(seen.body).toMatchObject({
    status: 'succeeded',
    statusText: 'Refunded',
    carries: 'credit_note',
    creditNote: [{ taxRateBp: 0, netMinor: 1000, taxMinor: 0 }],
    reason: null,
    requestedBy: null,
  })
  const list = await api.ask(root, 'GET', `/accounts/${accountId}/refunds?limit=1`)
  expect(list.body).toMatchObject({ items: [{ refundId: asked.body.refundId }], next: null })
  const again = await api.ask(billing, 'POST', `${path}/refunds`, wanted)
  expect(again).toMatchObject({ status: 409, body: { code: 'refund_above_captured' } })
  await expectSound(engine)
})

test('the same request under one Idempotency-Key is one refund', async () => {
  const { engine, api, chargeId } = await paid()
  const billing = await api.staffToken('billing')
  const path = `/accounts/${accountId}/charges/${chargeId}/refunds`
  const post = () =>
    api.ask(billing, 'POST', path, { amountMinor: 100, reason: 'sorry' }, { 'idempotency-key': 'refund-1' })
  const first = await post()
  const second = await post()
  expect(second.body.refundId).toBe(first.body.refundId)
  await engine.idle()
  const refunds = await engine.system.db.selectFrom('refunds').select('refund_id').execute()
  expect(refunds).toHaveLength(1)
})

test('a charge or refund of another account is not there', async () => {
  const { engine, api, chargeId, otherId } = await paid()
  const billing = await api.staffToken('billing')
  const body = { reason: 'sorry' }
  expect(await api.ask(billing, 'POST', `/accounts/${accountId}/charges/${otherId}/refunds`, body)).toMatchObject({
    status: 404,
  })
  const refund = await api.ask(billing, 'POST', `/accounts/${accountId}/charges/${chargeId}/refunds`, body)
  await engine.idle()
  const other = await api.rootToken('OP0000000002')
  const { refundId } = refund.body
  expect(await api.ask(other, 'GET', `/accounts/${accountId}/refunds/${refundId}`)).toMatchObject({ status: 404 })
  expect(await api.ask(other, 'GET', `/accounts/OP0000000002/refunds/${refundId}`)).toMatchObject({ status: 404 })
  const support = await api.staffToken('support')
  const path = `/accounts/${accountId}/charges/${chargeId}/refunds`
  expect(await api.ask(support, 'POST', path, body)).toMatchObject({ status: 403, body: { code: 'not_permitted' } })
})

test('F54 an event is taken in only when it is signed, and kept before it is acknowledged', async () => {
  const { engine, api } = await paid()
  const [event] = engine.simulator.events.take('g', engine.now(), engine.system.wallNow())
  if (!event) throw new Error('no event')
  const post = async (path: string, body: string, headers: Readonly<Record<string, string>>) => {
    const answer = await api.app.inject({
      method: 'POST',
      url: `/api/gateway-events/${path}`,
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
      payload: body,
    })
    return { status: answer.statusCode, body: answer.json() as Readonly<Record<string, unknown>> } // our own JSON
  }
  const signed = { 'stripe-signature': event.signature }
  const kept = () => engine.system.db.selectFrom('gateway_events').select('event_id').execute()
  const refused = { status: 400, body: { code: 'event_not_accepted' } }
  expect(await post('g', event.body, {})).toMatchObject(refused)
  expect(await post('g', `${event.body} `, signed)).toMatchObject(refused)
  expect(await post('jp', event.body, signed)).toMatchObject(refused)
  expect(await post('xx', event.body, signed)).toMatchObject({ status: 404, body: { code: 'coverage_unknown' } })
  expect(await post('g', 'x'.repeat(300_000), signed)).toMatchObject({ status: 413 })
  expect(await post('g', '\u0000', signed)).toMatchObject({ status: 400 })
  expect(await kept()).toEqual([])
  expect(await post('g', event.body, signed)).toEqual({ status: 200, body: { kept: true } })
  expect(await post('g', event.body, signed)).toEqual({ status: 200, body: { kept: true } })
  expect(await kept()).toEqual([{ event_id: event.eventId }])
})

test('B18 staff decide a dispute; the API says what they may decide, and why not', async () => {
  const { engine, api, chargeId } = await paid()
  const paymentOf = await engine.system.db
    .selectFrom('charges')
    .where('charge_id', '=', chargeId)
    .select('gateway_payment_id')
    .executeTakeFirstOrThrow()
  const opened = engine.simulator.byHand(
    'g',
    {
      name: 'open_dispute',
      paymentId: paymentOf.gateway_payment_id ?? '',
      amountMinor: null,
      reason: 'fraudulent',
      inquiry: false,
    },
    engine.now(),
  )
  if (opened.object !== 'dispute') throw new Error('no dispute')
  const hear = async () => {
    for (const event of engine.simulator.events.take('g', engine.now(), engine.system.wallNow())) {
      await api.app.inject({
        method: 'POST',
        url: '/api/gateway-events/g',
        headers: { 'content-type': 'application/json', 'stripe-signature': event.signature },
        payload: event.body,
      })
    }
    await engine.idle()
  }
  await hear()
  const billing = await api.staffToken('billing')
  const root = await api.rootToken(accountId)
  const queue = await api.ask(billing, 'GET', '/staff-queue?kind=dispute_open')
  expect(queue.body).toMatchObject({
    items: [{ accountId, kind: 'dispute_open', chargeId, acts: ['readDispute', 'decideDispute'] }],
    next: null,
  })
  const [entry] = queue.body.items as { entryId: string }[] // as the schema says
  expect(await api.ask(billing, 'POST', `/staff-queue/${entry?.entryId}/close`)).toMatchObject({
    status: 409,
    body: { code: 'entry_not_closable' },
  })
  const list = await api.ask(billing, 'GET', `/accounts/${accountId}/disputes`)
  const [dispute] = list.body.items as { disputeId: string }[] // as the schema says
  const path = `/accounts/${accountId}/disputes/${dispute?.disputeId}`
  expect((await api.ask(billing, 'GET', path)).body).toMatchObject({
    status: 'open',
    networkReason: 'fraudulent',
    allowedActions: [
      { action: 'credit_note', allowed: true, reason: null },
      { action: 'write_off', allowed: true, reason: null },
      { action: 'reopen', allowed: false, reason: { code: 'dispute_not_lost' } },
    ],
  })
  expect((await api.ask(root, 'GET', path)).body).toMatchObject({ networkReason: null, allowedActions: [] })
  const refund = { reason: 'sorry' }
  expect(await api.ask(billing, 'POST', `/accounts/${accountId}/charges/${chargeId}/refunds`, refund)).toMatchObject({
    status: 409,
    body: { code: 'charge_disputed' },
  })
  const decide = (decision: string) => api.ask(billing, 'POST', `${path}/decision`, { decision, why: 'stolen card' })
  expect(await decide('reopen')).toMatchObject({ status: 409, body: { code: 'dispute_not_lost' } })
  const lose = { name: 'resolve_dispute', disputeId: opened.dispute.id, outcome: 'lost' } as const
  engine.simulator.byHand('g', lose, engine.now())
  await hear()
  expect(await decide('reopen')).toMatchObject({ status: 200, body: { decision: 'reopen', returnedMinor: 1234 } })
  expect(await decide('write_off')).toMatchObject({ status: 409, body: { code: 'dispute_decided_already' } })
  expect((await invoicesOf(engine))[0]).toBe('2027-01 outstanding 1234')
  expect((await api.ask(billing, 'GET', '/staff-queue')).body).toEqual({ items: [], next: null })
  await expectSound(engine)
})
