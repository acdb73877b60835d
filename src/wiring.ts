/**
 * Settings → adapters → a system that operations can be handed. The only place that knows what is behind a port. What only
 * some commands need is loaded by those.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pino from 'pino'
import { gatewayWhenCalled } from './adapters/gateway-when-called.ts'
import { caughtMailUrl } from './adapters/mail-catcher/address.ts'
import { mailOutsideTransactions } from './adapters/mailer/outside-transactions.ts'
import { outsideTransactions } from './adapters/outside-transactions.ts'
import { pacedGateway } from './adapters/paced-gateway/paced-gateway.ts'
import { provenGateway } from './adapters/proven-gateway.ts'
import { randomBytesPool } from './adapters/random-bytes.ts'
import { secretKey } from './adapters/secret-key.ts'
import { stripeApiVersion } from './adapters/stripe/api-version.ts'
import type { StripeGatewayOptions } from './adapters/stripe/gateway.ts'
import { CommandError, type Opened, type OpenOptions, type Wire } from './cli/wire.ts'
import { controlKey, discardPort, mailFolder, simulatorPlace, writeSimulatorPlace } from './data-folder.ts'
import { makeId } from './domain/bucket.ts'
import { bookProof } from './operations/reconcile/prove-books.ts'
import type { CardFields } from './operations/system.ts'
import type { CardGateway } from './ports/card-gateway.ts'
import type { Clock } from './ports/clock.ts'
import type { Mailer } from './ports/mailer.ts'
import { businessTime, readClock } from './postgres/clock.ts'
import { markLive, syncCoverages } from './postgres/coverages.ts'
import { type Database, databaseOn, inTransaction, poolFor } from './postgres/database.ts'
import { drawPlaces, slowLineDown } from './postgres/gateway-pace.ts'
import { migrate, readPending } from './postgres/migrate.ts'
import type { Settings } from './settings.ts'

const migrations = join(dirname(fileURLToPath(import.meta.url)), '..', 'migrations')
const wallNow = () => businessTime(null, Date.now())

export const wire = (settings: Settings): Wire => ({
  settings,
  open: (options) => open(settings, options),
  migrate: () => withDatabase(settings, ({ pool }) => migrate(pool, migrations, wallNow())),
  work: async ({ system, clock }, options) => {
    const { runWorker } = await import('./worker/loop.ts')
    const worker = { host: hostname(), pid: process.pid }
    return runWorker(system, clock, worker, { charges: chargesAtOnce(settings), ...options })
  },
  // The web framework is loaded by whoever serves, and by nobody else.
  serve: async (opened, options) => (await import('./serving.ts')).serve(settings, opened, options),
  isIdle: async ({ system }, now) => (await import('./worker/idle.ts')).isIdle(system, now),
  gatewayAnswers: () => gatewayAnswers(settings),
  simulate: (options) => simulate(settings, options),
})

async function open(settings: Settings, options: OpenOptions = {}): Promise<Opened> {
  const database = await openDatabase(settings, options.connections)
  try {
    await makeReady(database, options.migrate ?? false)
    await syncCoverages(database.db, [...settings.coverages.values()])
    await refuseLost(database.db, [...settings.stripeKeys.keys()])
    // Only a sandbox's time is moved, whatever a row says.
    const clock = settings.sandbox ? databaseClock(database.db) : { now: async () => wallNow() }
    const log = pino(
      { level: settings.logLevel, redact: ['*.secretKey', '*.clientSecret', '*.authorization'] },
      pino.destination(2),
    )
    const random = randomBytesPool()
    const newId: Opened['system']['makeId'] = (bucket, at) => makeId(bucket, at, random(9))
    const proof = { db: database.db, coverages: settings.coverages, makeId: newId, log, wallNow }
    const gateways = new Map(
      [...settings.coverages.keys()].map((coverage) => {
        const gateway = gatewayFor(settings, coverage, database.db, log)
        return [
          coverage,
          provenGateway(
            gateway,
            bookProof(proof, coverage, gateway, () => clock.now()),
          ),
        ]
      }),
    )
    const workerId = newId(0, wallNow())
    let mailer: Mailer | null = null
    const system = {
      db: database.db,
      coverages: settings.coverages,
      gateways,
      makeId: newId,
      cardFields: (coverage: string) => cardFieldsOf(settings, coverage),
      random: randomBytes,
      secret: secretKey(settings.secret, settings.dataFolder),
      // Asked each time: the sandbox's catcher may start after this process.
      get mailer() {
        mailer ??= mailerOf(settings)
        return mailer
      },
      publicUrl: settings.publicUrl,
      wallNow,
      workerId,
      pause: setTimeout,
      log,
    }
    const close = async () => {
      mailer?.close()
      await database.close()
    }
    return { system, clock, databaseUrl: database.url, close }
  } catch (problem) {
    await database.close()
    throw problem
  }
}

/** In the sandbox mail goes to the catcher, if one was started on this data folder. */
function mailerOf({ smtpUrl, sandbox, dataFolder, mailFrom }: Settings): Mailer | null {
  const url = smtpUrl ?? (sandbox ? caughtMailUrl(mailFolder(dataFolder)) : null)
  if (url === null) return null
  // Loaded with the first mail: whoever sends none starts without it.
  let loaded: Promise<Mailer> | null = null
  const load = () => {
    loaded ??= import('./adapters/mailer/smtp.ts').then(({ smtpMailer }) => smtpMailer({ url, from: mailFrom }))
    return loaded
  }
  const send: Mailer['send'] = async (mail) => (await load()).send(mail)
  const close = () => void loaded?.then((mailer) => mailer.close())
  return mailOutsideTransactions({ send, close }, inTransaction)
}

async function refuseLost(db: Database, live: readonly string[]): Promise<void> {
  const lost = await markLive(db, live)
  if (lost.length === 0) return
  const keys = lost.map((coverage) => `STRIPE_SECRET_KEY_${coverage.toUpperCase()}`).join(', ')
  throw new CommandError(`this database has charged real cards for ${lost.join(', ')}: set ${keys} again`)
}

/** Business time as the database's clock row moves it. */
const databaseClock = (db: Database): Clock => ({ now: async () => businessTime(await readClock(db), Date.now()) })

interface OpenDatabase {
  readonly db: Database
  readonly pool: ReturnType<typeof poolFor>
  readonly url: string
  close(): Promise<void>
}

async function openDatabase(settings: Settings, connections = settings.connections): Promise<OpenDatabase> {
  const embedded = settings.databaseUrl ? null : await startEmbedded(join(settings.dataFolder, 'postgres'))
  const url = settings.databaseUrl ?? embedded?.url ?? ''
  const pool = poolFor(url, { connections })
  const close = async () => {
    await pool.end()
    await embedded?.stop()
  }
  return { db: databaseOn(pool), pool, url, close }
}

async function startEmbedded(dataDir: string) {
  const { startEmbeddedPostgres } = await import('./adapters/embedded-postgres/start.ts')
  return startEmbeddedPostgres({ dataDir })
}

async function withDatabase<Result>(
  settings: Settings,
  work: (database: OpenDatabase) => Promise<Result>,
): Promise<Result> {
  const database = await openDatabase(settings)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

async function makeReady({ pool }: OpenDatabase, mayMigrate: boolean): Promise<void> {
  if (mayMigrate) {
    await migrate(pool, migrations, wallNow())
    return
  }
  const pending = await readPending(pool, migrations)
  if (pending.length > 0)
    throw new CommandError(`the database is behind by ${pending.join(', ')}: run  bin/kessai migrate`)
}

/** Stripe where a key is set, else the simulator; at the shared pace, and never inside a transaction. */
function gatewayFor(settings: Settings, coverage: string, db: Database, log: pino.Logger): CardGateway {
  const pace = {
    draw: (endpoint: Parameters<typeof drawPlaces>[3], draw: Parameters<typeof drawPlaces>[4]) =>
      drawPlaces(db, coverage, settings.pace, endpoint, draw),
    slowDown: (endpoint: Parameters<typeof slowLineDown>[2], trouble: Parameters<typeof slowLineDown>[3]) =>
      slowLineDown(db, coverage, endpoint, trouble),
  }
  const onTrouble = (problem: unknown) =>
    log.warn({ coverage, problem: String(problem) }, 'the shared pace is not to be had')
  return outsideTransactions(pacedGateway(rawGateway(settings, coverage), pace, { onTrouble }), inTransaction)
}

function rawGateway(settings: Settings, coverage: string): CardGateway {
  const timeoutMs = settings.gatewayTimeoutMs
  const secretKey = settings.stripeKeys.get(coverage)
  if (secretKey) {
    return stripe({ secretKey, webhookSecret: settings.stripeWebhookSecrets.get(coverage) ?? null, timeoutMs })
  }
  const simulator = { host: '127.0.0.1', protocol: 'http' as const, port: simulatorPlace(settings.dataFolder).port }
  const webhookSecret = `whsec_test_${coverage}`
  return stripe({ secretKey: simulatedKey(coverage), webhookSecret, timeoutMs, ...simulator })
}

const stripe = (options: StripeGatewayOptions): CardGateway =>
  gatewayWhenCalled(stripeApiVersion, async () => (await import('./adapters/stripe/gateway.ts')).stripeGateway(options))

/**
 * What the gateway takes in five seconds: a charge that is claimed soon has its place there, however many workers share
 * the pace, and what a worker that dies had claimed is little.
 */
const chargesAtOnce = ({ pace }: Settings): number => Math.min(500, Math.ceil(5 * pace.perEndpointPerSecond))

export const simulatedKey = (coverage: string): string => `sk_test_${coverage}`

function cardFieldsOf(settings: Settings, coverage: string): CardFields {
  if (settings.stripeKeys.has(coverage)) {
    const publishableKey = settings.stripePublishableKeys.get(coverage)
    if (!publishableKey) throw new Error(`STRIPE_PUBLISHABLE_KEY_${coverage.toUpperCase()} is not set`)
    return { gateway: 'stripe', publishableKey, scriptUrl: 'https://js.stripe.com/v3/' }
  }
  const scriptUrl = `http://127.0.0.1:${simulatorPlace(settings.dataFolder).port}/browser/v3.js`
  return { gateway: 'simulator', publishableKey: `pk_test_${coverage}`, scriptUrl }
}

async function gatewayAnswers(settings: Settings): Promise<boolean> {
  if ([...settings.coverages.keys()].every((coverage) => settings.stripeKeys.has(coverage))) return true
  const { port } = simulatorPlace(settings.dataFolder)
  const health = `http://127.0.0.1:${port}/simulator/health`
  return fetch(health, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  )
}

async function simulate(settings: Settings, options: Parameters<Wire['simulate']>[0]): Promise<void> {
  mkdirSync(settings.dataFolder, { recursive: true })
  await withDatabase(settings, async ({ db }) => {
    const clock = databaseClock(db)
    // The port of last time, so that whoever still calls it finds it again.
    const before = simulatorPlace(settings.dataFolder)
    const seed = options.seed ?? before.seed
    const { serveSimulator } = await import('./simulator/serve.ts')
    const serve = (port: number) =>
      serveSimulator({
        port,
        journalPath: join(settings.dataFolder, 'simulator.journal'),
        seed,
        now: () => clock.now(),
        controlKey: controlKey(settings.dataFolder),
      })
    const served = await serve(before.port === discardPort ? 0 : before.port).catch(() => serve(0))
    writeSimulatorPlace(settings.dataFolder, { port: served.port, seed })
    options.onReady(served.port)
    await aborted(options.signal)
    await served.stop()
  })
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
