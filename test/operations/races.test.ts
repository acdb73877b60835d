/**
 * Everybody at once: two workers, payers who register cards and press Activate, and a month that closes, all on the same
 * accounts. Locks are taken in one order or are tried again; whoever wins, every invoice is charged at most once.
 */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { activate } from '../../src/operations/activate.ts'
import { capturesPerInvoice } from '../support/books.ts'
import { testDatabase } from '../support/database.ts'
import { addFees, goodCard, registerCard } from '../support/engine.ts'
import {
  declineAll,
  declineNothing,
  expectSound,
  freshEngine,
  idleOf,
  invoicesOf,
  outstanding,
  workerElsewhere,
} from '../support/scenes.ts'

const database = testDatabase()
const mastercard = { ...goodCard, number: '5555555555554444' }

test.each(['every issuer declines', 'every issuer approves'])(
  'B4 B6 B10 workers, payers and a close at once: %s',
  async (mood) => {
    for (let round = 0; round < 4; round++) {
      const engine = await freshEngine(database)
      const accounts = await outstanding(engine, 8)
      await addFees(
        engine,
        accounts.map((accountId) => ({ accountId, month: '2027-02', amount: '5' })),
      )
      engine.setNow('2027-03-01T09:00:00Z')
      if (mood === 'every issuer declines') declineAll(engine, 'lost_card')
      const workers = [await workerElsewhere(engine, database), await workerElsewhere(engine, database)]
      const work = async (index: 0 | 1) => {
        const worker = workers[index]
        if (!worker) throw new Error('two workers')
        for (let pass = 0; pass < 3; pass++) await idleOf(worker, engine.now())
      }
      await Promise.all([
        work(0),
        work(1),
        ...accounts.map((accountId, index) => registerCard(engine, accountId, 'g', index % 2 ? mastercard : goodCard)),
        ...accounts.map((accountId) => activate(engine.system, { accountId, coverage: 'g' }, engine.now())),
      ])
      await engine.idle()
      for (const times of capturesPerInvoice(engine).values()) expect(times).toBe(1)
      const { rows } = await sql`select from charges where settled_at is null or claimed_by is not null`.execute(
        engine.system.db,
      )
      expect(rows.length).toBe(0)
      if (mood === 'every issuer approves') {
        expect((await invoicesOf(engine)).filter((invoice) => !invoice.includes('paid'))).toEqual([])
      }
      await expectSound(engine)
      declineNothing(engine)
    }
  },
)

test('B6 whenever a card comes, before, while or after the run finds none, the invoice is paid at once', async () => {
  for (let round = 0; round < 6; round++) {
    const engine = await freshEngine(database)
    const accounts = await outstanding(engine, 6)
    // As accounts are that have no method when the month is collected.
    await sql`update payment_settings set method = 'none', card_id = null`.execute(engine.system.db)
    await addFees(
      engine,
      accounts.map((accountId) => ({ accountId, month: '2027-02', amount: '5' })),
    )
    engine.setNow('2027-03-01T06:00:00Z')
    const worker = await workerElsewhere(engine, database)
    await Promise.all([
      idleOf(worker, engine.now()),
      ...accounts.map((accountId) => registerCard(engine, accountId, 'g')),
    ])
    await engine.idle()
    expect((await invoicesOf(engine)).filter((invoice) => !invoice.includes('paid'))).toEqual([])
    await expectSound(engine)
  }
})
