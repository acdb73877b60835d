/** Items 1 and 2: the month's close and its collection, set-based, against the plain way, with and without history. */
import { sql } from 'kysely'
import { addMonths, firstDayOf, instantOn, type Month, nextMonth, parseMonth } from '../src/domain/calendar.ts'
import { poolFor } from '../src/postgres/database.ts'
import { workUntilIdle } from '../src/worker/loop.ts'
import { engineOn } from '../test/support/engine.ts'
import type { BenchDatabase } from './database.ts'
import { type Cost, measure } from './measure.ts'
import { addFeesOf, populate } from './population.ts'
import { collectRowAtATime } from './row-at-a-time.ts'

export interface CollectionOptions {
  readonly accounts: number
  /** Months of paid invoices, charges and postings that are there before. */
  readonly historyMonths: number
  /** How many invoices the plain way collects for the comparison; 0 leaves it out. */
  readonly rowAtATime: number
}

const month = parseMonth('2027-01') ?? ('2027-01' as Month)
const lanes = 3

export async function benchCollections(database: BenchDatabase, options: CollectionOptions) {
  const pool = poolFor(database.url, { connections: lanes + 4 })
  const engine = await engineOn(pool, { startAt: '2027-01-15T00:00:00Z' })
  await populate(engine, options.accounts)
  if (options.historyMonths > 0) await addHistory(engine.system.db, options.accounts, options.historyMonths)
  await addFeesOf(engine, options.accounts, [month])
  await sql`vacuum analyze`.execute(engine.system.db)
  await sql`checkpoint`.execute(engine.system.db)

  engine.setNow(instantOn(firstDayOf(nextMonth(month)), '06:00', 'UTC'))
  // Collection of the month is held back while the close is measured.
  const closed = await measure(database.postmaster, async () => {
    await closeOnly(engine, month)
  })
  await sql`vacuum analyze invoices`.execute(engine.system.db)
  await sql`checkpoint`.execute(engine.system.db)
  const gateway = engine.system.gateways.get('g')
  if (!gateway) throw new Error('coverage g has no gateway')
  let plain: Cost | null = null
  let plainCount = 0
  if (options.rowAtATime > 0) {
    plain = await measure(database.postmaster, async () => {
      plainCount = await collectRowAtATime(database.url, engine.system, gateway, engine.now(), options.rowAtATime)
    })
  }
  const collected = await measure(database.postmaster, () =>
    workUntilIdle(engine.system, engine.now(), { lanes, limit: 500 }),
  )
  const count = options.accounts - plainCount
  const { rows } = await sql<{
    paid: bigint
  }>`select count(*) as paid from invoices where month = ${month} and status = 'paid'`.execute(engine.system.db)
  if (Number(rows[0]?.paid) !== options.accounts)
    throw new Error(`${rows[0]?.paid} of ${options.accounts} invoices were paid`)
  await pool.end()
  const perSecond = count / collected.seconds
  const rowAtATimePerSecond = plain ? plainCount / plain.seconds : null
  return {
    accounts: options.accounts,
    historyMonths: options.historyMonths,
    perSecond: Math.round(perSecond),
    rowAtATimePerSecond: rowAtATimePerSecond && Math.round(rowAtATimePerSecond),
    ratio: rowAtATimePerSecond && Number((perSecond / rowAtATimePerSecond).toFixed(1)),
    cpuSeconds: Number(collected.cpuSeconds.toFixed(2)),
    appCpuSeconds: Number(collected.appCpuSeconds.toFixed(2)),
    databaseCpuSeconds: Number(collected.databaseCpuSeconds.toFixed(2)),
    cpuMicrosecondsEach: Math.round((collected.cpuSeconds * 1e6) / count),
    peakRssMb: Math.round(collected.peakRssMb),
    closePerSecond: Math.round(options.accounts / closed.seconds),
    closeCpuSeconds: Number(closed.cpuSeconds.toFixed(2)),
    closeAppCpuSeconds: Number(closed.appCpuSeconds.toFixed(2)),
  }
}

async function closeOnly(engine: Awaited<ReturnType<typeof engineOn>>, of: Month): Promise<void> {
  const { bucketsToClose } = await import('../src/postgres/closing.ts')
  const { beginClosing, endClosing } = await import('../src/postgres/runs.ts')
  const { closeAccounts } = await import('../src/operations/close-month.ts')
  const { system } = engine
  const run = { coverage: 'g', month: of }
  await beginClosing(system.db, 'g', of, engine.now())
  const buckets = await bucketsToClose(system.db, 'g', of)
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let bucket = buckets.shift(); bucket !== undefined; bucket = buckets.shift()) {
        while ((await closeAccounts(system, run, bucket, engine.now(), 1000)) > 0);
      }
    }),
  )
  await endClosing(system.db, 'g', of, engine.now())
}

/** Months of what an account leaves behind when all goes well: fees, an invoice, a charge, postings and events. */
async function addHistory(db: Awaited<ReturnType<typeof engineOn>>['system']['db'], accounts: number, months: number) {
  for (let back = months; back > 0; back -= 1) {
    const past = addMonths(month, -back)
    const closedAt = new Date(instantOn(firstDayOf(nextMonth(past)), '06:00', 'UTC'))
    await sql`insert into runs (coverage, month, status, closing_at, collecting_at, finished_at)
      values ('g', ${past}, 'finished', ${closedAt}, ${closedAt}, ${closedAt}) on conflict do nothing`.execute(db)
    await sql`
      insert into fees (bucket, account_id, external_id, coverage, billing_month, day, whole_month, item, unit_price, quantity, amount, tax_rate_bp, imported_at)
      select a.bucket, a.account_id, ${past}::text || '/' || n, 'g', ${past}::text, (${past}::text || '-05')::date, false, 'data transfer',
        0.0000002, 1234567 * n, 0.2469134 * n, 0, ${closedAt}
      from accounts a cross join generate_series(1, 5) n where substr(a.account_id, 3)::bigint <= ${accounts}`.execute(
      db,
    )
    const idOf = (
      salt: string,
    ) => sql`(lpad(to_hex((extract(epoch from ${closedAt}::timestamptz) * 1000)::bigint), 12, '0') || '7000'
      || lpad(to_hex(128 + s.bucket), 2, '0') || substr(md5(s.account_id || ${past}::text || ${salt}::text), 1, 14))::uuid`
    await sql`
      with s as materialized (select s.*, k.gateway_payment_method_id, k.fingerprint from payment_settings s
        join cards k on k.bucket = s.bucket and k.card_id = s.card_id order by s.bucket, s.account_id),
      issued as (
        insert into invoices (bucket, invoice_id, account_id, coverage, month, first_month, status, currency, tax_lines, net_minor, tax_minor,
          total_minor, captured_minor, issued_at, paid_at)
        select bucket, ${idOf('invoice')}, account_id, 'g', ${past}, ${past}, 'paid', 'USD', '[]', 371, 0, 371, 371, ${closedAt}, ${closedAt} from s
        returning 1),
      posted as (
        insert into postings (bucket, account_id, source_id, kind, coverage, invoice_id, debit, credit, amount_minor, currency, posted_at)
        select bucket, account_id, ${idOf('invoice')}, 'invoice_net', 'g', ${idOf('invoice')}, 'receivable', 'revenue', 371, 'USD', ${closedAt}::timestamptz from s
        union all
        select bucket, account_id, ${idOf('charge')}, 'captured', 'g', ${idOf('invoice')}, 'gateway_clearing', 'receivable', 371, 'USD', ${closedAt} from s)
      insert into events (bucket, account_id, event_id, coverage, kind, invoice_id, details, happened_at)
      select bucket, account_id, ${idOf('event')}, 'g', 'charge_captured', ${idOf('invoice')}, '{}', ${closedAt} from s`.execute(
      db,
    )
    await sql`
      insert into charges (bucket, charge_id, account_id, coverage, invoice_id, trigger, status, priority, amount_minor, currency,
        gateway_customer_id, card_id, gateway_payment_method_id, fingerprint, brand, off_session, api_version, attempt_on, intended_at,
        first_sent_at, last_sent_at, sends, gateway_payment_id, held_at, capturing_at, capture_minor, captured_at, captured_minor, settled_at)
      select s.bucket, ${idOf('charge')}, s.account_id, 'g', ${idOf('invoice')}, 'run', 'captured', 2, 371, 'USD', s.gateway_customer_id,
        s.card_id, k.gateway_payment_method_id, k.fingerprint, 'visa', true, '2026-10-28.endive', ${closedAt}::timestamptz::date, ${closedAt}, ${closedAt},
        ${closedAt}, 1, 'pi_' || md5(s.account_id || ${past}::text), ${closedAt}, ${closedAt}, 371, ${closedAt}, 371, ${closedAt}
      from payment_settings s join cards k on k.bucket = s.bucket and k.card_id = s.card_id order by s.bucket, s.account_id`.execute(
      db,
    )
    await sql`update payment_settings set closed_through = ${past}, usual_minor = 5000`.execute(db)
  }
}
