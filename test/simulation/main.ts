/**
 * `npm run sim -- --seeds 1-20 [--accounts 1000] [--months 3] [--jobs 2] [--forever] [--json]`: a line for every seed,
 * what broke, and what it all came to; ends with 1 when anything broke. `--seed 7` plays one seed again, exactly.
 *
 * The PostgreSQL is thrown away afterwards and runs without fsync: what is proven here is what the rows come to, not
 * that a disk keeps them.
 */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { startThrowAwayPostgres } from '../../src/adapters/embedded-postgres/throw-away.ts'
import { progressBar } from '../../src/cli/progress.ts'
import { instant } from '../../src/domain/calendar.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { type Played, playAll } from './jobs.ts'
import type { Deal } from './player.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1-20' },
    seed: { type: 'string' },
    accounts: { type: 'string', default: '1000' },
    months: { type: 'string', default: '3' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    forever: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const accounts = Number(values.accounts)
const months = Number(values.months)

/** `3`, `1-20` or `3,7,12`. */
function seedsOf(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split('-').map(Number)
    if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to)) throw new Error(`--seeds ${text}: such as 1-20`)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

function* dealsOn(serverUrl: string, template: string): Generator<Deal> {
  const play = { accounts, months, serverUrl, template }
  const seeds = seedsOf(values.seed ?? values.seeds)
  for (const seed of seeds) yield { ...play, seed }
  for (let seed = 1 + Math.max(...seeds); values.forever; seed++) yield { ...play, seed }
}

const words = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')

function print({ ending, seconds }: Played): void {
  if (values.json) {
    console.log(JSON.stringify({ ...ending, seconds: Number(seconds.toFixed(1)) }))
    return
  }
  const { seed, broken, story, counts, hash } = ending
  console.log(
    `seed ${seed}  ${broken.length === 0 ? 'holds' : 'BROKEN'}  ${words(counts)}  ${hash}  ${seconds.toFixed(1)} s`,
  )
  for (const sentence of broken.slice(0, 5)) console.log(`  ${sentence}`)
  for (const line of story) console.log(`    ${line}`)
  if (broken.length > 0) console.log(`  again: npm run sim -- --seed ${seed} --accounts ${accounts} --months ${months}`)
}

function printAll(all: readonly Played[], seconds: number): void {
  const lived = all.reduce((sum, { ending }) => sum + ending.accountMonths, 0)
  const names = [...new Set(all.flatMap(({ ending }) => Object.keys(ending.counts)))]
  const sums = names.map((name) => [name, all.reduce((sum, { ending }) => sum + (ending.counts[name] ?? 0), 0)])
  const broken = all.filter(({ ending }) => ending.broken.length > 0).map(({ ending }) => ending.seed)
  console.log(
    `${all.length} seeds, ${lived} account-months in ${seconds.toFixed(0)} s: ${Math.round((lived / seconds) * 60)} a minute`,
  )
  console.log(words(Object.fromEntries(sums)))
  console.log(broken.length === 0 ? '0 double, 0 missed; both books agree to the cent' : `BROKEN: ${broken.join(', ')}`)
}

/** A server of one's own, or the one that tests were given. */
async function aServer(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const given = process.env.KESSAI_TEST_DATABASE_URL
  if (given) return { url: given, stop: async () => undefined }
  return startThrowAwayPostgres({ shared_buffers: '256MB', fsync: 'off', full_page_writes: 'off', autovacuum: 'off' })
}

/** A migrated database that each seed gets a copy of. */
async function withTemplate(serverUrl: string, work: (template: string) => Promise<void>): Promise<void> {
  const template = `simulation_${process.pid}`
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  try {
    await admin.query(`create database ${template}`)
    const url = new URL(serverUrl)
    url.pathname = `/${template}`
    const pool = new pg.Pool({ connectionString: url.href, max: 1 })
    await migrate(pool, join(import.meta.dirname, '..', '..', 'migrations'), instant(0))
    await pool.end()
    await work(template)
  } finally {
    await admin.query(`drop database if exists ${template} with (force)`)
    await admin.end()
  }
}

async function playSeeds(serverUrl: string, template: string): Promise<Played[]> {
  const all: Played[] = []
  const seeds = seedsOf(values.seed ?? values.seeds).length
  const jobs = Math.min(Number(values.jobs), values.forever ? Number.POSITIVE_INFINITY : seeds)
  const bar = progressBar('seeds', { json: values.json })
  const began = performance.now()
  await playAll(dealsOn(serverUrl, template), jobs, {
    day: (underWay) => bar.update(all.length + underWay, Math.max(seeds, all.length + jobs)),
    played: (played) => {
      all.push(played)
      print(played)
    },
  })
  bar.stop()
  if (!values.json) printAll(all, (performance.now() - began) / 1000)
  return all
}

const server = await aServer()
try {
  const serverUrl = new URL(server.url)
  if (!process.env.KESSAI_TEST_DATABASE_URL) serverUrl.pathname = '/postgres'
  await withTemplate(serverUrl.href, async (template) => {
    const all = await playSeeds(serverUrl.href, template)
    process.exitCode = all.every(({ ending }) => ending.broken.length === 0) ? 0 : 1
  })
} finally {
  await server.stop()
}
