/** The language in which an account's root user is written to. */
import { sql } from 'kysely'
import type { AccountKey } from './accounts.ts'
import { type Queries, rowsOf } from './database.ts'

/** Null: that of the market an e-mail is about. Undefined: there is no such account. */
export async function readMailLanguage(
  queries: Queries,
  { bucket, accountId }: AccountKey,
): Promise<'en' | 'ja' | null | undefined> {
  const [row] = await rowsOf(
    queries,
    sql<{ language: 'en' | 'ja' | null }>`
      select language from users where bucket = ${bucket} and account_id = ${accountId} and role = 'root'`,
  )
  return row?.language
}

/** False: there is no such account. */
export async function writeMailLanguage(
  queries: Queries,
  { bucket, accountId }: AccountKey,
  language: 'en' | 'ja' | null,
): Promise<boolean> {
  const rows = await rowsOf(
    queries,
    sql`update users set language = ${language}
      where bucket = ${bucket} and account_id = ${accountId} and role = 'root' returning 1`,
  )
  return rows.length > 0
}
