/** Activate over the API: what it asks for, what refuses it and until when, and 3-D Secure while the payer is there (B10). */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { hourMs, plusMs } from '../../src/domain/calendar.ts'
import type { CoverageRules } from '../../src/domain/coverage.ts'
import { readSettings } from '../../src/settings.ts'
import { apiOn } from '../support/api.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, type EngineOptions, registerCard } from '../support/engine.ts'
import {
  attemptsAtNetwork,
  chargesOf,
  closing,
  declineAll,
  declineNothing,
  expectSound,
  freshEngine,
  idleOf,
  invoicesOf,
  outstanding,
  watched,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const of = (coverage: string, account = accountId) => `/accounts/${account}/coverages/${coverage}`

async function signedIn(engine: Engine) {
  const api = await apiOn(engine)
  const token = await api.rootToken(accountId)
  const activate = (headers: Readonly<Record<string, string>> = {}) =>
    api.ask(token, 'POST', `${of('g')}/activations`, undefined, headers)
  const settings = () => api.ask(token, 'GET', `${of('g')}/payment-settings`)
  return { api, token, activate, settings }
}

/** January's 12.34 and February's 5.00 are outstanding, each having been declined. */
async function twoOutstanding(options: EngineOptions = {}): Promise<Engine> {
  const engine = await freshEngine(database, options)
  await accountWithCard(engine, accountId)
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-01', amount: '12.34' }])
  declineAll(engine)
  engine.setNow(closing)
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-02', amount: '5' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  declineNothing(engine)
  return engine
}

test('B10 answers at once with the sum; polling tells what became of it', async () => {
  const engine = await twoOutstanding()
  const { activate, settings } = await signedIn(engine)
  const told = (await settings()).body.activation as { sumMinor: number } // as its schema says
  const nextBefore = await sql`select month, next_attempt_at from invoices order by 1`.execute(engine.system.db)
  const pressed = await activate()
  expect(pressed).toMatchObject({
    status: 202,
    body: { requested: 2, sumMinor: told.sumMinor, currency: 'USD', refusals: [] },
  })
  expect(told.sumMinor).toBe(1734)
  const trigger = 'activate'
  expect((await settings()).body).toMatchObject({
    waiting: [
      { month: '2027-01', trigger },
      { month: '2027-02', trigger },
    ],
  })
  // B10: the daily schedule stays where it was.
  const nextAfter = await sql`select month, next_attempt_at from invoices order by 1`.execute(engine.system.db)
  expect(nextAfter.rows).toEqual(nextBefore.rows)
  await engine.idle()
  const done = { outstanding: { sumMinor: 0, invoices: [] }, banners: [], waiting: [], attempts: [] }
  expect((await settings()).body).toMatchObject(done)
  expect((await chargesOf(engine)).slice(-2)).toEqual(['activate captured', 'activate captured'])
  expect(await activate()).toMatchObject({ status: 409, body: { code: 'nothing_outstanding' } })
  await expectSound(engine)
})

test('B10 the sum leaves out what is known to be refused, and says until when', async () => {
  const engine = await twoOutstanding({ coverages: oneAttempt })
  // Both have had the one attempt that the network allows; February's amount is another since, with a count of its own.
  await sql`update invoices set credit_noted_minor = 100 where month = '2027-02'`.execute(engine.system.db)
  const until = '2027-03-03T06:00:00.000Z'
  const { activate, settings } = await signedIn(engine)
  const refusal = { month: '2027-01', amountMinor: 1234, reason: 'network_count_reached', until }
  expect((await settings()).body).toMatchObject({ activation: { sumMinor: 400, refusals: [refusal] } })
  const pressed = await activate()
  expect(pressed).toMatchObject({ status: 202, body: { requested: 1, sumMinor: 400, refusals: [refusal] } })
  await engine.idle()
  const taken = [...engine.simulator.payments(engine.now())].reduce((sum, { capturedMinor }) => sum + capturedMinor, 0n)
  expect(taken).toBe(400n)
  const refused = await activate()
  expect(refused).toMatchObject({ status: 409, body: { code: 'network_count_reached', until } })
  expect(refused.body.title).toBe(
    'Activate is possible again on 3 Mar, 06:00 UTC: this card has used up the attempts its network allows. Another card can be registered now.',
  )
})

/** A network that allows one attempt in thirty days. */
const oneAttempt: ReadonlyMap<string, CoverageRules> = new Map(
  [...readSettings({}, '.').coverages].map(([coverage, rules]) => [
    coverage,
    { ...rules, networkLimits: rules.networkLimits.map((limit) => ({ ...limit, attempts: 1 })) },
  ]),
)

test('B10 refused with a reason of its own for each case', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 1, 'lost_card')
  const { api, activate } = await signedIn(engine)
  expect(await activate()).toMatchObject({ status: 409, body: { code: 'code_forbids_retry' } })
  await sql`update payment_settings set method = 'bank_transfer', card_id = null`.execute(engine.system.db)
  expect(await activate()).toMatchObject({ status: 409, body: { code: 'method_not_card' } })
  await sql`update payment_settings set method = 'none'`.execute(engine.system.db)
  expect(await activate({ 'accept-language': 'ja' })).toMatchObject({
    status: 409,
    body: {
      code: 'method_missing',
      title: 'お支払い方法が登録されていません。カードを登録すると、すぐに決済されます。',
    },
  })
  const root = await api.rootToken(accountId)
  const elsewhere = await api.ask(root, 'POST', `${of('jp')}/activations`)
  expect(elsewhere).toMatchObject({ status: 404, body: { code: 'account_unknown' } })
  expect((await api.ask(root, 'POST', `${of('nowhere')}/activations`)).status).toBe(404)
  for (const role of ['support', 'billing', 'admin'] as const) {
    expect((await api.ask(await api.staffToken(role), 'POST', `${of('g')}/activations`)).status, role).toBe(403)
  }
})

test('B10 five presses an hour, told with the seconds to wait', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  const { activate, settings } = await signedIn(engine)
  declineAll(engine)
  for (let press = 0; press < 5; press++) {
    expect((await activate()).status).toBe(202)
    await engine.idle()
    engine.setNow(plusMs(engine.now(), 1000))
  }
  const press = { 'idempotency-key': 'sixth' }
  const refused = await activate(press)
  expect(refused).toMatchObject({ status: 429, body: { code: 'activated_too_often' } })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3500)
  expect((await settings()).body).toMatchObject({
    allowedActions: [{}, { refused: { reason: 'activated_too_often' } }],
  })
  engine.passWall(hourMs)
  expect((await settings()).body).toMatchObject({ allowedActions: [{}, { allowed: true }] })
  // A refusal that time ends is not kept under a key.
  expect((await activate(press)).status).toBe(202)
})

test('F15 a double click on Activate: one charge an invoice, one press, one event', async () => {
  const engine = await twoOutstanding()
  const { activate } = await signedIn(engine)
  const presses = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => activate()))
  for (const press of presses) expect(press).toMatchObject({ status: 202, body: { requested: 2, sumMinor: 1734 } })
  const events = await sql`select from events where kind = 'activated'`.execute(engine.system.db)
  expect(events.rows.length).toBe(1)
  const elsewhere = await workerElsewhere(engine, database)
  await Promise.all([engine.idle(), idleOf(elsewhere, engine.now()), activate()])
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0', '2027-02 paid 0'])
  expect((await chargesOf(engine)).filter((charge) => charge.startsWith('activate'))).toEqual([
    'activate captured',
    'activate captured',
  ])
  await expectSound(engine)
})

test('F15 repeated under its Idempotency-Key it is the same answer, and no other press', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  const { activate } = await signedIn(engine)
  const first = await activate({ 'idempotency-key': 'press-1' })
  await engine.idle()
  const again = await activate({ 'idempotency-key': 'press-1' })
  expect(again).toMatchObject({ status: 202, body: first.body })
  expect(await chargesOf(engine)).toEqual(['run declined', 'activate captured'])
})

test('F2 pressed while a charge is at the gateway: refused, shown as in progress', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  engine.setNow('2027-02-02T09:00:00Z')
  const { system, watch } = watched(await workerElsewhere(engine, database))
  const atGateway = watch.holdBack('hold')
  const retry = idleOf(system, engine.now())
  await atGateway.arrived
  const { activate, settings } = await signedIn(engine)
  expect((await settings()).body).toMatchObject({ attempts: [{ trigger: 'daily_retry', status: 'in_progress' }] })
  expect(await activate()).toMatchObject({ status: 409, body: { code: 'charge_unsettled' } })
  atGateway.letGo()
  await retry
  expect((await settings()).body).toMatchObject({ attempts: [], outstanding: { sumMinor: 0 } })
})

/** Activate was pressed, and the bank asks. */
async function asked() {
  const engine = await freshEngine(database)
  await outstanding(engine)
  await accountWithCard(engine, 'OP0000000002')
  engine.simulator.issuer.tell('*', [{ kind: 'authentication_required' }])
  const page = await signedIn(engine)
  await page.activate()
  await engine.idle()
  const { body } = await page.settings()
  expect(body.attempts).toMatchObject([{ status: 'needs_customer', trigger: 'activate', amountMinor: 1234 }])
  const [attempt] = body.attempts as readonly { chargeId: string }[] // as just compared
  const charge = `/accounts/${accountId}/charges/${attempt?.chargeId}`
  return { engine, charge, ...page }
}

test.each([
  ['pass', 'activate captured', 0],
  ['fail', 'activate declined', 1234],
] as const)('B10 3-D Secure while the payer is there: %s', async (threeDSecure, ends, dueMinor) => {
  const { engine, charge, api, token, settings } = await asked()
  const question = await api.ask(token, 'GET', `${charge}/question`)
  expect(question).toMatchObject({ status: 200, body: { gateway: 'simulator', publishableKey: 'pk_test_g' } })
  const clientSecret = String(question.body.clientSecret)
  await engine.payer('g').confirm({ clientSecret, threeDSecure })
  expect((await api.ask(token, 'POST', `${charge}/continue`)).status).toBe(202)
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', ends])
  expect((await settings()).body).toMatchObject({ attempts: [], outstanding: { sumMinor: dueMinor } })
  const gone = { status: 409, body: { code: 'nothing_asked' } }
  expect(await api.ask(token, 'GET', `${charge}/question`)).toMatchObject(gone)
  expect(await api.ask(token, 'POST', `${charge}/continue`)).toMatchObject(gone)
  await expectSound(engine)
})

test('B10 F21 3-D Secure abandoned: given up after an hour, and nothing is blocked by it', async () => {
  const { engine, activate } = await asked()
  expect(await activate()).toMatchObject({ status: 409, body: { code: 'charge_unsettled' } })
  await goOn(engine, 2 * hourMs)
  engine.simulator.issuer.tell('*', [])
  expect(await chargesOf(engine)).toEqual(['run declined', 'activate released'])
  expect((await activate()).status).toBe(202)
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectSound(engine)
})

test('F56 a question of another account is as if it were not there', async () => {
  const { engine, api, charge, token } = await asked()
  const stranger = await api.rootToken('OP0000000002')
  const check = async (who: string, path: string, status: number) => {
    expect((await api.ask(who, 'GET', `${path}/question`)).status, path).toBe(status)
    expect((await api.ask(who, 'POST', `${path}/continue`)).status, path).toBe(status)
  }
  await check(stranger, charge, 404)
  await check(stranger, charge.replace(accountId, 'OP0000000002'), 404)
  await check(await api.staffToken('billing'), charge, 403)
  await check(await api.samToken(accountId), charge, 403)
  const unasked = await sql<{ id: string }>`select charge_id as id from charges where trigger = 'verification'
    and account_id = ${accountId}`.execute(engine.system.db)
  await check(token, `/accounts/${accountId}/charges/${unasked.rows[0]?.id}`, 404)
})

test('B10 a mark that a new registration clears lets Activate try again; F34 with the new card', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 1, 'lost_card')
  const { activate } = await signedIn(engine)
  expect((await activate()).status).toBe(409)
  await registerCard(engine, accountId, 'g', { number: '5555555555554444', expMonth: 1, expYear: 2035, cvc: '123' })
  expect(await activate()).toMatchObject({ status: 202, body: { sumMinor: 1234 } })
  await engine.idle()
  expect(attemptsAtNetwork(engine)).toBe(2)
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectSound(engine)
})
