/** Each invariant holds on a database the engine made, and is found broken once a violation is planted. */
import { type RawBuilder, sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { accountWithCard, addFees, type Engine, engineOn, goodCard } from '../../test/support/engine.ts'
import { addAccounts } from '../operations/add-accounts.ts'
import { goodCardNumber } from '../simulator/cards.ts'
import { type Queries, transaction } from './database.ts'
import { checkInvariants, proveInvariants } from './invariants.ts'
import { orderInvariants } from './order-invariants.ts'
import { repairInvariants } from './repair-invariants.ts'
import { settlementInvariants } from './settlement-invariants.ts'

const database = testDatabase()
let engine: Engine

// Paid; declined daily; without a method; credited, then using the credit; carried over, then billed.
const [paid, declined, missing, credited, carried] = [1, 2, 3, 4, 5].map((id) => `OP000000000${id}`)

beforeAll(async () => {
  engine = await engineOn(database.url)
  await accountWithCard(engine, `${paid}`, ['g', 'jp'])
  await accountWithCard(engine, `${declined}`, ['g'], { ...goodCard, number: goodCardNumber(7) })
  const card = await engine.system.db
    .selectFrom('cards')
    .where('account_id', '=', `${declined}`)
    .select('fingerprint')
    .executeTakeFirstOrThrow()
  engine.simulator.issuer.tell(card.fingerprint, [{ kind: 'decline', declineCode: 'do_not_honor' }])
  await addAccounts(
    engine.system,
    [{ accountId: `${missing}`, kind: 'business', email: 'a@example.com', coverages: ['g'] }],
    engine.now(),
  )
  await accountWithCard(engine, `${credited}`)
  await accountWithCard(engine, `${carried}`)
  await addFees(engine, [
    { accountId: `${paid}`, month: '2027-01', amount: '12.345678901234' },
    { accountId: `${paid}`, month: '2027-01', amount: '3.3' },
    { accountId: `${paid}`, coverage: 'jp', month: '2027-01', amount: '1000.25', taxRateBp: 1000 },
    { accountId: `${paid}`, coverage: 'jp', month: '2027-01', amount: '333.5', taxRateBp: 800 },
    { accountId: `${declined}`, month: '2027-01', amount: '50' },
    { accountId: `${missing}`, month: '2027-01', amount: '7' },
    { accountId: `${credited}`, month: '2027-01', amount: '-9.99' },
    { accountId: `${carried}`, month: '2027-01', amount: '0.2' },
    { accountId: `${credited}`, month: '2027-02', amount: '19.99' },
    { accountId: `${carried}`, month: '2027-02', amount: '0.4' },
  ])
  for (const at of ['2027-01-10T00:00Z', '2027-02-01T06:00Z', '2027-02-02T09:00Z', '2027-02-03T09:00Z'])
    await workAt(at)
  for (const at of ['2027-03-01T06:00Z', '2027-03-02T09:00Z']) await workAt(at)
})

async function workAt(at: string): Promise<void> {
  engine.setNow(at.replace('Z', ':00Z'))
  await engine.idle()
}

test('on what the engine made, every invariant holds', async () => {
  const proofs = await checkInvariants(engine.system.db)
  expect(proofs.filter(({ broken }) => broken > 0)).toEqual([])
  // Those of orders, of repairs and of payouts are broken in files of their own.
  const elsewhere = [...orderInvariants, ...repairInvariants, ...settlementInvariants].map(({ name }) => name)
  const here = proofs.map(({ name }) => name).filter((name) => !elsewhere.includes(name))
  expect(here.sort()).toEqual([...new Set(violations.map(({ breaks }) => breaks))].sort())
  for (const { says } of proofs) expect(says).toMatch(/^[A-Z].*\.$/)
})

interface Violation {
  readonly breaks: string
  readonly plant: RawBuilder<unknown>
  /** The constraint or index that refuses it; it is taken away to see that the question finds it all the same. */
  readonly refusedBy?: { readonly name: string; readonly on: string }
}

const one = (table: string, where: string) =>
  sql`ctid = (select ctid from ${sql.table(table)} where ${sql.raw(where)} limit 1)`
const index = (name: string) => ({ name, on: 'index' })
const again = (table: string, columns: string, where: string) => sql`
  insert into ${sql.table(table)} select (json_populate_record(t, ${sql.raw(columns)})).* from ${sql.table(table)} t
  where ${one(table, where)}`
const newId = `'01a208fa-7e04-788a-' || substr(charge_id::text, 20, 4) || '-000000000001'`

const violations: readonly Violation[] = [
  {
    breaks: 'receivable_is_what_is_due',
    plant: sql`update invoices set captured_minor = captured_minor - 1, status = 'outstanding' where ${one('invoices', "status = 'paid' and captured_minor > 0")}`,
  },
  {
    breaks: 'receivable_is_what_is_due',
    plant: sql`delete from postings where ${one('postings', "kind = 'invoice_net'")}`,
  },
  {
    breaks: 'references_lead_somewhere',
    plant: sql`update postings set invoice_id = source_id where ${one('postings', "kind = 'captured'")}`,
  },
  {
    breaks: 'postings_are_of_a_known_kind',
    plant: sql`update postings set debit = 'tax_payable' where ${one('postings', "kind = 'invoice_net'")}`,
  },
  {
    breaks: 'captures_are_posted',
    plant: sql`update postings set amount_minor = amount_minor + 1 where ${one('postings', "kind = 'captured'")}`,
  },
  { breaks: 'captures_are_posted', plant: sql`delete from postings where ${one('postings', "kind = 'captured'")}` },
  {
    breaks: 'captures_reach_their_invoice',
    plant: sql`update charges set captured_minor = captured_minor - 1 where ${one('charges', "status = 'captured'")}`,
  },
  {
    breaks: 'nothing_charged_twice',
    plant: again('charges', `json_build_object('charge_id', ${newId}, 'attempt_on', null)`, "status = 'captured'"),
  },
  {
    breaks: 'one_unsettled_charge',
    plant: sql`update charges set status = 'intended', settled_at = null where trigger = 'daily_retry'`,
    refusedBy: index('charges_one_unsettled_per_invoice'),
  },
  {
    breaks: 'captured_only_what_was_held',
    plant: sql`update charges set held_at = null where ${one('charges', "status = 'captured'")}`,
  },
  {
    breaks: 'verifications_take_nothing',
    plant: sql`update charges set capturing_at = settled_at where ${one('charges', "trigger = 'verification'")}`,
    refusedBy: { name: 'charges_verification_takes_nothing', on: 'charges' },
  },
  {
    breaks: 'one_automatic_attempt_a_day',
    plant: sql`update charges set attempt_on = '2027-02-02' where trigger = 'daily_retry'`,
    refusedBy: index('charges_one_automatic_a_day'),
  },
  {
    breaks: 'one_automatic_attempt_a_day',
    plant: sql`update charges set attempt_on = null where ${one('charges', "trigger = 'run'")}`,
  },
  {
    breaks: 'network_counts_are_kept',
    plant: sql`
      insert into charges select (json_populate_record(c, json_build_object('charge_id', md5(c.charge_id::text || n),
        'attempt_on', null, 'trigger', 'staff', 'first_sent_at', c.first_sent_at - n * interval '1 hour'))).*
      from charges c, generate_series(1, 15) n where c.${one('charges', "trigger = 'daily_retry'")}`,
  },
  {
    breaks: 'skipped_days_have_no_attempt',
    plant: sql`insert into skips select bucket, invoice_id, attempt_on, account_id, 'card_expired', null, intended_at from charges where trigger = 'run'`,
  },
  {
    breaks: 'credit_is_in_the_ledger',
    plant: sql`update payment_settings set credit_minor = credit_minor + 1 where ${one('payment_settings', 'true')}`,
  },
  {
    breaks: 'paid_means_nothing_due',
    plant: sql`update invoices set status = 'outstanding' where ${one('invoices', "status = 'paid'")}`,
  },
  { breaks: 'one_currency_each', plant: sql`update postings set currency = 'EUR' where ${one('postings', 'true')}` },
  {
    breaks: 'claims_have_a_worker',
    plant: sql`update charges set status = 'intended', settled_at = null, captured_at = null, captured_minor = 0, claimed_by = charge_id
      where ${one('charges', "trigger = 'run'")}`,
  },
  { breaks: 'outcomes_are_told', plant: sql`delete from events where ${one('events', "kind = 'charge_declined'")}` },
  {
    breaks: 'staff_know',
    plant: sql`update charges set status = 'refused' where ${one('charges', "status = 'declined'")}`,
  },
  {
    breaks: 'references_lead_somewhere',
    plant: sql`update charges set invoice_id = charge_id where ${one('charges', "trigger = 'run'")}`,
  },
  {
    breaks: 'references_lead_somewhere',
    plant: sql`update skips set invoice_id = '01a208fa-7e04-788a-80ad-572ca4bec6b9'`,
  },
  {
    breaks: 'references_lead_somewhere',
    plant: sql`delete from payment_settings where ${one('payment_settings', "coverage = 'jp'")}`,
  },
  {
    breaks: 'references_lead_somewhere',
    plant: sql`update messages set event_id = message_id where ${one('messages', 'true')}`,
  },
  {
    breaks: 'rows_are_in_their_bucket',
    plant: sql`update events set bucket = (bucket + 1) % 64 where ${one('events', 'true')}`,
  },
  {
    breaks: 'rows_are_in_their_bucket',
    plant: sql`update postings set source_id = '01a208fa-7e04-788a-80ad-572ca4bec6b9' where ${one('postings', 'bucket <> 0')}`,
  },
  {
    breaks: 'invoices_add_up',
    plant: sql`update invoices set net_minor = net_minor - 1, tax_minor = tax_minor + 1 where ${one('invoices', "status = 'paid'")}`,
  },
  { breaks: 'invoices_are_their_fees', plant: sql`update fees set amount = amount + 1 where ${one('fees', 'true')}` },
  {
    breaks: 'no_month_in_two_invoices',
    plant: sql`update invoices set first_month = '2027-01' where coverage = 'g' and account_id = ${credited} and month = '2027-02'`,
  },
  {
    breaks: 'nobody_stays_overdue_who_owes_nothing',
    plant: sql`update invoices set overdue_since = null where account_id = ${missing}`,
  },
  {
    breaks: 'overdue_is_looked_at',
    plant: sql`update standings set status = 'good', overdue_since = null, reminded_on = null, reminded_after_days = null where account_id = ${missing}`,
  },
  {
    breaks: 'overdue_is_looked_at',
    plant: sql`delete from standings where account_id = ${missing}`,
  },
  {
    breaks: 'standing_versions_are_given_once',
    plant: sql`delete from standing_versions`,
  },
  {
    breaks: 'no_fee_left_out',
    plant: sql`update fees set billing_month = '2026-12' where ${one('fees', 'amount > 1')}`,
  },
]

test.each(violations)('$breaks is found', async ({ breaks, plant, refusedBy }) => {
  if (refusedBy) {
    await expect(rolledBack((tx) => plant.execute(tx))).rejects.toMatchObject({ constraint: refusedBy.name })
  }
  const proofs = await rolledBack(async (tx) => {
    if (refusedBy?.on === 'index') await sql`drop index ${sql.ref(refusedBy.name)}`.execute(tx)
    else if (refusedBy) {
      await sql`alter table ${sql.table(refusedBy.on)} drop constraint ${sql.ref(refusedBy.name)}`.execute(tx)
    }
    await plant.execute(tx)
    return proveInvariants(tx)
  })
  const found = proofs.find(({ name }) => name === breaks)
  expect(found?.broken).toBeGreaterThan(0)
  expect(found?.examples.length).toBeGreaterThan(0)
})

async function rolledBack<Result>(work: (tx: Queries) => Promise<Result>): Promise<Result> {
  const results: Result[] = []
  const undo = new Error('undone')
  await transaction(engine.system.db, async (tx) => {
    results.push(await work(tx))
    throw undo
  }).catch((problem: unknown) => {
    if (problem !== undo) throw problem
  })
  const [result] = results
  if (result === undefined) throw new Error('nothing was done')
  return result
}
