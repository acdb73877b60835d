/** Orders over the API: by the platform that quotes and ships them, their payer, and staff (B13). */
import { expect, test } from 'vitest'
import { type Answer, apiOn, type TestApi } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, goodCard } from '../support/engine.ts'
import { accountId, totalMinor } from '../support/orders.ts'
import { declineAll, declineNothing, expectSound, freshEngine } from '../support/scenes.ts'

const database = testDatabase()
const orders = `/accounts/${accountId}/orders`
const items = [
  { code: 'SIM-NANO', name: 'Air SIM card (nano)', quantity: 3, unitMinor: 1000, taxRateBp: 1000 },
  { code: 'SHIPPING', name: 'Shipping cost', quantity: 1, unitMinor: 500, taxRateBp: 1000 },
  { code: 'BOOK', name: 'Guide', quantity: 1, unitMinor: 199, taxRateBp: 0 },
]

interface Shop {
  readonly engine: Engine
  readonly api: TestApi
  readonly key: string
  readonly root: string
  readonly orderId: string
  /** Does it, and lets the worker work. */
  act(token: string, act: string, body?: unknown): Promise<Answer>
  read(token: string, language?: string): Promise<Answer>
}

async function shop(card = goodCard): Promise<Shop> {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, ['g'], card)
  await engine.idle()
  const api = await apiOn(engine)
  const key = await api.keyToken(['orders:write'])
  const root = await api.rootToken(accountId)
  const quoted = await api.ask(key, 'POST', orders, { coverage: 'g', externalId: 'WEB-1', items })
  expect(quoted.status).toBe(201)
  const orderId = String(quoted.body.orderId)
  return {
    engine,
    api,
    key,
    root,
    orderId,
    act: async (token, act, body) => {
      const answer = await api.ask(token, 'POST', `${orders}/${orderId}/${act}`, body)
      await engine.idle()
      return answer
    },
    read: (token, language = 'en') =>
      api.ask(token, 'GET', `${orders}/${orderId}`, undefined, { 'accept-language': language }),
  }
}

/** `action` or `action: reason`. */
const actionsOf = ({ body }: Answer): string[] =>
  (body.allowedActions as { action: string; reason: { code: string } | null }[]).map(({ action, reason }) =>
    reason ? `${action}: ${reason.code}` : action,
  )

test('B13 quoted by the platform, confirmed by the payer, shipped once captured, returned with a refund', async () => {
  const { engine, api, key, root, orderId, act, read } = await shop()
  expect((await read(root)).body).toMatchObject({ status: 'quoted', totalMinor: Number(totalMinor), taxMinor: 350 })
  expect(actionsOf(await read(root))).toEqual(['confirm', 'cancel'])
  expect(actionsOf(await read(key))).toEqual(['cancel', 'ship: order_not_held', 'return: order_not_shipped'])
  const confirmed = await act(root, 'confirm')
  expect([confirmed.status, confirmed.body.status]).toEqual([202, 'confirming'])
  expect((await read(root)).body).toMatchObject({ status: 'held', charges: [{ status: 'held', capturedMinor: 0 }] })
  expect((await act(key, 'ship')).body.status).toBe('shipping')
  expect((await read(root)).body).toMatchObject({
    status: 'shipped',
    charges: [{ heldAt: '2027-01-10T00:00:00.000Z', capturedAt: '2027-01-10T00:00:00.000Z' }],
  })
  expect((await act(key, 'return', { reason: 'unopened' })).body.status).toBe('returned')
  expect((await act(key, 'return', { reason: 'unopened' })).body.status).toBe('returned')
  expect(actionsOf(await read(key))).toEqual([
    'cancel: order_already_shipped',
    'ship: order_already_shipped',
    'return: done_already',
  ])
  const [payment] = [...engine.simulator.payments(engine.now())].filter(({ subjectId }) => subjectId === orderId)
  expect(payment?.refundedMinor).toBe(totalMinor)
  const list = await api.ask(root, 'GET', `${orders}?status=returned`)
  expect((list.body.items as { orderId: string }[]).map((order) => order.orderId)).toEqual([orderId])
  await expectSound(engine)
})

test('B11 B13 a failed order sends its payer to support, in their language; staff see why, and retry it', async () => {
  const { engine, api, root, key, act, read } = await shop()
  declineAll(engine, 'stolen_card')
  await act(root, 'confirm')
  declineNothing(engine)
  const staff = await api.staffToken('support')
  const failure = async (token: string, language?: string) => (await read(token, language)).body.failure
  expect(await failure(root)).toMatchObject({
    code: 'card_declined',
    reason: 'Your card issuer declined the payment and did not say why.',
    advice: 'Contact support about this order.',
    issuerCode: null,
  })
  expect(await failure(root, 'ja')).toMatchObject({ advice: 'このご注文についてはサポートにお問い合わせください。' })
  expect(await failure(staff)).toMatchObject({ issuerCode: 'stolen_card' })
  expect(actionsOf(await read(staff))).toEqual(['cancel', 'retry: code_forbids_retry'])
  expect((await act(staff, 'retry')).body.code).toBe('code_forbids_retry')
  expect((await act(root, 'confirm')).body.code).toBe('order_failed')
  expect((await act(root, 'retry')).status).toBe(403)
  expect((await act(key, 'ship')).body.code).toBe('order_failed')
  expect((await act(root, 'cancel')).body.status).toBe('cancelled')
  await expectSound(engine)
})

test('F37 staff retry an order over the API although it failed before', async () => {
  const { engine, api, root, act, read } = await shop()
  declineAll(engine)
  await act(root, 'confirm')
  declineNothing(engine)
  const staff = await api.staffToken('billing')
  expect((await act(staff, 'retry')).status).toBe(202)
  expect((await read(staff)).body.status).toBe('held')
  await expectSound(engine)
})

test('F15 Confirm order pressed twice at once places one hold', async () => {
  const { engine, api, root, orderId, read } = await shop()
  const press = () => api.ask(root, 'POST', `${orders}/${orderId}/confirm`)
  const answers = await Promise.all([press(), press(), press()])
  expect(answers.map(({ status }) => status)).toEqual([202, 202, 202])
  await engine.idle()
  const { body } = await read(root)
  expect((body.charges as unknown[]).length).toBe(1)
  await expectSound(engine)
})

test('B10 B13 3-D Secure names the charge that asks the payer, and the same charge goes on once it is answered', async () => {
  const { engine, api, root, act, read } = await shop({ ...goodCard, number: '4000002760003184' })
  await act(root, 'confirm')
  const { body } = await read(root)
  const [charge] = body.charges as { chargeId: string }[]
  expect(body.needsCustomer).toEqual({ chargeId: charge?.chargeId })
  const asking = `/accounts/${accountId}/charges/${charge?.chargeId}`
  const question = await api.ask(root, 'GET', `${asking}/question`)
  await engine.payer('g').confirm({ clientSecret: String(question.body.clientSecret), threeDSecure: 'pass' })
  await api.ask(root, 'POST', `${asking}/continue`)
  await engine.idle()
  const after = (await read(root)).body
  expect(after).toMatchObject({
    status: 'held',
    needsCustomer: null,
    charges: [{ chargeId: charge?.chargeId, status: 'held' }],
  })
  await expectSound(engine)
})

test('B13 what is no order is refused with the field named, and what is another account’s is not there', async () => {
  const { api, key, orderId, engine } = await shop()
  const quote = (body: unknown) => api.ask(key, 'POST', orders, body)
  const [item] = items
  for (const wrong of [
    { coverage: 'g', externalId: 'WEB-2', items: [] },
    { coverage: 'g', externalId: 'WEB-2', items: [{ ...item, quantity: 0 }] },
    { coverage: 'g', externalId: 'WEB-2', items: [{ ...item, unitMinor: 0.5 }] },
    { coverage: 'g', externalId: '', items },
    { coverage: 'g', externalId: 'WEB-2', items, more: true },
  ]) {
    expect((await quote(wrong)).body.code, JSON.stringify(wrong)).toBe('invalid_request')
  }
  expect((await quote({ coverage: 'jp', externalId: 'WEB-2', items })).body.code).toBe('account_unknown')
  expect((await quote({ coverage: 'g', externalId: 'WEB-1', items: items.slice(1) })).body.code).toBe(
    'external_id_reused',
  )
  expect((await quote({ coverage: 'g', externalId: 'WEB-1', items })).body.orderId).toBe(orderId)
  await accountWithCard(engine, 'OP0000000002')
  const other = await api.rootToken('OP0000000002')
  expect((await api.ask(other, 'GET', `${orders}/${orderId}`)).status).toBe(404)
  expect((await api.ask(other, 'POST', `/accounts/OP0000000002/orders/${orderId}/confirm`)).status).toBe(404)
})
