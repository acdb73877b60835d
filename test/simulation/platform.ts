/** What the platform does: accounts are made known once, fees come in every day, some of them late. */
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { addDays, type Day } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { feeRecords } from '../../src/operations/fees/fee-records.ts'
import { importFees } from '../../src/operations/import-fees.ts'
import type { System } from '../../src/operations/system.ts'
import { grantTrial } from '../../src/operations/trials.ts'
import type { Engine } from '../support/engine.ts'
import { registers } from './payers.ts'
import type { Chance, Person } from './world.ts'

export async function peopleArrive(engine: Engine, persons: readonly Person[], today: Day): Promise<void> {
  const { system } = engine
  await addAccounts(
    system,
    persons.map(({ accountId, coverages }) => ({
      accountId,
      kind: 'individual' as const,
      email: `${accountId}@example.com`,
      coverages,
    })),
    engine.now(),
  )
  for (const person of persons) {
    for (const coverage of person.coverages) {
      if (person.begins === 'trial') {
        const endsOn = addDays(today, 40)
        await grantTrial(system, { accountId: person.accountId, coverage, endsOn, grantedBy: 'staff' }, engine.now())
      }
      if (person.begins !== 'card') continue
      const { accountId, card } = person
      await registers(engine, { accountId, coverage, card, threeDSecure: 'pass', leaves: null })
    }
  }
  await tellIssuers(engine, persons)
}

/** The first registration went well; from here on each card's issuer has its own temper. */
async function tellIssuers({ system, simulator }: Engine, persons: readonly Person[]): Promise<void> {
  const { rows } = await sql<{ accountId: string; fingerprint: string }>`
    select account_id as "accountId", fingerprint from cards`.execute(system.db)
  for (const { accountId, fingerprint } of rows) {
    const person = persons.find((one) => one.accountId === accountId)
    if (person) simulator.issuer.tell(fingerprint, person.issuer)
  }
}

/** A day's usage of everybody as one file, sent twice now and then; a few lines are weeks late. */
export async function feesArrive(
  system: System,
  engine: Engine,
  persons: readonly Person[],
  day: Day,
  chance: Chance,
): Promise<void> {
  const lines = persons.flatMap((person) =>
    person.coverages.flatMap((coverage) => {
      if (chance() < 0.5) return []
      const late = chance() < 0.02
      const on = late ? addDays(day, -20) : day
      const most = (person.spendsMost / 15) * (coverage === 'jp' ? 100 : 1)
      // One in fifty is a discount; now and then somebody uses ten times as much.
      const factor = chance() < 0.02 ? -1 : chance() < 0.01 ? 10 : 1
      const amount = (chance() * most * factor).toFixed(9)
      const externalId = `${on}/${coverage}/${late ? 'late' : 'usage'}/${day}`
      return [JSON.stringify({ externalId, accountId: person.accountId, coverage, date: on, item: 'data', amount })]
    }),
  )
  const file = () => feeRecords(Readable.from([Buffer.from(`${lines.join('\n')}\n`)]))
  if (lines.length === 0) return
  const done = await importFees(system, file(), {}, engine.now())
  if (done.refused > 0) throw new Error(`${done.refused} fees of ${day} were refused`)
  if (chance() < 0.1) await importFees(system, file(), {}, engine.now())
}
