/**
 * A restore, rehearsed: the database is copied, money moves on, and then workers start on the copy. The gateway's books
 * are the newer ones. Nobody is charged again for what was paid since, and all that moved is in the books or the staff's.
 */
import { sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { provenGateway } from '../../src/adapters/proven-gateway.ts'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { hourMs, instant, plusMs } from '../../src/domain/calendar.ts'
import { bookProof } from '../../src/operations/reconcile/prove-books.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import type { System } from '../../src/operations/system.ts'
import { poolFor } from '../../src/postgres/database.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { capturesPerInvoice, refundDifferences } from '../support/books.ts'
import { goOn } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, type Engine, engineOn, goodCard, registerCard } from '../support/engine.ts'
import { actsOn, quoted } from '../support/orders.ts'
import { runOn } from '../support/run-on.ts'
import { accountNumber, closing, declineAll, declineNothing, staffQueueOf } from '../support/scenes.ts'

const database = testDatabase()
const accounts = Array.from({ length: 6 }, (_, index) => accountNumber(index + 1))
const [, shops = '', isRefunded = '', isRefundedByHand = '', changesCard = ''] = accounts
const comesLater = accountNumber(7)

/** January's fees of accounts that pay by card, and an order that waits for its payer. */
async function begun(): Promise<{ engine: Engine; url: string; orderId: string }> {
  const url = await database.another()
  const engine = await engineOn(url)
  onTestFinished(() => engine.close())
  for (const accountId of accounts) await accountWithCard(engine, accountId)
  await addFees(
    engine,
    accounts.map((accountId) => ({ accountId, month: '2027-01', amount: '12.34' })),
  )
  const orderId = await quoted(engine, 'order-1', shops)
  await engine.idle()
  return { engine, url, orderId }
}

/** As the database is at this moment: what a dump, or the files of a stopped server, would be. */
async function copyOf(url: string): Promise<string> {
  const { pathname } = new URL(url)
  const name = pathname.slice(1)
  const { adminUrl } = database
  await runOn(adminUrl, `drop database if exists ${name}_copy with (force)`)
  await runOn(adminUrl, `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = '${name}'`)
  await runOn(adminUrl, `create database ${name}_copy template ${name}`)
  onTestFinished(() => runOn(adminUrl, `drop database if exists ${name}_copy with (force)`))
  const address = new URL(url)
  address.pathname = `${pathname}_copy`
  return address.href
}

/** Two days in which money moves in every way. */
async function moneyMoves(engine: Engine, orderId: string): Promise<void> {
  await accountWithCard(engine, comesLater)
  await registerCard(engine, changesCard, 'g', { ...goodCard, number: '5555555555554444' })
  engine.setNow(engine.now() < Date.parse(closing) ? closing : plusMs(engine.now(), hourMs))
  await goOn(engine, 24 * hourMs)
  await actsOn(engine, orderId, engine.system, shops).confirm()
  await engine.idle()
  await actsOn(engine, orderId, engine.system, shops).ship()
  const held = await quoted(engine, 'order-2', comesLater)
  await actsOn(engine, held, engine.system, comesLater).confirm()
  const taken = await quoted(engine, 'order-3', comesLater)
  await actsOn(engine, taken, engine.system, comesLater).confirm()
  await engine.idle()
  await actsOn(engine, taken, engine.system, comesLater).ship()
  await engine.idle()
  const paidByLater = [...engine.simulator.payments(engine.now())].find(
    ({ accountId, capturedMinor }) => accountId === comesLater && capturedMinor > 0n,
  )
  const someOfIt = { name: 'create_refund', paymentId: paidByLater?.id ?? '', amountMinor: 100n, metadata: {} } as const
  engine.simulator.byHand('g', someOfIt, engine.now())
  await goOn(engine, 6 * hourMs)
  await refund(engine, isRefunded)
  const paymentId = await paymentOf(engine, isRefundedByHand)
  engine.simulator.byHand('g', { name: 'create_refund', paymentId, amountMinor: 300n, metadata: {} }, engine.now())
  await goOn(engine, 24 * hourMs)
}

async function refund(engine: Engine, accountId: string): Promise<void> {
  const charge = await chargeOf(engine, accountId)
  const request = { refundId: engine.system.makeId(bucketOfAccount(accountId), engine.now()), accountId, ...charge }
  const why = { reason: 'sorry', requestedBy: 'Sato', carries: 'credit_note', amountMinor: 200n } as const
  await requestRefund(engine.system, { ...request, ...why }, engine.now())
}

async function chargeOf(engine: Engine, accountId: string) {
  const { rows } = await sql<{ chargeId: string; paymentId: string }>`
    select charge_id as "chargeId", gateway_payment_id as "paymentId" from charges
    where account_id = ${accountId} and status = 'captured' and invoice_id is not null`.execute(engine.system.db)
  if (!rows[0]) throw new Error(`${accountId} has not paid`)
  return rows[0]
}
const paymentOf = async (engine: Engine, accountId: string) => (await chargeOf(engine, accountId)).paymentId

/** A worker on the copy, as `wiring.ts` would make it: it proves its books before it charges. */
async function restoredOn(engine: Engine, url: string, proves: boolean): Promise<Engine> {
  const pool = poolFor(url, { connections: 4 })
  onTestFinished(() => pool.end())
  const system = await engine.anotherWorker(pool)
  // Each look at the wall is two seconds after the one before.
  let wall = Date.parse('2026-11-23T12:00:00Z')
  const wallNow = () => {
    wall += 2_000
    return instant(wall)
  }
  const gateways = new Map(
    [...system.gateways].map(([coverage, gateway]) => {
      const proof = bookProof({ ...system, wallNow }, coverage, gateway, async () => engine.now())
      return [coverage, provenGateway(gateway, proof)]
    }),
  )
  const restored: System = proves ? { ...system, gateways } : system
  return { ...engine, system: restored }
}

const capturesAtNetwork = (engine: Engine): string[] =>
  [...engine.simulator.payments(engine.now())].flatMap(({ id, capturedMinor }) => (capturedMinor > 0n ? [id] : []))

/** Payments that took money, and that neither the books nor the staff know of. */
async function unaccounted(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ paymentId: string }>`
    select gateway_payment_id as "paymentId" from charges where status = 'captured'
    union all select evidence -> 'gateway' ->> 'paymentId' from staff_queue where closed_at is null`.execute(
    engine.system.db,
  )
  const known = new Set(rows.map(({ paymentId }) => paymentId))
  return capturesAtNetwork(engine).filter((paymentId) => !known.has(paymentId))
}

const moments: readonly (readonly [when: string, until: (engine: Engine) => Promise<void>])[] = [
  [
    'before the month closed: its invoices are made again',
    async (engine) => {
      engine.setNow('2027-02-01T05:00:00Z')
      await engine.idle()
    },
  ],
  [
    'with invoices that wait for their first attempt',
    async (engine) => {
      engine.setNow(closing)
      engine.simulator.faults.set({ down: true })
      await engine.idle()
      engine.simulator.faults.clear()
    },
  ],
  [
    'after everybody was declined once',
    async (engine) => {
      engine.setNow(closing)
      declineAll(engine)
      await engine.idle()
      declineNothing(engine)
    },
  ],
]

for (const [when, until] of moments) {
  test(`a copy from ${when}: nobody is charged again, and nothing is lost`, async () => {
    const { engine, url, orderId } = await begun()
    await until(engine)
    const copy = await copyOf(url)
    await moneyMoves(engine, orderId)
    const before = capturesAtNetwork(engine)
    const restored = await restoredOn(engine, copy, true)
    await goOn(restored, 26 * hourMs, restored.system)

    expect(capturesAtNetwork(engine)).toEqual(before)
    for (const [invoice, times] of capturesPerInvoice(engine)) expect(times, `captures of ${invoice}`).toBe(1)
    expect(await unaccounted(restored)).toEqual([])
    const { rows } = await sql<{ told: string }>`select reason || ' ' || stage as told from reconciliations`.execute(
      restored.system.db,
    )
    expect(rows).toEqual([{ told: 'restored done' }])
    const { rows: invoices } = await sql<{ told: string }>`
      select status || ' ' || due_minor || ' ×' || count(*) as told from invoices group by status, due_minor`.execute(
      restored.system.db,
    )
    expect(invoices).toEqual([{ told: 'paid 0 ×6' }])
    const refunds = (await refundDifferences(restored)).filter((told) => !told.startsWith(comesLater))
    expect(refunds).toEqual([])
    expect((await checkInvariants(restored.system.db)).filter((proof) => proof.broken > 0)).toEqual([])
    expect(await staffQueueOf(restored)).toEqual(
      expect.arrayContaining(['payment_unmatched', 'registration_lost', 'refund_at_gateway', 'captured_in_excess']),
    )
    // It goes on collecting: what is owed from now on is charged.
    await addFees(restored, [{ accountId: changesCard, month: '2027-02', amount: '5.00' }])
    engine.setNow('2027-03-01T06:00:00Z')
    await goOn(restored, hourMs, restored.system)
    expect(capturesAtNetwork(engine)).toHaveLength(before.length + 1)
  })
}

test('without the proof, workers on the copy would charge again: what the proof is for', async () => {
  const { engine, url, orderId } = await begun()
  engine.setNow('2027-02-01T05:00:00Z')
  await engine.idle()
  const copy = await copyOf(url)
  await moneyMoves(engine, orderId)
  const before = capturesAtNetwork(engine)
  const restored = await restoredOn(engine, copy, false)
  await goOn(restored, 26 * hourMs, restored.system)
  expect(capturesAtNetwork(engine).length).toBeGreaterThan(before.length)
})

test('books that are as new as the gateway’s are proven by one list, and then believed on this server', async () => {
  const { engine, url } = await begun()
  engine.setNow(closing)
  const worker = await restoredOn(engine, url, true)
  await goOn(worker, hourMs, worker.system)
  expect(capturesAtNetwork(engine)).toHaveLength(accounts.length)
  const { rows } = await sql`select from reconciliations`.execute(engine.system.db)
  expect(rows).toEqual([])
})

test('while the gateway cannot be read nobody is charged, and then everybody is', async () => {
  const { engine, url } = await begun()
  engine.setNow(closing)
  const worker = await restoredOn(engine, url, true)
  engine.simulator.faults.arm({ fault: 'timeout_before', step: 'read', times: 1 })
  await goOn(worker, hourMs, worker.system)
  expect(capturesAtNetwork(engine)).toHaveLength(accounts.length)
})
