/** The API as a process: alive for the others to see, listening until told to stop, tidy after itself. */
import { hostname } from 'node:os'
import { forgetOldIdentity } from '../postgres/forget-identity.ts'
import { forgetOldRequests } from '../postgres/idempotency.ts'
import { beat, endWorker, registerWorker } from '../postgres/workers.ts'
import { type ApiParts, buildApi } from './app.ts'
import { writeLeftOver } from './claims.ts'

/** Wall time. As a worker's: a process that claims has to be known as alive. */
const heartbeatEveryMs = 5_000
const tidyEveryMs = 600_000
/** An Idempotency-Key is remembered this long. */
const keysKeptForMs = 48 * 3_600_000

export interface ServerOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  readonly signal: AbortSignal
  readonly onListening: (port: number) => void
}

/** Serves until `signal` is aborted, then finishes what is under way. Rejects when the address is taken. */
export async function runServer(parts: ApiParts, { host, port, signal, onListening }: ServerOptions): Promise<void> {
  const { system } = parts
  await registerWorker(system.db, { workerId: system.workerId, host: hostname(), pid: process.pid })
  const overtaken = new AbortController()
  const heart = setInterval(() => void stayAlive(parts, () => overtaken.abort()), heartbeatEveryMs)
  const tidy = setInterval(() => void forget(parts).catch((problem: unknown) => warn(parts, problem)), tidyEveryMs)
  try {
    const app = await buildApi(parts)
    await app.listen({ host, port })
    const address = app.server.address()
    onListening(typeof address === 'object' && address !== null ? address.port : port)
    await aborted(AbortSignal.any([signal, overtaken.signal]))
    await app.close()
    if (overtaken.signal.aborted)
      throw new Error('this server was silent for too long and was declared dead; it has stopped')
  } finally {
    clearInterval(heart)
    clearInterval(tidy)
    await endWorker(system.db, system.workerId).catch(() => undefined)
  }
}

async function forget({ system }: ApiParts): Promise<void> {
  await forgetOldRequests(system.db, keysKeptForMs)
  await forgetOldIdentity(system.db, system.wallNow())
}

async function stayAlive(parts: ApiParts, onOvertaken: () => void): Promise<void> {
  try {
    if (!(await beat(parts.system.db, parts.system.workerId))) return onOvertaken()
    await writeLeftOver(parts.system)
  } catch (problem) {
    warn(parts, problem)
  }
}

const warn = ({ system }: ApiParts, problem: unknown): void =>
  system.log.warn({ problem: String(problem) }, 'the database is away; trying again')

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
