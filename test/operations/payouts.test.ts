/** What the gateway holds of ours, takes for itself and sends to our bank: the clearing account is its balance, to the cent. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { dayMs, parseInstant } from '../../src/domain/calendar.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import { settleBalance } from '../../src/operations/settle-balance.ts'
import { takeGatewayEvent } from '../../src/operations/take-gateway-event.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { readClearing } from '../../src/postgres/settlement-lists.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine } from '../support/engine.ts'
import { accountNumber, closing, freshEngine, staffQueueOf } from '../support/scenes.ts'

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

const charge = async (engine: Engine, account: number) =>
  engine.system.db
    .selectFrom('charges')
    .where('account_id', '=', accountNumber(account))
    .where('status', '=', 'captured')
    .select(['charge_id as chargeId', 'gateway_payment_id as paymentId'])
    .executeTakeFirstOrThrow()

async function refund(engine: Engine, account: number, amountMinor: bigint): Promise<void> {
  const accountId = accountNumber(account)
  const { chargeId } = await charge(engine, account)
  const refundId = engine.system.makeId(bucketOfAccount(accountId), engine.now())
  const request = { refundId, accountId, chargeId, reason: 'sorry', requestedBy: 'Sato', amountMinor }
  await requestRefund(engine.system, { ...request, carries: 'credit_note' }, engine.now())
  await hear(engine)
}

async function dispute(engine: Engine, coverage: string, account: number): Promise<string> {
  const paymentId = (await charge(engine, account)).paymentId ?? ''
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
  expect(await payoutsOf(engine, 'g')).toEqual(['2027-02-03 12760 failed', '2027-02-15 1260 paid'])
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
