/** What the gateway holds of ours, takes for itself and sends to our bank: the clearing account is its balance, to the cent. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { dayMs, parseInstant, plusMs } from '../../src/domain/calendar.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import { settleBalance } from '../../src/operations/settle-balance.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import type { CardGateway } from '../../src/ports/card-gateway.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { readClearing } from '../../src/postgres/settlement-lists.ts'
import { readSettings } from '../../src/settings.ts'
import type { Command } from '../../src/simulator/core.ts'
import { crashEverywhere, picture } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, goodCard } from '../support/engine.ts'
import { accountNumber, closing, freshEngine, idleOf, staffQueueOf } from '../support/scenes.ts'

const database = testDatabase()
const wallNow = Date.parse('2026-11-23T12:00:00Z')

interface Side {
  readonly coverage: string
  readonly amounts: readonly string[]
}

/** January closed and collected, one account for each amount; on Monday, 1 February 2027. */
async function collected(engine: Engine, sides: readonly Side[]): Promise<void> {
  for (const { coverage } of sides) engine.simulator.events.listen(coverage)
  for (const { coverage, amounts } of sides) {
    for (const [index, amount] of amounts.entries()) {
      const accountId = accountNumber(index + 1)
      await accountWithCard(engine, accountId, [coverage])
      await addFees(engine, [{ accountId, coverage, month: '2027-01', amount }])
    }
  }
  engine.setNow(closing)
  await engine.idle()
}

/** What the gateway tells arrives, and all that is due is done. */
async function hear(engine: Engine): Promise<void> {
  for (const coverage of engine.system.coverages.keys()) {
    for (const event of engine.simulator.events.take(coverage, engine.now(), wallNow)) {
      await takeGatewayEvent(engine.system, coverage, { ...event, wallNow })
    }
  }
  await engine.idle()
}

/** Day by day, at noon. */
async function until(engine: Engine, to: string): Promise<void> {
  for (let at = engine.now() + dayMs; at <= parseInstant(to); at += dayMs) {
    engine.setNow(new Date(at).toISOString())
    await hear(engine)
  }
}

const charge = async (engine: Engine, account: number, coverage: string) =>
  engine.system.db
    .selectFrom('charges')
    .where('account_id', '=', accountNumber(account))
    .where('coverage', '=', coverage)
    .where('status', '=', 'captured')
    .select(['charge_id as chargeId', 'gateway_payment_id as paymentId'])
    .executeTakeFirstOrThrow()

async function refund(engine: Engine, account: number, amountMinor: bigint): Promise<void> {
  const accountId = accountNumber(account)
  const { chargeId } = await charge(engine, account, 'g')
  const refundId = engine.system.makeId(bucketOfAccount(accountId), engine.now())
  const request = { refundId, accountId, chargeId, reason: 'sorry', requestedBy: 'Sato', amountMinor }
  await requestRefund(engine.system, { ...request, carries: 'credit_note' }, engine.now())
  await hear(engine)
}

async function dispute(engine: Engine, coverage: string, account: number): Promise<string> {
  const paymentId = (await charge(engine, account, coverage)).paymentId ?? ''
  const act = { name: 'open_dispute', paymentId, reason: 'fraudulent', amountMinor: null, inquiry: false } as const
  const opened = engine.simulator.byHand(coverage, act, engine.now())
  await hear(engine)
  return opened.object === 'dispute' ? opened.dispute.id : ''
}

/** What the network holds of the account, from its own books. */
const balanceAtNetwork = (engine: Engine, coverage: string): bigint =>
  (engine.simulator.books.accounts.get(coverage)?.balance.entries ?? []).reduce(
    (sum, { amountMinor, feeMinor }) => sum + amountMinor - feeMinor,
    0n,
  )

async function expectToTheCent(engine: Engine, coverage: string): Promise<void> {
  expect((await checkInvariants(engine.system.db)).filter(({ broken }) => broken > 0)).toEqual([])
  const clearing = await readClearing(engine.system.db, coverage)
  expect(clearing).toMatchObject({ differenceMinor: 0n, balanceMinor: balanceAtNetwork(engine, coverage) })
}

const payoutsOf = async (engine: Engine, coverage: string) =>
  (
    await engine.system.db
      .selectFrom('payouts')
      .where('coverage', '=', coverage)
      .orderBy('created_at')
      .select(['created_at', 'amount_minor', 'status'])
      .execute()
  ).map((row) => `${new Date(row.created_at).toISOString().slice(0, 10)} ${row.amount_minor} ${row.status}`)

const postingsOf = async (engine: Engine, coverage: string) => {
  const { rows } = await sql<{ kind: string; sum: bigint }>`
    select kind, sum(amount_minor)::bigint as sum from gateway_postings where coverage = ${coverage} group by 1 order by 1
  `.execute(engine.system.db)
  return Object.fromEntries(rows.map(({ kind, sum }) => [kind, sum]))
}

test('a month in USD: captures, a refund, disputes, a payout that fails and a balance below zero, to the cent', async () => {
  const engine = await freshEngine(database)
  await collected(engine, [{ coverage: 'g', amounts: ['12.34', '100.00', '20.00'] }])
  // Three captures: 66, 320 and 88 in fees; on Wednesday they are available.
  await until(engine, '2027-02-04T06:00:00Z')
  expect(await payoutsOf(engine, 'g')).toEqual(['2027-02-03 12760 paid'])
  await expectToTheCent(engine, 'g')
  // More goes back than comes in: nothing is paid out while the balance is below zero.
  await refund(engine, 2, 10000n)
  const won = await dispute(engine, 'g', 3)
  await until(engine, '2027-02-12T06:00:00Z')
  expect(await payoutsOf(engine, 'g')).toHaveLength(1)
  expect(balanceAtNetwork(engine, 'g')).toBe(-10000n - 2000n - 1500n)
  await expectToTheCent(engine, 'g')
  engine.simulator.byHand('g', { name: 'resolve_dispute', disputeId: won, outcome: 'won' }, engine.now())
  await hear(engine)
  // The bank sends the first payout back: it makes up for what is missing, and the rest goes out again.
  engine.simulator.byHand('g', { name: 'fail_payout', payoutId: null }, engine.now())
  await until(engine, '2027-02-19T06:00:00Z')
  expect(await payoutsOf(engine, 'g')).toEqual(['2027-02-03 12760 failed', '2027-02-16 1260 paid'])
  expect(await postingsOf(engine, 'g')).toEqual({
    gateway_fee: 474n,
    dispute_fee: 1500n,
    paid_out: 12760n + 1260n,
    payout_returned: 12760n,
  })
  expect(balanceAtNetwork(engine, 'g')).toBe(0n)
  await expectToTheCent(engine, 'g')
  expect((await staffQueueOf(engine)).filter((kind) => kind === 'settlement_mismatch')).toEqual([])
})

test('JPY without a fixed part, and dinars with three decimals; a second reading of everything changes nothing', async () => {
  const { g, jp } = Object.fromEntries(readSettings({}, '.').coverages)
  if (!g || !jp) throw new Error('the default coverages')
  const dinars = { ...g, coverage: 'kw', currency: 'KWD', verificationMinor: 1000n }
  const coverages = new Map([jp, dinars].map((rules) => [rules.coverage, rules]))
  const engine = await freshEngine(database, { coverages })
  await collected(engine, [
    { coverage: 'jp', amounts: ['1234'] },
    { coverage: 'kw', amounts: ['12.345'] },
  ])
  engine.simulator.setFees('kw', { rateBp: 290, fixedMinor: 100n, disputeMinor: 5_000n, returnsDisputeFee: true })
  const id = await dispute(engine, 'kw', 1)
  engine.simulator.byHand('kw', { name: 'resolve_dispute', disputeId: id, outcome: 'won' }, engine.now())
  await until(engine, '2027-02-05T06:00:00Z')
  // 3.6 % of 1,234 yen; 2.9 % of 12.345 dinars, to the ten fils that a gateway can say, as before the fees were set.
  expect(await postingsOf(engine, 'jp')).toEqual({ gateway_fee: 44n, paid_out: 1190n })
  expect(await postingsOf(engine, 'kw')).toMatchObject({ dispute_fee: 5000n, dispute_fee_returned: 5000n })
  const before = await picture(engine)
  for (const coverage of ['jp', 'kw']) await expectToTheCent(engine, coverage)
  await sql`update balance_readings set read_through = '2027-01-10', next_read_at = '2027-02-01', reading_to = null`.execute(
    engine.system.db,
  )
  await sql`update payouts set entries_read_at = null`.execute(engine.system.db)
  await engine.idle()
  expect(await picture(engine)).toEqual(before)
})

test('what our books were not told of calls the staff with the evidence, and is settled when they know', async () => {
  const engine = await freshEngine(database)
  await collected(engine, [{ coverage: 'g', amounts: ['12.34'] }])
  await until(engine, '2027-02-02T06:00:00Z')
  const paymentId = (await charge(engine, 1, 'g')).paymentId ?? ''
  const act = { name: 'create_refund', paymentId, amountMinor: 500n, metadata: {} } as const
  engine.simulator.byHand('g', act, engine.now())
  const late = engine.simulator.events.take('g', engine.now(), wallNow)
  await until(engine, '2027-02-04T06:00:00Z')
  expect(await staffQueueOf(engine)).toEqual([])
  expect(await readClearing(engine.system.db, 'g')).toMatchObject({ open: 1n, openMinor: -500n, differenceMinor: 0n })
  await until(engine, '2027-02-07T06:00:00Z')
  const { rows } = await sql`select kind, account_id, evidence from staff_queue`.execute(engine.system.db)
  expect(rows).toMatchObject([
    {
      kind: 'settlement_mismatch',
      account_id: accountNumber(1),
      evidence: { what: 'not_in_our_books', kind: 'refund', direction: 'out', amountMinor: '-500' },
    },
  ])
  for (const event of late) await takeGatewayEvent(engine.system, 'g', { ...event, wallNow })
  await until(engine, '2027-02-09T06:00:00Z')
  expect(await readClearing(engine.system.db, 'g')).toMatchObject({ open: 0n, openMinor: 0n, differenceMinor: 0n })
  const open = await sql`select kind from staff_queue where closed_at is null and kind = 'settlement_mismatch'`.execute(
    engine.system.db,
  )
  expect(open.rows).toEqual([])
  await expectToTheCent(engine, 'g')
})

test('what the gateway does not enter calls the staff; what is somebody else’s goes through the books by itself', async () => {
  const engine = await freshEngine(database)
  await collected(engine, [{ coverage: 'g', amounts: ['12.34'] }])
  const hidden = (await charge(engine, 1, 'g')).paymentId
  const somebodys = async (command: Command) =>
    engine.simulator.call({ account: 'g', command, key: null, params: '' }, engine.now())
  const made = await somebodys({ name: 'create_method', card: goodCard })
  const methodId = made.reached && made.answer.object === 'method' ? made.answer.method.id : null
  await somebodys({
    name: 'create_payment',
    kind: 'payment',
    amountMinor: 10_000n,
    currency: 'USD',
    customerId: null,
    methodId,
    confirm: true,
    offSession: false,
    captureMethod: 'automatic',
    setupFutureUsage: false,
    metadata: { kessai_charge: 'order 7 of another shop' },
  })
  const gateways = new Map(
    [...engine.system.gateways].map(([coverage, gateway]): [string, CardGateway] => [
      coverage,
      {
        ...gateway,
        async listBalance(page) {
          const answer = await gateway.listBalance(page)
          if (answer.outcome !== 'found') return answer
          return { ...answer, rows: answer.rows.filter(({ paymentId }) => paymentId !== hidden) }
        },
      },
    ]),
  )
  for (let at = engine.now(); at <= parseInstant('2027-02-06T06:00:00Z'); at = plusMs(at, dayMs)) {
    await idleOf({ ...engine.system, gateways }, at)
  }
  const { rows } = await sql`select kind, evidence from staff_queue`.execute(engine.system.db)
  expect(rows).toMatchObject([
    { kind: 'settlement_mismatch', evidence: { what: 'no_balance_entry', direction: 'in', postedMinor: '1234' } },
  ])
  expect(await postingsOf(engine, 'g')).toMatchObject({ adjustment_in: 10_000n, gateway_fee: 320n })
  expect(await readClearing(engine.system.db, 'g')).toMatchObject({
    unsettled: 1n,
    unsettledMinor: 1234n,
    differenceMinor: 0n,
  })
})

test('a gateway that does not answer is asked again, and nothing is missing then', async () => {
  const engine = await freshEngine(database)
  await collected(engine, [{ coverage: 'g', amounts: ['12.34'] }])
  engine.setNow('2027-02-03T05:00:00Z')
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'balance', times: 2 })
  await engine.idle()
  expect(await payoutsOf(engine, 'g')).toEqual([])
  engine.setNow('2027-02-03T05:09:59Z')
  await engine.idle()
  expect(await payoutsOf(engine, 'g')).toEqual([])
  engine.setNow('2027-02-03T05:10:00Z')
  await engine.idle()
  expect(await payoutsOf(engine, 'g')).toEqual(['2027-02-03 1168 on_its_way'])
  await expectToTheCent(engine, 'g')
})

test('F26 a worker that dies anywhere while it reads: the next one goes on, and nothing is there twice', async () => {
  const deaths = await crashEverywhere(database, {
    setUp: async (engine) => {
      await collected(engine, [{ coverage: 'g', amounts: ['12.34'] }])
      engine.setNow('2027-02-02T06:00:00Z')
      await engine.idle()
      engine.setNow('2027-02-03T05:00:00Z')
    },
    operate: (system, engine) => settleBalance(system, 'g', engine.now()),
    atEnd: (engine) => expectToTheCent(engine, 'g'),
  })
  expect(deaths).toEqual(
    expect.arrayContaining(['before gateway listBalance', 'before insert balance_entries', 'before commit']),
  )
})
