/** Part D of docs/failure-cases.md, as far as it is not about files: currencies, minimums and credit. */
import { sql } from 'kysely'
import Stripe from 'stripe'
import { expect, test } from 'vitest'
import { stripeGateway } from '../../src/adapters/stripe/gateway.ts'
import type { CoverageRules } from '../../src/domain/coverage.ts'
import { activate } from '../../src/operations/activate.ts'
import { readSettings } from '../../src/settings.ts'
import { stripeWire } from '../../src/simulator/stripe-wire.ts'
import { fetchOf } from '../../src/simulator/wire.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type EngineOptions } from '../support/engine.ts'
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
  staffQueueOf,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'

const { coverages } = readSettings({}, '.')
const [[, usual] = []] = coverages

/** A coverage as g is, in another currency. */
function coverageIn(currency: string): CoverageRules {
  if (!usual) throw new Error('the settings have a coverage')
  return { ...usual, coverage: currency.toLowerCase(), currency, verificationMinor: 1000n, minimum: [] }
}

/** The real SDK and adapter, on the simulator's wire. */
const overTheWire: NonNullable<EngineOptions['gatewayOf']> = (coverage, simulator, now) => {
  const httpClient = Stripe.createFetchHttpClient(fetchOf(stripeWire({ simulator, now, controlKey: null })))
  return stripeGateway({ secretKey: `sk_test_${coverage}`, timeoutMs: 10_000, httpClient })
}

test('F39 F38 each currency arrives at the network as what it is, whatever digits Stripe wants', async () => {
  const cases = [
    ['USD', '12.345', 1235n],
    ['JPY', '1234.1', 1235n],
    ['UGX', '50000.2', 50001n],
    ['ISK', '777', 777n],
    ['KWD', '1.23', 1230n],
    ['KWD', '15', 15000n],
  ] as const
  for (const [currency, amount, minor] of cases) {
    const rules = coverageIn(currency)
    const engine = await freshEngine(database, {
      coverages: new Map([[rules.coverage, rules]]),
      gatewayOf: overTheWire,
    })
    await accountWithCard(engine, accountId, [rules.coverage])
    await engine.idle()
    await addFees(engine, [{ accountId, coverage: rules.coverage, month: '2027-01', amount }])
    engine.setNow(closing)
    await engine.idle()
    const taken = [...engine.simulator.payments(engine.now())].filter((payment) => payment.status === 'succeeded')
    expect(taken.map((payment) => `${payment.currency} ${payment.capturedMinor}`)).toEqual([`${currency} ${minor}`])
    await expectSound(engine)
  }
})

test('F39 an amount that the gateway could not take unchanged is refused, not changed', async () => {
  const rules = coverageIn('KWD')
  const engine = await freshEngine(database, { coverages: new Map([['kwd', rules]]), gatewayOf: overTheWire })
  await accountWithCard(engine, accountId, ['kwd'])
  await engine.idle()
  await addFees(engine, [{ accountId, coverage: 'kwd', month: '2027-01', amount: '1.234' }])
  engine.setNow(closing)
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run refused'])
  expect(await staffQueueOf(engine)).toEqual(['charge_refused'])
  expect(attemptsAtNetwork(engine)).toBe(0)
})

test('F41 two currencies never meet in one figure: sums, credit and Activate are of one coverage', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, ['g', 'jp'])
  await engine.idle()
  await addFees(engine, [
    { accountId, coverage: 'g', month: '2027-01', amount: '-30' },
    { accountId, coverage: 'jp', month: '2027-01', amount: '4000' },
  ])
  declineAll(engine)
  engine.setNow(closing)
  await engine.idle()
  declineNothing(engine)
  await addFees(engine, [
    { accountId, coverage: 'g', month: '2027-02', amount: '20' },
    { accountId, coverage: 'jp', month: '2027-02', amount: '1000' },
  ])
  expect(await activate(engine.system, { accountId, coverage: 'jp' }, engine.now())).toEqual({
    requested: 1,
    sumMinor: 4000n,
    currency: 'JPY',
    refusals: [],
  })
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  // 30.00 USD of credit pay 20.00 USD; not one yen.
  expect(await invoicesOf(engine)).toEqual(['2027-01 credited 0', '2027-02 paid 0', '2027-01 paid 0', '2027-02 paid 0'])
  const { rows } = await sql`select coverage, credit_minor from payment_settings order by coverage`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([
    { coverage: 'g', credit_minor: 1000n },
    { coverage: 'jp', credit_minor: 0n },
  ])
  const taken = [...engine.simulator.payments(engine.now())].filter((payment) => payment.status === 'succeeded')
  expect(taken.map((payment) => `${payment.currency} ${payment.capturedMinor}`).sort()).toEqual([
    'JPY 1000',
    'JPY 4000',
  ])
  await expectSound(engine)
})

test('F42 credit is used once, whoever closes the month: what one invoice has taken the next one does not', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-01', amount: '-30' }])
  engine.setNow(closing)
  await engine.idle()
  await addFees(engine, [
    { accountId, month: '2027-02', amount: '20' },
    { accountId, month: '2027-03', amount: '20' },
  ])
  const workers = [await workerElsewhere(engine, database), await workerElsewhere(engine, database)]
  for (const at of ['2027-03-01T06:00:00Z', '2027-04-01T06:00:00Z']) {
    engine.setNow(at)
    await Promise.all(workers.map((worker) => idleOf(worker, engine.now())))
  }
  const { rows } = await sql`select month, total_minor, credit_applied_minor, captured_minor from invoices
    where status = 'paid' order by month`.execute(engine.system.db)
  expect(rows).toEqual([
    { month: '2027-02', total_minor: 2000n, credit_applied_minor: 2000n, captured_minor: 0n },
    { month: '2027-03', total_minor: 2000n, credit_applied_minor: 1000n, captured_minor: 1000n },
  ])
  await expectSound(engine)
})

test('F43 B7 below the minimum a month carries over, unrounded, and the next invoice names both', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-01', amount: '0.301' }])
  engine.setNow(closing)
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 carried_over 0'])
  await addFees(engine, [{ accountId, month: '2027-02', amount: '0.302' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  // 0.603 rounded up once; rounded month by month it would be 0.62.
  const { rows } = await sql`select first_month, month, status, total_minor from invoices order by month`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([
    { first_month: '2027-01', month: '2027-01', status: 'carried_over', total_minor: 31n },
    { first_month: '2027-01', month: '2027-02', status: 'paid', total_minor: 61n },
  ])
  expect(await chargesOf(engine)).toEqual(['run captured'])
  await expectSound(engine)
})

test('F43 credit never leaves so little that no card may be charged for it', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-01', amount: '-9.80' }])
  engine.setNow(closing)
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-02', amount: '10' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  const { rows } = await sql`select credit_applied_minor, captured_minor from invoices where month = '2027-02'`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([{ credit_applied_minor: 950n, captured_minor: 50n }])
  await expectSound(engine)
})
