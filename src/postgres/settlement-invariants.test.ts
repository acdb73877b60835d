/** Each invariant of payouts and the clearing account holds on what the engine made, and is found broken once planted. */
import { type RawBuilder, sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { type Engine, engineOn } from '../../test/support/engine.ts'
import { owing } from '../../test/support/scenes.ts'
import { transaction } from './database.ts'
import { checkInvariants, proveInvariants } from './invariants.ts'
import { settlementInvariants } from './settlement-invariants.ts'

const database = testDatabase()
let engine: Engine

beforeAll(async () => {
  engine = await engineOn(database.url)
  await owing(engine, 2)
  await engine.idle()
  engine.setNow('2027-02-06T06:00:00Z')
  await engine.idle()
})

test('on what the engine made, every invariant holds, and each is broken below', async () => {
  const paidOut = await engine.system.db.selectFrom('payouts').select('amount_minor').execute()
  expect(paidOut).toEqual([{ amount_minor: 2336n }])
  expect((await checkInvariants(engine.system.db)).filter(({ broken }) => broken > 0)).toEqual([])
  expect([...new Set(violations.map(({ breaks }) => breaks))].sort()).toEqual(
    settlementInvariants.map(({ name }) => name).sort(),
  )
})

const one = sql`(select min(entry_id) from balance_entries where kind = 'capture')`

const violations: readonly { readonly breaks: string; readonly plant: RawBuilder<unknown> }[] = [
  { breaks: 'clearing_is_the_balance', plant: sql`delete from gateway_postings where kind = 'paid_out'` },
  { breaks: 'clearing_is_the_balance', plant: sql`update balance_entries set fee_minor = fee_minor + 1` },
  { breaks: 'clearing_is_the_balance', plant: sql`delete from balance_entries where entry_id = ${one}` },
  {
    breaks: 'settled_is_in_the_ledger',
    plant: sql`update balance_entries set amount_minor = amount_minor + 1 where entry_id = ${one}`,
  },
  { breaks: 'settled_is_in_the_ledger', plant: sql`delete from postings where kind = 'captured'` },
  { breaks: 'entries_are_posted', plant: sql`update gateway_postings set amount_minor = amount_minor + 1` },
  { breaks: 'entries_are_posted', plant: sql`delete from gateway_postings where entry_id = ${one}` },
  {
    breaks: 'payouts_are_their_entries',
    plant: sql`update balance_entries set payout_id = null where entry_id = ${one}`,
  },
  { breaks: 'payouts_are_their_entries', plant: sql`update payouts set amount_minor = amount_minor + 1` },
  { breaks: 'unsettled_is_told', plant: sql`update balance_entries set verdict = 'open' where entry_id = ${one}` },
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
