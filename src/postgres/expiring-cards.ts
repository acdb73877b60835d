/** Cards in use that expire soon and whose payer has not been told. A month is counted as year × 12 + month here. */
import { sql } from 'kysely'
import { bucketsWhere } from './attempts.ts'
import { json, type Queries, rowsOf } from './database.ts'

/** The months of expiry that are told now, both included. */
export interface ExpiryMonths {
  readonly coverage: string
  readonly from: number
  readonly through: number
}

const expiry = sql`(k.exp_year * 12 + k.exp_month)`

const soon = (months: readonly ExpiryMonths[]) => sql`
  k.replaced_at is null and k.expiry_told is distinct from ${expiry}
  and ${expiry} between ${Math.min(...months.map(({ from }) => from))} and ${Math.max(...months.map(({ through }) => through))}
  and exists (select from json_to_recordset(${json(months)}) as d(coverage text, "from" integer, through integer)
    where d.coverage = k.coverage and ${expiry} between d."from" and d.through)`

export const bucketsWithExpiringCards = (queries: Queries, months: readonly ExpiryMonths[]): Promise<number[]> =>
  bucketsWhere(queries, sql`select from cards k where k.bucket = b and ${soon(months)}`)

export interface ExpiringCard {
  readonly cardId: string
  readonly accountId: string
  readonly coverage: string
  readonly brand: string
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  /** Whether it is what the account pays with: nobody is told of another. */
  readonly inUse: boolean
}

/** Marks some of them as told, in the transaction that tells. */
export const markExpiringCards = (
  tx: Queries,
  bucket: number,
  months: readonly ExpiryMonths[],
  limit: number,
): Promise<ExpiringCard[]> =>
  rowsOf(
    tx,
    sql<ExpiringCard>`
      with due as materialized (
        select k.card_id from cards k where k.bucket = ${bucket} and ${soon(months)}
        order by k.card_id limit ${limit} for no key update skip locked
      )
      update cards k set expiry_told = ${expiry} from due
      where k.bucket = ${bucket} and k.card_id = due.card_id
      returning k.card_id as "cardId", k.account_id as "accountId", k.coverage, k.brand, k.last4,
        k.exp_month as "expMonth", k.exp_year as "expYear",
        exists (select from payment_settings s where s.bucket = ${bucket} and s.account_id = k.account_id
          and s.coverage = k.coverage and s.card_id = k.card_id) as "inUse"`,
  )
