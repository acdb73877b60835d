/**
 * Every account-owned row is where its account is (docs/decisions/0003), and what it refers to is there: between the hot
 * tables no foreign key says so.
 */
import { sql } from 'kysely'
import type { Invariant } from './invariants.ts'
import type { Tables } from './tables.ts'

const accountTables = [
  'users',
  'cards',
  'payment_settings',
  'fees',
  'invoices',
  'orders',
  'charges',
  'skips',
  'postings',
  'events',
  'staff_queue',
  'refunds',
  'disputes',
] as const satisfies readonly (keyof Tables)[]

const idColumns = [
  ['users', 'user_id'],
  ['cards', 'card_id'],
  ['invoices', 'invoice_id'],
  ['orders', 'order_id'],
  ['charges', 'charge_id'],
  ['postings', 'source_id'],
  ['events', 'event_id'],
  ['staff_queue', 'entry_id'],
  ['refunds', 'refund_id'],
  ['disputes', 'dispute_id'],
  ['messages', 'message_id'],
] as const satisfies readonly (readonly [keyof Tables, string])[]

/** Rows of `table` that name, in `column`, one of `other` that is not there or belongs to another account or coverage. */
const astray = (
  table: keyof Tables,
  other: 'invoices' | 'orders' | 'charges',
  column: string,
  same: readonly string[],
) => sql`
  select ${table} as "table", t.account_id, ${column} as names, t.${sql.ref(column)}::text as missing
  from ${sql.table(table)} t left join ${sql.table(other)} o on o.bucket = t.bucket and o.${sql.ref(column)} = t.${sql.ref(column)}
  where t.${sql.ref(column)} is not null and (o.bucket is null or ${sql.join(
    same.map((name) => sql`o.${sql.ref(name)} <> t.${sql.ref(name)}`),
    sql` or `,
  )})`

/** That the gateway knows an account which is not here is what such an entry says. */
const aboutTheUnknown = sql`and t.kind <> 'payment_unmatched'`

const withoutSettings = (table: 'invoices' | 'charges' | 'fees' | 'orders') => sql`
  select ${table} as "table", t.account_id, 'payment settings' as names, t.coverage as missing
  from (select bucket, account_id, coverage from ${sql.table(table)} group by 1, 2, 3) t
  left join payment_settings s on s.bucket = t.bucket and s.account_id = t.account_id and s.coverage = t.coverage
  where s.bucket is null`

export const bucketInvariants: readonly Invariant[] = [
  {
    name: 'references_lead_somewhere',
    says: 'What a row refers to is there and belongs to the same account and coverage.',
    sql: sql.join(
      [
        astray('charges', 'invoices', 'invoice_id', ['account_id', 'coverage', 'currency']),
        astray('charges', 'orders', 'order_id', ['account_id', 'coverage', 'currency']),
        astray('skips', 'invoices', 'invoice_id', ['account_id']),
        astray('postings', 'invoices', 'invoice_id', ['account_id', 'coverage', 'currency']),
        astray('events', 'invoices', 'invoice_id', ['account_id']),
        astray('refunds', 'charges', 'charge_id', ['account_id', 'coverage', 'currency']),
        astray('refunds', 'invoices', 'invoice_id', ['account_id', 'coverage', 'currency']),
        astray('disputes', 'charges', 'charge_id', ['account_id', 'coverage', 'currency']),
        astray('messages', 'invoices', 'invoice_id', ['account_id', 'coverage']),
        sql`
          select 'messages' as "table", m.account_id, 'event_id' as names, m.event_id::text as missing from messages m
          left join events e on e.bucket = m.bucket and e.account_id = m.account_id and e.event_id = m.event_id
          where m.event_id is not null and e.bucket is null`,
        withoutSettings('invoices'),
        withoutSettings('charges'),
        withoutSettings('fees'),
        withoutSettings('orders'),
      ],
      sql` union all `,
    ),
  },
  {
    name: 'rows_are_in_their_bucket',
    says: 'Every row is in the bucket of an account that exists, and so says its id.',
    sql: sql.join(
      [
        ...accountTables.map(
          (name) => sql`
            select ${name} as "table", t.account_id, t.bucket from ${sql.table(name)} t
            left join accounts a on a.bucket = t.bucket and a.account_id = t.account_id where a.account_id is null
            ${name === 'staff_queue' ? aboutTheUnknown : sql``}`,
        ),
        ...idColumns.map(
          ([name, id]) => sql`
            select ${name} as "table", account_id, bucket from ${sql.table(name)}
            where get_byte(uuid_send(${sql.ref(id)}), 8) & 63 <> bucket`,
        ),
      ],
      sql` union all `,
    ),
  },
]
