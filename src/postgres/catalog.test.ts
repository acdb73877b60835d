/** What the database must look like, asked of its own catalog: the bucket rules, and the words the domain shares with it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { chargeStatuses, unsettledStatuses } from '../domain/charge.ts'
import { disputeStatuses } from '../domain/dispute.ts'
import { invoiceStatuses } from '../domain/invoice.ts'
import { ledgerAccounts } from '../domain/ledger.ts'
import { messageKinds, messageStatuses } from '../domain/message.ts'
import { orderStatuses } from '../domain/order.ts'
import { refundStatuses, unsettledRefundStatuses } from '../domain/refund.ts'
import { runStatuses } from '../domain/run.ts'
import { entryKinds, payoutStatuses, settlementAccounts, verdicts } from '../domain/settlement.ts'
import { staffQueueKinds } from '../domain/staff-queue.ts'

const database = testDatabase()

const rows = async <Row extends object>(text: string): Promise<Row[]> => (await database.pool.query<Row>(text)).rows

/** Tables that belong to no account, small enough to be everywhere. */
const reference = [
  'api_keys',
  'audit',
  'balance_entries',
  'balance_readings',
  'clock',
  'coverages',
  'gateway_events',
  'gateway_pace',
  'gateway_postings',
  'idempotent_requests',
  'logins',
  'migrations',
  'password_links',
  'payouts',
  'rate_limits',
  'reconciliation_differences',
  'reconciliations',
  'runs',
  'sessions',
  'staff',
  'workers',
]

describe('bucket rules (design section 5)', () => {
  test('every table but the reference ones has a bucket that is never null', async () => {
    const without = await rows<{ name: string }>(`
      select c.relname as name from pg_class c
      where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace and not exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'bucket' and a.atttypid = 'int2'::regtype and a.attnotnull)
      order by 1`)
    expect(without.map((row) => row.name)).toEqual(reference)
  })

  test('every primary key, unique constraint and index of an account-owned table starts with the bucket', async () => {
    const elsewhere = await rows<{ name: string }>(`
      select i.indexrelid::regclass::text as name from pg_index i
      join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
      join pg_attribute b on b.attrelid = c.oid and b.attname = 'bucket'
      where i.indkey[0] <> b.attnum`)
    expect(elsewhere).toEqual([])
  })

  test('every foreign key between account-owned tables starts with the bucket on both sides', async () => {
    const elsewhere = await rows<{ name: string }>(`
      select k.conname as name from pg_constraint k
      join pg_attribute b on b.attrelid = k.conrelid and b.attname = 'bucket'
      join pg_attribute f on f.attrelid = k.confrelid and f.attname = 'bucket'
      where k.contype = 'f' and (k.conkey[1] <> b.attnum or k.confkey[1] <> f.attnum)`)
    expect(elsewhere).toEqual([])
  })

  test('nothing is made up by the database: no identity, no sequence, no trigger, no default that reads a clock', async () => {
    const made = await rows<{ what: string }>(`
      select 'identity ' || attrelid::regclass || '.' || attname as what from pg_attribute
        join pg_class c on c.oid = attrelid where c.relnamespace = 'public'::regnamespace and attidentity <> ''
      union all select 'sequence ' || relname from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace
      union all select 'trigger ' || tgname from pg_trigger where not tgisinternal
      union all select 'default ' || adrelid::regclass from pg_attrdef
        where pg_get_expr(adbin, adrelid) ~* 'now|random|clock|uuid|current_'`)
    expect(made).toEqual([])
  })

  test('the database knows the hash of an account id', async () => {
    await expect(
      database.pool.query(
        "insert into accounts (bucket, account_id, kind, created_at) values (0, 'OP0000000001', 'individual', now())",
      ),
    ).rejects.toThrow('accounts_bucket_is_the_hash')
  })
})

describe('words the domain shares with the database', () => {
  const checks: [constraint: string, words: readonly string[]][] = [
    ['charges_status_known', Object.keys(chargeStatuses)],
    ['invoices_status_check', Object.keys(invoiceStatuses)],
    ['runs_status_check', Object.keys(runStatuses)],
    ['orders_status_known', Object.keys(orderStatuses)],
    ['postings_debit_check', Object.keys(ledgerAccounts)],
    ['postings_credit_check', Object.keys(ledgerAccounts)],
    ['balance_entries_kind_known', Object.keys(entryKinds)],
    ['balance_entries_verdict_known', Object.keys(verdicts)],
    ['payouts_status_known', Object.keys(payoutStatuses)],
    ['gateway_postings_debit_check', Object.keys(settlementAccounts)],
    ['gateway_postings_credit_check', Object.keys(settlementAccounts)],
    ['charges_settled_or_not', unsettledStatuses],
    ['refunds_status_known', Object.keys(refundStatuses)],
    ['refunds_settled_or_not', unsettledRefundStatuses],
    ['disputes_status_known', Object.keys(disputeStatuses)],
    ['staff_queue_kind_check', Object.keys(staffQueueKinds)],
    ['messages_kind_known', Object.keys(messageKinds)],
    ['messages_status_known', Object.keys(messageStatuses)],
  ]
  test.each(checks)('%s', async (constraint, words) => {
    const [row] = await rows<{ text: string }>(
      `select pg_get_constraintdef(oid) as text from pg_constraint where conname = '${constraint}'`,
    )
    const known = [...(row?.text ?? '').matchAll(/'([a-z_]+)'::text/g)].map((match) => match[1])
    expect(known.toSorted()).toEqual([...words].toSorted())
  })
})

test('tables.ts names the columns that the database has', async () => {
  const columns = await rows<{ name: string; columns: string[] }>(`
    select table_name as name, array_agg(column_name::text order by ordinal_position) as columns from information_schema.columns
    where table_schema = 'public' and table_name <> 'migrations' group by 1`)
  const areas = readdirSync(join(import.meta.dirname, 'tables')).map((file) => join('tables', file))
  const typed = ['tables.ts', ...areas].map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n')
  for (const { name, columns: own } of columns) {
    const body = new RegExp(`^ {2}${name}: \\{([^}]*)\\}`, 'm').exec(typed)?.[1] ?? ''
    expect({ name, columns: [...body.matchAll(/([a-z0-9_]+):/g)].map((match) => match[1]) }).toEqual({
      name,
      columns: own,
    })
  }
})
