/** Several invoices of one account in one batch: what the first attempt teaches holds for the next, a moment later. */
import { expect, test } from 'vitest'
import { dayMs } from '../../src/domain/calendar.ts'
import { activate } from '../../src/operations/activate.ts'
import { testDatabase } from '../support/database.ts'
import { addFees, type Engine } from '../support/engine.ts'
import { chargesOf, declineAll, declineNothing, freshEngine, outstanding } from '../support/scenes.ts'

const database = testDatabase()

/** One account with January and February outstanding, the same sum each; the system is up every `everyDays` days. */
async function twoMonthsOutstanding(engine: Engine, until: string, everyDays: number): Promise<string> {
  const [accountId = ''] = await outstanding(engine)
  declineAll(engine)
  await addFees(engine, [{ accountId, month: '2027-02', amount: '12.34' }])
  for (let at = engine.now() + everyDays * dayMs; at <= Date.parse(until); at += everyDays * dayMs) {
    engine.setNow(new Date(at).toISOString())
    await engine.idle()
  }
  declineNothing(engine)
  return accountId
}

test('B9 a card that the issuer forbids to try again is not tried for the next month of the same batch', async () => {
  const engine = await freshEngine(database)
  const accountId = await twoMonthsOutstanding(engine, '2027-03-05T09:00:00Z', 7)
  const before = (await chargesOf(engine)).length
  declineAll(engine, 'stolen_card')
  await activate(engine.system, { accountId, coverage: 'g' }, engine.now())
  await engine.idle()
  expect((await chargesOf(engine)).slice(before).toSorted()).toEqual(['activate declined', 'activate not_executed'])
})

test('B9 the network count is kept although two months of the same sum are due in one batch', async () => {
  const engine = await freshEngine(database)
  await twoMonthsOutstanding(engine, '2027-03-25T09:00:00Z', 1)
  const reached = [...engine.simulator.payments(engine.now())].filter((payment) => payment.amountMinor === 1234n)
  const windowMs = 30 * dayMs
  for (const { createdAt } of reached) {
    const within = reached.filter((other) => other.createdAt > createdAt - windowMs && other.createdAt <= createdAt)
    expect(within.length).toBeLessThanOrEqual(15)
  }
  expect(reached.length).toBeGreaterThan(15)
})
