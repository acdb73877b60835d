/** Each invariant of refunds and disputes holds on what the engine made, and is found broken once a violation is planted. */
import { type RawBuilder, sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { accountWithCard, addFees, type Engine, engineOn } from '../../test/support/engine.ts'
import { accountNumber, closing } from '../../test/support/scenes.ts'
import { bucketOf } from '../domain/bucket.ts'
import { requestRefund } from '../operations/request-refund.ts'
import { takeGatewayEvent } from '../operations/take-gateway-event.ts'
import { transaction } from './database.ts'
import { checkInvariants, proveInvariants } from './invariants.ts'
import { repairInvariants } from './repair-invariants.ts'

const database = testDatabase()
let engine: Engine
const [noted, reopened, disputed, credited] = [1, 2, 3, 4].map(accountNumber)
const wallNow = Date.parse('2026-11-23T12:00:00Z')

beforeAll(async () => {
  engine = await engineOn(database.url)
  engine.simulator.events.listen('g')
  for (const accountId of [noted, reopened, disputed, credited]) await accountWithCard(engine, `${accountId}`)
  await addFees(
    engine,
    [noted, reopened, disputed].map((accountId) => ({ accountId: `${accountId}`, month: '2027-01', amount: '12.34' })),
  )
  const [hold] = [...engine.simulator.payments(engine.now())].filter(({ accountId }) => accountId === credited)
  engine.simulator.byHand('g', { name: 'capture_payment', paymentId: hold?.id ?? '', amountMinor: null }, engine.now())
  await hear()
  engine.setNow(closing)
  await engine.idle()
  const paid = [...engine.simulator.payments(engine.now())].find(
    ({ subjectId, accountId }) => subjectId && accountId === disputed,
  )
  const dispute = { name: 'open_dispute', amountMinor: null, reason: 'fraudulent', inquiry: false } as const
  engine.simulator.byHand('g', { ...dispute, paymentId: paid?.id ?? '' }, engine.now())
  await hear()
  const charges = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select(['charge_id', 'account_id'])
    .execute()
  for (const { charge_id: chargeId, account_id: accountId } of charges) {
    if (accountId === disputed) continue
    const refundId = engine.system.makeId(bucketOf(chargeId), engine.now())
    const request = { refundId, accountId, chargeId, reason: 'sorry', requestedBy: 'Sato' }
    const carries = accountId === reopened ? ('reopening' as const) : null
    await requestRefund(engine.system, { ...request, carries }, engine.now())
  }
  await engine.idle()
})

async function hear(): Promise<void> {
  for (const event of engine.simulator.events.take('g', engine.now(), wallNow)) {
    await takeGatewayEvent(engine.system, 'g', { ...event, wallNow })
  }
  await engine.idle()
}

test('on what the engine made, every invariant holds, and each is broken below', async () => {
  const statuses = await engine.system.db
    .selectFrom('refunds')
    .select(['carries', 'status'])
    .orderBy('carries')
    .execute()
  expect(statuses.map(({ carries, status }) => `${carries} ${status}`)).toEqual([
    'credit succeeded',
    'credit_note succeeded',
    'reopening succeeded',
  ])
  const proofs = await checkInvariants(engine.system.db)
  expect(proofs.filter(({ broken }) => broken > 0)).toEqual([])
  expect([...new Set(violations.map(({ breaks }) => breaks))].sort()).toEqual(
    repairInvariants.map(({ name }) => name).sort(),
  )
})

const violations: readonly { readonly breaks: string; readonly plant: RawBuilder<unknown> }[] = [
  { breaks: 'refunds_are_posted', plant: sql`delete from postings where kind = 'paid_back'` },
  {
    breaks: 'refunds_are_posted',
    plant: sql`update refunds set status = 'failed', succeeded_at = null where carries = 'credit_note'`,
  },
  { breaks: 'refunds_are_posted', plant: sql`update refunds set status = 'returned' where carries = 'credit_note'` },
  {
    breaks: 'refunds_reach_their_invoice',
    plant: sql`update invoices set refunded_minor = refunded_minor + 1, captured_minor = captured_minor + 1
      where account_id = ${noted}`,
  },
  { breaks: 'refunds_reach_their_invoice', plant: sql`delete from postings where kind = 'credit_noted_net'` },
  {
    breaks: 'nothing_given_back_twice',
    plant: sql`update refunds set amount_minor = amount_minor + 1,
      from_credit_minor = from_credit_minor + (carries = 'credit')::int`,
  },
  { breaks: 'money_on_its_way_is_a_refund', plant: sql`delete from postings where kind = 'credit_set_aside'` },
  { breaks: 'disputed_money_is_in_the_ledger', plant: sql`delete from postings where kind = 'dispute_withdrawn'` },
  { breaks: 'disputed_money_is_in_the_ledger', plant: sql`update disputes set withdrawn_minor = 1` },
  { breaks: 'disputes_stop_collection', plant: sql`update invoices set disputed_at = null` },
  {
    breaks: 'disputes_stop_collection',
    plant: sql`update invoices set disputed_at = issued_at where account_id = ${noted}`,
  },
  {
    breaks: 'reopened_is_left_to_people',
    plant: sql`update invoices set next_attempt_at = issued_at where account_id = ${reopened}`,
  },
]

test.each(violations)('$breaks is found', async ({ breaks, plant }) => {
  const undo = new Error('undone')
  let broken = 0
  await transaction(engine.system.db, async (tx) => {
    await plant.execute(tx)
    const proofs = await proveInvariants(tx)
    broken = proofs.find(({ name }) => name === breaks)?.broken ?? 0
    throw undo
  }).catch((problem: unknown) => {
    if (problem !== undo) throw problem
  })
  expect(broken).toBeGreaterThan(0)
})
