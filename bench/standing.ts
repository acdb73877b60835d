/**
 * Item 7: the interruption sweep at its worst, every account due at once: those newly overdue, then a reminder to each,
 * then the suspension of all, then of one in a hundred something changes, then nothing at all.
 */
import { sql } from 'kysely'
import { type Instant, parseInstant } from '../src/domain/calendar.ts'
import { sweepStandings } from '../src/operations/judge-standings.ts'
import type { System } from '../src/operations/system.ts'
import { poolFor } from '../src/postgres/database.ts'
import { bucketsWithDueStandings } from '../src/postgres/standing.ts'
import { fromTheBeginning, readChangedStandings } from '../src/postgres/standing-reads.ts'
import { engineOn } from '../test/support/engine.ts'
import type { BenchDatabase } from './database.ts'
import { measure } from './measure.ts'

const rowsAtOnce = 500
const lanes = 2

export async function benchStanding(
  database: BenchDatabase,
  { accounts }: { readonly accounts: number },
): Promise<Record<string, number>> {
  const pool = poolFor(database.url, { connections: 6 })
  const { system } = await engineOn(pool, { startAt: '2027-02-01T06:00:00Z' })
  await overdueAccounts(system, accounts)
  const sweptAt = (time: string) => measured(system, database, parseInstant(time))
  const first = await sweptAt('2027-02-01T06:30:00Z')
  const reminded = await sweptAt('2027-02-15T12:00:00Z')
  const suspended = await sweptAt('2027-03-03T12:00:00Z')
  const few = Math.ceil(accounts / 100)
  await sql`update invoices set status = 'paid', captured_minor = total_minor, paid_at = now(), next_attempt_at = null
    where account_id <= ${accountIdOf(few)}`.execute(system.db)
  await sql`update standings set woken_at = now() where account_id <= ${accountIdOf(few)}`.execute(system.db)
  const restored = await sweptAt('2027-03-04T12:00:00Z')
  const idle = await sweptAt('2027-03-05T12:00:00Z')
  const polled = await readChangedStandings(system.db, fromTheBeginning, 1)
  await pool.end()
  return {
    accounts,
    newlyOverdueSeconds: first.seconds,
    remindSeconds: reminded.seconds,
    suspendSeconds: suspended.seconds,
    suspendPerSecond: Math.round(accounts / suspended.seconds),
    suspendCpuSeconds: suspended.cpuSeconds,
    suspendAppCpuSeconds: suspended.appCpuSeconds,
    peakRssMb: suspended.peakRssMb,
    onePercentSeconds: restored.seconds,
    nothingMs: Math.round(idle.seconds * 1000),
    looked: first.looked + reminded.looked + suspended.looked + restored.looked + idle.looked - 3 * accounts - few,
    changesFound: polled.length,
  }
}

async function measured(system: System, { postmaster }: BenchDatabase, now: Instant) {
  let looked = 0
  const cost = await measure(postmaster, async () => {
    looked = await sweep(system, now)
  })
  const rounded = (value: number) => Math.round(value * 100) / 100
  return {
    looked,
    seconds: rounded(cost.seconds),
    cpuSeconds: rounded(cost.cpuSeconds),
    appCpuSeconds: rounded(cost.appCpuSeconds),
    peakRssMb: Math.round(cost.peakRssMb),
  }
}

/** As the worker's step does it: asks which buckets have something due, and works on some side by side. */
async function sweep(system: System, now: Instant): Promise<number> {
  let looked = 0
  for (
    let due = await bucketsWithDueStandings(system.db, now);
    due.length > 0;
    due = await bucketsWithDueStandings(system.db, now)
  ) {
    const left = [...due]
    const lane = async () => {
      for (let bucket = left.shift(); bucket !== undefined; bucket = left.shift()) {
        const rows = await sweepStandings(system, bucket, now, rowsAtOnce)
        looked += rows
      }
    }
    await Promise.all(Array.from({ length: lanes }, lane))
  }
  return looked
}

const accountIdOf = (index: number): string => `OP${String(index).padStart(10, '0')}`

/** Accounts with one invoice each that failed on 1 February, as the outcomes of a run leave them. */
async function overdueAccounts({ db }: System, accounts: number): Promise<void> {
  const id = sql`'OP' || lpad(n::text, 10, '0')`
  const bucket = sql`floor(mod(n::numeric * 2654435761, 4294967296) / 67108864)::smallint`
  const failed = sql`'2027-02-01T06:00:00Z'::timestamptz`
  await sql`insert into accounts (bucket, account_id, kind, created_at)
    select ${bucket}, ${id}, 'individual', ${failed} from generate_series(1, ${accounts}::int) n`.execute(db)
  await sql`insert into payment_settings (bucket, account_id, coverage, method, updated_at)
    select bucket, account_id, 'g', 'none', ${failed} from accounts`.execute(db)
  await sql`
    insert into invoices (bucket, invoice_id, account_id, coverage, month, first_month, status, currency, tax_lines, net_minor,
      tax_minor, total_minor, issued_at, next_attempt_at, failure_code, failed_at, overdue_since)
    select bucket, gen_random_uuid(), account_id, 'g', '2027-01', '2027-01', 'outstanding', 'USD', '[]', 1234, 0, 1234,
      ${failed}, '2028-01-01T00:00:00Z', 'card_declined', ${failed}, ${failed} from accounts`.execute(db)
  await sql`insert into standings (bucket, account_id, coverage, status, woken_at, changed_at)
    select bucket, account_id, 'g', 'good', ${failed}, ${failed} from accounts`.execute(db)
  await sql`vacuum analyze`.execute(db)
}
