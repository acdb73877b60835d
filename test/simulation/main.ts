/** `npm run sim -- --seeds 1-20 [--accounts 50] [--days 100]`: a line for every seed, and what broke. */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startThrowAwayPostgres } from '../../src/adapters/embedded-postgres/throw-away.ts'
import { instant } from '../../src/domain/calendar.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { type Ending, simulate } from './simulate.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-20' },
    accounts: { type: 'string', default: '50' },
    days: { type: 'string', default: '100' },
  },
})

/** `3`, `1-20` or `3,7,12`. */
function seedsOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split('-').map(Number)
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) throw new Error(`--seeds ${text}: such as 1-20`)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

function lineOf({ seed, counts, crashes, troubles, broken }: Ending, seconds: number): string {
  const { invoices, paid, outstanding, charges, skips, orders, shipped, refunds, disputes } = counts
  const verdict = broken.length === 0 ? 'holds' : 'BROKEN'
  const figures = `${invoices} invoices, ${paid} paid, ${outstanding} outstanding, ${charges} charges, ${skips} skipped days, ${orders} orders, ${shipped} shipped, ${refunds} refunds, ${disputes} disputes`
  return `seed ${String(seed).padStart(3)}  ${verdict}  ${figures}, ${crashes} crashes, ${troubles} troubles  ${seconds.toFixed(1)} s`
}

const server = await startThrowAwayPostgres({ shared_buffers: '64MB', fsync: 'off' })
const pool = new pg.Pool({ connectionString: server.url, max: 2 })
let failed = 0
try {
  await migrate(pool, join(import.meta.dirname, '..', '..', 'migrations'), instant(0))
  for (const seed of seedsOf(values.seeds)) {
    const began = performance.now()
    const play = { seed, accounts: Number(values.accounts), days: Number(values.days) }
    const ending = await simulate(pool, server.url, play)
    console.log(lineOf(ending, (performance.now() - began) / 1000))
    if (ending.broken.length === 0) continue
    failed += 1
    for (const sentence of ending.broken.slice(0, 5)) console.log(`  ${sentence}`)
    for (const line of ending.story) console.log(`    ${line}`)
  }
} finally {
  await pool.end()
  await server.stop()
}
process.exitCode = failed === 0 ? 0 : 1
