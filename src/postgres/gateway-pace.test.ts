import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { allowanceMs, type Endpoint } from '../domain/pace.ts'
import { connect, type Database } from './database.ts'
import { drawPlaces, slowLineDown } from './gateway-pace.ts'

const database = testDatabase()
const opened: Database[] = []
const process = (): Database => {
  const db = connect(database.url, { connections: 3 })
  opened.push(db)
  return db
}
afterAll(() => Promise.all(opened.map((db) => db.destroy())))

beforeEach(async () => {
  await database.pool.query('delete from gateway_pace')
  await database.pool.query(
    "insert into coverages values ('g', 'USD', 'UTC'), ('jp', 'JPY', 'UTC') on conflict do nothing",
  )
})

const limits = { perSecond: 400, perEndpointPerSecond: 250 }
const ask = { want: 1_000, people: 0 }
const readLine = async (endpoint: string) =>
  (
    await database.pool.query<{ factor: number; slowed: boolean; ahead: number }>(
      `select factor, slowed_at is not null as slowed,
        (extract(epoch from taken_until - clock_timestamp()) * 1000)::float8 as ahead
      from gateway_pace where coverage = 'g' and endpoint = $1`,
      [endpoint],
    )
  ).rows[0]

describe('processes that race', () => {
  test('together they are given the limit and the allowance, never more', async () => {
    const endpoints: readonly Endpoint[] = ['hold', 'capture', 'look_up']
    const given = new Map<string, number>()
    // The database's clock from before the first to after the last: nothing here depends on how quick the machine is.
    const clock = async () =>
      (await database.pool.query<{ ms: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms'))
        .rows[0]?.ms ?? 0
    const startedMs = await clock()
    await Promise.all(
      [process(), process(), process()].flatMap((db) =>
        endpoints.map(async (endpoint) => {
          for (let i = 0; i < 20; i += 1) {
            const { count } = await drawPlaces(db, 'g', limits, endpoint, ask)
            given.set(endpoint, (given.get(endpoint) ?? 0) + count)
          }
        }),
      ),
    )
    const tookMs = (await clock()) - startedMs
    const allowed = (perSecond: number) => (perSecond * (tookMs + allowanceMs)) / 1_000 + 1
    for (const endpoint of endpoints) expect(given.get(endpoint)).toBeLessThanOrEqual(allowed(250))
    const all = [...given.values()].reduce((sum, one) => sum + one, 0)
    expect(all).toBeLessThanOrEqual(allowed(400))
    expect(all).toBeGreaterThan(0)
  })

  test('no place is given twice', async () => {
    const startedMs = performance.timeOrigin + performance.now()
    const places = await Promise.all(
      [process(), process()].flatMap((db) =>
        Array.from({ length: 20 }, () => drawPlaces(db, 'g', limits, 'hold', { want: 2, people: 0 })),
      ),
    )
    const line = await readLine('hold')
    const nowMs = performance.timeOrigin + performance.now()
    const given = places.reduce((sum, { count }) => sum + count, 0)
    // The line is as far ahead as the places given are long.
    expect(line?.ahead).toBeGreaterThanOrEqual(given * 4 - (nowMs - startedMs) - 250)
    expect(given).toBeLessThanOrEqual(80)
  })

  test('the first draws ever make the lines, whoever is first', async () => {
    const first = await Promise.all([process(), process()].map((db) => drawPlaces(db, 'jp', limits, 'hold', ask)))
    expect(first.some(({ count }) => count > 0)).toBe(true)
    const { rows } = await database.pool.query("select endpoint from gateway_pace where coverage = 'jp' order by 1")
    expect(rows).toEqual([{ endpoint: 'all' }, { endpoint: 'hold' }])
  })
})

describe('one line', () => {
  test('when all is taken, it says when to ask again', async () => {
    const db = process()
    const slow = { perSecond: 10, perEndpointPerSecond: 0.01 }
    expect(await drawPlaces(db, 'g', slow, 'hold', ask)).toMatchObject({ count: 1, spacingMs: 100_000 })
    const { count, againInMs } = await drawPlaces(db, 'g', slow, 'hold', ask)
    expect(count).toBe(0)
    // The clock is the database's; to let time pass is to move the line back.
    await database.pool.query("update gateway_pace set taken_until = taken_until - $1 * interval '1 ms'", [againInMs])
    expect((await drawPlaces(db, 'g', slow, 'hold', ask)).count).toBe(1)
  })

  test('coverages and endpoints have their own', async () => {
    const db = process()
    const slow = { perSecond: 100, perEndpointPerSecond: 0.01 }
    for (const [coverage, endpoint] of [
      ['g', 'hold'],
      ['g', 'capture'],
      ['jp', 'hold'],
    ] as const) {
      expect((await drawPlaces(db, coverage, slow, endpoint, ask)).count).toBe(1)
    }
  })

  test('trouble that one process has slows the others down', async () => {
    const [one, other] = [process(), process()]
    await slowLineDown(one, 'g', 'hold', { kind: 'turned_away', retryAfterMs: null })
    expect(await readLine('hold')).toMatchObject({ factor: 0.7, slowed: true })
    expect((await drawPlaces(other, 'g', limits, 'hold', ask)).spacingMs).toBeGreaterThan(4.5)
    expect((await drawPlaces(other, 'g', limits, 'capture', ask)).spacingMs).toBe(4)
    expect(await readLine('all')).toMatchObject({ factor: 1, slowed: false })
  })

  test('nobody is given a place while the gateway wants us to rest', async () => {
    const [one, other] = [process(), process()]
    await slowLineDown(one, 'g', 'hold', { kind: 'turned_away', retryAfterMs: 50_000 })
    const places = await drawPlaces(other, 'g', limits, 'hold', ask)
    expect(places.count).toBe(0)
    expect(places.againInMs).toBeGreaterThan(0)
  })
})
