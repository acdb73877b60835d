/** What is tried again, when, and what stands in the way (B8, B9, B10), with the gateway in all its moods. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { dayMs, hourMs, minuteMs, parseInstant, plusMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { resumeCollection } from '../../src/operations/resume-collection.ts'
import { clientSecretOf } from '../../src/simulator/customers.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { addFees, goodCard } from '../support/engine.ts'
import {
  attemptsAtNetwork,
  chargesOf,
  closing,
  declineAll,
  declineNothing,
  expectSound,
  fingerprintOf,
  freshEngine,
  idleOf,
  invoicesOf,
  outstanding,
  owing,
  skipsOf,
  staffQueueOf,
  watched,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const of = { accountId, coverage: 'g' }
const visa = goodCard
const mastercard = { ...goodCard, number: '5555555555554444' }

/** `count` times the same. */
const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text)

test('B8 an invoice partly paid between hold and capture: only what is still due is taken', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  const { system, watch } = watched(engine.system)
  const held = watch.holdBack('hold')
  const run = idleOf(system, engine.now())
  await held.arrived
  await sql`update invoices set credit_noted_minor = 1000`.execute(engine.system.db)
  held.letGo()
  await run
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
  const [payment] = [...engine.simulator.payments(engine.now())].slice(-1)
  expect([payment?.amountMinor, payment?.capturedMinor]).toEqual([1234n, 234n])
})

test('B8 a capture that may have been sent is not repeated once less is due: the hold is given up', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'capture' })
  await engine.idle()
  await sql`update invoices set credit_noted_minor = 1000`.execute(engine.system.db)
  await goOn(engine, hourMs)
  expect(await chargesOf(engine)).toEqual(['run released'])
  await goOn(engine, 2 * dayMs)
  expect(await chargesOf(engine)).toEqual(['run released', 'run captured'])
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
})

test('B8 money taken although nothing was due any more becomes credit, and a person is told', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  const { system, watch } = watched(engine.system)
  const capture = watch.holdBack('capture')
  const run = idleOf(system, engine.now())
  await capture.arrived
  await sql`update invoices set credit_noted_minor = 1000`.execute(engine.system.db)
  capture.letGo()
  await run
  expect(await staffQueueOf(engine)).toEqual(['captured_in_excess'])
  const { rows } =
    await sql`select s.credit_minor, i.captured_minor, i.due_minor from payment_settings s, invoices i`.execute(
      engine.system.db,
    )
  expect(rows).toEqual([{ credit_minor: 1000n, captured_minor: 234n, due_minor: 0n }])
})

test('B8 a hold given up by hand at the gateway is tried again the next day, once', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold' })
  await engine.idle()
  const [payment] = [...engine.simulator.payments(engine.now())].slice(-1)
  if (!payment) throw new Error('a hold was placed')
  const command = { name: 'cancel_payment', paymentId: payment.id, reason: 'requested_by_customer' } as const
  await engine.simulator.call({ account: 'g', command, key: null, params: '' }, engine.now())
  await goOn(engine, hourMs)
  expect(await chargesOf(engine)).toEqual(['run released'])
  await goOn(engine, 2 * dayMs)
  expect(await chargesOf(engine)).toEqual(['run released', 'run captured'])
  await expectSound(engine)
})

test('B9 once the cause is gone the next day’s attempt succeeds and nobody has to do anything', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  const broke = parseInstant('2027-02-04T00:00:00Z')
  engine.simulator.issuer.tell('*', [{ kind: 'decline', declineCode: 'insufficient_funds', until: broke }])
  await goOn(engine, 10 * dayMs)
  expect(await chargesOf(engine)).toEqual(['run declined', ...times(2, 'daily_retry declined'), 'daily_retry captured'])
  await expectSound(engine)
})

const networks: readonly [name: string, card: typeof goodCard, attempts: number][] = [
  ['Visa: 15 in 30 days', visa, 15],
  ['Mastercard: 35 in 30 days', mastercard, 35],
]

test.each(networks)(
  'B9 the network’s count holds, and each day beyond it says so: %s',
  async (_name, card, attempts) => {
    const engine = await freshEngine(database)
    await owing(engine, 1, card)
    declineAll(engine, 'generic_decline')
    await goOn(engine, 60 * dayMs)
    const start = parseInstant(closing)
    const within = [...engine.simulator.payments(engine.now())].filter(
      (payment) => payment.subjectId !== null && payment.createdAt < start + 30 * dayMs,
    )
    expect(within.length).toBe(Math.min(attempts, 30))
    const skipped = await skipsOf(engine)
    expect(skipped.every((skip) => skip.endsWith('network_count_reached'))).toBe(true)
    // Every day of the sixty has an attempt or a reason.
    expect((await chargesOf(engine)).length + skipped.length).toBe(60)
    await expectSound(engine)
  },
)

test('B9 B10 every trigger counts for the network, and Activate is refused with the date', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine, 'generic_decline')
  for (let press = 0; press < 14; press++) {
    engine.setNow(plusMs(parseInstant(closing), (press + 1) * minuteMs))
    await sql`update accounts set activated_at_wall = '{}'`.execute(engine.system.db)
    expect(await activate(engine.system, of, engine.now())).toMatchObject({ requested: 1 })
    await engine.idle()
  }
  expect(attemptsAtNetwork(engine)).toBe(15)
  expect(await activate(engine.system, of, engine.now())).toEqual({
    refused: 'network_count_reached',
    until: plusMs(parseInstant(closing), 30 * dayMs),
  })
  await goOn(engine, dayMs + 3 * hourMs)
  expect(await skipsOf(engine)).toEqual(['2027-02-02 network_count_reached'])
  await expectSound(engine)
})

const codes: readonly [code: string, reason: string | null][] = [
  ['insufficient_funds', null],
  ['processing_error', null],
  ['issuer_not_available', null],
  ['lost_card', 'code_forbids_retry'],
  ['stolen_card', 'code_forbids_retry'],
  ['do_not_try_again', 'code_forbids_retry'],
  ['revocation_of_authorization', 'code_forbids_retry'],
  ['invalid_account', 'code_forbids_retry'],
  ['expired_card', 'customer_needed'],
  ['incorrect_cvc', 'customer_needed'],
  ['authentication_required', 'customer_needed'],
]

test.each(codes)('B9 after %s, what the next days are skipped for: %s', async (code, reason) => {
  const engine = await freshEngine(database)
  await outstanding(engine, 1, code)
  declineAll(engine, code)
  await goOn(engine, 4 * dayMs)
  const later = ['02', '03', '04']
  expect(await chargesOf(engine)).toEqual([
    'run declined',
    ...(reason === null ? times(3, 'daily_retry declined') : []),
  ])
  expect(await skipsOf(engine)).toEqual(reason === null ? [] : later.map((day) => `2027-02-${day} ${reason}`))
})

test('B9 not before a prescribed delay: Mastercard asks for four days', async () => {
  const engine = await freshEngine(database)
  await owing(engine, 1, mastercard)
  await engine.idle()
  const { rows } = await sql`select status from invoices`.execute(engine.system.db)
  expect(rows).toEqual([{ status: 'paid' }])
  await addFees(engine, [{ accountId, month: '2027-02', amount: '5' }])
  declineAll(engine)
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  // As a decline with merchant advice 27 leaves the card.
  await sql`update cards set mark = 'after', mark_code = '27', marked_at = '2027-03-01T06:00:00Z',
    retry_after = '2027-03-05T06:00:00Z'`.execute(engine.system.db)
  declineNothing(engine)
  await goOn(engine, 6 * dayMs)
  expect(await skipsOf(engine)).toEqual(['02', '03', '04'].map((day) => `2027-03-${day} prescribed_delay`))
  expect(await chargesOf(engine)).toEqual(['run captured', 'run declined', 'daily_retry captured'])
  await expectSound(engine)
})

test('B9 a card past its date is not tried, until it is replaced', async () => {
  const engine = await freshEngine(database)
  await owing(engine, 1, { ...visa, expMonth: 1, expYear: 2027 })
  await goOn(engine, 2 * dayMs)
  expect(await chargesOf(engine)).toEqual([])
  expect(await skipsOf(engine)).toEqual(['01', '02'].map((day) => `2027-02-${day} card_expired`))
  expect(await invoicesOf(engine)).toEqual(['2027-01 outstanding 1234 card_declined'])
})

test('B10 Activate tries all outstanding invoices now, oldest first, and leaves the daily schedule alone', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '5' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  const before = await sql`select month, next_attempt_at from invoices order by month`.execute(engine.system.db)
  expect(await activate(engine.system, of, engine.now())).toEqual({
    requested: 2,
    sumMinor: 1734n,
    currency: 'USD',
    refusals: [],
  })
  await engine.idle()
  const after = await sql`select month, next_attempt_at from invoices order by month`.execute(engine.system.db)
  expect(after.rows).toEqual(before.rows)
  expect((await chargesOf(engine)).filter((charge) => charge.startsWith('activate'))).toEqual(
    times(2, 'activate declined'),
  )
  await goOn(engine, 4 * hourMs)
  // The daily attempts of that morning are made all the same.
  expect((await chargesOf(engine)).slice(-2)).not.toEqual([])
  await expectSound(engine)
})

test('B10 five presses an hour, nothing outstanding, nobody there', async () => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  declineAll(engine)
  for (let press = 0; press < 5; press++) {
    expect(await activate(engine.system, of, engine.now())).toMatchObject({ requested: 1 })
    await engine.idle()
  }
  expect(await activate(engine.system, of, engine.now())).toMatchObject({ refused: 'too_often' })
  expect(await activate(engine.system, { ...of, accountId: 'OP0000000099' }, engine.now())).toEqual({
    refused: 'account_unknown',
  })
  declineNothing(engine)
  await goOn(engine, dayMs + 3 * hourMs)
  expect(await activate(engine.system, of, engine.now())).toEqual({ refused: 'nothing_outstanding' })
})

const answers: readonly [how: 'pass' | 'fail' | 'abandon', then: string, invoice: string][] = [
  ['pass', 'activate captured', '2027-01 paid 0'],
  ['fail', 'activate declined', '2027-01 outstanding 1234 card_declined'],
  ['abandon', 'activate released', '2027-01 outstanding 1234 card_declined'],
]

test.each(answers)('B10 Activate with 3-D Secure, %s: the same charge goes on', async (how, then, invoice) => {
  const engine = await freshEngine(database)
  await outstanding(engine)
  engine.simulator.issuer.tell(await fingerprintOf(engine, accountId), [{ kind: 'authentication_required' }])
  await activate(engine.system, of, engine.now())
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run declined', 'activate needs_customer'])
  const { rows } = await sql<{
    id: string
  }>`select gateway_payment_id as id from charges where status = 'needs_customer'`.execute(engine.system.db)
  const clientSecret = clientSecretOf(engine.simulator.books, rows[0]?.id ?? '')
  await engine.payer('g').confirm({ clientSecret, threeDSecure: how })
  await goOn(engine, 90 * minuteMs)
  expect(await chargesOf(engine)).toEqual(['run declined', then])
  expect(await invoicesOf(engine)).toEqual([invoice])
  await expectSound(engine)
})

test('a refusing gateway pauses the runs and calls staff; nothing is shown as a decline; resumed, it goes on', async () => {
  const engine = await freshEngine(database)
  const accounts = await owing(engine, 64)
  engine.simulator.faults.set({ unauthorised: true })
  await engine.idle()
  const paused = await sql<{ reason: string }>`select paused_reason as reason from runs
    where paused_at is not null and coverage = 'g' and month = '2027-01'`.execute(engine.system.db)
  const declined = await sql`select from invoices where failure_code is not null`.execute(engine.system.db)
  expect(declined.rows).toEqual([])
  expect((await staffQueueOf(engine)).length).toBeGreaterThan(0)
  expect(paused.rows.length).toBe(1)
  engine.simulator.faults.set({ unauthorised: false })
  await goOn(engine, 2 * hourMs)
  expect((await invoicesOf(engine)).filter((invoice) => invoice.includes('paid'))).toEqual([])
  await resumeCollection(engine.system, { coverage: 'g' }, engine.now())
  await goOn(engine, 2 * hourMs)
  expect(await invoicesOf(engine)).toEqual(accounts.map(() => '2027-01 paid 0'))
  await expectSound(engine)
})

test('429 for ten minutes: put back, sent later under the same key, counted as one attempt', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'rate_limited', step: 'hold', times: 10 })
  const { system, watch } = watched(engine.system)
  await idleOf(system, engine.now())
  await goOn(engine, 15 * minuteMs, system)
  const holds = watch.calls.filter((call) => call.method === 'hold')
  expect(holds.length).toBe(11)
  expect(new Set(holds.map((call) => call.chargeId)).size).toBe(1)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(attemptsAtNetwork(engine)).toBe(1)
  await expectSound(engine)
})

test('the gateway is down for an hour on the 1st: everything is collected that morning, once', async () => {
  const engine = await freshEngine(database)
  const accounts = await owing(engine, 10)
  engine.simulator.faults.set({ down: true })
  await engine.idle()
  await goOn(engine, hourMs)
  engine.simulator.faults.set({ down: false })
  await goOn(engine, 3 * hourMs)
  expect(await invoicesOf(engine)).toEqual(accounts.map(() => '2027-01 paid 0'))
  expect(attemptsAtNetwork(engine)).toBe(10)
  await expectSound(engine)
})

test('a gateway that takes longer than anybody waits: unknown, then settled by looking', async () => {
  const engine = await freshEngine(database)
  const accounts = await owing(engine, 5)
  engine.simulator.faults.set({ rates: { timeout_after: 1 } })
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(accounts.map(() => 'run unknown'))
  await goOn(engine, 3 * hourMs)
  expect(await invoicesOf(engine)).toEqual(accounts.map(() => '2027-01 paid 0'))
  expect(attemptsAtNetwork(engine)).toBe(5)
  await expectSound(engine)
})
