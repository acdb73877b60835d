/** The stories that many tests begin with, and the questions that many end with. */
import { sql } from 'kysely'
import { expect, onTestFinished } from 'vitest'
import type { Instant } from '../../src/domain/calendar.ts'
import type { System } from '../../src/operations/system.ts'
import type { CardGateway } from '../../src/ports/card-gateway.ts'
import { poolFor } from '../../src/postgres/database.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import { workUntilIdle } from '../../src/worker/loop.ts'
import { bookDifferences, capturesPerInvoice } from './books.ts'
import type { TestDatabase } from './database.ts'
import { emptyDatabase } from './empty.ts'
import { accountWithCard, addFees, type Engine, type EngineOptions, engineOn, goodCard } from './engine.ts'

export const closing = '2027-02-01T06:00:00Z'

/** An engine on an empty database, closed with the test. */
export async function freshEngine(database: TestDatabase, options: EngineOptions = {}): Promise<Engine> {
  await emptyDatabase(database.pool)
  const engine = await engineOn(database.url, options)
  onTestFinished(() => engine.close())
  return engine
}

/** A worker of its own on connections of its own, as another process would be. */
export async function workerElsewhere(engine: Engine, database: TestDatabase): Promise<System> {
  const pool = poolFor(database.url, { connections: 4 })
  onTestFinished(() => pool.end())
  return engine.anotherWorker(pool)
}

export const idleOf = (system: System, at: Instant): Promise<void> =>
  workUntilIdle(system, at, { lanes: 2, limit: 500 })

export const accountNumber = (index: number): string => `OP${String(index).padStart(10, '0')}`

/** Accounts with a card in g that used 12.34 USD of something in January; it is the moment at which January closes. */
export async function owing(engine: Engine, count = 1, card = goodCard): Promise<string[]> {
  const accounts = Array.from({ length: count }, (_, index) => accountNumber(index + 1))
  for (const accountId of accounts) await accountWithCard(engine, accountId, ['g'], card)
  await engine.idle()
  await addFees(
    engine,
    accounts.map((accountId) => ({ accountId, month: '2027-01', amount: '12.34' })),
  )
  engine.setNow(closing)
  return accounts
}

/** From now on every issuer says no, with this code. */
export const declineAll = (engine: Engine, declineCode = 'insufficient_funds'): void =>
  engine.simulator.issuer.tell('*', [{ kind: 'decline', declineCode }])
/** Every issuer says what its cards' numbers say. */
export const declineNothing = (engine: Engine): void => engine.simulator.issuer.tell('*', [])

/** One account that owes, and whose first attempt was declined on 1 February. */
export async function outstanding(engine: Engine, count = 1, declineCode = 'insufficient_funds'): Promise<string[]> {
  const accounts = await owing(engine, count)
  declineAll(engine, declineCode)
  await engine.idle()
  declineNothing(engine)
  return accounts
}

/** `account month status due`, with what failed, in order. */
export async function invoicesOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<Record<'accountId' | 'coverage' | 'month' | 'status' | 'due' | 'code', string>>`
    select account_id as "accountId", coverage, month, status, due_minor as due, coalesce(' ' || failure_code, '') as code
    from invoices order by account_id, coverage, month`.execute(engine.system.db)
  return rows.map(({ month, status, due, code }) => `${month} ${status} ${due}${code}`)
}

/** `trigger status` of every charge for an invoice, in the order they were made; what the system did by itself first. */
export async function chargesOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ charge: string }>`
    select trigger || ' ' || status as charge from charges where trigger <> 'verification'
    order by intended_at, account_id, trigger not in ('run', 'daily_retry'), trigger = 'daily_retry'`.execute(
    engine.system.db,
  )
  return rows.map(({ charge }) => charge)
}

/** Day and reason of every skipped day. */
export async function skipsOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ skip: string }>`
    select skipped_on || ' ' || reason as skip from skips order by skipped_on, reason`.execute(engine.system.db)
  return rows.map(({ skip }) => skip)
}

export async function staffQueueOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ kind: string }>`select kind from staff_queue order by opened_at`.execute(
    engine.system.db,
  )
  return rows.map(({ kind }) => kind)
}

/** How often the network was asked to hold money for an invoice. */
export const attemptsAtNetwork = (engine: Engine): number =>
  [...engine.simulator.payments(engine.now())].filter(({ subjectId }) => subjectId !== null).length

/** How the network knows the card an account has in g now. */
export async function fingerprintOf(engine: Engine, accountId: string): Promise<string> {
  const { rows } = await sql<{ fingerprint: string }>`
    select fingerprint from cards where account_id = ${accountId} and coverage = 'g' and replaced_at is null`.execute(
    engine.system.db,
  )
  return rows[0]?.fingerprint ?? ''
}

/** Nothing is broken, no invoice was taken money for twice, and both books are the same to the last unit. */
export async function expectSound(engine: Engine): Promise<void> {
  const broken = (await checkInvariants(engine.system.db)).filter((proof) => proof.broken > 0)
  expect(broken).toEqual([])
  for (const [invoice, times] of capturesPerInvoice(engine)) expect(times, `captures of ${invoice}`).toBe(1)
  expect(await bookDifferences(engine)).toEqual([])
}

/** Says what the gateway was asked, in order, and can hold a call back until it is let go. */
export interface Watched {
  readonly calls: readonly { readonly method: string; readonly chargeId: string }[]
  /** The next call of `method` waits; answers a promise for its arrival and the way to let it go on. */
  holdBack(method: 'hold' | 'capture' | 'lookUp'): { readonly arrived: Promise<void>; letGo(): void }
}

/** The same worker with its gateways watched. */
export function watched(system: System): { readonly system: System; readonly watch: Watched } {
  const calls: { method: string; chargeId: string }[] = []
  const waiting: { method: string; arrive: () => void; gone: Promise<void> }[] = []
  const pass = async <Answer>(method: string, chargeId: string, call: () => Promise<Answer>): Promise<Answer> => {
    calls.push({ method, chargeId })
    const index = waiting.findIndex((one) => one.method === method)
    const [held] = index < 0 ? [] : waiting.splice(index, 1)
    held?.arrive()
    await held?.gone
    return call()
  }
  const watchGateway = (gateway: CardGateway): CardGateway => ({
    ...gateway,
    hold: (request) => pass('hold', request.chargeId, () => gateway.hold(request)),
    capture: (request) => pass('capture', request.chargeId, () => gateway.capture(request)),
    release: (request) => pass('release', request.chargeId, () => gateway.release(request)),
    lookUp: (request) => pass('lookUp', request.chargeId, () => gateway.lookUp(request)),
  })
  return {
    system: {
      ...system,
      gateways: new Map([...system.gateways].map(([coverage, gateway]) => [coverage, watchGateway(gateway)])),
    },
    watch: {
      calls,
      holdBack(method) {
        const arrival = Promise.withResolvers<void>()
        const going = Promise.withResolvers<void>()
        waiting.push({ method, arrive: arrival.resolve, gone: going.promise })
        return { arrived: arrival.promise, letGo: going.resolve }
      },
    },
  }
}
