/** What the simulation found: an invoice that the gateway refuses again is one call to the staff, and breaks nothing. */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { activate } from '../../src/operations/activate.ts'
import { testDatabase } from '../support/database.ts'
import { expectSound, freshEngine, outstanding, staffQueueOf } from '../support/scenes.ts'

const database = testDatabase()

test('two charges of one invoice that the gateway refused are one entry for the staff, and every invariant holds', async () => {
  const engine = await freshEngine(database)
  const [accountId = ''] = await outstanding(engine)
  engine.simulator.faults.set({ unauthorised: true })
  engine.setNow('2027-02-02T09:00:00Z')
  await engine.idle()
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  await engine.idle()
  const { rows } = await sql`select from charges where status = 'refused'`.execute(engine.system.db)
  expect(rows).toHaveLength(2)
  expect(await staffQueueOf(engine)).toEqual(['charge_refused'])
  engine.simulator.faults.clear()
  await expectSound(engine)
})
