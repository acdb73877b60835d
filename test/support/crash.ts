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
import { rememberBooks, rememberRows } from './put-back.ts'

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
  /** Dies before every single statement, those included that leave nothing behind. */
  everyStatement?: true
  /** Where much is done again and again, or has scenes of its own: the effects to die at. Left out: all. */
  among?(effect: number, effects: readonly string[]): boolean
  /** What else is to be looked at when all is done, once for each way to die. */
  atEnd?(engine: Engine): Promise<void>
}

/**
 * Answers the points at which it died, by what was to come. The scene is set up once and put back for every death, which
 * is itself tried: undisturbed it ends as it did the first time.
 */
export async function crashEverywhere(database: TestDatabase, scene: Scene): Promise<string[]> {
  const stage = await setStage(database, scene)
  try {
    const undisturbed = await play(stage, null)
    const { effects } = undisturbed
    expect(effects.length, 'the operation has effects').toBeGreaterThan(0)
    const again = await play(stage, null)
    expect(again.end, 'put back, it is as it was').toEqual(undisturbed.end)
    const points = deathsIn(effects)
    const different = scene.everyStatement ? points : distinct(points, undisturbed.leaves)
    const deaths = different.filter(({ effect }) => scene.among?.(effect, effects) ?? true)
    for (const death of deaths) {
      const crashed = await play(stage, death)
      const story = `died ${death.when} effect ${death.effect} of ${crashed.effects.join(', ')}`
      expect(crashed.end, story).toEqual(undisturbed.end)
    }
    // A death stands for the look-alikes before it.
    const diedAt = (point: Death) =>
      deaths.includes(different[different.findIndex((one) => isUpTo(point, one))] ?? point)
    return points.filter(diedAt).map(({ effect, when }) => `${when} ${effects[effect]}`)
  } finally {
    await stage.end()
  }
}

/** Just before each effect and, as that is just after the one before it, after the last alone. */
const deathsIn = (effects: readonly string[]): Death[] => [
  ...effects.map((_name, effect): Death => ({ effect, when: 'before' })),
  { effect: effects.length - 1, when: 'after' },
]

/**
 * Of deaths between which nothing was left behind the last alone: what is open is rolled back and what was read is
 * forgotten, so they are one and the same. The scenes with `everyStatement` die all of them, and end no differently.
 */
const distinct = (deaths: readonly Death[], leaves: readonly boolean[]): Death[] =>
  deaths.filter(({ effect, when }) => when === 'after' || leaves[effect])

const isUpTo = (point: Death, death: Death): boolean =>
  point.effect < death.effect ||
  (point.effect === death.effect && (point.when === death.when || point.when === 'before'))

interface Stage {
  readonly scene: Scene
  readonly engine: Engine
  /** Of those that die; the connections of one are the next one's. */
  readonly victims: pg.Pool
  putBack(): Promise<void>
  end(): Promise<void>
}

async function setStage(database: TestDatabase, scene: Scene): Promise<Stage> {
  const { survivors, victims } = poolsOf(database)
  await emptyDatabase(database.pool)
  let random = seededRandom(1)
  const engine = await engineOn(survivors, {
    random: (size) => random(size),
    startAt: '2027-01-10T00:00:00Z',
    ...(scene.mailer ? { mailer: scene.mailer } : {}),
  })
  await scene.setUp(engine)
  const then = engine.now()
  const rows = await rememberRows(database.pool)
  const books = rememberBooks(engine.simulator)
  const putBack = async () => {
    await rows.putBack()
    books()
    engine.setNow(then)
    // Every play makes the same ids.
    random = seededRandom(2)
  }
  const end = async () => {
    await rows.forget()
    await engine.close()
  }
  return { scene, engine, victims, putBack, end }
}

async function play({ scene, engine, victims, putBack }: Stage, death: Death | null) {
  await putBack()
  const victim = await mortalWorker(engine, victims)
  victim.arm(death)
  await Promise.race([scene.operate(victim.system, engine), victim.died])
  if (death !== null && !victim.isDead()) throw new Error(`the worker outlived effect ${death.effect}`)
  if (victim.isDead()) await scene.repeat?.(engine.system, engine)
  await goOn(engine, scene.forMs ?? 3 * hourMs)
  await scene.atEnd?.(engine)
  return { effects: [...victim.effects], leaves: [...victim.leaves], end: await picture(engine) }
}

/** For all plays of a file: connecting costs more than a play's own statements. */
function poolsOf(database: TestDatabase): { survivors: pg.Pool; victims: pg.Pool } {
  const known = pools.get(database)
  if (known) return known
  const opened = { survivors: poolFor(database.url), victims: poolFor(database.url, { connections: 4 }) }
  pools.set(database, opened)
  return opened
}
const pools = new WeakMap<TestDatabase, { survivors: pg.Pool; victims: pg.Pool }>()

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
  const parts = Object.entries(pictured).map(
    ([name, rows]) => sql`${sql.lit(name)}, (select coalesce(json_agg(row_to_json(t)), '[]') from (${rows}) t)`,
  )
  const { rows } = await sql<{ picture: Record<string, unknown> }>`
    select json_build_object(${sql.join(parts)}) as picture`.execute(engine.system.db)
  return { ...rows[0]?.picture, gateway: bookedMoney(engine) }
}

const pictured = {
  invoices: sql`
      select account_id, coverage, month, first_month, status, total_minor, due_minor, captured_minor, credit_applied_minor,
        waived_minor, requested_trigger, failure_code, failure_decline_code, next_attempt_at::date as next_attempt_on,
        refunded_minor, credit_noted_minor, disputed_at is not null as disputed, reopened_minor as reopened
      from invoices order by 1, 2, 3`,
  settings: sql`
      select s.account_id, s.coverage, s.method, s.credit_minor, s.usual_minor, s.closed_through, s.carried_from,
        s.trial_days::text, k.last4, k.brand, k.mark, k.mark_code
      from payment_settings s left join cards k on k.bucket = s.bucket and k.card_id = s.card_id order by 1, 2`,
  cards: sql`
      select account_id, coverage, last4, replaced_at is not null as replaced from cards order by 1, 2, 3, 4`,
  ledger: sql`
      select account_id, coverage, kind, sum(amount_minor) as amount_minor from postings group by 1, 2, 3 order by 1, 2, 3`,
  // What reached an issuer; what never happened may have been tried more than once.
  charges: sql`
      select c.account_id, c.coverage, i.month, c.trigger, c.status, c.amount_minor, c.captured_minor, c.failure_code
      from charges c left join invoices i on i.bucket = c.bucket and i.invoice_id = c.invoice_id
      where c.status not in ('not_executed', 'expired') order by 1, 2, 3, 4, 5, 6`,
  events: sql`
      select account_id, coverage, kind, count(*)::int as times from events
      where kind not in ('charge_unknown', 'charge_not_executed', 'refund_unknown', 'refund_not_executed') group by 1, 2, 3 order by 1, 2, 3`,
  messages: sql`select account_id, coverage, kind, count(*)::int as times from messages group by 1, 2, 3 order by 1, 2, 3`,
  orders: sql`
      select account_id, external_id, status, captured_minor, failure_code, failure_decline_code,
        charge_wanted_at is not null as wants_charge from orders order by 1, 2`,
  refunds: sql`
      select account_id, origin, carries, status, amount_minor, note_lines, lost_minor from refunds
      where status <> 'not_executed' order by 1, 2, 3, 4, 5`,
  disputes: sql`
      select account_id, status, amount_minor, withdrawn_minor, from_credit_minor, decision, returned_minor from disputes order by 1, 2, 3`,
  runs: sql`select coverage, month, status, paused_at is not null as paused from runs order by 1, 2`,
  skips: sql`select account_id, skipped_on, reason from skips order by 1, 2`,
  standings: sql`
      select account_id, coverage, status, overdue_since::date as overdue_on, reminded_on, exempt_until, postponed_until,
        next_check_at::date as next_check_on, woken_at is not null as woken from standings order by 1, 2`,
  staff: sql`select account_id, kind from staff_queue order by 1, 2`,
  accounts: sql`select a.account_id, a.kind, u.email from accounts a join users u using (bucket, account_id) order by 1`,
  settled: sql`
      select coverage, kind, verdict, amount_minor, fee_minor, payout_id is not null as paid_out from balance_entries
      order by 1, 2, 3, 4, 5, 6`,
  settlement: sql`
      select coverage, kind, sum(amount_minor) as amount_minor from gateway_postings group by 1, 2 order by 1, 2`,
  payouts: sql`
      select coverage, amount_minor, status, entries_read_at is not null as read from payouts order by 1, 2, 3, 4`,
  fees: sql`select account_id, external_id, billing_month, amount from fees order by 1, 2`,
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
