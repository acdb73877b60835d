/** A month closed from the command line: in order, once, however many do it. */
import { expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { addFees, engineOn } from '../../test/support/engine.ts'
import type { Month } from '../domain/calendar.ts'
import { addAccounts } from './add-accounts.ts'
import { closeWholeMonth } from './close-whole-month.ts'

const database = testDatabase()
const quiet = () => undefined
const run = (month: string) => ({ coverage: 'g', month: month as Month }) // months by inspection

test('B7 F12 months close in order, when they are over, once', async () => {
  const engine = await engineOn(database.url)
  const { system } = engine
  const ids = Array.from({ length: 40 }, (_, index) => `OP${String(index).padStart(10, '0')}`)
  await addAccounts(
    system,
    ids.map((accountId) => ({ accountId, kind: 'individual', email: 'a@example.com', coverages: ['g'] })),
    engine.now(),
  )
  await addFees(engine, [
    ...ids.map((accountId) => ({ accountId, month: '2027-01', amount: '3' })),
    ...ids.map((accountId) => ({ accountId, month: '2027-02', amount: '4' })),
  ])
  const close = (month: string, onProgress: (done: number, of: number) => void = quiet, on = system) =>
    closeWholeMonth(on, run(month), engine.now(), onProgress)

  expect(await close('2027-01')).toEqual({ refused: 'month_not_over' })
  engine.setNow('2027-03-01T00:00:00Z')
  expect(await close('2027-02')).toEqual({ refused: 'earlier_month_open', month: '2027-01' })
  expect(
    await system.db.selectFrom('runs').select('month').where('fees_complete_at', 'is not', null).execute(),
  ).toEqual([])

  const progress: [number, number][] = []
  const other = await engine.anotherWorker()
  await Promise.all([close('2027-01', (...told) => progress.push(told)), close('2027-01', quiet, other)])
  expect(progress.at(-1)).toEqual([40, 40])
  expect(progress).toEqual([...progress].sort(([one], [next]) => one - next))
  const invoices = await system.db.selectFrom('invoices').select(['account_id', 'net_minor']).execute()
  expect(invoices).toHaveLength(40)
  expect(new Set(invoices.map((invoice) => invoice.account_id)).size).toBe(40)
  expect(await close('2027-01')).toEqual({ closed: false, status: 'collecting' })
  expect(await close('2027-02')).toEqual({ closed: true, accounts: 40 })
})
