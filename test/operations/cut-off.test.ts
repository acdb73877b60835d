/**
 * The real worker's loop on a database that goes away under any of its statements, before the statement is sent or
 * before its answer is heard: what was committed unheard is not left lying, and nothing is charged twice (F21).
 */
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { runWorker } from '../../src/worker/loop.ts'
import { testDatabase } from '../support/database.ts'
import { mortalWorker } from '../support/mortal.ts'
import { attemptsAtNetwork, chargesOf, expectSound, freshEngine, invoicesOf, owing } from '../support/scenes.ts'

const database = testDatabase()

/** Every statement of a month's collection that a worker sends for it, and on which side of it the connection breaks. */
const mishaps: readonly [statement: string, when: 'before' | 'after', which: number][] = [
  ['commit', 'after', 1],
  ['commit', 'before', 1],
  ['commit', 'after', 2],
  ['commit', 'before', 2],
  ['commit', 'after', 3],
  ['commit', 'before', 3],
  ['commit', 'after', 4],
  ['insert charges', 'after', 1],
  ['with charges', 'before', 1],
  ['with charges', 'after', 2],
]

test.each(mishaps)('F21 a connection that breaks at %s, %s it, time %i', async (statement, when, which) => {
  const engine = await freshEngine(database)
  await owing(engine)
  const victim = await mortalWorker(engine, database.url, 'cut_off')
  let seen = 0
  victim.arm((name) => {
    if (name === statement) seen += 1
    return name === statement && seen === which ? when : null
  })
  const stop = new AbortController()
  const clock = { now: async () => engine.now() }
  // Registered by its maker already; the loop registers a worker by itself.
  const system = { ...victim.system, workerId: engine.system.makeId(0, engine.now()) }
  const running = runWorker(system, clock, { host: 'test', pid: 1 }, { lanes: 1, limit: 100, signal: stop.signal })
  const paid = async () => (await invoicesOf(engine)).join()
  await expect.poll(paid, { timeout: 20_000, interval: 50 }).toBe('2027-01 paid 0')
  stop.abort()
  await running
  await victim.end()
  expect(seen).toBeGreaterThanOrEqual(which)
  expect(await chargesOf(engine)).toEqual(['run captured'])
  expect(attemptsAtNetwork(engine)).toBe(1)
  const { rows } = await sql`select from charges where claimed_by is not null`.execute(engine.system.db)
  expect(rows.length).toBe(0)
  await expectSound(engine)
})
