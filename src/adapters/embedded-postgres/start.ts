/**
 * A real PostgreSQL in the project's own folder, so that two commands on a fresh machine are enough.
 *
 * The rule that shapes everything here: the server lives exactly as long as somebody of ours uses it. Whoever comes
 * first starts it, whoever comes later joins it, the last one to leave (or to be killed, `kill -9` too) ends it, and
 * no order of these may leave an orphan server or pull one away from under a process that still uses it.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, statSync, truncateSync } from 'node:fs'
import pg from 'pg'
import { type Binaries, usableBinaries } from './binaries.ts'
import { initialise } from './initialise.ts'
import { closeStub, type Hold, joinLifeline, lifelineIn, openStub, superviseScript } from './lifeline.ts'
import { type Place, preparePlace } from './place.ts'
import {
  freePort,
  isRunning,
  lastPort,
  type Postmaster,
  runningPostmaster,
  serverName,
  signalPostmaster,
} from './postmaster.ts'
import { explainFailure, lostTheRace, tailOf } from './problems.ts'
import { type ServerUser, serverUser } from './server-user.ts'
import { serverSettings } from './settings.ts'
import { until } from './until.ts'

export interface EmbeddedPostgres {
  /** `postgres://…` of the database `kessai`, on the loopback interface, password included. */
  readonly url: string
  /** True when the server was already running, started by another process of ours. */
  readonly adopted: boolean
  /** Gives up our share; when nobody else holds one, waits for the server's fast shutdown. May be called twice. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Made when absent. Its password, log and lifeline are kept beside it as `<dataDir>.password` and `<dataDir>.run/`. */
  readonly dataDir: string
  /** Server settings over our own, such as `{ shared_buffers: '64MB' }`; ignored when a running server is adopted. */
  readonly settings?: Readonly<Record<string, string>>
}

const databaseName = 'kessai'
const longLogBytes = 10_000_000
let starts = 0

/**
 * Starts the server of `dataDir`, or joins it when it runs. Resolves once it answers queries. Rejects with an error
 * that says what to do when there are no binaries for this machine, the disk is full, or the folder is not ours.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const user = serverUser()
  const place = preparePlace(options.dataDir, user)
  const binaries = usableBinaries(place.besideDataDir('binaries'), user)
  const password = await initialise(place, binaries, user)
  starts += 1
  // The server carries its starter's name, which is also its lifeline's: of two that start at once, one wins.
  const name = `kessai-${process.pid}-${starts}`
  for (;;) {
    const running = runningPostmaster(place.dataDir)
    const hold = running
      ? await adopt(place, running)
      : await launch(name, place, binaries, user, { ...serverSettings(), ...options.settings, cluster_name: name })
    const url = hold && (await answering(place, password, hold))
    if (!hold || !url) continue
    hold.sayItIsUp()
    return { url, adopted: running !== null, stop: once(() => leave(place, hold)) }
  }
}

/** Null when that server was on its way out: it is then gone, and the caller starts a new one. */
async function adopt(place: Place, running: Postmaster): Promise<Hold | null> {
  // Until it is ready, its name is not certain to be written.
  await until(() => !isRunning(running) || runningPostmaster(place.dataDir)?.status !== 'starting')
  const name = serverName(place.dataDir)
  const hold = name && (await joinLifeline(place.runDir, name, () => isRunning(running)))
  if (hold) return hold
  // Nobody waits on its lifeline. Either it is shutting down, or its supervisor was killed alone: then it has no
  // owner, and one signal more makes it end as it should have.
  if (isRunning(running)) signalPostmaster(running, 'SIGINT')
  await until(() => !isRunning(running))
  return null
}

/** Null when another process of ours started the server a moment before us: the caller joins that one. */
async function launch(
  name: string,
  place: Place,
  binaries: Binaries,
  user: ServerUser,
  settings: Readonly<Record<string, string>>,
): Promise<Hold | null> {
  const port = await freePort(lastPort(place.dataDir))
  const log = openLog(place, user)
  const stub = openStub(place.runDir, name, user)
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(
    '/bin/sh',
    ['-c', superviseScript, 'kessai-postgres', binaries.postgres, '-D', place.dataDir, '-p', String(port), ...flags],
    {
      ...user.spawnAs,
      // Its own session: a Ctrl-C on our terminal must reach us alone, and we then stop it in order.
      detached: true,
      cwd: '/',
      stdio: ['ignore', log.fd, log.fd, stub],
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        LC_ALL: 'C',
        KESSAI_RUN: place.runDir,
        KESSAI_LIFELINE: lifelineIn(place.runDir, name),
      },
    },
  )
  closeSync(log.fd)
  let ended = false
  const failed = new Promise<Error>((resolve) => {
    child.once('error', (error) => resolve(error))
    child.once('exit', () => resolve(new Error('exited')))
  }).then((error) => {
    ended = true
    return error
  })
  child.unref()
  try {
    const hold = await joinLifeline(place.runDir, name, () => !ended)
    const isReady = () => runningPostmaster(place.dataDir)?.status === 'ready' && serverName(place.dataDir) === name
    await until(() => ended || isReady())
    if (!ended) return hold
    hold?.release()
    const said = tailOf(place.logFile, log.sizeBefore)
    if (lostTheRace(said)) return null
    throw explainFailure(`${(await failed).message}\n${said}`, place.dataDir)
  } finally {
    closeStub(stub)
  }
}

/** The URL once the server answers; null when it went away instead. */
async function answering(place: Place, password: string, hold: Hold): Promise<string | null> {
  for (;;) {
    const running = runningPostmaster(place.dataDir)
    if (!running) {
      hold.release()
      return null
    }
    const urlOf = (database: string) => `postgres://kessai:${password}@127.0.0.1:${running.port}/${database}`
    const tried = await ensureDatabase(urlOf('postgres'))
    if (tried === 'made') return urlOf(databaseName)
    if (tried === 'wrong_password') {
      hold.release()
      throw new Error(
        `PostgreSQL in ${place.dataDir} does not accept the password in ${place.passwordFile}: put back the file that belongs to it`,
      )
    }
    await until(() => runningPostmaster(place.dataDir)?.status !== 'starting')
  }
}

async function ensureDatabase(adminUrl: string): Promise<'made' | 'not_yet' | 'wrong_password'> {
  const client = new pg.Client({ connectionString: adminUrl, connectionTimeoutMillis: 10_000 })
  // A server that stops while we ask ends the connection; the query's own error tells us that already.
  client.on('error', () => {})
  try {
    await client.connect()
    const found = await client.query('select from pg_database where datname = $1', [databaseName])
    if (found.rowCount === 0) await client.query(`create database ${databaseName}`)
    return 'made'
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === '28P01' || code === '28000') return 'wrong_password'
    // Still recovering, stopping, not listening yet, or the same database was just made by another process of ours.
    const passing = ['57P03', '57P01', '42P04', '23505', '55006', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', '']
    if (passing.includes(code)) return 'not_yet'
    throw explainFailure(String(error), 'the embedded PostgreSQL')
  } finally {
    await client.end().catch(() => {})
  }
}

/** The lifeline itself ends the server when ours was the last share; all that is left to do is to wait for it. */
async function leave(place: Place, hold: Hold): Promise<void> {
  const running = runningPostmaster(place.dataDir)
  hold.release()
  if (running) await until(() => !isRunning(running) || hold.othersHold())
}

/** Appended to, so that a second starter does not wipe what the first one's server says; begun anew when long. */
function openLog(place: Place, user: ServerUser): { fd: number; sizeBefore: number } {
  if (existsSync(place.logFile) && statSync(place.logFile).size > longLogBytes) truncateSync(place.logFile)
  const fd = openSync(place.logFile, 'a', 0o600)
  user.own(place.logFile)
  return { fd, sizeBefore: statSync(place.logFile).size }
}

function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | null = null
  return () => {
    done ??= act()
    return done
  }
}
