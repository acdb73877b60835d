/** Approval: from waiting to collected, by one person, once. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { accountWithCard, addFees, engineOn } from '../../test/support/engine.ts'
import { bucketOfAccount } from '../domain/bucket.ts'
import { invoiceStatuses } from '../domain/invoice.ts'
import { checkInvariants } from '../postgres/invariants.ts'
import { approveInvoice } from './approve-invoice.ts'

const database = testDatabase()
const accountId = 'OP0000000001'

test('an invoice far above the usual waits, is approved once, collected, and becomes part of the usual', async () => {
  const engine = await engineOn(database.url)
  const { system } = engine
  await accountWithCard(engine, accountId)
  await addFees(engine, [
    { accountId, month: '2027-01', amount: '2' },
    { accountId, month: '2027-02', amount: '40' },
  ])
  for (const at of ['2027-02-01T06:00:00Z', '2027-03-01T06:00:00Z']) {
    engine.setNow(at)
    await engine.idle()
  }
  const invoice = () =>
    system.db
      .selectFrom('invoices')
      .selectAll()
      .where('status', 'in', ['awaiting_approval', 'paid'])
      .where('total_minor', '=', 4000n)
      .executeTakeFirstOrThrow()
  const waiting = await invoice()
  expect(waiting).toMatchObject({ status: 'awaiting_approval', due_minor: 4000n, next_attempt_at: null })

  const approve = (on = system) => approveInvoice(on, waiting.invoice_id, 'Ada', engine.now())
  const answers = await Promise.all([approve(), approve(await engine.anotherWorker())])
  expect(answers.map((answer) => ('refused' in answer ? answer.refused : answer.status)).sort()).toEqual([
    'not_awaiting_approval',
    'scheduled',
  ])
  await engine.idle()
  expect(await invoice()).toMatchObject({ status: 'paid', approved_by: 'Ada', approved_at: engine.now() })
  const settings = await system.db.selectFrom('payment_settings').select('usual_minor').executeTakeFirstOrThrow()
  expect(settings.usual_minor).toBe((200n * 3n + 4000n) / 4n)
  expect((await checkInvariants(system.db)).filter(({ broken }) => broken > 0)).toEqual([])
})

test('every other state is refused by its name', async () => {
  const engine = await engineOn(database.url)
  const invoice = await engine.system.db.selectFrom('invoices').select('invoice_id').limit(1).executeTakeFirstOrThrow()
  for (const status of Object.keys(invoiceStatuses).filter((name) => name !== 'awaiting_approval')) {
    await sql`update invoices set status = ${status}, paid_at = issued_at, next_attempt_at = null
      where invoice_id = ${invoice.invoice_id}`.execute(engine.system.db)
    const answer = await approveInvoice(engine.system, invoice.invoice_id, 'Ada', engine.now())
    expect(answer).toEqual({ refused: 'not_awaiting_approval', status })
  }
  const unknown = engine.system.makeId(bucketOfAccount(accountId), engine.now())
  expect(await approveInvoice(engine.system, unknown, 'Ada', engine.now())).toEqual({ refused: 'invoice_unknown' })
})
