/** Our books and the gateway's, compared both ways: every difference planted, found, and repaired or told, once. */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { addDays, type Day, dayAt, hourMs, plusMs } from '../../src/domain/calendar.ts'
import type { Difference } from '../../src/domain/reconciliation.ts'
import {
  beginDailyReconciliation,
  beginReconciliation,
  planDailyReconciliations,
  reconcilePage,
} from '../../src/operations/reconcile/reconcile.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import type { System } from '../../src/operations/system.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { countDifferences, readReconciliation } from '../../src/postgres/reconciliations.ts'
import { accountBooks, record } from '../../src/simulator/books.ts'
import type { Payment } from '../../src/simulator/rows.ts'
import { refundDifferences } from '../support/books.ts'
import { crashEverywhere } from '../support/crash.ts'
import { testDatabase } from '../support/database.ts'
import type { Engine } from '../support/engine.ts'
import {
  accountNumber,
  chargesOf,
  expectSound,
  freshEngine,
  invoicesOf,
  outstanding,
  owing,
  staffQueueOf,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const accountId = accountNumber(1)
const bucket = bucketOfAccount(accountId)

/** Reads all its pages. Answers `kind outcome ×times`. */
async function reconciled(engine: Engine, system: System = engine.system, fromOn = '2027-01-01'): Promise<string[]> {
  const toOn = addDays(dayAt(engine.now(), 'UTC'), 1)
  const id = await beginReconciliation(system, { coverage: 'g', fromOn: fromOn as Day, toOn }, engine.now())
  for (let pages = 0; await reconcilePage(system, id, engine.now()); pages++) expect(pages).toBeLessThan(99)
  expect((await readReconciliation(engine.system.db, id))?.stage).toBe('done')
  const counts = await countDifferences(engine.system.db, [id])
  return counts.map(({ kind, outcome, times }) => `${kind} ${outcome} ×${times}`)
}

const paymentOf = (engine: Engine): Payment => {
  const payments = [...engine.simulator.payments(engine.now())]
  const found = payments.findLast(({ subjectId }) => subjectId !== null)
  if (!found) throw new Error('nothing was asked of the network')
  return accountBooks(engine.simulator.books, 'g').payments.get(found.id) ?? found
}

/** What the network's books say instead of what they said: nobody tells us. */
const rewrite = (engine: Engine, payment: Payment): void => record(engine.simulator.books, ['payment', 'g', payment])

const byHand = (engine: Engine, act: Parameters<Engine['simulator']['byHand']>[1]) =>
  engine.simulator.byHand('g', act, engine.now())

async function paid(engine: Engine): Promise<void> {
  await owing(engine)
  await engine.idle()
}

/** Our rows of these charges as if they had never been written, as in an older copy of the database. */
async function forget(engine: Engine, trigger: 'run' | 'verification'): Promise<void> {
  const { db } = engine.system
  const gone = sql`(select charge_id from charges where trigger = ${trigger})`
  await sql`delete from messages where event_id in (select event_id from events where charge_id in ${gone})`.execute(db)
  await sql`delete from postings where source_id in ${gone}`.execute(db)
  await sql`delete from events where charge_id in ${gone}`.execute(db)
  await sql`delete from charges where trigger = ${trigger}`.execute(db)
}

async function forgetCharge(engine: Engine): Promise<void> {
  await forget(engine, 'run')
  await sql`update invoices set status = 'scheduled', captured_minor = 0, paid_at = null,
    next_attempt_at = issued_at + interval '1 day'`.execute(engine.system.db)
}

interface Case {
  readonly name: string
  /** What happens, and nobody tells us. */
  readonly plant: (engine: Engine) => Promise<unknown>
  readonly finds: readonly `${Difference} ${string}`[]
  readonly invoices?: readonly string[]
  readonly charges?: readonly string[]
  readonly staff?: readonly string[]
  /** The next reconciliation says the same again; left out: it finds nothing. */
  readonly again?: readonly string[]
  /** What was planted cannot be reconciled with any books of ours. */
  readonly unsound?: true
  /** Something else that has to be so. */
  readonly also?: (engine: Engine) => Promise<void>
}

const paidInvoice = ['2027-01 paid 0']

const planted = (name: string, of: Omit<Case, 'name'>): Case => ({ name, ...of })

const cases: readonly Case[] = [
  { name: 'nothing differs', plant: paid, finds: [], invoices: paidInvoice },
  planted('F18 an answer was lost and nobody has looked yet', {
    plant: async (engine) => {
      await owing(engine)
      engine.simulator.faults.arm({ fault: 'timeout_after', step: 'capture' })
      await engine.idle()
    },
    finds: ['charge_behind repaired ×1'],
    invoices: paidInvoice,
    charges: ['run captured'],
  }),
  planted('F17 an old payment that was declined changes nothing of what came after', {
    plant: async (engine) => {
      await outstanding(engine)
      engine.setNow(plusMs(engine.now(), 28 * hourMs))
      await engine.idle()
    },
    finds: [],
    invoices: paidInvoice,
    charges: ['run declined', 'daily_retry captured'],
  }),
  planted('F19 money was taken for a charge that was closed here: paid, and not tried again', {
    plant: async (engine) => {
      await outstanding(engine)
      const payment = paymentOf(engine)
      const capturedMinor = payment.amountMinor
      rewrite(engine, { ...payment, status: 'succeeded', capturedMinor, capturedAt: engine.now(), decline: null })
    },
    finds: ['money_found repaired ×1'],
    invoices: paidInvoice,
    charges: ['run captured'],
  }),
  {
    name: 'money was taken for a closed charge while the next one was intended and put back: that is withdrawn',
    plant: async (engine) => {
      await outstanding(engine)
      const payment = paymentOf(engine)
      const capturedMinor = payment.amountMinor
      engine.setNow(plusMs(engine.now(), 28 * hourMs))
      engine.simulator.faults.set({ limits: { perSecond: 0, perEndpointPerSecond: 0 } })
      await engine.idle()
      engine.simulator.faults.clear()
      expect(await chargesOf(engine)).toEqual(['run declined', 'daily_retry intended'])
      rewrite(engine, { ...payment, status: 'succeeded', capturedMinor, capturedAt: engine.now(), decline: null })
    },
    finds: ['money_found repaired ×1'],
    invoices: paidInvoice,
    charges: ['run captured', 'daily_retry not_executed'],
  },
  {
    name: 'a hold stands for a charge that was closed here',
    plant: async (engine) => {
      await outstanding(engine)
      rewrite(engine, { ...paymentOf(engine), status: 'requires_capture', heldAt: engine.now(), decline: null })
    },
    finds: ['hold_standing repaired ×1'],
    also: async (engine) => expect(paymentOf(engine).status).toBe('canceled'),
  },
  planted('F23 a refund at the dashboard, its event lost', {
    plant: async (engine) => {
      await paid(engine)
      byHand(engine, { name: 'create_refund', paymentId: paymentOf(engine).id, amountMinor: 500n, metadata: {} })
    },
    finds: ['refund_unheard repaired ×1'],
    staff: ['refund_at_gateway'],
    also: async (engine) => expect(await refundDifferences(engine)).toEqual([]),
  }),
  {
    name: 'a refund of a payment of long ago, its event lost',
    plant: async (engine) => {
      await paid(engine)
      engine.setNow('2027-05-02T00:00:00Z')
      byHand(engine, { name: 'create_refund', paymentId: paymentOf(engine).id, amountMinor: 500n, metadata: {} })
    },
    finds: ['refund_unheard repaired ×1'],
    staff: ['refund_at_gateway'],
  },
  planted('F23 a dispute, its event lost', {
    plant: async (engine) => {
      await paid(engine)
      const about = { paymentId: paymentOf(engine).id, amountMinor: null, reason: 'fraudulent', inquiry: false }
      byHand(engine, { name: 'open_dispute', ...about })
    },
    finds: ['dispute_unheard repaired ×1'],
    staff: ['dispute_open'],
    also: async (engine) => expect(await refundDifferences(engine)).toEqual([]),
  }),
  {
    name: 'a charge that our rows have lost: in the books, and never charged again',
    plant: async (engine) => {
      await paid(engine)
      await forgetCharge(engine)
    },
    finds: ['charge_lost repaired ×1'],
    invoices: paidInvoice,
    charges: ['run captured'],
  },
  {
    name: 'a lost charge of which some was given back since',
    plant: async (engine) => {
      await paid(engine)
      await forgetCharge(engine)
      byHand(engine, { name: 'create_refund', paymentId: paymentOf(engine).id, amountMinor: 500n, metadata: {} })
    },
    finds: ['charge_lost repaired ×1', 'refund_unheard repaired ×1'],
    charges: ['run captured'],
    staff: ['refund_at_gateway'],
    also: async (engine) => expect(await refundDifferences(engine)).toEqual([]),
  },
  {
    name: 'a lost charge of a lost invoice: the account’s credit',
    plant: async (engine) => {
      await paid(engine)
      await forgetCharge(engine)
      for (const name of ['messages', 'postings', 'events', 'fees', 'invoices']) {
        await sql`delete from ${sql.table(name)}`.execute(engine.system.db)
      }
      await forget(engine, 'verification')
    },
    finds: ['debt_lost repaired ×1', 'registration_lost queued ×1'],
    again: ['registration_lost queued ×1'],
    charges: ['found captured'],
    staff: ['captured_in_excess', 'registration_lost'],
    also: async (engine) => expect(await creditOf(engine)).toBe(1234n),
  },
  {
    name: 'a lost charge of an account that we do not have: staff, and not the wrong account',
    plant: async (engine) => {
      await paid(engine)
      const payment = paymentOf(engine)
      const stranger = { ...payment.metadata, kessai_account: accountNumber(1_065) }
      const chargeId = engine.system.makeId(bucketOfAccount(accountNumber(1_065)), engine.now())
      const made = { ...payment, id: 'pi_of_a_stranger', number: 999_001, chargeId }
      rewrite(engine, { ...made, metadata: { ...stranger, kessai_charge: chargeId } })
    },
    finds: ['account_lost queued ×1'],
    again: ['account_lost queued ×1'],
    staff: ['payment_unmatched'],
    unsound: true,
  },
  {
    name: 'a hold of a lost charge whose debt is lost, too',
    plant: async (engine) => {
      await owing(engine)
      const { id, ...payment } = paymentOfRegistration(engine)
      const chargeId = engine.system.makeId(bucket, engine.now())
      const subject = engine.system.makeId(bucket, engine.now())
      const metadata = { kessai_charge: chargeId, kessai_account: accountId, kessai_subject: subject }
      const held = {
        ...payment,
        id: `${id}_held`,
        number: 999_002,
        chargeId,
        metadata,
        status: 'requires_capture' as const,
      }
      rewrite(engine, {
        ...held,
        canceledAt: null,
        cancellationReason: null,
        heldAt: engine.now(),
        holdExpiresAt: engine.now() + 1e9,
      })
      await engine.idle()
    },
    finds: ['hold_lost repaired ×1'],
    again: ['attempt_lost listed ×1'],
    invoices: paidInvoice,
    also: async (engine) =>
      expect(
        [...engine.simulator.payments(engine.now())].filter(({ status }) => status === 'requires_capture'),
      ).toEqual([]),
  },
  {
    name: 'two payments for one charge: the second is credit',
    plant: async (engine) => {
      await paid(engine)
      rewrite(engine, { ...paymentOf(engine), id: 'pi_g_second', number: 999_003 })
    },
    finds: ['second_payment repaired ×1'],
    invoices: paidInvoice,
    charges: ['run captured', 'found captured'],
    staff: ['captured_in_excess'],
    unsound: true,
    also: async (engine) => expect(await creditOf(engine)).toBe(1234n),
  },
  {
    name: 'the gateway took another sum',
    plant: async (engine) => {
      await paid(engine)
      rewrite(engine, { ...paymentOf(engine), capturedMinor: 1000n })
    },
    finds: ['amount_differs queued ×1'],
    again: ['amount_differs queued ×1'],
    staff: ['books_differ'],
    unsound: true,
  },
  {
    name: 'of another customer',
    plant: async (engine) => {
      await paid(engine)
      rewrite(engine, { ...paymentOf(engine), customerId: 'cus_of_somebody' })
    },
    finds: ['customer_differs queued ×1'],
    again: ['customer_differs queued ×1'],
    staff: ['books_differ'],
  },
  {
    name: 'captured here, and not there: never "repaired"',
    plant: async (engine) => {
      await paid(engine)
      rewrite(engine, { ...paymentOf(engine), status: 'canceled', capturedMinor: 0n })
    },
    finds: ['captured_here_only queued ×1'],
    again: ['captured_here_only queued ×1'],
    invoices: paidInvoice,
    staff: ['books_differ'],
    unsound: true,
  },
  {
    name: 'captured here, and the gateway does not know the payment at all',
    plant: async (engine) => {
      await paid(engine)
      await sql`update charges set gateway_payment_id = 'pi_nowhere' where invoice_id is not null`.execute(
        engine.system.db,
      )
      const payment = paymentOf(engine)
      const books = accountBooks(engine.simulator.books, 'g')
      books.payments.delete(payment.id)
      books.timeline.splice(
        books.timeline.findIndex(({ id }) => id === payment.id),
        1,
      )
    },
    finds: ['captured_here_only queued ×1'],
    again: ['captured_here_only queued ×1'],
    staff: ['books_differ'],
    unsound: true,
  },
  {
    name: 'a refund here that the gateway does not know',
    plant: async (engine) => {
      await refunded(engine)
      const books = accountBooks(engine.simulator.books, 'g')
      books.refunds.clear()
      books.refundsOfPayment.clear()
      rewrite(engine, { ...paymentOf(engine), refundedMinor: 0n })
    },
    finds: ['refund_here_only queued ×2'],
    again: ['refund_here_only queued ×2'],
    staff: ['books_differ', 'books_differ'],
  },
  {
    name: 'a payment of a customer of ours, made by hand',
    plant: async (engine) => {
      await paid(engine)
      rewrite(engine, { ...paymentOf(engine), id: 'pi_by_hand', number: 999_004, chargeId: null, metadata: {} })
    },
    finds: ['payment_by_hand queued ×1'],
    again: ['payment_by_hand queued ×1'],
    staff: ['payment_by_hand'],
    unsound: true,
  },
  {
    name: 'payments of another platform on the same gateway account are counted',
    plant: async (engine) => {
      await paid(engine)
      const theirs = { ...paymentOf(engine), number: 999_005, chargeId: null, customerId: 'cus_theirs' }
      rewrite(engine, { ...theirs, id: 'pi_theirs', metadata: {} })
    },
    finds: [],
    unsound: true,
    also: async (engine) => {
      const { rows } = await sql<{ foreign: number }>`
        select max(foreign_payments) as foreign from reconciliations`.execute(engine.system.db)
      expect(rows[0]?.foreign).toBe(1)
    },
  },
  {
    name: 'a card that was registered by rows we have lost',
    plant: async (engine) => {
      await paid(engine)
      await forget(engine, 'verification')
    },
    finds: ['registration_lost queued ×1'],
    again: ['registration_lost queued ×1'],
    staff: ['registration_lost'],
  },
]

const paymentOfRegistration = (engine: Engine): Payment => {
  const [first] = accountBooks(engine.simulator.books, 'g').payments.values()
  if (!first) throw new Error('no card was registered')
  return first
}

async function refunded(engine: Engine): Promise<void> {
  await paid(engine)
  const [charge] = await engine.system.db
    .selectFrom('charges')
    .where('status', '=', 'captured')
    .select('charge_id')
    .execute()
  const request = { refundId: engine.system.makeId(bucket, engine.now()), accountId, chargeId: charge?.charge_id ?? '' }
  const why = { reason: 'sorry', requestedBy: 'Sato', carries: 'credit_note', amountMinor: 1000n } as const
  await requestRefund(engine.system, { ...request, ...why }, engine.now())
  await engine.idle()
}

async function creditOf(engine: Engine): Promise<bigint> {
  const { rows } = await sql<{ creditMinor: bigint }>`
    select credit_minor as "creditMinor" from payment_settings where coverage = 'g'`.execute(engine.system.db)
  return rows[0]?.creditMinor ?? -1n
}

async function check(of: Case): Promise<void> {
  const engine = await freshEngine(database)
  await of.plant(engine)
  expect(await reconciled(engine)).toEqual(of.finds)
  await engine.idle()
  const asTold = async () => {
    if (of.invoices) expect(await invoicesOf(engine)).toEqual(of.invoices)
    if (of.charges) expect(await chargesOf(engine)).toEqual(of.charges)
    expect((await staffQueueOf(engine)).toSorted()).toEqual(of.staff ?? [])
    await of.also?.(engine)
  }
  await asTold()
  expect(await reconciled(engine), 'again').toEqual(of.again ?? [])
  await engine.idle()
  await asTold()
  if (!of.unsound) return expectSound(engine)
  const broken = (await checkInvariants(engine.system.db)).filter((proof) => proof.broken > 0)
  expect(broken).toEqual([])
}

describe('every kind of difference, found and repaired or told, once', () => {
  for (const one of cases) test(one.name, () => check(one))
})

test('F20 a charge whose end nobody tells calls staff, and every reconciliation ends', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.simulator.faults.arm({ fault: 'timeout_after', step: 'capture' })
  await engine.idle()
  rewrite(engine, { ...paymentOf(engine), status: 'processing' })
  for (let day = 0; day < 3; day++) {
    engine.setNow(plusMs(engine.now(), 25 * hourMs))
    expect(await reconciled(engine)).toEqual([])
    await engine.idle()
  }
  expect(await staffQueueOf(engine)).toContain('charge_unknown')
})

test('F22 two workers that read the same pages find and repair everything once', async () => {
  const engine = await freshEngine(database)
  await paid(engine)
  await forgetCharge(engine)
  byHand(engine, { name: 'create_refund', paymentId: paymentOf(engine).id, amountMinor: 500n, metadata: {} })
  const elsewhere = await workerElsewhere(engine, database)
  await Promise.all([reconciled(engine), reconciled(engine, elsewhere)])
  await engine.idle()
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(await staffQueueOf(engine)).toEqual(['refund_at_gateway'])
  await expectSound(engine)
})

test('a gateway that cannot be read: nothing is concluded, and the same page is read later', async () => {
  const engine = await freshEngine(database, { reconcileDays: 8, startAt: '2027-01-10T00:00:00Z' })
  await paid(engine)
  engine.simulator.faults.set({ down: true })
  const of = { coverage: 'g', fromOn: '2027-02-01' as Day, toOn: '2027-02-01' as Day }
  const id = await beginReconciliation(engine.system, of, engine.now())
  expect(await reconcilePage(engine.system, id, engine.now())).toBe(false)
  engine.simulator.faults.clear()
  await engine.idle()
  expect(await readReconciliation(engine.system.db, id)).toMatchObject({ stage: 'payments', finishedAt: null })
  engine.setNow(plusMs(engine.now(), 10 * 60_000))
  await engine.idle()
  expect(await readReconciliation(engine.system.db, id)).toMatchObject({ stage: 'done' })
  expect(await staffQueueOf(engine)).toEqual([])
})

test('daily by itself, once for each day and coverage, however many schedulers and however long nobody worked', async () => {
  const engine = await freshEngine(database, { reconcileDays: 8, startAt: '2027-02-10T02:59:00Z' })
  const elsewhere = await workerElsewhere(engine, database)
  const rows = async () => {
    const found = await sql<{ row: string }>`
      select coverage || ' ' || daily_on || ': ' || from_on || ' to ' || to_on || ' ' || stage as row
      from reconciliations order by daily_on, coverage`.execute(engine.system.db)
    return found.rows.map(({ row }) => row)
  }
  await engine.idle()
  expect(await rows()).toEqual([])
  engine.setNow('2027-02-10T03:00:00Z')
  const plans = await planDailyReconciliations(engine.system, engine.now())
  for (const system of [engine.system, elsewhere]) {
    for (const plan of plans) await beginDailyReconciliation(system, plan, engine.now())
  }
  await engine.idle()
  const tenth = ['g 2027-02-10: 2027-02-02 to 2027-02-09 done', 'jp 2027-02-10: 2027-02-02 to 2027-02-09 done']
  expect(await rows()).toEqual(tenth)
  await engine.idle()
  engine.setNow('2027-02-25T12:00:00Z')
  await engine.idle()
  expect(await rows()).toEqual([
    ...tenth,
    'g 2027-02-25: 2027-02-02 to 2027-02-24 done',
    'jp 2027-02-25: 2027-02-02 to 2027-02-24 done',
  ])
})

test('a thousand payments, page by page, and what differs among them', async () => {
  const engine = await freshEngine(database)
  await paid(engine)
  const payment = paymentOf(engine)
  for (let index = 0; index < 1000; index++) {
    const theirs = { ...payment, id: `pi_many_${index}`, number: 900_000 + index, chargeId: null, metadata: {} }
    const customerId = index === 777 ? payment.customerId : 'cus_theirs'
    rewrite(engine, { ...theirs, customerId, createdAt: payment.createdAt - index * 60_000 })
  }
  expect(await reconciled(engine)).toEqual(['payment_by_hand queued ×1'])
  const [row] = await engine.system.db.selectFrom('reconciliations').selectAll().execute()
  expect(row).toMatchObject({ payments_read: 1002, foreign_payments: 1000, ours_read: 0 })
})

test('a crash before and after each effect: the same books, and the same told once', async () => {
  const deaths = await crashEverywhere(database, {
    setUp: async (engine) => {
      await paid(engine)
      await forgetCharge(engine)
      byHand(engine, { name: 'create_refund', paymentId: paymentOf(engine).id, amountMinor: 500n, metadata: {} })
      const of = { coverage: 'g', fromOn: '2027-02-01' as Day, toOn: '2027-02-01' as Day }
      await beginReconciliation(engine.system, of, engine.now())
    },
    operate: async (system, engine) => {
      const [row] = await engine.system.db.selectFrom('reconciliations').select('reconciliation_id').execute()
      while (await reconcilePage(system, row?.reconciliation_id ?? '', engine.now()));
    },
    atEnd: async (engine) => {
      const { rows } = await sql<{ stage: string; seen: number }>`
        select stage, (select count(*)::int from reconciliation_seen) as seen from reconciliations`.execute(
        engine.system.db,
      )
      expect(rows).toEqual([{ stage: 'done', seen: 0 }])
    },
  })
  expect(deaths).toEqual(
    expect.arrayContaining(['before gateway listPayments', 'before insert charges', 'before update reconciliations']),
  )
})
