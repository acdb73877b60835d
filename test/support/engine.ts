/**
 * The real engine for tests, benchmarks and the simulation: real operations, real SQL, the simulator in-process, and a
 * business clock the test moves by hand. Nothing of ours is replaced by a double.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { PostgresPool } from 'kysely'
import { sql } from 'kysely'
import pino, { type Logger } from 'pino'
import { mailOutsideTransactions } from '../../src/adapters/mailer/outside-transactions.ts'
import { outsideTransactions } from '../../src/adapters/outside-transactions.ts'
import { randomBytesPool } from '../../src/adapters/random-bytes.ts'
import { bucketOfAccount, makeId } from '../../src/domain/bucket.ts'
import { type Instant, instant, type Month, parseInstant, parseMonth } from '../../src/domain/calendar.ts'
import type { CoverageRules } from '../../src/domain/coverage.ts'
import { addAccounts } from '../../src/operations/add-accounts.ts'
import { beginRegistration, finishRegistration } from '../../src/operations/register-card.ts'
import type { System } from '../../src/operations/system.ts'
import type { CardGateway } from '../../src/ports/card-gateway.ts'
import type { Mailer } from '../../src/ports/mailer.ts'
import { databaseOn, inTransaction, json, poolFor } from '../../src/postgres/database.ts'
import { registerWorker } from '../../src/postgres/workers.ts'
import { readSettings } from '../../src/settings.ts'
import { simulatedGateway } from '../../src/simulator/as-gateway.ts'
import { type Payer, simulatedPayer } from '../../src/simulator/payer.ts'
import { openSimulator, type Simulator } from '../../src/simulator/simulator.ts'
import { workUntilIdle } from '../../src/worker/loop.ts'

export interface Engine {
  readonly system: System
  readonly simulator: Simulator
  payer(coverage: string): Payer
  now(): Instant
  setNow(at: Instant | string): void
  /** Lets wall time pass, for sessions, links and limits; business time stays. */
  passWall(durationMs: number): void
  /** From now on wall time moves by `passWall` alone. */
  stopWall(): void
  /** Works until nothing is due at the engine's time. */
  idle(): Promise<void>
  /** A second worker on the same database and gateway. */
  anotherWorker(pool?: PostgresPool): Promise<System>
  /** Ends the pool, if the engine opened one. */
  close(): Promise<void>
}

export interface EngineOptions {
  readonly seed?: number
  readonly startAt?: string
  readonly random?: (size: number) => Uint8Array
  /** The timetable's daily reconciliation; none when left out, so that a story meets only the calls it is about. */
  readonly reconcileDays?: number
  /** In place of the default settings' coverages. */
  readonly coverages?: ReadonlyMap<string, CoverageRules>
  readonly log?: Logger
  /** In place of none: messages stay queued without. */
  readonly mailer?: Mailer
  /** Keeps the simulator's books there. */
  readonly journalPath?: string
  /** How the simulator's slow answers take their time; real time when left out. */
  readonly pass?: (ms: number) => Promise<unknown>
  /** In place of the in-process gateway: for going over the wire. */
  readonly gatewayOf?: (coverage: string, simulator: Simulator, now: () => Instant) => CardGateway
}

const defaultCoverages = (reconcileDays: number): ReadonlyMap<string, CoverageRules> =>
  new Map([...readSettings({}, '.').coverages].map(([coverage, rules]) => [coverage, { ...rules, reconcileDays }]))

/** On a pool, or on the address of a database, of which it then keeps a pool until the process ends. */
export async function engineOn(database: PostgresPool | string, options: EngineOptions = {}): Promise<Engine> {
  const opened = typeof database === 'string' ? poolFor(database) : null
  const pool = opened ?? (database as PostgresPool) // not a string, or there would be an opened one
  const coverages = options.coverages ?? defaultCoverages(options.reconcileDays ?? 0)
  const gatewayOf =
    options.gatewayOf ??
    ((coverage, simulator, now) => simulatedGateway({ simulator, secretKey: `sk_test_${coverage}`, now }))
  const random = options.random ?? randomBytesPool()
  const { seed = 1, journalPath = null, pass } = options
  const simulator = openSimulator({ seed, journalPath, ...(pass ? { pass } : {}) })
  let time = parseInstant(options.startAt ?? '2027-01-10T00:00:00Z')
  const now = () => time
  let wallPassedMs = 0
  let wallStoppedAt: number | null = null
  const gateways = new Map(
    [...coverages.keys()].map((coverage) => [
      coverage,
      outsideTransactions(gatewayOf(coverage, simulator, now), inTransaction),
    ]),
  )
  const worker = async (on: PostgresPool): Promise<System> => {
    const newId = (bucket: number, at: Instant) => makeId(bucket, at, random(9))
    const system = {
      db: databaseOn(on),
      coverages,
      gateways,
      makeId: newId,
      cardFields: (coverage: string) => ({
        gateway: 'simulator' as const,
        publishableKey: `pk_test_${coverage}`,
        scriptUrl: 'http://127.0.0.1:9/browser/v3.js',
      }),
      mailer: options.mailer ? mailOutsideTransactions(options.mailer, inTransaction) : null,
      publicUrl: 'https://pay.example.com',
      random: randomBytes,
      secret: new Uint8Array(32).fill(7),
      wallNow: () => instant((wallStoppedAt ?? Date.now()) + wallPassedMs),
      workerId: newId(0, time),
      pause: setTimeout,
      log: options.log ?? pino({ level: 'silent' }),
    }
    await registerWorker(system.db, { workerId: system.workerId, host: 'test', pid: 1 })
    return system
  }
  const system = await worker(pool)
  for (const { coverage, currency, timeZone } of coverages.values()) {
    await sql`insert into coverages values (${coverage}, ${currency}, ${timeZone}) on conflict do nothing`.execute(
      system.db,
    )
  }
  return {
    system,
    simulator,
    payer: (account) => simulatedPayer({ simulator, account, now }),
    now,
    setNow: (at) => {
      time = typeof at === 'string' ? parseInstant(at) : at
    },
    passWall: (durationMs) => {
      wallPassedMs += durationMs
    },
    stopWall: () => {
      wallStoppedAt ??= Date.now()
    },
    idle: () => workUntilIdle(system, time, { lanes: 1, limit: 500 }),
    anotherWorker: (on = pool) => worker(on),
    close: async () => {
      await opened?.end()
      simulator.close()
    },
  }
}

/** Bytes that repeat themselves (mulberry32), so that ids are the same in two runs of one story. */
export function seededRandom(seed: number): (size: number) => Uint8Array {
  const next = seededNumbers(seed)
  return (size) => Uint8Array.from({ length: size }, () => Math.floor(next() * 256))
}

/** 0 ≤ x < 1, the same row of numbers for the same seed. */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export const goodCard = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' }

/** An account with a registered card in each of `coverages`. */
export async function accountWithCard(
  engine: Engine,
  accountId: string,
  coverages: readonly string[] = ['g'],
  card = goodCard,
): Promise<void> {
  await addAccounts(
    engine.system,
    [{ accountId, kind: 'individual', email: `${accountId}@example.com`, coverages }],
    engine.now(),
  )
  for (const coverage of coverages) await registerCard(engine, accountId, coverage, card)
}

export async function registerCard(engine: Engine, accountId: string, coverage: string, card = goodCard) {
  const begun = await beginRegistration(engine.system, { accountId, coverage }, engine.now())
  if ('refused' in begun) throw new Error(`registration refused: ${begun.refused}`)
  await engine.payer(coverage).confirm({ clientSecret: begun.clientSecret, card })
  return finishRegistration(engine.system, begun.registrationId, engine.now())
}

/** Fees as an import leaves them, for tests whose matter is not the import. */
export async function addFees(
  engine: Engine,
  fees: readonly {
    accountId: string
    coverage?: string
    month: string
    amount: string
    taxRateBp?: number
    day?: string
  }[],
): Promise<void> {
  const month = (text: string): Month => parseMonth(text) ?? raise(`no month: ${text}`)
  const rows = fees.map((fee, index) => ({
    bucket: bucketOfAccount(fee.accountId),
    account_id: fee.accountId,
    external_id: `${fee.month}/${fee.coverage ?? 'g'}/${fee.amount}/${fee.day ?? ''}/${index}`,
    coverage: fee.coverage ?? 'g',
    billing_month: month(fee.month),
    day: fee.day ?? `${fee.month}-10`,
    whole_month: false,
    item: 'data',
    amount: fee.amount,
    tax_rate_bp: fee.taxRateBp ?? 0,
    imported_at: new Date(engine.now()).toISOString(),
  }))
  await sql`insert into runs (coverage, month, status) select distinct coverage, billing_month, 'open'
    from json_populate_recordset(null::fees, ${json(rows)}) on conflict do nothing`.execute(engine.system.db)
  await sql`insert into fees select * from json_populate_recordset(null::fees, ${json(rows)})`.execute(engine.system.db)
}

function raise(message: string): never {
  throw new Error(message)
}
