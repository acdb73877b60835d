/**
 * Item 5: "read payment settings" and Activate with no run on, beside a run at the gateway's pace (as in production), and
 * beside one that an instant gateway lets take all the machine has: one after the other, so that the ratios are of one
 * machine. The API is a `bin/kessai serve` of its own, the run another process, and we ask from a third.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Done, type Told, tokenOf } from './api-run.ts'
import { cpuSecondsOf, peakRssMbOf, type Server, serve } from './child.ts'
import type { BenchDatabase } from './database.ts'
import { type Answered, openLoop } from './load.ts'
import { accountIdOf } from './population.ts'

export interface ApiBenchOptions {
  readonly accounts: number
  readonly readsPerSecond?: number
  readonly activatesPerSecond?: number
  /** How long the API is asked with no run on. */
  readonly idleSeconds?: number
}

const warmUpMs = 5_000
const pacedSeconds = 20
/** Each account is activated once; more presses than these would meet accounts that have been. */
const payers = 3_000

export async function benchApi(
  database: BenchDatabase,
  { accounts, readsPerSecond = 200, activatesPerSecond = 5, idleSeconds = 15 }: ApiBenchOptions,
): Promise<Record<string, number>> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'kessai-bench-'))
  const worker = fork(join(import.meta.dirname, 'api-run.ts'), [database.url], { execArgv: process.execArgv })
  const tell = async (told: Told): Promise<Done> => {
    worker.send(told)
    const ended = new AbortController()
    const died = once(worker, 'exit', ended).then(() => Promise.reject(new Error('the worker died')))
    const [done] = await Promise.race([once(worker, 'message'), died])
    died.catch(() => undefined)
    ended.abort()
    return done as Done // as the worker answers
  }
  await tell({ act: 'fill', accounts, payers })
  const server = await serve({
    DATABASE_URL: database.url,
    KESSAI_DATA: dataFolder,
    KESSAI_TRUST_PROXY_HOPS: '1',
  })
  let pressed = 0
  const phase = (until: Promise<unknown>) =>
    ask(server, until, {
      reads: { perSecond: readsPerSecond, ask: (index) => reading(index % accounts) },
      activates: { perSecond: activatesPerSecond, ask: () => pressing(accounts + (pressed++ % payers)) },
    })
  try {
    await phase(pause(warmUpMs))
    const idle = await phase(pause(idleSeconds * 1000))
    const paced = await phase(tell({ act: 'paced', seconds: pacedSeconds }))
    const run = tell({ act: 'run' })
    const busy = await phase(run)
    const { seconds, paid } = await run
    const failed = [idle, paced, busy].reduce((sum, { reads, activates }) => sum + reads.failed + activates.failed, 0)
    if (failed > 0) throw new Error(`${failed} requests failed`)
    if (paid !== accounts) throw new Error(`${paid} of ${accounts} invoices were paid`)
    return {
      accounts,
      ...named('idle', idle),
      ...named('paced', paced),
      ...named('run', busy),
      pacedReadP99Ratio: ratio(paced, idle),
      runReadP99Ratio: ratio(busy, idle),
      runSeconds: Math.round(seconds * 10) / 10,
      runPerSecond: Math.round(paid / seconds),
      serverPeakRssMb: peakRssMbOf(server.pid),
      workerPeakRssMb: peakRssMbOf(worker.pid ?? 0),
    }
  } finally {
    await server.stop()
    worker.send({ act: 'end' } satisfies Told)
    await once(worker, 'exit')
    rmSync(dataFolder, { recursive: true, force: true })
  }
}

const pathOf = (index: number, what: string) => `/api/accounts/${accountIdOf(index)}/coverages/g/${what}`
const addressOf = (index: number) => `10.1.${(index >> 8) & 255}.${index & 255}`
// Neighbours in the list of accounts are far apart in the tables: as if payers came at random.
const reading = (index: number) => ({
  method: 'GET' as const,
  path: pathOf(index, 'payment-settings'),
  token: tokenOf(index),
  address: addressOf(index),
})
const pressing = (index: number) => ({
  method: 'POST' as const,
  path: pathOf(index, 'activations'),
  token: tokenOf(index),
  address: addressOf(index),
})

type Loads = Record<'reads' | 'activates', Omit<Parameters<typeof openLoop>[0], 'port'>>

async function ask({ port, pid }: Server, until: Promise<unknown>, { reads, activates }: Loads) {
  const over = new AbortController()
  const [cpu, from] = [cpuSecondsOf(pid), performance.now()]
  const both = Promise.all([openLoop({ port, ...reads }, over.signal), openLoop({ port, ...activates }, over.signal)])
  await until.finally(() => over.abort())
  // What is still waited for is answered after the phase.
  const serverCpuShare = (1000 * (cpuSecondsOf(pid) - cpu)) / (performance.now() - from)
  const [read, activated] = await both
  return { reads: read, activates: activated, serverCpuShare }
}

const ratio = (one: { reads: Answered }, other: { reads: Answered }): number =>
  Math.round((10 * one.reads.p99Ms) / other.reads.p99Ms) / 10

const named = (
  name: string,
  { reads, activates, serverCpuShare }: { reads: Answered; activates: Answered; serverCpuShare: number },
): Record<string, number> => ({
  [`${name}Reads`]: reads.count,
  [`${name}ReadP50Ms`]: reads.p50Ms,
  [`${name}ReadP99Ms`]: reads.p99Ms,
  [`${name}ReadMaxMs`]: reads.maxMs,
  [`${name}Activates`]: activates.count,
  [`${name}ActivateP50Ms`]: activates.p50Ms,
  [`${name}ActivateP99Ms`]: activates.p99Ms,
  [`${name}LateP99Ms`]: reads.lateP99Ms,
  [`${name}ServerCpuPercent`]: Math.round(100 * serverCpuShare),
})

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
