/**
 * The run beside which item 5 asks the API: a worker process with a card network of its own in memory. Told by its parent
 * over IPC: `fill` makes the accounts, `paced` works for a while at the gateway's usual pace, as a run in production does,
 * and `run` does all that is left as fast as it can.
 */
import { sql } from 'kysely'
import { pacedGateway } from '../src/adapters/paced-gateway/paced-gateway.ts'
import { firstDayOf, type Instant, instantOn, type Month, nextMonth, parseMonth } from '../src/domain/calendar.ts'
import type { PaceLimits } from '../src/domain/pace.ts'
import { lifetimes } from '../src/domain/session.ts'
import { hashOf } from '../src/operations/identity/tokens.ts'
import { freezeClock } from '../src/postgres/clock.ts'
import { databaseOn, json, poolFor } from '../src/postgres/database.ts'
import { drawPlaces, slowLineDown } from '../src/postgres/gateway-pace.ts'
import { simulatedGateway } from '../src/simulator/as-gateway.ts'
import { runWorker, workUntilIdle } from '../src/worker/loop.ts'
import { type Engine, type EngineOptions, engineOn } from '../test/support/engine.ts'
import { accountIdOf, addFeesOf, populate } from './population.ts'

/** What the parent says. */
export type Told =
  | { readonly act: 'fill'; readonly accounts: number; readonly payers: number }
  | { readonly act: 'paced'; readonly seconds: number }
  | { readonly act: 'run' }
  | { readonly act: 'end' }

/** What it answers when that is done. */
export interface Done {
  readonly seconds: number
  readonly paid: number
  readonly rssMb: number
}

/** The token of the payer of account `index`: tokens are random bits, but their readers need not know. */
export const tokenOf = (index: number): string => `kss_${String(index).padStart(43, '0')}`

const month = parseMonth('2027-01') ?? ('2027-01' as Month) // it is one
const lanes = 3
/** Stripe's, as the settings have it by default. */
const usual: PaceLimits = { perSecond: 100, perEndpointPerSecond: 25 }
const unlimited: PaceLimits = { perSecond: 1e6, perEndpointPerSecond: 1e6 }

async function serveParent(url: string): Promise<void> {
  const pool = poolFor(url, { connections: lanes + 4 })
  let limits: PaceLimits = unlimited
  const db = databaseOn(pool)
  const gatewayOf: EngineOptions['gatewayOf'] = (coverage, simulator, now) => {
    const gateway = simulatedGateway({ simulator, secretKey: `sk_test_${coverage}`, now })
    const paced = pacedGateway(gateway, {
      draw: (endpoint, draw) => drawPlaces(db, coverage, limits, endpoint, draw),
      slowDown: (endpoint, trouble) => slowLineDown(db, coverage, endpoint, trouble),
    })
    return {
      ...gateway,
      hold: (request) => (limits === unlimited ? gateway : paced).hold(request),
      capture: (request) => (limits === unlimited ? gateway : paced).capture(request),
    }
  }
  const engine = await engineOn(pool, { startAt: '2027-01-15T00:00:00Z', gatewayOf })
  const dueAt = instantOn(firstDayOf(nextMonth(month)), '06:00', 'UTC')
  process.on('message', (told: Told) => void act(told))

  async function act(told: Told): Promise<void> {
    const from = performance.now()
    if (told.act === 'fill') await fill(engine, told, dueAt)
    if (told.act === 'paced') {
      engine.setNow(dueAt)
      limits = usual
      const signal = AbortSignal.timeout(told.seconds * 1000)
      const system = { ...engine.system, workerId: engine.system.makeId(0, dueAt) }
      const clock = { now: async () => dueAt }
      await runWorker(system, clock, { host: 'bench', pid: process.pid }, { lanes, limit: 500, charges: 125, signal })
      limits = unlimited
    }
    if (told.act === 'run') {
      await workUntilIdle(engine.system, dueAt, { lanes, limit: 500 })
    }
    if (told.act === 'end') {
      await pool.end()
      return process.disconnect()
    }
    const { rows } = await sql<{ paid: bigint }>`
      select count(*) as paid from invoices where month = ${month} and status = 'paid'`.execute(engine.system.db)
    const seconds = (performance.now() - from) / 1000
    const done: Done = { seconds, paid: Number(rows[0]?.paid), rssMb: process.memoryUsage.rss() / 2 ** 20 }
    process.send?.(done)
  }
}

/** `accounts` with fees of the month; then `payers` more, each with an invoice that failed, for Activate. */
async function fill(
  engine: Engine,
  { accounts, payers }: { readonly accounts: number; readonly payers: number },
  dueAt: Instant,
): Promise<void> {
  const { db } = engine.system
  await populate(engine, accounts + payers)
  await addFeesOf(engine, accounts, [month])
  const issuedAt = '2027-01-01T06:00:00Z'
  await sql`
    insert into invoices (bucket, invoice_id, account_id, coverage, month, first_month, status, currency, tax_lines, net_minor,
      tax_minor, total_minor, issued_at, next_attempt_at, failure_code, failed_at, overdue_since)
    select bucket, (lpad(to_hex(1798783200000), 12, '0') || '7000' || lpad(to_hex(128 + bucket), 2, '0')
        || substr(md5(account_id), 1, 14))::uuid, account_id, 'g', '2026-12', '2026-12', 'outstanding', 'USD', '[]', 1234, 0,
      1234, ${issuedAt}, '2028-01-01T00:00:00Z', 'card_declined', ${issuedAt}, ${issuedAt}
    from accounts where account_id > ${accountIdOf(accounts - 1)}`.execute(db)
  await sql`
    insert into postings (bucket, account_id, source_id, kind, coverage, invoice_id, debit, credit, amount_minor, currency, posted_at)
    select bucket, account_id, invoice_id, 'invoice_net', 'g', invoice_id, 'receivable', 'revenue', 1234, 'USD', issued_at
    from invoices where month = '2026-12'`.execute(db)
  await signIn(engine, accounts + payers)
  await freezeClock(db, dueAt)
  await sql`vacuum analyze`.execute(db)
  await sql`checkpoint`.execute(db)
}

/** A root login and a session for every account, as sign-in leaves them. */
async function signIn({ system }: Engine, accounts: number): Promise<void> {
  const wall = system.wallNow()
  const until = new Date(wall + lifetimes.root.idleMs)
  for (let from = 0; from < accounts; from += 5000) {
    const rows = Array.from({ length: Math.min(5000, accounts - from) }, (_, index) => ({
      login_id: system.makeId(0, wall),
      session_id: system.makeId(0, wall),
      account_id: accountIdOf(from + index),
      token_hash: hashOf(tokenOf(from + index)),
    }))
    await sql`
      with d as materialized (select * from json_to_recordset(${json(rows)})
        as d(login_id uuid, session_id uuid, account_id text, token_hash text)),
      l as (insert into logins (login_id, kind, account_id, email)
        select login_id, 'root', account_id, account_id || '@example.com' from d)
      insert into sessions (session_id, token_hash, login_id, started_at, last_seen_at, idle_until, expires_at, address, user_agent)
      select session_id, token_hash, login_id, ${new Date(wall)}::timestamptz, ${new Date(wall)}, ${until}, ${until}, '192.0.2.1', 'bench' from d`.execute(
      system.db,
    )
  }
}

if (import.meta.main) await serveParent(process.argv[2] ?? '')
