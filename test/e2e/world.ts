/**
 * The product as it runs, for a browser: the real API on a port, the real simulator on another, the real Stripe SDK
 * between them, a worker at work, and one business clock for all of them: the database's.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import pino from 'pino'
import { onTestFinished } from 'vitest'
import { stripeGateway } from '../../src/adapters/stripe/gateway.ts'
import { buildApi } from '../../src/api/app.ts'
import type { SandboxPerson } from '../../src/api/sandbox/sandbox.ts'
import { parseInstant } from '../../src/domain/calendar.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { setRootPassword } from '../../src/operations/identity/write-password.ts'
import { businessTime, freezeClock, readClock } from '../../src/postgres/clock.ts'
import { beat } from '../../src/postgres/workers.ts'
import { sandboxControls } from '../../src/sandbox-controls.ts'
import type { Payer } from '../../src/simulator/payer.ts'
import { httpPayer } from '../../src/simulator/payer-http.ts'
import { type ServedSimulator, serveSimulator } from '../../src/simulator/serve.ts'
import { heartbeatEveryMs, runWorker } from '../../src/worker/loop.ts'
import type { TestDatabase } from '../support/database.ts'
import { emptyDatabase } from '../support/empty.ts'
import { type Engine, engineOn } from '../support/engine.ts'

export interface World {
  readonly engine: Engine
  /** Origin of the API and the sandbox's page. */
  readonly ours: string
  /** Origin of the simulator. */
  readonly gateways: string
  readonly simulator: ServedSimulator['simulator']
  readonly payer: Payer
  /** The server of the API ends, `meanwhile` happens, and it is there again at the same address. */
  restart(meanwhile?: () => Promise<void>): Promise<void>
  /** What we logged and what the simulator wrote down, so far. */
  written(): { readonly log: string; readonly journal: string }
}

/** A world for all tests of a file; whoever opens it ends it. */
export interface SharedWorld extends World {
  close(): Promise<void>
}

const startAt = '2027-01-10T00:00:00Z'
const controlKey = 'of this test alone'
export const accountId = 'OP0000000001'
const signIn = { email: 'root@example.com', password: 'correct horse battery' }
const people: readonly SandboxPerson[] = [{ label: { en: 'Root', ja: 'ルートユーザー' }, signIn }]

/** One account without a payment method, and its root user to sign in as. Everything ends with the test. */
export async function openWorld(database: TestDatabase): Promise<World> {
  const world = await sharedWorld(database)
  onTestFinished(() => world.close())
  return world
}

/** The same for `beforeAll`. */
export async function sharedWorld(database: TestDatabase): Promise<SharedWorld> {
  await emptyDatabase(database.pool)
  const folder = mkdtempSync(join(tmpdir(), 'kessai-world-'))
  const journalPath = join(folder, 'journal')
  const logged: string[] = []
  const log = pino({ level: 'trace' }, keeping(logged))
  const clock = { now: async () => businessTime(await readClock(engine.system.db), Date.now()) }
  const { port, simulator, stop } = await serveSimulator({
    port: 0,
    journalPath,
    seed: 1,
    now: () => clock.now(),
    controlKey,
  })
  const engine = await engineOn(database.url, {
    startAt,
    log,
    gatewayOf: (coverage) =>
      stripeGateway({
        secretKey: `sk_test_${coverage}`,
        webhookSecret: null,
        timeoutMs: 10_000,
        host: '127.0.0.1',
        protocol: 'http',
        port,
      }),
  })
  await freezeClock(engine.system.db, parseInstant(startAt))
  const gateways = `http://127.0.0.1:${port}`
  const system = {
    ...engine.system,
    cardFields: (coverage: string) => ({
      gateway: 'simulator' as const,
      publishableKey: `pk_test_${coverage}`,
      scriptUrl: `${gateways}/browser/v3.js`,
    }),
  }
  const account = { accountId, kind: 'individual' as const, email: signIn.email, coverages: ['g', 'jp'] }
  await addAccounts(system, [account], engine.now())
  await setRootPassword(system, accountId, signIn.password)

  const controls = sandboxControls(system, () => ({ baseUrl: gateways, controlKey }), people)
  const settings = { sandbox: true, publicUrl: 'http://localhost' }
  const serve = async (onPort: number) => {
    const served = await buildApi({ system, clock, logger: log, settings, sandbox: { controls, mailbox: null } })
    await served.listen({ host: '127.0.0.1', port: onPort })
    return served
  }
  let app = await serve(0)
  const listensOn = (app.server.address() as AddressInfo).port // it listens on a port

  // As the server's own process does: one that falls silent is declared dead.
  const heart = setInterval(() => void beat(system.db, system.workerId), heartbeatEveryMs)
  const stopping = new AbortController()
  const workerId = engine.system.makeId(0, engine.now())
  const working = runWorker(
    { ...system, workerId },
    clock,
    { host: 'test', pid: 1 },
    { lanes: 2, limit: 100, signal: stopping.signal },
  )
  const close = async () => {
    clearInterval(heart)
    stopping.abort()
    await working
    await app.close()
    await stop()
    await engine.close()
    rmSync(folder, { recursive: true })
  }
  const restart: World['restart'] = async (meanwhile) => {
    await app.close()
    await meanwhile?.()
    app = await serve(listensOn)
  }
  const payer = httpPayer({ baseUrl: gateways, publishableKey: 'pk_test_g' })
  const written = () => ({ log: logged.join(''), journal: readFileSync(journalPath, 'utf8') })
  return { engine, ours: `http://127.0.0.1:${listensOn}`, gateways, simulator, payer, restart, written, close }
}

const keeping = (lines: string[]): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
