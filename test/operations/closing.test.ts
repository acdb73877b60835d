/** The close of a month (B7): tax, rounding, credit, approval, and months that nobody owes anything for. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { Month } from '../../src/domain/calendar.ts'
import { approveInvoice } from '../../src/operations/approve-invoice.ts'
import { completeFees } from '../../src/operations/close-month.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees } from '../support/engine.ts'
import { chargesOf, closing, expectSound, freshEngine, invoicesOf, owing } from '../support/scenes.ts'

const database = testDatabase()
const accountId = 'OP0000000001'
const january = '2027-01' as Month // a literal of that form

test('B7 a month closes when its fees are declared complete, and not before it is over', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  engine.setNow('2027-01-31T23:59:59Z')
  await expect(completeFees(engine.system, 'g', january, engine.now())).rejects.toThrow('not over')
  engine.setNow('2027-02-01T00:00:00Z')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual([])
  await completeFees(engine.system, 'g', january, engine.now())
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0'])
})

test('B7 each tax rate is summed exactly, rounded once and taxed once', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId, ['jp'])
  await engine.idle()
  await addFees(engine, [
    ...Array.from({ length: 10 }, (_, index) => ({
      accountId,
      coverage: 'jp',
      month: '2027-01',
      amount: '100.01',
      taxRateBp: 1000,
      day: `2027-01-${11 + index}`,
    })),
    { accountId, coverage: 'jp', month: '2027-01', amount: '55.5', taxRateBp: 800 },
  ])
  engine.setNow(closing)
  await engine.idle()
  const { rows } = await sql`select tax_lines, total_minor from invoices`.execute(engine.system.db)
  expect(rows).toEqual([
    {
      tax_lines: [
        { taxRateBp: 800, netMinor: '56', taxMinor: '5' },
        { taxRateBp: 1000, netMinor: '1001', taxMinor: '101' },
      ],
      total_minor: 1163n,
    },
  ])
  await expectSound(engine)
})

test('B7 nothing used makes no invoice; discounts above fees make credit that the next months use', async () => {
  const engine = await freshEngine(database)
  await accountWithCard(engine, accountId)
  await engine.idle()
  await addFees(engine, [
    { accountId, month: '2027-01', amount: '5' },
    { accountId, month: '2027-01', amount: '-20' },
    { accountId, month: '2027-03', amount: '10' },
    { accountId, month: '2027-04', amount: '10' },
  ])
  for (const month of ['02', '03', '04', '05']) {
    engine.setNow(`2027-${month}-01T06:00:00Z`)
    await engine.idle()
  }
  const { rows } =
    await sql`select month, status, credit_applied_minor, captured_minor from invoices order by month`.execute(
      engine.system.db,
    )
  expect(rows).toEqual([
    { month: '2027-01', status: 'credited', credit_applied_minor: 0n, captured_minor: 0n },
    { month: '2027-03', status: 'paid', credit_applied_minor: 1000n, captured_minor: 0n },
    { month: '2027-04', status: 'paid', credit_applied_minor: 500n, captured_minor: 500n },
  ])
  expect(await chargesOf(engine)).toEqual(['run captured'])
  await expectSound(engine)
})

test('B7 an invoice above five times the usual waits for approval, and the run finishes without it', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-02', amount: '61.71' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0', '2027-02 awaiting_approval 6171'])
  const { rows: runs } = await sql`select status from runs where coverage = 'g' and month = '2027-02'`.execute(
    engine.system.db,
  )
  expect(runs).toEqual([{ status: 'finished' }])
  const { rows } = await sql<{ id: string }>`select invoice_id as id from invoices where month = '2027-02'`.execute(
    engine.system.db,
  )
  await approveInvoice(engine.system, rows[0]?.id ?? '', 'staff', engine.now())
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0', '2027-02 paid 0'])
  await expectSound(engine)
})

test('B7 exactly five times the usual does not wait', async () => {
  const engine = await freshEngine(database)
  await owing(engine)
  await engine.idle()
  await addFees(engine, [{ accountId, month: '2027-02', amount: '61.70' }])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['2027-01 paid 0', '2027-02 paid 0'])
})
