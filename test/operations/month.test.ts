/** A month from fees to paid invoices through the real engine: what a reader should see first. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, addFees, engineOn } from '../support/engine.ts'

const database = testDatabase()

test('B7 B8 fees become an invoice, a hold, a capture, a paid invoice and a balanced ledger', async () => {
  const engine = await engineOn(database.url)
  await accountWithCard(engine, 'OP0000000001', ['g', 'jp'])
  await addFees(engine, [
    { accountId: 'OP0000000001', month: '2027-01', amount: '12.3456789' },
    { accountId: 'OP0000000001', month: '2027-01', amount: '-2' },
    { accountId: 'OP0000000001', coverage: 'jp', month: '2027-01', amount: '1000.25', taxRateBp: 1000 },
  ])
  await engine.idle()
  engine.setNow('2027-02-01T06:00:00Z')
  await engine.idle()

  const invoices = await engine.system.db
    .selectFrom('invoices')
    .select(['coverage', 'status', 'total_minor', 'captured_minor'])
    .orderBy('coverage')
    .execute()
  expect(invoices).toEqual([
    { coverage: 'g', status: 'paid', total_minor: 1035n, captured_minor: 1035n },
    { coverage: 'jp', status: 'paid', total_minor: 1102n, captured_minor: 1102n },
  ])
  const charges = await engine.system.db
    .selectFrom('charges')
    .select(['trigger', 'status', 'captured_minor'])
    .orderBy('trigger')
    .orderBy('captured_minor')
    .execute()
  expect(charges).toEqual([
    { trigger: 'run', status: 'captured', captured_minor: 1035n },
    { trigger: 'run', status: 'captured', captured_minor: 1102n },
    { trigger: 'verification', status: 'released', captured_minor: 0n },
    { trigger: 'verification', status: 'released', captured_minor: 0n },
  ])
  const { rows } = await sql<{ account: string; balance: bigint }>`
    select account, sum(amount)::bigint as balance from (
      select debit as account, amount_minor as amount from postings where coverage = 'g'
      union all select credit, -amount_minor from postings where coverage = 'g') moved group by 1 order by 1`.execute(
    engine.system.db,
  )
  expect(rows).toEqual([
    { account: 'gateway_clearing', balance: 1035n },
    { account: 'receivable', balance: 0n },
    { account: 'revenue', balance: -1035n },
  ])
})
