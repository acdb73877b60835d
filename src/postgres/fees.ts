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
      from unnest(${integers(accounts.map(({ accountId }) => bucketOfAccount(accountId)))},
        ${texts(accounts.map(({ accountId }) => accountId))},
        ${texts(accounts.map(({ coverage }) => coverage))}) w(bucket, account_id, coverage)
      left join accounts a on a.bucket = w.bucket and a.account_id = w.account_id
      left join payment_settings s on s.bucket = w.bucket and s.account_id = w.account_id and s.coverage = w.coverage`,
  )

export interface FeeToInsert {
  readonly bucket: number
  readonly fee: Fee
}

/**
 * Inserts those whose `externalId` is new to their account and answers how many. They come in the order of the key:
 * two imports of the same lines then wait for each other in one direction only.
 *
 * With `allNew` the server does not look for each key before it inserts it (a tenth to a fifth of its work), and one
 * that is there already rejects the statement with an error that `isAlreadyThere` knows.
 */
export async function insertFees(
  tx: Queries,
  fees: readonly FeeToInsert[],
  billedBy: (fee: Fee) => Month,
  allNew: boolean,
  now: Instant,
): Promise<number> {
  if (fees.length === 0) return 0
  const result = await sql`
    insert into fees (bucket, account_id, external_id, coverage, billing_month, day, whole_month, item,
      unit_price, quantity, amount, tax_rate_bp, attributes, imported_at)
    select bucket, account_id, external_id, coverage, billing_month, day::date, whole_month::boolean, item,
      nullif(unit_price, '')::numeric, nullif(quantity, '')::numeric, amount::numeric, tax_rate_bp,
      nullif(attributes, '')::jsonb, ${at(now)}
    from unnest(
      ${integers(fees.map(({ bucket }) => bucket))},
      ${texts(fees.map(({ fee }) => fee.accountId))},
      ${texts(fees.map(({ fee }) => fee.externalId))},
      ${texts(fees.map(({ fee }) => fee.coverage))},
      ${texts(fees.map(({ fee }) => billedBy(fee)))},
      ${texts(fees.map(({ fee }) => fee.day))},
      ${texts(fees.map(({ fee }) => (fee.wholeMonth ? 't' : 'f')))},
      ${texts(fees.map(({ fee }) => fee.item))},
      ${texts(fees.map(({ fee }) => fee.unitPrice ?? ''))},
      ${texts(fees.map(({ fee }) => fee.quantity ?? ''))},
      ${texts(fees.map(({ fee }) => fee.amount))},
      ${integers(fees.map(({ fee }) => fee.taxRateBp))},
      ${texts(fees.map(({ fee }) => fee.attributes ?? ''))}
    ) f(bucket, account_id, external_id, coverage, billing_month, day, whole_month, item,
      unit_price, quantity, amount, tax_rate_bp, attributes)
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
export const storedFees = (tx: Queries, fees: readonly FeeToInsert[]): Promise<StoredFee[]> =>
  rowsOf(
    tx,
    sql<StoredFee>`
      select f.account_id as "accountId", f.external_id as "externalId", f.coverage, f.day, f.whole_month as "wholeMonth",
        f.item, f.unit_price as "unitPrice", f.quantity, f.amount, f.tax_rate_bp as "taxRateBp", f.attributes
      from unnest(${integers(fees.map(({ bucket }) => bucket))},
        ${texts(fees.map(({ fee }) => fee.accountId))},
        ${texts(fees.map(({ fee }) => fee.externalId))}) w(bucket, account_id, external_id)
      join fees f on f.bucket = w.bucket and f.account_id = w.account_id and f.external_id = w.external_id`,
  )

const separator = '\u001f'
const texts = (column: readonly string[]): RawBuilder<unknown> =>
  sql`string_to_array(${column.join(separator)}, ${separator})`
const integers = (column: readonly number[]): RawBuilder<unknown> =>
  sql`string_to_array(${column.join(separator)}, ${separator})::int[]`
