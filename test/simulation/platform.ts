/** What the platform does: old customers are there from the first day, new ones come, some leave; fees come in daily. */
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { bucketOfAccount } from '../../src/domain/bucket.ts'
import { addDays, type Day, dayAt, monthAt, previousMonth } from '../../src/domain/calendar.ts'
import { toDecimalString } from '../../src/domain/money.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { completeFees } from '../../src/operations/close-month.ts'
import { feeRecords } from '../../src/operations/fees/fee-records.ts'
import { importFees } from '../../src/operations/import-fees.ts'
import { closeAccount, putAccount } from '../../src/operations/put-account.ts'
import type { System } from '../../src/operations/system.ts'
import { grantTrial } from '../../src/operations/trials.ts'
import { json } from '../../src/postgres/database.ts'
import { fewOf, pickOne, strikes } from './chance.ts'
import type { Live } from './live.ts'
import { registering } from './payers.ts'
import type { Person } from './world.ts'

/** Accounts by the operation; the cards of old customers as their registration left them, long ago. */
export async function oldCustomersAreThere({ stage, persons }: Live): Promise<void> {
  const { onlooker: system, engine } = stage
  const now = stage.now()
  const old = persons.filter(({ begins }) => begins !== 'later')
  await addAccounts(system, old.map(asAccount), now)
  const cards = []
  for (const { accountId, coverages, card, issuer, begins } of old) {
    const bucket = bucketOfAccount(accountId)
    for (const coverage of coverages) {
      if (begins === 'trial') {
        const endsOn = addDays(dayAt(now, 'UTC'), 40)
        await grantTrial(system, { accountId, coverage, endsOn, grantedBy: 'staff' }, now)
      }
      if (begins !== 'card') continue
      const method = await savedCard(engine, accountId, coverage, card)
      const { id: gateway_payment_method_id, customerId, fingerprint, brand, last4, expMonth, expYear } = method
      engine.simulator.issuer.tell(fingerprint, issuer)
      cards.push({
        ...{ bucket, card_id: system.makeId(bucket, now), account_id: accountId, coverage, gateway_payment_method_id },
        ...{ fingerprint, brand, last4, exp_month: expMonth, exp_year: expYear },
        ...{ gateway_customer_id: customerId, registered_at: new Date(now).toISOString() },
      })
    }
  }
  await sql`
    with d as materialized (select * from json_to_recordset(${json(cards)}) as d(bucket smallint, card_id uuid, account_id text,
      coverage text, gateway_payment_method_id text, fingerprint text, brand text, last4 text, exp_month smallint,
      exp_year smallint, registered_at timestamptz, gateway_customer_id text)
    ), saved as (
      insert into cards (bucket, card_id, account_id, coverage, gateway_payment_method_id, fingerprint, brand, last4,
        exp_month, exp_year, registered_at)
      select bucket, card_id, account_id, coverage, gateway_payment_method_id, fingerprint, brand, last4, exp_month,
        exp_year, registered_at from d
    )
    update payment_settings s set method = 'card', card_id = d.card_id, gateway_customer_id = d.gateway_customer_id
    from d where s.bucket = d.bucket and s.account_id = d.account_id and s.coverage = d.coverage`.execute(system.db)
}

const asAccount = ({ accountId, coverages }: Person) => ({
  accountId,
  kind: 'individual' as const,
  email: `${accountId}@example.com`,
  coverages,
})

/** A card that the network knows as this account's, without having been asked for anything yet. */
async function savedCard(
  { simulator, system, now }: Live['stage']['engine'],
  accountId: string,
  coverage: string,
  card: Person['card'],
) {
  const customer = await system.gateways.get(coverage)?.createCustomer({ accountId, coverage })
  if (customer?.outcome !== 'approved') throw new Error('the network made no customer')
  const call = (command: Parameters<typeof simulator.call>[0]['command']) =>
    simulator.call({ account: coverage, command, key: null, params: '' }, now())
  const made = await call({ name: 'create_method', card })
  if (!made.reached || made.answer.object !== 'method') throw new Error('the network made no payment method')
  const { method } = made.answer
  await call({ name: 'attach_method', methodId: method.id, customerId: customer.customerId })
  return { ...method, customerId: customer.customerId }
}

/** A few come and register, by what everybody uses; a few leave for good. */
export function comingAndGoing(live: Live): (() => Promise<void>)[] {
  const { chance, persons, stage } = live
  const newcomers = persons.filter(({ begins, accountId }) => begins === 'later' && !live.arrived.has(accountId))
  const comes = fewOf(chance, newcomers, 0.05).map((person) => async () => {
    live.arrived.add(person.accountId)
    await live.ask((system) => putAccount(system, asAccount(person), stage.now()), 'insistent')
    for (const coverage of person.coverages) await registering(live, person, coverage, person.card)
  })
  const leaves = fewOf(chance, persons, 0.0003).map(({ accountId }) => async () => {
    live.gone.add(accountId)
    await live.ask((system) => closeAccount(system, accountId, stage.now()))
  })
  return [...comes, ...leaves]
}

/** A day's usage of everybody as one file, sent twice now and then; a few lines are weeks late. */
export async function feesArrive(live: Live, day: Day): Promise<void> {
  const { chance, stage, markets } = live
  const isHere = ({ begins, accountId }: Person) => begins !== 'later' || live.arrived.has(accountId)
  const here = live.persons.filter((person) => isHere(person) && !live.gone.has(person.accountId))
  const lines = fewOf(chance, here, 0.2).flatMap((person) =>
    person.coverages.map((coverage) => {
      const late = strikes(chance, 0.02)
      const on = late ? addDays(day, -20) : day
      const dollars = (chance() * person.spendsMost) / 6
      // One in fifty is a discount; now and then somebody uses ten times as much.
      const amount = feeIn(markets.get(coverage)?.currency ?? '', dollars * pickOne(chance, factors), chance)
      const externalId = `${on}/${coverage}/${late ? 'late' : 'usage'}/${day}`
      return JSON.stringify({ externalId, accountId: person.accountId, coverage, date: on, item: 'data', amount })
    }),
  )
  const sends = async (system: System) => {
    const file = feeRecords(Readable.from([Buffer.from(`${lines.join('\n')}\n`)]))
    const done = await importFees(system, file, {}, stage.now())
    if (done.refused > 0) throw new Error(`${done.refused} fees of ${day} were refused`)
  }
  if (lines.length === 0) return
  await live.ask(sends, 'insistent')
  if (strikes(chance, 0.1)) await live.ask(sends)
}

const factors = [...Array<number>(97).fill(1), -1, -1, 10]

/** In units like those of the currency, with more decimals than it has. */
function feeIn(currency: string, dollars: number, chance: () => number): string {
  const rate = { JPY: 100, KWD: 0.3 }[currency] ?? 1
  const tail = String(Math.floor(chance() * 1e6)).padStart(6, '0')
  const whole = toDecimalString(BigInt(Math.round(dollars * rate * 1000)), 'KWD')
  return `${whole}${tail}`
}

/** Sometimes the platform says by itself that a month's fees are complete, before the month would close. */
export async function feesAreComplete(live: Live): Promise<void> {
  const { stage, chance, markets } = live
  for (const [coverage, { timeZone }] of markets) {
    if (!strikes(chance, 0.3)) continue
    const month = previousMonth(monthAt(stage.now(), timeZone))
    await live.ask((system) => completeFees(system, coverage, month, stage.now()))
  }
}
