/** The simulation's short form: `npm run sim` plays longer lives of more people. */
import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { simulate } from './simulate.ts'

const database = testDatabase()

test.each([1, 2])(
  'seed %i: two months of twelve accounts, with everything that goes wrong',
  async (seed) => {
    const ending = await simulate(database.pool, database.url, { seed, accounts: 12, days: 62 })
    expect({ broken: ending.broken, story: ending.story }).toEqual({ broken: [], story: [] })
    expect(ending.counts.paid).toBeGreaterThan(0)
    expect(ending.counts.shipped).toBeGreaterThan(0)
    expect(ending.counts.refunds + ending.counts.disputes).toBeGreaterThan(0)
  },
  300_000,
)
