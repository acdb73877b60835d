/**
 * `npm run bench`: how fast, on this machine, in one run. Each item has a throw-away database of its own.
 *
 *   npm run bench                                                    every item, as a table
 *   npm run --silent bench -- --item 1 --accounts 20000 --json       one item, one JSON object
 *   npm run bench -- --item 5 --reads 50                             reads a second, where 200 are too many
 *   npm run bench -- --item 2 --million                              history at 1,000,000 accounts too
 */
import { availableParallelism, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { instant } from '../src/domain/calendar.ts'
import { poolFor } from '../src/postgres/database.ts'
import { engineOn } from '../test/support/engine.ts'
import { benchApi } from './api.ts'
import { benchColdStart } from './cold-start.ts'
import { benchCollections } from './collections.ts'
import { type BenchDatabase, benchDatabase } from './database.ts'
import { benchFaults } from './faults.ts'
import { benchImport } from './import.ts'
import { benchPace } from './pace.ts'
import { benchStanding } from './standing.ts'

type Figures = Record<string, number | string | null>
interface Item {
  readonly number: number
  readonly name: string
  run(accounts: number | null, million: boolean): AsyncIterable<Figures>
}

const items: readonly Item[] = [
  {
    number: 1,
    name: 'collections and month close, instant gateway',
    async *run(accounts) {
      const sizes = { accounts: accounts ?? 100_000, historyMonths: 0 }
      const plain = Math.max(1, Math.min(5_000, Math.floor(sizes.accounts / 5)))
      yield await fresh((database) => benchCollections(database, { ...sizes, rowAtATime: plain }))
    },
  },
  {
    number: 2,
    name: 'the same with 12 months of history',
    async *run(accounts, million) {
      const sizes = accounts ? [accounts] : [10_000, 100_000, ...(million ? [1_000_000] : [])]
      for (const size of sizes) {
        yield await fresh((database) => benchCollections(database, { accounts: size, historyMonths: 0, rowAtATime: 0 }))
        yield await fresh((database) =>
          benchCollections(database, { accounts: size, historyMonths: 12, rowAtATime: 0 }),
        )
      }
    },
  },
  {
    number: 3,
    name: 'share of the gateway limit used, 300 ms latency over HTTP',
    async *run() {
      for (const perSecond of [25, 100]) yield await fresh((database) => benchPace(database, { perSecond }))
    },
  },
  {
    number: 4,
    name: '5 % declines, 1 % time-outs, 0.5 % answers lost after the money moved, workers killed at random',
    async *run(accounts) {
      yield await fresh((database) => benchFaults(database, { accounts: accounts ?? 5_000 }))
    },
  },
  {
    number: 5,
    name: 'the API while a run is on',
    async *run(accounts) {
      yield await fresh((database) => benchApi(database, { accounts: accounts ?? 20_000, readsPerSecond }))
    },
  },
  {
    number: 6,
    name: 'fees import',
    async *run(accounts) {
      yield await fresh(async (database) => {
        const pool = poolFor(database.url, { connections: 6 })
        const { system, now } = await engineOn(pool, { startAt: '2027-01-20T00:00:00Z' })
        const figures = await benchImport(system, { accounts: accounts ?? 10_000 }, now())
        await pool.end()
        return figures
      })
    },
  },
  {
    number: 7,
    name: 'the interruption sweep, every account due at once',
    async *run(accounts, million) {
      const sizes = accounts ? [accounts] : [100_000, ...(million ? [1_000_000] : [])]
      for (const size of sizes) yield await fresh((database) => benchStanding(database, { accounts: size }))
    },
  },
  {
    number: 8,
    name: 'cold start of serve',
    async *run() {
      yield await benchColdStart()
    },
  },
]

async function fresh(work: (database: BenchDatabase) => Promise<Figures>): Promise<Figures> {
  const database = await benchDatabase()
  try {
    return await work(database)
  } finally {
    await database.stop()
  }
}

const { values } = parseArgs({
  options: {
    item: { type: 'string' },
    accounts: { type: 'string' },
    million: { type: 'boolean', default: false },
    reads: { type: 'string', default: '200' },
    json: { type: 'boolean', default: false },
  },
})
const readsPerSecond = Number(values.reads)
const wanted = items.filter((item) => values.item === undefined || item.number === Number(values.item))
const accounts = values.accounts === undefined ? null : Number(values.accounts)
if (
  wanted.length === 0 ||
  (accounts !== null && !(Number.isInteger(accounts) && accounts >= 10)) ||
  !(readsPerSecond >= 1)
) {
  console.error(
    `bench: --item is one of ${items.map((item) => item.number).join(', ')}, --accounts a whole number from 10, --reads from 1`,
  )
  process.exit(1)
}
const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`
if (!values.json) console.log(`${machine}, ${new Date(instant(Date.now())).toISOString().slice(0, 10)}`)
for (const item of wanted) {
  if (!values.json) console.log(`\n${item.number}. ${item.name}`)
  const all: Figures[] = []
  for await (const figures of item.run(accounts, values.million)) {
    const whole = { ...figures, item: item.number }
    all.push(whole)
    if (!values.json) console.table([figures])
  }
  if (values.json) console.log(JSON.stringify(all.length === 1 ? all[0] : { item: item.number, machine, runs: all }))
}
