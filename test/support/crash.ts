/**
 * Crash everywhere: an operation is run once undisturbed to learn its effects, then once for every effect and each of
 * its two sides, dying there; another worker goes on, and the end must be the same rows and the same money.
 */
import { sql } from 'kysely'
import type pg from 'pg'
import { expect } from 'vitest'
import { hourMs, plusMs } from '../../src/domain/calendar.ts'
import type { System } from '../../src/operations/system.ts'
import type { Mailer } from '../../src/ports/mailer.ts'
import { nextDueAt } from '../../src/postgres/clock.ts'
import { poolFor } from '../../src/postgres/database.ts'
import { workUntilIdle } from '../../src/worker/loop.ts'
import type { TestDatabase } from './database.ts'
import { emptyDatabase } from './empty.ts'
import { type Engine, engineOn, seededRandom } from './engine.ts'
import { type Death, mortalWorker } from './mortal.ts'

export interface Scene {
  /** Everything before the operation, by a worker that lives. Answers what the operation needs to know. */
  setUp(engine: Engine): Promise<void>
  /** The operation, by the worker that may die. */
  operate(system: System, engine: Engine): Promise<unknown>
  /** What whoever asked for the operation does when no answer came: asks again. Left out: nobody does. */
  repeat?(system: System, engine: Engine): Promise<unknown>
  /** How far business time moves on after the operation, from due moment to due moment; 3 hours when left out. */
  forMs?: number
  /** Who sends e-mail; left out: nobody, and messages stay queued. */
  mailer?: Mailer
  /** What else is to be looked at when all is done, once for each way to die. */
  atEnd?(engine: Engine): Promise<void>
}

/** Answers the points at which it died, by what was to come. */
export async function crashEverywhere(database: TestDatabase, scene: Scene): Promise<string[]> {
  const undisturbed = await play(database, scene, null)
  expect(undisturbed.effects.length, 'the operation has effects').toBeGreaterThan(0)
  const deaths = deathsIn(undisturbed.effects)
  for (const death of deaths) {
    const crashed = await play(database, scene, death)
    const { effect, when } = death
    const story = `died ${when} effect ${effect} of ${crashed.effects.join(', ')}`
    expect(crashed.end, story).toEqual(undisturbed.end)
  }
  return deaths.map(({ effect, when }) => `${when} ${undisturbed.effects[effect]}`)
}

/**
 * Just before each effect and, as that is just after the one before it, after the last alone. A read outside a
 * transaction leaves nothing behind, so dying on either side of it is the same death, and is died once.
 */
function deathsIn(effects: readonly string[]): Death[] {
  const deaths: Death[] = []
  let open = false
  let sinceReadAlone = false
  for (const [effect, name] of effects.entries()) {
    const readAlone = !open && (/^select\b/.test(name) || name === 'gateway lookUp')
    if (!sinceReadAlone) deaths.push({ effect, when: 'before' })
    sinceReadAlone = readAlone
    if (name === 'begin') open = true
    if (name === 'commit' || name === 'rollback') open = false
  }
  if (!sinceReadAlone) deaths.push({ effect: effects.length - 1, when: 'after' })
  return deaths
}

async function play(database: TestDatabase, scene: Scene, death: Death | null) {
  const { url } = database
  await emptyDatabase(database.pool)
  const engine = await engineOn(poolOf(database), {
    random: seededRandom(1),
    startAt: '2027-01-10T00:00:00Z',
    ...(scene.mailer ? { mailer: scene.mailer } : {}),
  })
  try {
    await scene.setUp(engine)
    const victim = await mortalWorker(engine, url)
    victim.arm(death)
    await Promise.race([scene.operate(victim.system, engine), victim.died])
    if (death !== null && !victim.isDead()) throw new Error(`the worker outlived effect ${death.effect}`)
    await victim.end()
    if (victim.isDead()) await scene.repeat?.(engine.system, engine)
    await goOn(engine, scene.forMs ?? 3 * hourMs)
    await scene.atEnd?.(engine)
    return { effects: [...victim.effects], end: await picture(engine) }
  } finally {
    await engine.close()
  }
}

/** One for all plays of a file: connecting costs more than a play's own statements. */
function poolOf(database: TestDatabase): pg.Pool {
  const pool = pools.get(database) ?? poolFor(database.url)
  pools.set(database, pool)
  return pool
}
const pools = new WeakMap<TestDatabase, pg.Pool>()

/** Works at every moment at which something is due, up to `forMs` from now. */
export async function goOn(engine: Engine, forMs: number, system: System = engine.system): Promise<void> {
  const until = plusMs(engine.now(), forMs)
  const idle = () => workUntilIdle(system, engine.now(), { lanes: 1, limit: 500 })
  await idle()
  const next = () => nextDueAt(system.db, engine.now())
  for (let at = await next(); at !== null && at <= until; at = await next()) {
    engine.setNow(at)
    await idle()
  }
  engine.setNow(until)
  await idle()
}

/**
 * What must be the same however often a worker died on the way: every row that says what is owed, paid and posted,
 * without the times and ids that a second try changes, and what the card network has in its own books.
 */
export async function picture(engine: Engine) {
  const { db } = engine.system
  const rows = async (query: ReturnType<typeof sql>) => (await query.execute(db)).rows
  return {
    invoices: await rows(sql`
      select account_id, coverage, month, first_month, status, total_minor, due_minor, captured_minor, credit_applied_minor,
        waived_minor, requested_trigger, failure_code, failure_decline_code, next_attempt_at::date as next_attempt_on,
        refunded_minor, credit_noted_minor, disputed_at is not null as disputed, reopened_minor as reopened
      from invoices order by 1, 2, 3`),
    settings: await rows(sql`
      select s.account_id, s.coverage, s.method, s.credit_minor, s.usual_minor, s.closed_through, s.carried_from,
        s.trial_days::text, k.last4, k.brand, k.mark, k.mark_code
      from payment_settings s left join cards k on k.bucket = s.bucket and k.card_id = s.card_id order by 1, 2`),
    cards: await rows(sql`
      select account_id, coverage, last4, replaced_at is not null as replaced from cards order by 1, 2, 3, 4`),
    ledger: await rows(sql`
      select account_id, coverage, kind, sum(amount_minor) as amount_minor from postings group by 1, 2, 3 order by 1, 2, 3`),
    // What reached an issuer; what never happened may have been tried more than once.
    charges: await rows(sql`
      select c.account_id, c.coverage, i.month, c.trigger, c.status, c.amount_minor, c.captured_minor, c.failure_code
      from charges c left join invoices i on i.bucket = c.bucket and i.invoice_id = c.invoice_id
      where c.status not in ('not_executed', 'expired') order by 1, 2, 3, 4, 5, 6`),
    events: await rows(sql`
      select account_id, coverage, kind, count(*)::int as times from events
      where kind not in ('charge_unknown', 'charge_not_executed', 'refund_unknown', 'refund_not_executed') group by 1, 2, 3 order by 1, 2, 3`),
    messages: await rows(
      sql`select account_id, coverage, kind, count(*)::int as times from messages group by 1, 2, 3 order by 1, 2, 3`,
    ),
    orders: await rows(sql`
      select account_id, external_id, status, captured_minor, failure_code, failure_decline_code,
        charge_wanted_at is not null as wants_charge from orders order by 1, 2`),
    refunds: await rows(sql`
      select account_id, origin, carries, status, amount_minor, note_lines, lost_minor from refunds
      where status <> 'not_executed' order by 1, 2, 3, 4, 5`),
    disputes: await rows(sql`
      select account_id, status, amount_minor, withdrawn_minor, decision, returned_minor from disputes order by 1, 2, 3`),
    runs: await rows(sql`select coverage, month, status, paused_at is not null as paused from runs order by 1, 2`),
    skips: await rows(sql`select account_id, skipped_on, reason from skips order by 1, 2`),
    standings: await rows(sql`
      select account_id, coverage, status, overdue_since::date as overdue_on, reminded_on, exempt_until, postponed_until,
        next_check_at::date as next_check_on, woken_at is not null as woken from standings order by 1, 2`),
    staff: await rows(sql`select account_id, kind from staff_queue order by 1, 2`),
    accounts: await rows(
      sql`select a.account_id, a.kind, u.email from accounts a join users u using (bucket, account_id) order by 1`,
    ),
    fees: await rows(sql`select account_id, external_id, billing_month, amount from fees order by 1, 2`),
    gateway: bookedMoney(engine),
  }
}

/** The network's records by invoice: every payment it knows, and what was taken. */
export const bookedMoney = (engine: Engine) =>
  [...engine.simulator.payments(engine.now())]
    .map(({ accountId, account, status, amountMinor, capturedMinor, refundedMinor, subjectId }) => ({
      accountId,
      coverage: account,
      status,
      amountMinor,
      capturedMinor,
      refundedMinor,
      forInvoice: subjectId !== null,
    }))
    .sort((one, other) => orderOf(one).localeCompare(orderOf(other)))

const orderOf = (row: { accountId: string | null; coverage: string; status: string; amountMinor: bigint }): string =>
  [row.accountId, row.coverage, row.status, row.amountMinor].join(' ')
