/**
 * Connections to PostgreSQL that a simulation keeps from beginning to end: opened once, handed out in a fixed order, and
 * each knows whether it has a transaction open. The server's wall stands where the simulation's stands.
 */
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type pg from 'pg'
import { isPlainRead, type Remembered, writtenBy } from './remembered.ts'

export interface Session {
  readonly pid: number
  readonly open: () => boolean
  query(text: string, parameters: readonly unknown[]): Promise<unknown>
  /** What the server does when its client is gone. */
  undo(): Promise<void>
  close(): void
}

/**
 * Kept statements are planned once and for all after a while, which is most of what a statement costs here; plans of
 * tables that were empty are made anew when the simulation analyses them.
 */
const settings = `set synchronous_commit = off;
  set synchronize_seqscans = off; set deadlock_timeout = '1h'`

const names = new Map<string, string>()
const nameOf = (text: string): string => {
  const name = names.get(text) ?? `sim_${names.size}`
  names.set(text, name)
  return name
}

/** `schemas`: where its names are looked up, in this order; `planned`: whether each statement is planned only once. */
export async function openSession(
  pool: pg.Pool,
  wall: () => number,
  memory: Remembered,
  { schemas = 'sim, public, pg_catalog', planned = 'auto' } = {},
): Promise<Session> {
  const client = await pool.connect()
  await client.query(`set search_path = ${schemas}; set plan_cache_mode = ${planned}; ${settings}`)
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  let open = false
  let wallToldMs = 0
  let last: Promise<unknown> = Promise.resolve()
  const writtenHere = new Set<string>()

  const send = (text: string, parameters: readonly unknown[]): Promise<unknown> =>
    parameters.length === 0 && text.length < 100
      ? client.query(text)
      : client.query({ name: nameOf(text), text, values: [...parameters] })

  const end = async (text: string): Promise<unknown> => {
    const done = await client.query(text).finally(() => {
      open = false
    })
    // Only now do the others see it.
    memory.wrote([...writtenHere])
    writtenHere.clear()
    return done
  }

  const ask = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    if (/^commit|^rollback/.test(text)) return end(text)
    if (/^begin|^start/.test(text)) open = true
    if (text.includes('clock_timestamp') && wallToldMs !== wall()) {
      wallToldMs = wall()
      await send("select set_config('sim.wall', $1, false)", [new Date(wallToldMs).toISOString()])
    }
    if (!open && isPlainRead(text)) return memory.read(text, parameters, () => send(text, parameters))
    const written = writtenBy(text)
    for (const table of written) writtenHere.add(table)
    const answer = await send(text, parameters)
    if (!open) {
      memory.wrote([...writtenHere])
      writtenHere.clear()
    }
    return answer
  }
  return {
    pid,
    open: () => open,
    query(text, parameters) {
      const asked = ask(text, parameters)
      last = asked.catch(() => undefined)
      return asked
    },
    async undo() {
      await last
      if (open) await end('rollback')
      wallToldMs = 0
    },
    close: () => client.release(true),
  }
}

/** A pool of a few sessions, whose every statement goes through `pass`. First come, first served. */
export function poolOf(
  sessions: readonly Session[],
  pass: (session: Session, text: string, parameters: readonly unknown[]) => Promise<unknown>,
): PostgresPool {
  const idle = [...sessions]
  const queue: ((session: Session) => void)[] = []
  const take = (): Promise<Session> => {
    const session = idle.shift()
    return session ? Promise.resolve(session) : new Promise((resolve) => queue.push(resolve))
  }
  const giveBack = (session: Session) => {
    const next = queue.shift()
    if (next) next(session)
    else idle.unshift(session)
  }
  return {
    connect: async () => {
      const session = await take()
      const query: unknown = (text: string, parameters: readonly unknown[] = []) => pass(session, text, parameters)
      // Kysely asks with text and parameters only; the cursor overload of its interface is never used here.
      return { query: query as PostgresPoolClient['query'], release: () => giveBack(session) }
    },
    options: {},
    end: async () => undefined,
  }
}
