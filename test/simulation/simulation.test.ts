/** The simulation's short form: `npm run sim` plays longer lives of more people. */
import { expect, test } from 'vitest'
import { testDatabase } from '../support/database.ts'
import { simulate } from './simulate.ts'

const database = testDatabase()
const minutes = 60_000

test('seed 3: five weeks of everything that goes wrong', { timeout: 5 * minutes }, async () => {
  const ending = await simulate(await database.another(), { seed: 3, accounts: 100, months: 1.2 })
  expect({ broken: ending.broken, story: ending.story }).toEqual({ broken: [], story: [] })
  for (const what of [
    'paid',
    'outstanding',
    'declines',
    'shipped',
    'refunds',
    'dead workers',
    'dead servers',
    'calls unknown',
  ]) {
    expect(ending.counts[what], what).toBeGreaterThan(0)
  }
})

test('one seed is one story: two plays of it end in the same rows', { timeout: 5 * minutes }, async () => {
  const play = { seed: 2, accounts: 50, months: 0.3 }
  const one = await simulate(await database.another(), play)
  const other = await simulate(await database.another(), play)
  expect(one.broken).toEqual([])
  expect(other).toEqual(one)
})
