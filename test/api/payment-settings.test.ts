/** The payer's main resource over the API: every method, who sees what, what failed, in both languages (B1-B4, B9-B12). */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Day } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { grantTrial } from '../../src/operations/trials.ts'
import { apiOn } from '../support/api.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, registerCard } from '../support/engine.ts'
import { actsOn, ordersOf, quoted } from '../support/orders.ts'
import { closing, declineAll, declineNothing, freshEngine, outstanding } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const path = `/accounts/${accountId}/coverages/g/payment-settings`

const newAccount = (engine: Engine, coverages: readonly string[] = ['g']) =>
  addAccounts(engine.system, [{ accountId, kind: 'business', email: 'a@example.com', coverages }], engine.now())

test('B2 the API says what the button reads, by method', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine, ['g', 'jp'])
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  const check = async (method: string, labelKey: string, label: string, ja: string) => {
    const { body } = await api.ask(token, 'GET', path)
    expect(body).toMatchObject({
      method,
      allowedActions: [{ action: 'register_card', labelKey, label, allowed: true }, {}],
    })
    const inJapanese = await api.ask(token, 'GET', path, undefined, { 'accept-language': 'ja' })
    expect(inJapanese.body).toMatchObject({ allowedActions: [{ label: ja }, { label: '再決済する' }] })
  }
  await check('none', 'new_payment_method', 'New payment method', 'お支払い方法を登録')
  const trial = { accountId, coverage: 'g', endsOn: '2027-02-20' as Day, grantedBy: 'staff' }
  await grantTrial(engine.system, trial, engine.now())
  await check('trial', 'new_payment_method', 'New payment method', 'お支払い方法を登録')
  expect((await api.ask(token, 'GET', path)).body).toMatchObject({ trial: { endsOn: '2027-02-20' }, card: null })
  await registerCard(engine, accountId, 'g')
  await engine.idle()
  await check('card', 'update_credit_card', 'Update Credit Card', 'クレジットカードを変更')
  await sql`update payment_settings set method = 'bank_transfer', card_id = null where coverage = 'g'`.execute(
    engine.system.db,
  )
  await check('bank_transfer', 'switch_to_credit_card', 'Switch to credit card', 'クレジットカードに切り替え')
  // B4: the other coverage is what it was.
  const other = await api.ask(token, 'GET', path.replace('/g/', '/jp/'))
  expect(other.body).toMatchObject({ method: 'none', currency: 'JPY', registration: null, banners: [] })
})

test('B1 root and staff see it, the root user alone may act; a SAM user is told who can help', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  await accountWithCard(engine, 'OP0000000002')
  const api = await apiOn(engine)
  const acts = async (token: string) => {
    const { status, body } = await api.ask(token, 'GET', path)
    return [status, JSON.stringify(body).includes('root_acts')]
  }
  expect(await acts(await api.rootToken(accountId))).toEqual([200, false])
  for (const role of ['support', 'billing', 'admin'] as const) {
    expect(await acts(await api.staffToken(role)), role).toEqual([200, true])
  }
  expect(await acts(await api.keyToken(['payments:read']))).toEqual([200, true])
  expect(await api.ask(await api.samToken(accountId), 'GET', path)).toMatchObject({
    status: 403,
    body: { code: 'root_only' },
  })
  const stranger = await api.rootToken('OP0000000002')
  expect(await api.ask(stranger, 'GET', path)).toMatchObject({ status: 404, body: { code: 'not_found' } })
  expect(await api.ask(null, 'GET', path)).toMatchObject({ status: 401 })
  const root = await api.rootToken(accountId)
  for (const coverage of ['jp', 'nowhere']) {
    expect((await api.ask(root, 'GET', path.replace('/g/', `/${coverage}/`))).status).toBe(404)
  }
})

const lostEn = 'Your card issuer declined the payment and did not say why.'
const declines: readonly [
  declineCode: string,
  code: string,
  en: string,
  ja: string,
  advice: string,
  automatic: string,
][] = [
  [
    'insufficient_funds',
    'card_declined',
    'The card does not have enough available credit or funds.',
    'カードのご利用可能額または残高が不足しています。',
    'See that the card has enough available credit or funds, or register another card.',
    'The payment is tried again automatically on 2 Feb, 09:00 UTC.',
  ],
  [
    'lost_card',
    'card_declined',
    lostEn,
    'カード会社がお支払いを承認しませんでした。理由は通知されていません。',
    'Register another card; the payment is then made at once.',
    'This card is not tried again automatically.',
  ],
  [
    'stolen_card',
    'card_declined',
    lostEn,
    'カード会社がお支払いを承認しませんでした。理由は通知されていません。',
    'Register another card; the payment is then made at once.',
    'This card is not tried again automatically.',
  ],
  [
    'expired_card',
    'invalid_expiry',
    'Visa •••• 4242 expired in December 2034.',
    'Visa •••• 4242\u2009は2034年12月に有効期限が切れました。',
    'Register a valid card, or this one with its current details; the payment is then made at once.',
    'Until then the payment is not tried again automatically.',
  ],
]

test.each(declines)(
  'B11 the banner for %s, in both languages; a payer never reads the fine code',
  async (declineCode, code, en, ja, advice, automatic) => {
    const engine = await freshEngine(database)
    await outstanding(engine, 1, declineCode)
    const api = await apiOn(engine)
    const root = await api.rootToken(accountId)
    const { body, text } = await api.ask(root, 'GET', path)
    const banner = {
      kind: 'payment_failed',
      coverage: 'g',
      currency: 'USD',
      amountMinor: 1234,
      card: { brand: 'visa', last4: '4242' },
      at: '2027-02-01T06:00:00.000Z',
      code,
    }
    expect(body.banners).toMatchObject([{ ...banner, reason: en, advice, automatic }])
    const [own] = body.banners as readonly object[] // as just compared
    expect(own).not.toHaveProperty('staff')
    if (declineCode !== 'insufficient_funds' && declineCode !== 'expired_card') expect(text).not.toContain(declineCode)
    const inJapanese = await api.ask(root, 'GET', path, undefined, { 'accept-language': 'ja-JP' })
    expect(inJapanese.body.banners).toMatchObject([{ code, reason: ja }])
    const byStaff = await api.ask(await api.staffToken('support'), 'GET', path)
    expect(byStaff.body.banners).toMatchObject([{ code, staff: { declineCode } }])
  },
)

test('B9 B10 outstanding invoices with their sum, the next attempt, and what Activate would charge', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '5' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  declineNothing(engine)
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  const { body } = await api.ask(token, 'GET', path)
  const at = '2027-03-02T09:00:00.000Z'
  expect(body).toMatchObject({
    outstanding: {
      sumMinor: 1734,
      invoices: [
        { month: '2027-01', dueMinor: 1234, failure: { code: 'card_declined', amountMinor: 1234 } },
        { month: '2027-02', dueMinor: 500, nextAutomaticAttempt: { at, heldBackBy: null } },
      ],
    },
    standing: { status: 'overdue', overdueSince: '2027-02-01T06:00:00.000Z', suspendsOn: '2027-03-08' },
    activation: { sumMinor: 1734, invoices: [{ month: '2027-01' }, { month: '2027-02' }], refusals: [] },
    registering: { sumMinor: 1734, waitingMinor: 0 },
    attempts: [],
    waiting: [],
    allowedActions: [{}, { action: 'activate', allowed: true, refused: null }],
  })
})

test('B9 a day that was skipped is shown with its reason, and what is known to be refused is not in Activate’s sum', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 1, 'lost_card')
  engine.setNow('2027-02-02T09:00:00Z')
  await engine.idle()
  const api = await apiOn(engine)
  const { body } = await api.ask(await api.rootToken(accountId), 'GET', path)
  const reason = 'code_forbids_retry'
  expect(body).toMatchObject({
    outstanding: {
      invoices: [
        {
          latestSkip: { on: '2027-02-02', reason },
          nextAutomaticAttempt: { at: null, heldBackBy: { reason, until: null } },
        },
      ],
    },
    activation: { sumMinor: 0, invoices: [], refusals: [{ month: '2027-01', amountMinor: 1234, reason, until: null }] },
    allowedActions: [{}, { action: 'activate', allowed: false, refused: { reason } }],
  })
})

test('B12 without a method: missing, with what helps', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  await addFees(engine, [{ accountId, month: '2027-01', amount: '7' }])
  engine.setNow(closing)
  await engine.idle()
  const api = await apiOn(engine)
  const { body } = await api.ask(await api.rootToken(accountId), 'GET', path)
  expect(body).toMatchObject({
    banners: [
      {
        code: 'missing',
        amountMinor: 700,
        card: null,
        reason: 'No payment method is registered. Once a card is registered, the payment is made at once.',
        advice: 'Register a card; the payment is then made at once.',
      },
    ],
    registering: { sumMinor: 700 },
    activation: { refusals: [{ reason: 'method_missing' }] },
  })
})

test('B11 B13 an order that failed has a banner of its own: contact support, and no Activate', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  await engine.idle()
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  const orderId = await quoted(engine)
  declineAll(engine, 'stolen_card')
  await actsOn(engine, orderId).confirm()
  await engine.idle()
  const { body, text } = await api.ask(token, 'GET', path)
  expect(body).toMatchObject({
    banners: [
      {
        kind: 'order_failed',
        orderId,
        invoiceId: null,
        amountMinor: 4049,
        code: 'card_declined',
        card: { brand: 'visa', last4: '4242' },
        reason: lostEn,
        advice: 'Contact support about this order.',
        automatic: 'The payment of an order is never tried again automatically.',
      },
    ],
    outstanding: { sumMinor: 0 },
    allowedActions: [{}, { action: 'activate', allowed: false, refused: { reason: 'nothing_outstanding' } }],
  })
  expect(text).not.toContain('stolen')
  await actsOn(engine, orderId).cancel('staff')
  expect((await api.ask(token, 'GET', path)).body).toMatchObject({ banners: [] })
})

test('B13 an order whose bank asks is at work; its question is handed out like an invoice’s', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  await engine.idle()
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  const orderId = await quoted(engine)
  engine.simulator.issuer.tell('*', [{ kind: 'authentication_required' }])
  await actsOn(engine, orderId).confirm()
  await engine.idle()
  const { body } = await api.ask(token, 'GET', path)
  expect(body.attempts).toMatchObject([{ orderId, status: 'needs_customer', trigger: 'order' }])
  const [attempt] = body.attempts as readonly { chargeId: string }[] // as just compared
  const charge = `/accounts/${accountId}/charges/${attempt?.chargeId}`
  const question = await api.ask(token, 'GET', `${charge}/question`)
  await engine.payer('g').confirm({ clientSecret: String(question.body.clientSecret), threeDSecure: 'pass' })
  expect((await api.ask(token, 'POST', `${charge}/continue`)).status).toBe(202)
  await engine.idle()
  expect(await ordersOf(engine)).toEqual(['held 0 | order held'])
  expect((await api.ask(token, 'GET', path)).body).toMatchObject({ attempts: [], banners: [] })
})

test('B3 the story of the hold: placed, and released', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  await registerCard(engine, accountId, 'g')
  const placedAt = '2027-01-10T00:00:00.000Z'
  const hold = { amountMinor: 100, currency: 'USD', placedAt }
  expect((await api.ask(token, 'GET', path)).body).toMatchObject({
    registration: { status: 'registered', hold: { ...hold, status: 'placed', releasedAt: null }, failure: null },
    card: { text: 'Visa •••• 4242', validity: 'valid', registeredAt: placedAt },
  })
  await engine.idle()
  expect((await api.ask(token, 'GET', path)).body).toMatchObject({
    registration: { hold: { ...hold, status: 'released', releasedAt: placedAt } },
  })
})

test('a card in its last two months is marked', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, ['g'], {
    number: '4242424242424242',
    expMonth: 3,
    expYear: 2027,
    cvc: '123',
  })
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  const check = async (at: string, validity: string) => {
    engine.setNow(at)
    expect((await api.ask(token, 'GET', path)).body, at).toMatchObject({ card: { validity } })
  }
  await check('2027-01-31T23:59:59Z', 'valid')
  await check('2027-02-01T00:00:00Z', 'expiring_soon')
  await check('2027-03-31T23:59:59Z', 'expiring_soon')
  await check('2027-04-01T00:00:00Z', 'expired')
})

test('all coverages at once, with a mark on the one that has a problem; polling with its ETag', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, ['g', 'jp'])
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-01', amount: '12.34' }])
  engine.setNow(closing)
  declineAll(engine)
  await engine.idle()
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  const { body } = await api.ask(token, 'GET', `/accounts/${accountId}/payment-settings`)
  expect(body.items).toMatchObject([
    { coverage: 'g', hasProblem: true, problemCode: 'card_declined', outstandingMinor: 1234 },
    { coverage: 'jp', currency: 'JPY', hasProblem: false, problemCode: null, outstandingMinor: 0 },
  ])
  const first = await api.ask(token, 'GET', path)
  const again = await api.ask(token, 'GET', path, undefined, { 'if-none-match': String(first.headers.etag) })
  expect(again.status).toBe(304)
  declineNothing(engine)
  await registerCard(engine, accountId, 'g')
  const changed = await api.ask(token, 'GET', path, undefined, { 'if-none-match': String(first.headers.etag) })
  expect(changed).toMatchObject({ status: 200, body: { waiting: [{ amountMinor: 1234, trigger: 'card_registered' }] } })
})
