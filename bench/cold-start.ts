/**
 * Item 8: how long `serve` takes from nothing to its first answer that it can work: on a server that runs already, and
 * with the embedded one to be started first.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start.ts'
import { cpuSecondsOf, kessai, peakRssMbOf, serve } from './child.ts'

const times = 5

export async function benchColdStart(): Promise<Record<string, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'kessai-bench-'))
  const environment = { KESSAI_DATA: folder, DATABASE_URL: '' }
  try {
    await once(kessai(['migrate', '--json'], environment), 'exit')
    // The first one fills the caches: the files', and Node's of compiled modules.
    const first = await startOnce(environment)
    const asleep = await many(environment)
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') })
    const awake = await many(environment)
    await postgres.stop()
    return {
      firstSeconds: first.seconds,
      databaseRunsSeconds: awake.seconds,
      databaseRunsCpuSeconds: awake.cpuSeconds,
      databaseAsleepSeconds: asleep.seconds,
      serverRssMb: awake.rssMb,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function many(environment: Readonly<Record<string, string>>) {
  const starts: Awaited<ReturnType<typeof startOnce>>[] = []
  for (let time = 0; time < times; time += 1) starts.push(await startOnce(environment))
  const median = (of: (start: (typeof starts)[number]) => number) =>
    starts.map(of).sort((one, other) => one - other)[Math.floor(times / 2)] ?? Number.NaN
  return {
    seconds: median((start) => start.seconds),
    cpuSeconds: median((start) => start.cpuSeconds),
    rssMb: median((start) => start.rssMb),
  }
}

/** From the spawn to the first 200 of `/api/ready`. */
async function startOnce(environment: Readonly<Record<string, string>>) {
  const from = performance.now()
  const server = await serve(environment)
  const { status } = await fetch(`http://127.0.0.1:${server.port}/api/ready`)
  const seconds = Math.round((performance.now() - from) / 10) / 100
  const start = { seconds, cpuSeconds: cpuSecondsOf(server.pid), rssMb: peakRssMbOf(server.pid) }
  await server.stop()
  if (status !== 200) throw new Error(`the server answered ${status}`)
  return start
}
