/** A few of the planted bugs, those that would cost most, are really hunted here; all of them by `npm run mutations`. */
import { expect, inject, test } from 'vitest'
import type { TestServer } from '../support/lending.ts'
import { type Found, hunt, hunterOf } from './hunt.ts'
import { mutations } from './list.ts'

const hunted = [
  'capture without reading the invoice again',
  'a retry charges the total instead of what is due',
  'a key is replayed after the gateway has pruned it',
  'a month may be closed twice',
  'fees are rounded one by one',
  'a charge is sent again with a card that was replaced',
]

test('each of the dearest bugs is found once it is planted', { timeout: 300_000 }, async () => {
  const response = await fetch(`${inject('testServerUrl')}/server`, { method: 'POST' })
  const { adminUrl } = (await response.json()) as TestServer // as global-setup.ts answers it
  const of = { serverUrl: adminUrl, seeds: 1, accounts: 30, months: 1 }
  const found: Record<string, Found> = {}
  const left = hunted.map((name) => mutations.find((mutation) => mutation.name === name))
  const work = async () => {
    while (left.length > 0) {
      const next = left.shift()
      if (!next) throw new Error('a bug is hunted that is not in the list')
      found[next.name] = await hunt(next, hunterOf(next), of)
    }
  }
  await Promise.all([work(), work()])
  expect(
    Object.fromEntries(Object.entries(found).map(([name, { end, by }]) => [name, end === 'found' ? end : by])),
  ).toEqual(Object.fromEntries(hunted.map((name) => [name, 'found'])))
})
