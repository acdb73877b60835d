/**
 * A worker that can be made to die: every statement it sends and every call it makes to the gateway is an effect, in
 * order, and just before or just after any of them it can cease to exist. Its connections are cut, or, where it shares
 * them, rolled back, as the server does with what is cut; it never speaks again; whatever it still awaited never comes.
 */
import { type PostgresPool, type PostgresPoolClient, sql } from 'kysely'
import type pg from 'pg'
import type { System } from '../../src/operations/system.ts'
import type { CardGateway } from '../../src/ports/card-gateway.ts'
import type { Mailer } from '../../src/ports/mailer.ts'
import { poolFor } from '../../src/postgres/database.ts'
import { endWorker } from '../../src/postgres/workers.ts'
import type { Engine } from './engine.ts'

export interface Death {
  /** Which effect, from 0. */
  readonly effect: number
  readonly when: 'before' | 'after'
}

export interface Mortal {
  readonly system: System
  /** From here on effects count. Without a death they are only listed. */
  arm(death: Death | ((name: string, effect: number) => 'before' | 'after' | null) | null): void
  /** What it did since it was armed, by name. */
  readonly effects: readonly string[]
  /** Of each effect, whether it left something behind: a commit, a statement by itself that is no read, an act outside. */
  readonly leaves: readonly boolean[]
  /** Resolves when it has died and its row says so. */
  readonly died: Promise<void>
  readonly isDead: () => boolean
  /** For one that lived: gives its connections back. */
  end(): Promise<void>
}

/**
 * Another worker on the engine's database and gateway: on connections of its own, or on those of a pool that outlives it,
 * which is much quicker where many die. With `mishap` `cut_off` it does not die: the statement's
 * connection is cut, before it is sent or before its answer arrives, and the worker has to live with that.
 */
export async function mortalWorker(
  engine: Engine,
  database: string | pg.Pool,
  mishap: 'death' | 'cut_off' = 'death',
): Promise<Mortal> {
  const shared = typeof database !== 'string'
  const pool = shared ? database : poolFor(database, { connections: 4 })
  const effects: string[] = []
  const leaves: boolean[] = []
  const pids = new Set<number>()
  const lines = new Set<Line>()
  let dies: (name: string, effect: number) => 'before' | 'after' | null = () => null
  let counting = false
  let dead = false
  let told: () => void = () => undefined
  const died = new Promise<void>((resolve) => {
    told = resolve
  })

  const die = async (): Promise<never> => {
    dead = true
    if (shared) await Promise.all([...lines].map(rollBack))
    else {
      await cut(engine.system, [...pids])
      void pool.end().catch(() => undefined)
    }
    await endWorker(engine.system.db, workerId)
    told()
    return silence()
  }
  const effect: Effect = async (name, act, sent) => {
    if (dead) return silence()
    if (counting) leaves.push(sent?.inTransaction !== true && !onlyReads.test(name))
    const when = counting ? dies(name, effects.push(name) - 1) : null
    if (mishap === 'cut_off' && when !== null && sent !== undefined) {
      if (when === 'after') await act()
      await cut(engine.system, [sent.pid])
      throw new Error('Connection terminated unexpectedly')
    }
    if (when === 'before') return die()
    // An answer that arrives after death is heard by nobody, and neither is an error.
    const result = await act().catch((problem: unknown) => (dead ? silence() : Promise.reject(problem)))
    if (when === 'after') return die()
    return dead ? silence() : result
  }

  const mortalPool: PostgresPool = {
    connect: async () => {
      if (dead) return silence()
      const client = await pool.connect().catch((problem: unknown) => (dead ? silence() : Promise.reject(problem)))
      if (shared && dead) {
        client.release()
        return silence()
      }
      const line: Line = { client, pid: shared ? 0 : await backendOf(client), inTransaction: false, underWay: null }
      pids.add(line.pid)
      lines.add(line)
      return mortalClient(line, effect, () => {
        if (dead) return
        lines.delete(line)
        client.release()
      })
    },
    options: pool.options,
    end: () => (shared ? Promise.resolve() : pool.end()),
  }
  const plain = await engine.anotherWorker(mortalPool)
  const { workerId } = plain
  const gateways = new Map([...plain.gateways].map(([coverage, gateway]) => [coverage, mortalGateway(gateway, effect)]))
  return {
    system: { ...plain, gateways, mailer: plain.mailer && mortalMailer(plain.mailer, effect) },
    arm(death) {
      effects.length = 0
      leaves.length = 0
      counting = true
      dies =
        typeof death === 'function' ? death : (_name, index) => (index === death?.effect ? (death?.when ?? null) : null)
    },
    effects,
    leaves,
    died,
    isDead: () => dead,
    end: async () => {
      if (!dead && !shared) await pool.end()
    },
  }
}

/** Asked once for each connection. */
async function backendOf(client: pg.PoolClient): Promise<number> {
  const known = backends.get(client)
  if (known !== undefined) return known
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  backends.set(client, pid)
  return pid
}
const backends = new WeakMap<pg.PoolClient, number>()

/** A connection while the worker has it. */
interface Line {
  readonly client: pg.PoolClient
  /** 0 where nobody is going to cut it. */
  readonly pid: number
  inTransaction: boolean
  underWay: Promise<unknown> | null
}

type Effect = <Result>(
  name: string,
  act: () => Promise<Result>,
  /** Of a statement. */
  sent?: { readonly pid: number; readonly inTransaction: boolean },
) => Promise<Result>

const onlyReads = /^(begin|start|rollback|select\b|gateway (lookUp|list))/

const silence = (): Promise<never> => new Promise<never>(() => undefined)

/** The server ends the sessions, and has rolled back what they had open, when this resolves. */
async function cut({ db }: System, pids: readonly number[]): Promise<void> {
  await sql`select pg_terminate_backend(pid, 5000) from unnest(${pids}::int[]) pid`.execute(db)
}

/** What it was doing ends; what it had open is undone, and the connection is as new. */
async function rollBack({ client, underWay }: Line): Promise<void> {
  await underWay?.catch(() => undefined)
  await client.query('rollback')
  client.release()
}

function mortalClient(line: Line, effect: Effect, release: () => void): PostgresPoolClient {
  const { client, pid } = line
  const query: unknown = (text: string, parameters: readonly unknown[]) => {
    const name = nameOf(text)
    const ends = name === 'commit' || name === 'rollback'
    if (name === 'begin' || name === 'start') line.inTransaction = true
    const sent = { pid, inTransaction: line.inTransaction && !ends }
    if (ends) line.inTransaction = false
    const act = () => {
      const answer = client.query(text, [...parameters])
      line.underWay = answer
      return answer
    }
    return effect(name, act, sent)
  }
  // Kysely asks with text and parameters only; the cursor overload of its interface is never used here.
  return { query: query as PostgresPoolClient['query'], release }
}

/** `insert charges`, `select … invoices`, `begin`: enough to see in a failing test where the worker died. */
function nameOf(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  const [verb = ''] = plain.split(' ')
  const table = /\b(?:into|update|from) ([a-z_]+)\b/.exec(plain)?.[1]
  return /^(begin|start|commit|rollback)/.test(plain) ? verb : `${verb} ${table ?? ''}`.trim()
}

const mortalMailer = (mailer: Mailer, effect: Effect): Mailer => ({
  send: (mail) => effect('mail send', () => mailer.send(mail)),
  close: () => undefined,
})

function mortalGateway(gateway: CardGateway, effect: Effect): CardGateway {
  return {
    apiVersion: gateway.apiVersion,
    createCustomer: (request) => effect('gateway createCustomer', () => gateway.createCustomer(request)),
    beginRegistration: (request) => effect('gateway beginRegistration', () => gateway.beginRegistration(request)),
    hold: (request) => effect('gateway hold', () => gateway.hold(request)),
    capture: (request) => effect('gateway capture', () => gateway.capture(request)),
    release: (request) => effect('gateway release', () => gateway.release(request)),
    lookUp: (request) => effect('gateway lookUp', () => gateway.lookUp(request)),
    refund: (request) => effect('gateway refund', () => gateway.refund(request)),
    lookUpRefunds: (request) => effect('gateway lookUpRefunds', () => gateway.lookUpRefunds(request)),
    lookUpDispute: (request) => effect('gateway lookUpDispute', () => gateway.lookUpDispute(request)),
    lookUpCard: (request) => effect('gateway lookUpCard', () => gateway.lookUpCard(request)),
    listBalance: (request) => effect('gateway listBalance', () => gateway.listBalance(request)),
    listPayouts: (request) => effect('gateway listPayouts', () => gateway.listPayouts(request)),
    readEvent: (request) => gateway.readEvent(request),
    listPayments: (page) => effect('gateway listPayments', () => gateway.listPayments(page)),
    listRefunds: (page) => effect('gateway listRefunds', () => gateway.listRefunds(page)),
    listDisputes: (page) => effect('gateway listDisputes', () => gateway.listDisputes(page)),
  }
}
