/**
 * Two operations on one account never wait for each other in a circle: they take their locks in the order written down
 * in `src/postgres/database.ts`. One is stopped after each of its statements that locks something, the other goes on
 * until it is done or has to wait, and then the first goes on: if a circle is possible at all, one of these ways closes
 * it, and PostgreSQL says so. Nothing is committed, so every way begins with the same rows.
 */
import { type PostgresPool, type PostgresPoolClient, sql } from 'kysely'
import type { PoolClient } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, type Instant, plusMs } from '../../src/domain/calendar.ts'
import type { Learnt } from '../../src/domain/learnt.ts'
import { activate } from '../../src/operations/activate.ts'
import { approveInvoice } from '../../src/operations/approve-invoice.ts'
import { decideDisputeBy } from '../../src/operations/decide-dispute.ts'
import { returnOrder } from '../../src/operations/orders/return-order.ts'
import { recordDispute } from '../../src/operations/record-dispute.ts'
import { recordOutcomes } from '../../src/operations/record-outcomes.ts'
import { recordRefund } from '../../src/operations/record-refund.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import { retryInvoice } from '../../src/operations/retry-invoice.ts'
import type { System } from '../../src/operations/system.ts'
import { type ClaimedCharge, claimDueCharges } from '../../src/postgres/charges.ts'
import { poolFor, transaction } from '../../src/postgres/database.ts'
import { readRepairedCharge } from '../../src/postgres/repairs.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, engineOn, goodCard } from '../support/engine.ts'
import { actsOn, quoted } from '../support/orders.ts'
import { declineAll, declineNothing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const bucket = bucketOfAccount(accountId)
const of = { accountId, coverage: 'g' }

type Operation = (system: System) => Promise<unknown>
let engine: Engine
let operations: Awaited<ReturnType<typeof scene>>
let stopped: ReturnType<typeof gate>
let going: ReturnType<typeof gate>
let stoppedSystem: System
let goingSystem: System
/** Statements that PostgreSQL ended because they waited in a circle. */
const circles: string[] = []

beforeAll(async () => {
  engine = await engineOn(database.url)
  operations = await scene()
  stopped = gate()
  going = gate()
  stoppedSystem = await engine.anotherWorker(stopped.pool)
  goingSystem = await engine.anotherWorker(going.pool)
})
afterAll(async () => {
  await Promise.all([stopped.end(), going.end()])
  await engine.close()
})

/** January and February are paid, and both disputed or refunded; March and April are being charged; May waits; June is staff's. */
async function scene() {
  await accountWithCard(engine, accountId)
  const months = ['01', '02', '03', '04', '05', '06']
  for (const [index, month] of months.entries()) {
    await addFees(engine, [{ accountId, month: `2027-${month}`, amount: '12.34' }])
    if (index >= 2) declineAll(engine)
    engine.setNow(`2027-${months[index + 1] ?? '07'}-01T06:00:00Z`)
    await engine.idle()
  }
  engine.setNow('2027-07-02T09:00:00Z')
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'hold', times: 2 })
  await engine.idle()
  declineNothing(engine)
  const orderId = await quoted(engine)
  await actsOn(engine, orderId).confirm()
  await engine.idle()
  await actsOn(engine, orderId).ship()
  await engine.idle()
  const { db, workerId } = engine.system
  await sql`update invoices set status = 'awaiting_approval', next_attempt_at = null where month = '2027-06'`.execute(
    db,
  )
  const begun = await beginRegistration(engine.system, of, engine.now())
  if ('refused' in begun) throw new Error(begun.refused)
  await engine.payer('g').confirm({ clientSecret: begun.clientSecret, card: goodCard })
  const later = plusMs(engine.now(), hourMs)
  const charges = await transaction(db, (tx) => claimDueCharges(tx, bucket, workerId, later, 10))
  const { january, february, ordered } = await paidCharges()
  const disputeId = await disputeLost(february)
  const refundId = engine.system.makeId(bucket, engine.now())
  const wish = { accountId, reason: 'by mistake', requestedBy: 'Sato' }
  await requestRefund(
    engine.system,
    { ...wish, refundId, chargeId: january, amountMinor: 300n, carries: 'reopening' },
    now(),
  )
  const refund = { bucket, chargeId: january, refundId }
  const succeeded = { kind: 'found', gatewayRefundId: 're_1', status: 'succeeded' } as const
  const invoices = await invoicesByMonth()
  const newId = () => engine.system.makeId(bucket, engine.now())
  return {
    'more is taken than was due': (system) =>
      recordOutcomes({ ...system, workerId }, bucket, learnt(charges, 2000n), now()),
    'charges are declined': (system) => recordOutcomes({ ...system, workerId }, bucket, learnt(charges, null), now()),
    'the payer presses Activate': (system) => activate(system, of, now()),
    'a card is registered': (system) => finishRegistration(system, begun.registrationId, now()),
    'staff retry an invoice': (system) =>
      retryInvoice(system, { ...of, invoiceId: invoices.get('2027-05') ?? '' }, 'Sato', now()),
    'staff approve an invoice': (system) => approveInvoice(system, invoices.get('2027-06') ?? '', 'Sato', now()),
    'a refund has succeeded': (system) => recordRefund(system, refund, succeeded, now()),
    'staff decide a dispute': (system) =>
      decideDisputeBy(system, { accountId, disputeId, decision: 'reopen', decidedBy: 'Sato', why: 'true' }, now()),
    'an order comes back': (system) =>
      returnOrder(system, { accountId, orderId, refundId: newId(), reason: 'broken', returnedBy: 'shop' }, now()),
    'the order is refunded': (system) =>
      requestRefund(system, { ...wish, refundId: newId(), chargeId: ordered }, now()),
  } satisfies Record<string, Operation>
}

const now = (): Instant => engine.now()

async function paidCharges() {
  const { rows } = await sql<{ id: string; month: string | null }>`
    select c.charge_id as id, i.month from charges c left join invoices i using (bucket, invoice_id)
    where c.status = 'captured' order by i.month nulls last`.execute(engine.system.db)
  const [january, february, ordered] = rows
  if (!january || !february || !ordered) throw new Error(`captured: ${rows.length}`)
  return { january: january.id, february: february.id, ordered: ordered.id }
}

async function invoicesByMonth(): Promise<Map<string, string>> {
  const rows = await engine.system.db.selectFrom('invoices').select(['month', 'invoice_id']).execute()
  return new Map(rows.map(({ month, invoice_id }) => [month, invoice_id]))
}

async function disputeLost(chargeId: string): Promise<string> {
  const charge = await readRepairedCharge(engine.system.db, bucket, chargeId)
  if (!charge) throw new Error('no charge')
  const seen = { gatewayDisputeId: 'dp_1', status: 'lost', amountMinor: 1234n, reason: 'fraudulent' } as const
  await recordDispute(
    engine.system,
    charge,
    { ...seen, evidenceDueAt: null, createdAt: now(), chargeId, paymentId: 'pi_1' } as never,
    now(),
  ) // a whole one has what only the gateway needs
  const row = await engine.system.db.selectFrom('disputes').select('dispute_id').executeTakeFirstOrThrow()
  return row.dispute_id
}

/** Every charge ends so; null: declined. */
const learnt = (charges: readonly ClaimedCharge[], capturedMinor: bigint | null): [ClaimedCharge, Learnt][] =>
  charges.map((charge) => {
    const decline = { code: 'card_declined', declineCode: 'lost_card', adviceCode: null, networkCode: null }
    const paymentId = charge.paymentId ?? 'pi_0'
    return [
      charge,
      capturedMinor === null
        ? { kind: 'declined', paymentId, decline }
        : { kind: 'captured', paymentId, capturedMinor },
    ]
  })

const pairs = [
  ['more is taken than was due', 'the payer presses Activate'],
  ['more is taken than was due', 'a card is registered'],
  ['more is taken than was due', 'a refund has succeeded'],
  ['charges are declined', 'a card is registered'],
  ['a card is registered', 'the payer presses Activate'],
  ['a card is registered', 'staff retry an invoice'],
  ['a card is registered', 'a refund has succeeded'],
  ['staff decide a dispute', 'a card is registered'],
  ['staff decide a dispute', 'more is taken than was due'],
  ['staff approve an invoice', 'a refund has succeeded'],
  ['an order comes back', 'the order is refunded'],
] as const

test.each(pairs)('%s while %s: nobody waits in a circle', async (one, other) => {
  for (const [first, second] of [
    [one, other],
    [other, one],
  ] as const) {
    for (let lock = 1; ; lock++) {
      const reached = stopped.stopAfter(lock)
      const firstDone = operations[first](stoppedSystem)
      if ((await Promise.race([reached, firstDone.then(() => 'done')])) === 'done') break
      const secondDone = operations[second](goingSystem)
      await doneOrWaiting(secondDone)
      stopped.goOn()
      await Promise.all([firstDone, secondDone])
    }
  }
  expect(circles.splice(0)).toEqual([])
})

/** Resolves when it is done, or its connection waits for somebody's lock. */
async function doneOrWaiting(act: Promise<unknown>): Promise<void> {
  let done = false
  act.then(
    () => (done = true),
    () => (done = true),
  )
  while (!done) {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(engine.system.db)
    if (rows.length > 0) return
  }
}

/** Connections of one worker, which stop after its nth statement that locks something, and never commit. */
function gate() {
  const pool = poolFor(database.url, { connections: 2 })
  let left = 0
  let reach: () => void = () => undefined
  let waited = Promise.resolve()
  let goOn: () => void = () => undefined
  const query = async (client: PoolClient, text: string, parameters: readonly unknown[]) => {
    const commits = text === 'commit'
    const answer = await client
      .query(commits ? 'rollback' : text, [...parameters])
      .catch((problem: Error & { readonly code?: string }) => {
        if (problem.code === '40P01') circles.push(text.replace(/\s+/g, ' ').slice(0, 80))
        throw problem
      })
    // Kysely looks whether the server did what it was told.
    if (commits) return { ...answer, command: 'COMMIT' }
    if (/for no key update|^\s*(insert|update|with)/.test(text) && --left === 0) {
      reach()
      await waited
    }
    return answer
  }
  const gated: PostgresPool = {
    connect: async () => {
      const client = await pool.connect()
      const asked: unknown = (text: string, parameters: readonly unknown[]) => query(client, text, parameters)
      // Kysely asks with text and parameters only.
      return { query: asked as PostgresPoolClient['query'], release: () => client.release() }
    },
    options: pool.options,
    end: () => pool.end(),
  }
  return {
    pool: gated,
    stopAfter(lock: number): Promise<string> {
      left = lock
      waited = new Promise((resolve) => {
        goOn = resolve
      })
      return new Promise((resolve) => {
        reach = () => resolve('stopped')
      })
    },
    goOn: () => goOn(),
    end: () => pool.end(),
  }
}
