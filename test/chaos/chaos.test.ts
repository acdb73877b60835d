/** Processes for real, in small: everything that `npm run chaos` does for minutes happens once. */
import { expect, test } from 'vitest'
import { silentShow } from '../../src/demo/show.ts'
import { temporaryFolder } from '../../src/demo/temporary.ts'
import { chaos } from './chaos.ts'
import { all } from './mishaps.ts'

test('F8 F26 three workers and two servers, killed and cut off on the way: nothing twice, nothing missed, books equal', {
  timeout: 240_000,
}, async () => {
  const folder = temporaryFolder()
  const play = { accounts: 6, seed: '2', minutes: 0.1, days: 1, restMs: 1_000 }
  const { wrong, story, ...figures } = await chaos(play, folder.path, silentShow)
  if (wrong.length === 0) folder.remove()
  else folder.keep()
  expect([...wrong, ...story]).toEqual([])
  expect(figures).toMatchObject({
    doubleCharges: 0,
    missedCharges: 0,
    booksEqual: true,
    invariantsBroken: 0,
    unknownLeft: 0,
  })
  for (const kind of all) expect(figures[kind], kind).toBeGreaterThan(0)
  expect(figures.paid).toBeGreaterThan(0)
})
