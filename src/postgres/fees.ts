/**
 * Fees on their way in. One statement takes a whole batch, over all its buckets: these statements join nothing across
 * buckets and each row names its own, so each looks into its own bucket's index (a test reads the plan).
 *
 * Rows travel as one text per column, cut by a character that no value may hold (domain/fee.ts refuses control
 * characters): measured at two thirds of the server's work for the same rows as JSON.
 */
import { type RawBuilder, sql } from 'kysely'
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Day, Instant, Month } from '../domain/calendar.ts'
import type { Fee } from '../domain/fee.ts'
import { at, json, type Queries, rowsOf } from './database.ts'

export interface MonthOfCoverage {
  readonly coverage: string
  readonly month: Month
}

export const readRunStates = (queries: Queries): Promise<(MonthOfCoverage & { readonly open: boolean })[]> =>
  rowsOf(queries, sql`select coverage, month, status = 'open' as open from runs`)

/**
 * Holds these months open until the transaction ends, and answers those of them that are open. A close waits for the
 * transactions that hold its month (docs/decisions/0005). One order for all, so that no two wait for each other.
 */
export async function holdOpen(tx: Queries, months: readonly MonthOfCoverage[]): Promise<MonthOfCoverage[]> {
  const wanted = sql`json_to_recordset(${json(months)}) w(coverage text, month text)`
  await sql`
    insert into runs (coverage, month, status)
    select coverage, month, 'open' from ${wanted} where not exists (
      select from runs r where r.coverage = w.coverage and r.month = w.month)
    order by coverage, month
    on conflict do nothing`.execute(tx)
  return rowsOf(
    tx,
    sql<MonthOfCoverage & { status: string }>`
      select coverage, month, status from runs where (coverage, month) in (select coverage, month from ${wanted})
      order by coverage, month for share`,
  ).then((held) => held.filter(({ status }) => status === 'open'))
}

export interface FeeAccount {
  readonly accountId: string
  readonly coverage: string
  readonly found: boolean
  readonly closedAt: Instant | null
  /** Whether the account has payment settings in this coverage. */
  readonly enabled: boolean
}

export const readFeeAccounts = (
  queries: Queries,
  accounts: readonly { readonly accountId: string; readonly coverage: string }[],
): Promise<FeeAccount[]> =>
  rowsOf(
    queries,
    sql<FeeAccount>`
      select w.account_id as "accountId", w.coverage, a.account_id is not null as found, a.closed_at as "closedAt",
        s.account_id is not null as enabled
      from unnest(${cut(joined(accounts, ({ accountId }) => bucketOfAccount(accountId)))}::int[],
        ${cut(joined(accounts, ({ accountId }) => accountId))},
        ${cut(joined(accounts, ({ coverage }) => coverage))}) w(bucket, account_id, coverage)
      left join accounts a on a.bucket = w.bucket and a.account_id = w.account_id
      left join payment_settings s on s.bucket = w.bucket and s.account_id = w.account_id and s.coverage = w.coverage`,
  )

export interface FeeToInsert {
  readonly bucket: number
  readonly fee: Fee
}

/** A batch made ready to be sent, all but the months that bill it: those are known inside the transaction only. */
export interface FeeColumns {
  readonly fees: readonly FeeToInsert[]
  readonly columns: Readonly<Record<Exclude<FeeColumn, 'billing_month'>, string>>
}
type FeeColumn = (typeof feeColumns)[number]
const feeColumns = [
  ...(['bucket', 'account_id', 'external_id', 'coverage', 'billing_month', 'day', 'whole_month', 'item'] as const),
  ...(['unit_price', 'quantity', 'amount', 'tax_rate_bp', 'attributes'] as const),
]

export const columnsOf = (fees: readonly FeeToInsert[]): FeeColumns => ({
  fees,
  columns: {
    bucket: joined(fees, ({ bucket }) => bucket),
    account_id: joined(fees, ({ fee }) => fee.accountId),
    external_id: joined(fees, ({ fee }) => fee.externalId),
    coverage: joined(fees, ({ fee }) => fee.coverage),
    day: joined(fees, ({ fee }) => fee.day),
    whole_month: joined(fees, ({ fee }) => (fee.wholeMonth ? 't' : 'f')),
    item: joined(fees, ({ fee }) => fee.item),
    unit_price: joined(fees, ({ fee }) => fee.unitPrice ?? ''),
    quantity: joined(fees, ({ fee }) => fee.quantity ?? ''),
    amount: joined(fees, ({ fee }) => fee.amount),
    tax_rate_bp: joined(fees, ({ fee }) => fee.taxRateBp),
    attributes: joined(fees, ({ fee }) => fee.attributes ?? ''),
  },
})

/**
 * Inserts those whose `externalId` is new to their account and answers how many. They come in the order of the key:
 * two imports of the same lines then wait for each other in one direction only.
 *
 * With `allNew` the server does not look for each key before it inserts it (a tenth to a fifth of its work), and one
 * that is there already rejects the statement with an error that `isAlreadyThere` knows.
 */
export async function insertFees(
  tx: Queries,
  { fees, columns }: FeeColumns,
  billedBy: (fee: Fee) => Month,
  allNew: boolean,
  now: Instant,
): Promise<number> {
  if (fees.length === 0) return 0
  const texts = { ...columns, billing_month: joined(fees, ({ fee }) => billedBy(fee)) }
  const result = await sql`
    insert into fees (bucket, account_id, external_id, coverage, billing_month, day, whole_month, item,
      unit_price, quantity, amount, tax_rate_bp, attributes, imported_at)
    select bucket::int, account_id, external_id, coverage, billing_month, day::date, whole_month::boolean, item,
      nullif(unit_price, '')::numeric, nullif(quantity, '')::numeric, amount::numeric, tax_rate_bp::int,
      nullif(attributes, '')::jsonb, ${at(now)}
    from unnest(${sql.join(feeColumns.map((name) => cut(texts[name])))}) f(${sql.join(feeColumns.map((name) => sql.ref(name)))})
    ${allNew ? sql`` : sql`on conflict do nothing`}`.execute(tx)
  return Number(result.numAffectedRows ?? 0n)
}

export const isAlreadyThere = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === '23505'

export interface StoredFee {
  readonly accountId: string
  readonly externalId: string
  readonly coverage: string
  readonly day: Day
  readonly wholeMonth: boolean
  readonly item: string
  readonly unitPrice: string | null
  readonly quantity: string | null
  readonly amount: string
  readonly taxRateBp: number
  readonly attributes: unknown
}

/** The fees now stored under these lines' names, whoever stored them. */
export const storedFees = (tx: Queries, { columns }: FeeColumns): Promise<StoredFee[]> =>
  rowsOf(
    tx,
    sql<StoredFee>`
      select f.account_id as "accountId", f.external_id as "externalId", f.coverage, f.day, f.whole_month as "wholeMonth",
        f.item, f.unit_price as "unitPrice", f.quantity, f.amount, f.tax_rate_bp as "taxRateBp", f.attributes
      from unnest(${cut(columns.bucket)}::int[], ${cut(columns.account_id)}, ${cut(columns.external_id)})
        w(bucket, account_id, external_id)
      join fees f on f.bucket = w.bucket and f.account_id = w.account_id and f.external_id = w.external_id`,
  )

const separator = '\u001f'
const joined = <Row>(rows: readonly Row[], value: (row: Row) => string | number): string =>
  rows.map(value).join(separator)
const cut = (column: string): RawBuilder<unknown> => sql`string_to_array(${column}, ${separator})`
