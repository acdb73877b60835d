/** Registering a card over the API, against the gateway's own fields (B3-B6, F15, F34, F53, F56). */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { hourMs, plusMs } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import type { PayerConfirmation } from '../../src/simulator/payer.ts'
import { apiOn, type TestApi } from '../support/api.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, goodCard } from '../support/engine.ts'
import {
  chargesOf,
  declineAll,
  declineNothing,
  expectSound,
  fingerprintOf,
  freshEngine,
  idleOf,
  invoicesOf,
  outstanding,
  owing,
  watched,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const of = (coverage: string, account = accountId) => `/accounts/${account}/coverages/${coverage}`
const otherCard = { ...goodCard, number: '5555555555554444' }

const newAccount = (engine: Engine, account = accountId) =>
  addAccounts(
    engine.system,
    [{ accountId: account, kind: 'individual', email: `${account}@example.com`, coverages: ['g', 'jp'] }],
    engine.now(),
  )

interface Begun {
  readonly registrationId: string
  readonly clientSecret: string
}

/** As the payer's page does it: begin, confirm in the gateway's fields, finish. */
function payerOn(engine: Engine, api: TestApi, token: string, coverage = 'g', account = accountId) {
  const begin = () => api.ask(token, 'POST', `${of(coverage, account)}/registrations`)
  const finish = (registrationId: string, headers: Readonly<Record<string, string>> = {}) =>
    api.ask(token, 'POST', `${of(coverage, account)}/registrations/${registrationId}/finish`, undefined, headers)
  const register = async (typing: Omit<PayerConfirmation, 'clientSecret'>, headers = {}) => {
    const { registrationId, clientSecret } = (await begin()).body as unknown as Begun // as its schema says
    await engine.payer(coverage).confirm({ clientSecret, ...typing })
    return finish(registrationId, headers)
  }
  const settings = () => api.ask(token, 'GET', `${of(coverage, account)}/payment-settings`)
  return { begin, finish, register, settings }
}

async function signedIn(engine: Engine, coverage = 'g') {
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  return { api, token, payer: payerOn(engine, api, token, coverage) }
}

const heldAtNetwork = (engine: Engine) =>
  [...engine.simulator.payments(engine.now())].filter((payment) => payment.status === 'requires_capture')

const takenAtNetwork = (engine: Engine) =>
  [...engine.simulator.payments(engine.now())].reduce((sum, payment) => sum + payment.capturedMinor, 0n)

test('B3 B5 begun: the hold, what will be charged, and what the gateway’s fields need; the secret is stored nowhere', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  const { api, token } = await signedIn(engine)
  const begun = await api.ask(token, 'POST', `${of('jp')}/registrations`, undefined, { 'idempotency-key': 'one' })
  expect(begun).toMatchObject({
    status: 201,
    body: {
      gateway: 'simulator',
      publishableKey: 'pk_test_jp',
      holdMinor: 100,
      currency: 'JPY',
      willCharge: { sumMinor: 0, invoices: [], waitingMinor: 0 },
    },
  })
  const secret = String(begun.body.clientSecret)
  expect(secret).toContain('_secret_')
  const again = await api.ask(token, 'POST', `${of('jp')}/registrations`, undefined, { 'idempotency-key': 'one' })
  expect(again.body.clientSecret).toBe(secret)
  const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = 'public'`.execute(engine.system.db)
  expect(rows.length).toBeGreaterThan(10)
  for (const { name } of rows) {
    const found = await sql`select from ${sql.table(name)} t where strpos(t::text, ${secret}) > 0`.execute(
      engine.system.db,
    )
    expect(found.rows.length, name).toBe(0)
  }
})

const endings: readonly [
  what: string,
  typing: Omit<PayerConfirmation, 'clientSecret'>,
  answer: object,
  card: string,
][] = [
  ['accepted', { card: otherCard }, { status: 'registered', failure: null }, '4444'],
  [
    '3-D Secure passed',
    { card: { ...goodCard, number: '4000002500003155' }, threeDSecure: 'pass' },
    { status: 'registered', hold: { status: 'placed' } },
    '3155',
  ],
  [
    '3-D Secure failed',
    { card: { ...goodCard, number: '4000002500003155' }, threeDSecure: 'fail' },
    {
      status: 'failed',
      failure: { code: 'card_declined', reason: 'Your card issuer wants you to confirm this payment yourself.' },
    },
    '4242',
  ],
  [
    '3-D Secure abandoned',
    { card: { ...goodCard, number: '4000002500003155' }, threeDSecure: 'abandon' },
    { status: 'pending', hold: { status: 'none' } },
    '4242',
  ],
  [
    'lost',
    { card: { ...goodCard, number: '4000000000009987' } },
    {
      status: 'failed',
      hold: { status: 'none' },
      failure: { code: 'card_declined', reason: 'Your card issuer declined the payment and did not say why.' },
    },
    '4242',
  ],
  [
    'expired',
    { card: { ...goodCard, number: '4000000000000069' } },
    { status: 'failed', failure: { code: 'invalid_expiry', reason: 'The card has expired.' } },
    '4242',
  ],
  [
    'a brand that is not taken',
    { card: { ...goodCard, number: '3566002020360505' } },
    {
      status: 'failed',
      hold: { status: 'placed' },
      failure: { code: 'invalid_number', advice: 'Register a card of another brand.' },
    },
    '4242',
  ],
]

test.each(endings)('B3 B4 over a card that is there: %s', async (_what, typing, answer, last4) => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, ['g', 'jp'])
  await engine.idle()
  const { payer, api, token } = await signedIn(engine)
  const finished = await payer.register(typing)
  expect(finished).toMatchObject({ status: 200, body: answer })
  expect(finished.text).not.toContain('"staff"')
  expect((await payer.settings()).body).toMatchObject({ card: { last4 } })
  await goOn(engine, 3 * hourMs)
  expect(heldAtNetwork(engine)).toEqual([])
  expect((await payer.settings()).body).toMatchObject({ card: { last4 } })
  // B4: the other coverage is untouched.
  expect((await api.ask(token, 'GET', `${of('jp')}/payment-settings`)).body).toMatchObject({ card: { last4: '4242' } })
})

test('B3 B11 a registration that failed says why in Japanese; staff read the fine reason, payers never', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  const { api, payer } = await signedIn(engine)
  const { body, text } = await payer.register(
    { card: { ...goodCard, number: '4000000000009987' } },
    { 'accept-language': 'ja' },
  )
  expect(body.failure).toEqual({
    code: 'card_declined',
    reason: 'カード会社がお支払いを承認しませんでした。理由は通知されていません。',
    advice: '入力内容をご確認いただくか、別のカードを登録してください。お支払い方法は変更されていません。',
  })
  expect(text).not.toContain('lost')
  const path = `${of('g')}/registrations/${body.registrationId}`
  const byStaff = await api.ask(await api.staffToken('support'), 'GET', path)
  expect(byStaff.body).toMatchObject({
    failure: {
      code: 'card_declined',
      reason: 'The card has been reported lost. The payer is told only that the card was declined.',
      staff: { declineCode: 'lost_card', reason: 'lost' },
    },
  })
})

test('B3 a card that was declined cannot be confirmed afterwards under the same registration', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  const { payer } = await signedIn(engine)
  const { registrationId, clientSecret } = (await payer.begin()).body as unknown as Begun
  await engine.payer('g').confirm({ clientSecret, card: { ...goodCard, number: '4000000000000002' } })
  expect((await payer.finish(registrationId)).body).toMatchObject({ status: 'failed' })
  // The next one is another registration at once, even before the first is given up.
  expect((await payer.begin()).body.registrationId).not.toBe(registrationId)
  await engine.idle()
  const late = await engine.payer('g').confirm({ clientSecret, card: goodCard })
  expect(late.errorCode).toBe('payment_intent_unexpected_state')
  await goOn(engine, 2 * hourMs)
  expect(heldAtNetwork(engine)).toEqual([])
  expect((await payer.finish(registrationId)).body).toMatchObject({
    status: 'failed',
    failure: { code: 'card_declined' },
  })
  const events = await sql<{ kind: string }>`select kind from events order by event_id`.execute(engine.system.db)
  expect(events.rows.filter(({ kind }) => kind === 'charge_declined').length).toBe(1)
})

test('B3 a payer who confirmed and closed the window is registered; one who never did is given up', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  await engine.idle()
  const { payer } = await signedIn(engine)
  const confirmed = (await payer.begin()).body as unknown as Begun
  await engine.payer('g').confirm({ clientSecret: confirmed.clientSecret, card: otherCard })
  await goOn(engine, 2 * hourMs)
  expect((await payer.settings()).body).toMatchObject({ card: { last4: '4444' }, outstanding: { invoices: [] } })
  expect(await chargesOf(engine)).toEqual(['run declined', 'card_registered captured'])
  const left = (await payer.begin()).body as unknown as Begun
  await goOn(engine, 2 * hourMs)
  const said = { status: 'failed', hold: { status: 'none', placedAt: null }, failure: { code: 'invalid_request' } }
  expect((await payer.finish(left.registrationId)).body).toMatchObject(said)
  expect((await payer.settings()).body).toMatchObject({ card: { last4: '4444' }, registration: said })
  expect(heldAtNetwork(engine)).toEqual([])
  await expectSound(engine)
})

test('F15 a double click on Submit: one registration, one card, one event', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  const { payer } = await signedIn(engine)
  const begun = await Promise.all([1, 2, 3].map(() => payer.begin()))
  expect(new Set(begun.map(({ body }) => `${body.registrationId} ${body.clientSecret}`)).size).toBe(1)
  const [{ body: first } = { body: {} }] = begun
  const { registrationId, clientSecret } = first as unknown as Begun
  await engine.payer('g').confirm({ clientSecret, card: otherCard })
  const elsewhere = await workerElsewhere(engine, database)
  const [one, two, three] = await Promise.all([
    payer.finish(registrationId),
    payer.finish(registrationId),
    payer.finish(registrationId),
    idleOf(elsewhere, engine.now()),
  ])
  for (const { body } of [one, two, three]) expect(body).toMatchObject({ status: 'registered' })
  await engine.idle()
  const { rows } = await sql`select from cards where last4 = '4444'`.execute(engine.system.db)
  expect(rows.length).toBe(1)
  expect(await chargesOf(engine)).toEqual(['run declined', 'card_registered captured'])
  await expectSound(engine)
})

test('B6 the sum told before submitting is the sum charged, oldest first', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '5' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  declineNothing(engine)
  const { payer } = await signedIn(engine)
  const begun = await payer.begin()
  expect(begun.body.willCharge).toMatchObject({
    sumMinor: 1734,
    invoices: [
      { month: '2027-01', amountMinor: 1234 },
      { month: '2027-02', amountMinor: 500 },
    ],
    waitingMinor: 0,
  })
  expect((await payer.settings()).body.registering).toEqual(begun.body.willCharge)
  // The same card again, too.
  await payer.register({ card: goodCard })
  await engine.idle()
  expect(takenAtNetwork(engine)).toBe(1734n)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0', '2027-02 paid 0'])
  await expectSound(engine)
})

test('B6 F34 while the old card’s charge is in flight: told apart, remembered, and made with the new card', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  const oldCard = await fingerprintOf(engine, accountId)
  engine.simulator.issuer.tell(oldCard, [{ kind: 'decline', declineCode: 'insufficient_funds' }])
  const { system, watch } = watched(await workerElsewhere(engine, database))
  const atGateway = watch.holdBack('hold')
  const run = idleOf(system, engine.now())
  await atGateway.arrived
  const { payer } = await signedIn(engine)
  const begun = await payer.begin()
  expect(begun.body.willCharge).toMatchObject({
    sumMinor: 0,
    waitingMinor: 1234,
    waitingInvoices: [{ month: '2027-01' }],
  })
  await payer.register({ card: otherCard })
  const { body } = await payer.settings()
  const [attempt] = body.attempts as readonly { chargeId: string }[] // as its schema says
  expect(body).toMatchObject({
    attempts: [{ status: 'in_progress', trigger: 'run' }],
    waiting: [{ month: '2027-01', trigger: 'card_registered', waitsForChargeId: attempt?.chargeId }],
  })
  atGateway.letGo()
  await run
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'card_registered captured'])
  const { rows } = await sql<{ last4: string }>`select k.last4 from charges c join cards k using (bucket, card_id)
    where c.trigger = 'card_registered'`.execute(engine.system.db)
  expect(rows).toEqual([{ last4: '4444' }])
  await expectSound(engine)
})

test('F34 a replaced card is not used again by the daily retry', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  const { payer } = await signedIn(engine)
  const { registrationId, clientSecret } = (await payer.begin()).body as unknown as Begun
  await engine.payer('g').confirm({ clientSecret, card: otherCard })
  declineAll(engine)
  await payer.finish(registrationId)
  await engine.idle()
  engine.setNow('2027-02-02T09:00:00Z')
  declineNothing(engine)
  await engine.idle()
  const { rows } = await sql<{ text: string }>`select c.trigger || ' ' || k.last4 as text from charges c
    join cards k using (bucket, card_id) where c.trigger <> 'verification' order by c.intended_at`.execute(
    engine.system.db,
  )
  expect(rows.map(({ text }) => text)).toEqual(['run 4242', 'card_registered 4444', 'daily_retry 4444'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
})

test('F53 an account whose cards are declined again and again has to wait, and may then register', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  const { api, token, payer } = await signedIn(engine)
  const declined = { card: { ...goodCard, number: '4000000000000002' } }
  for (let times = 0; times < 5; times++)
    expect((await payer.register(declined)).body).toMatchObject({ status: 'failed' })
  const refused = await payer.begin()
  expect(refused).toMatchObject({ status: 429, body: { code: 'registered_too_often' } })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3500)
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(3600)
  // Of this account in every coverage.
  expect((await payerOn(engine, api, token, 'jp').begin()).status).toBe(429)
  engine.passWall(hourMs)
  expect((await payer.register({ card: goodCard })).body).toMatchObject({ status: 'registered' })
})

test('F53 a card that was tried on many accounts is not taken, and an address that tries many is refused', async () => {
  const engine = await freshEngine(database)
  const accounts = Array.from({ length: 6 }, (_, index) => `OP000000010${index}`)
  const api = await apiOn(engine)
  for (const account of accounts) {
    await newAccount(engine, account)
    const payer = payerOn(engine, api, await api.rootToken(account), 'g', account)
    engine.simulator.issuer.tell('*', account === accounts[5] ? [] : [{ kind: 'decline', declineCode: 'do_not_honor' }])
    const { body } = await payer.register({ card: goodCard })
    if (account !== accounts[5]) expect(body).toMatchObject({ failure: { code: 'card_declined' } })
    else {
      const reason = 'This card was declined too often within an hour. The payment method was not changed.'
      expect(body).toMatchObject({ status: 'failed', failure: { code: 'card_declined', reason } })
      expect((await payer.settings()).body).toMatchObject({ method: 'none', card: null })
      await goOn(engine, hourMs)
      expect(heldAtNetwork(engine)).toEqual([])
      // Another card is taken at once.
      expect((await payer.register({ card: otherCard })).body).toMatchObject({ status: 'registered' })
    }
  }
  engine.simulator.issuer.tell('*', [{ kind: 'decline', declineCode: 'do_not_honor' }])
  for (const account of accounts.slice(0, 5)) {
    const payer = payerOn(engine, api, await api.rootToken(account), 'g', account)
    await payer.register({ card: { ...goodCard, number: '378282246310005', cvc: '1234' } })
  }
  const last = payerOn(engine, api, await api.rootToken('OP0000000100'), 'g', 'OP0000000100')
  expect(await last.begin()).toMatchObject({ status: 429, body: { code: 'registered_too_often' } })
  expect((await payerOn(engine, api, await api.rootToken('OP0000000105'), 'g', 'OP0000000105').begin()).status).toBe(
    429,
  )
})

test('F53 the limits hold where nobody ever finishes: the worker counts what it finds, and takes no tried-out card', async () => {
  const engine = await freshEngine(database)
  const accounts = Array.from({ length: 11 }, (_, index) => `OP00000002${String(index).padStart(2, '0')}`)
  const api = await apiOn(engine)
  const numbers = [goodCard.number, otherCard.number]
  /** Confirmed in the gateway's fields, and never heard of again. */
  const abandon = async (account: string, card: typeof goodCard) => {
    const payer = payerOn(engine, api, await api.rootToken(account), 'g', account)
    const begun = await payer.begin()
    if (begun.status === 201) {
      const { clientSecret } = begun.body as unknown as Begun // as its schema says
      await engine.payer('g').confirm({ clientSecret, card })
      await goOn(engine, 2 * hourMs)
    }
    return begun.status
  }
  for (const account of accounts) await newAccount(engine, account)
  const declines = (index: number) => (index < 5 ? 0 : 1)
  engine.simulator.issuer.tell('*', [{ kind: 'decline', declineCode: 'do_not_honor' }])
  for (const [index, account] of accounts.slice(0, 9).entries()) {
    expect(await abandon(account, { ...goodCard, number: numbers[declines(index)] ?? '' })).toBe(201)
  }
  declineNothing(engine)
  // The first card was declined five times: it is good now, and all the same not taken.
  const tried = accounts[9] ?? ''
  expect(await abandon(tried, goodCard)).toBe(201)
  const settings = await payerOn(engine, api, await api.rootToken(tried), 'g', tried).settings()
  expect(settings.body).toMatchObject({ method: 'none', card: null })
  expect(heldAtNetwork(engine)).toEqual([])
  declineAll(engine, 'do_not_honor')
  expect(await abandon(tried, otherCard)).toBe(201)
  // Ten declines from this address by now.
  expect(await abandon(accounts[10] ?? '', otherCard)).toBe(429)
})

test('F56 a registration of another account, or of another coverage, is as if it were not there', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  await newAccount(engine, 'OP0000000002')
  const { api, token, payer } = await signedIn(engine)
  const { registrationId } = (await payer.begin()).body as unknown as Begun
  const stranger = await api.rootToken('OP0000000002')
  const check = async (who: string, path: string, status: number) => {
    expect((await api.ask(who, 'GET', path)).status, path).toBe(status)
    expect((await api.ask(who, 'POST', `${path}/finish`)).status, path).toBe(status)
  }
  await check(stranger, `${of('g', 'OP0000000002')}/registrations/${registrationId}`, 404)
  await check(stranger, `${of('g')}/registrations/${registrationId}`, 404)
  await check(token, `${of('jp')}/registrations/${registrationId}`, 404)
  await check(token, `${of('nowhere')}/registrations/${registrationId}`, 404)
  await check(token, `${of('g')}/registrations/0198b1e0-7a3c-7c11-8a2f-3b9d0e5f6a71`, 404)
  await check(token, `${of('g')}/registrations/1`, 400)
  await check(token, `${of('g')}/registrations/${registrationId}`, 200)
  for (const role of ['support', 'billing', 'admin'] as const) {
    const { status } = await api.ask(await api.staffToken(role), 'POST', `${of('g')}/registrations`)
    expect(status, role).toBe(403)
  }
})

test('B3 refused: a closed account, a coverage that is not used, a gateway that is away', async () => {
  const engine = await freshEngine(database)
  await addAccounts(
    engine.system,
    [{ accountId, kind: 'individual', email: 'a@example.com', coverages: ['g'] }],
    engine.now(),
  )
  const { api, token, payer } = await signedIn(engine)
  const unused = await api.ask(token, 'POST', `${of('jp')}/registrations`)
  expect(unused).toMatchObject({ status: 404, body: { code: 'account_unknown' } })
  engine.simulator.faults.set({ down: true })
  expect(await payer.begin()).toMatchObject({ status: 503, body: { code: 'gateway_unavailable' } })
  engine.simulator.faults.set({ down: false })
  await sql`update accounts set closed_at = ${new Date(plusMs(engine.now(), -1))}`.execute(engine.system.db)
  expect(await payer.begin()).toMatchObject({ status: 409, body: { code: 'account_closed' } })
  expect((await payer.settings()).body).toMatchObject({
    allowedActions: [{ allowed: false, refused: { reason: 'account_closed' } }, { allowed: false }],
  })
})
