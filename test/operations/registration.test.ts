/** Registering a card, replacing it, trials: what an account pays with (B3, B4, B6, B12). */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type Day, dayMs, hourMs } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import { grantTrial } from '../../src/operations/trials.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, goodCard, registerCard } from '../support/engine.ts'
import {
  chargesOf,
  closing,
  declineAll,
  declineNothing,
  expectSound,
  freshEngine,
  invoicesOf,
  outstanding,
  skipsOf,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'

async function newAccount(engine: Engine, coverages: readonly string[] = ['g']) {
  await addAccounts(engine.system, [{ accountId, kind: 'individual', email: 'a@example.com', coverages }], engine.now())
}

interface Typing {
  readonly number: string
  readonly threeDSecure?: 'pass' | 'fail' | 'abandon'
}

/** Types a card into the gateway's fields, and waits for the end. */
async function registering(engine: Engine, typing: Typing, coverage = 'g') {
  const begun = await beginRegistration(engine.system, { accountId, coverage }, engine.now())
  if ('refused' in begun) throw new Error(begun.refused)
  await engine.payer(coverage).confirm({
    clientSecret: begun.clientSecret,
    card: { ...goodCard, number: typing.number },
    ...(typing.threeDSecure ? { threeDSecure: typing.threeDSecure } : {}),
  })
  return finishRegistration(engine.system, begun.registrationId, engine.now())
}

/** `coverage method last4` of the account. */
async function methodsOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ method: string }>`
    select s.coverage || ' ' || s.method || coalesce(' ' || k.last4, '') as method
    from payment_settings s left join cards k using (bucket, card_id) order by s.coverage`.execute(engine.system.db)
  return rows.map(({ method }) => method)
}

async function verificationsOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select status || ' ' || amount_minor as text from charges
    where trigger = 'verification' order by charge_id`.execute(engine.system.db)
  return rows.map(({ text }) => text)
}

test('B3 a registration places a small hold and lets it go at once; nothing is taken', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine, ['g', 'jp'])
  expect(await registering(engine, goodCard)).toEqual({ status: 'registered' })
  expect(await registering(engine, goodCard, 'jp')).toEqual({ status: 'registered' })
  await engine.idle()
  expect(await verificationsOf(engine)).toEqual(['released 100', 'released 100'])
  const payments = [...engine.simulator.payments(engine.now())]
  expect(payments.map((payment) => `${payment.status} ${payment.capturedMinor} ${payment.currency}`)).toEqual([
    'canceled 0 USD',
    'canceled 0 JPY',
  ])
  const events = await sql`select from events where kind = 'charge_released'`.execute(engine.system.db)
  expect(events.rows.length).toBe(2)
})

test('B3 the capture of a verification hold can neither be asked for nor begun', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  await registering(engine, goodCard)
  const asking = [sql`status = 'capturing'`, sql`capturing_at = now()`, sql`capture_minor = 100`]
  for (const change of asking) {
    const capture = sql`update charges set ${change}`.execute(engine.system.db)
    await expect(capture).rejects.toThrow('charges_verification_takes_nothing')
  }
})

const outcomes: readonly [what: string, typing: Typing, ends: object, then: string][] = [
  ['3-D Secure passed', { number: '4000002500003155', threeDSecure: 'pass' }, { status: 'registered' }, 'g card 3155'],
  [
    '3-D Secure failed',
    { number: '4000002500003155', threeDSecure: 'fail' },
    { status: 'failed', code: 'card_declined' },
    'g card 4242',
  ],
  [
    '3-D Secure abandoned',
    { number: '4000002500003155', threeDSecure: 'abandon' },
    { status: 'pending' },
    'g card 4242',
  ],
  ['declined', { number: '4000000000000002' }, { status: 'failed', code: 'card_declined' }, 'g card 4242'],
  ['lost', { number: '4000000000009987' }, { status: 'failed', code: 'card_declined' }, 'g card 4242'],
  ['wrong code', { number: '4000000000000127' }, { status: 'failed', code: 'incorrect_cvc' }, 'g card 4242'],
  [
    'a brand g does not take',
    { number: '3566002020360505' },
    { status: 'failed', code: 'invalid_number' },
    'g card 4242',
  ],
  ['another card', { number: '5555555555554444' }, { status: 'registered' }, 'g card 4444'],
  ['the same card', { number: '4242424242424242' }, { status: 'registered' }, 'g card 4242'],
]

test.each(outcomes)('B3 B4 a new card over an old one: %s', async (_what, typing, ends, then) => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  await registering(engine, goodCard)
  await engine.idle()
  expect(await registering(engine, typing)).toEqual(ends)
  expect(await methodsOf(engine)).toEqual([then])
  await goOn(engine, 4 * hourMs)
  expect(await methodsOf(engine)).toEqual([then])
  // Whatever was held is let go, and nothing stays under way.
  const open = await sql`select from charges where settled_at is null`.execute(engine.system.db)
  expect(open.rows.length).toBe(0)
  const held = [...engine.simulator.payments(engine.now())].filter((payment) => payment.status === 'requires_capture')
  expect(held).toEqual([])
  // And the next registration begins anew.
  expect(await registering(engine, goodCard)).toEqual({ status: 'registered' })
})

test('B3 a second card may be registered while the first one’s hold is still being let go', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  await registering(engine, goodCard)
  expect(await registering(engine, { number: '5555555555554444' })).toEqual({ status: 'registered' })
  await engine.idle()
  expect(await methodsOf(engine)).toEqual(['g card 4444'])
  expect(await verificationsOf(engine)).toEqual(['released 100', 'released 100'])
})

test('B3 finishing twice, or at once from two windows, replaces the method once', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  const begun = await beginRegistration(engine.system, { accountId, coverage: 'g' }, engine.now())
  if ('refused' in begun) throw new Error(begun.refused)
  await engine.payer('g').confirm({ clientSecret: begun.clientSecret, card: goodCard })
  const finish = () => finishRegistration(engine.system, begun.registrationId, engine.now())
  await Promise.all([finish(), finish(), finish()])
  expect(await finish()).toEqual({ status: 'registered' })
  const cards = await sql`select from cards`.execute(engine.system.db)
  expect(cards.rows.length).toBe(1)
})

test('B4 a card replaces the method of its coverage and of no other', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, ['g', 'jp'])
  await engine.idle()
  await registering(engine, { number: '3566002020360505' }, 'jp')
  expect(await methodsOf(engine)).toEqual(['g card 4242', 'jp card 0505'])
  await sql`update payment_settings set method = 'bank_transfer', card_id = null where coverage = 'g'`.execute(
    engine.system.db,
  )
  await engine.idle()
  await registering(engine, goodCard, 'g')
  expect(await methodsOf(engine)).toEqual(['g card 4242', 'jp card 0505'])
})

test('B6 registering the same card again pays everything outstanding at once, oldest first', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '5' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  declineNothing(engine)
  await registerCard(engine, accountId, 'g')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0', '2027-02 paid 0'])
  const { rows } = await sql<{ month: string }>`select i.month from charges c join invoices i using (bucket, invoice_id)
    where c.trigger = 'card_registered' order by c.gateway_payment_id`.execute(engine.system.db)
  expect(rows.map((row) => row.month)).toEqual(['2027-01', '2027-02'])
  await expectSound(engine)
})

test('B6 B9 a mark is cleared by a new registration of the same card, its counts are not', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine, 1, 'lost_card')
  engine.simulator.issuer.tell('*', [{ kind: 'decline', declineCode: 'insufficient_funds', from: engine.now() + 1 }])
  for (let time = 1; time < 15; time++) {
    await registerAndTry(engine)
  }
  await registerAndTry(engine)
  const attempts = (await chargesOf(engine)).length
  expect(attempts).toBe(15)
  await goOn(engine, dayMs + 4 * hourMs)
  expect(await skipsOf(engine)).toEqual(['2027-02-02 network_count_reached'])
})

/** The registration itself is approved; the attempt that follows is not. */
async function registerAndTry(engine: Engine) {
  engine.setNow(new Date(engine.now() + 60_000).toISOString())
  const rules = engine.simulator.books.rules.get('*') ?? []
  engine.simulator.issuer.tell('*', [])
  await registerCard(engine, accountId, 'g')
  engine.simulator.issuer.tell('*', rules)
  await engine.idle()
}

test('B12 fees of a trial’s days are waived, the rest is collected by the method there is at close', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  const trial = { accountId, coverage: 'g', endsOn: '2027-01-20' as Day, grantedBy: 'staff' }
  expect(await grantTrial(engine.system, { ...trial, endsOn: '2027-01-09' as Day }, engine.now())).toBe(
    'ends_in_the_past',
  )
  expect(await grantTrial(engine.system, trial, engine.now())).toBe('granted')
  await addFees(engine, [
    { accountId, month: '2027-01', amount: '1', day: '2027-01-09' },
    { accountId, month: '2027-01', amount: '2', day: '2027-01-10' },
    { accountId, month: '2027-01', amount: '4', day: '2027-01-20' },
    { accountId, month: '2027-01', amount: '8', day: '2027-01-21' },
  ])
  engine.setNow('2027-01-21T00:00:00Z')
  await engine.idle()
  expect(await methodsOf(engine)).toEqual(['g none'])
  await registering(engine, goodCard)
  await engine.idle()
  engine.setNow(closing)
  await engine.idle()
  const { rows } = await sql`select status, total_minor, waived_minor from invoices`.execute(engine.system.db)
  expect(rows).toEqual([{ status: 'paid', total_minor: 900n, waived_minor: 600n }])
  expect(await grantTrial(engine.system, { ...trial, endsOn: '2027-03-20' as Day }, engine.now())).toBe('has_a_method')
  await expectSound(engine)
})

test('B12 a trial whose end left no method: missing, skipped day by day, paid once a card is there', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  await grantTrial(
    engine.system,
    { accountId, coverage: 'g', endsOn: '2027-01-15' as Day, grantedBy: 'staff' },
    engine.now(),
  )
  await addFees(engine, [
    { accountId, month: '2027-01', amount: '3', day: '2027-01-12' },
    { accountId, month: '2027-01', amount: '7', day: '2027-01-25' },
  ])
  engine.setNow(closing)
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 700 missing'])
  await goOn(engine, 2 * dayMs)
  expect(await skipsOf(engine)).toEqual(['01', '02'].map((day) => `2027-02-${day} method_missing`))
  await registering(engine, goodCard)
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  await expectSound(engine)
})

test('B12 a card ends the trial on the day before; a month that is all trial is waived', async () => {
  const engine = await freshEngine(database)
  await newAccount(engine)
  await grantTrial(
    engine.system,
    { accountId, coverage: 'g', endsOn: '2027-03-31' as Day, grantedBy: 'staff' },
    engine.now(),
  )
  await addFees(engine, [{ accountId, month: '2027-01', amount: '3', day: '2027-01-12' }])
  engine.setNow(closing)
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 waived 0'])
  await registering(engine, goodCard)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '4', day: '2027-02-01' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 waived 0', '2027-02 paid 0'])
})
