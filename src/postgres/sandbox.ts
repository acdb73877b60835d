/** What only the sandbox's pages ask. */
import { sql } from 'kysely'
import { type Queries, rowsOf } from './database.ts'
import type { SettingsKey } from './payment-settings.ts'

/** How the network knows the card an account pays a coverage with now; null when it has none. */
export async function readFingerprint(queries: Queries, key: SettingsKey): Promise<string | null> {
  const { bucket, accountId, coverage } = key
  const [row] = await rowsOf(
    queries,
    sql<{ fingerprint: string }>`
      select fingerprint from cards
      where bucket = ${bucket} and account_id = ${accountId} and coverage = ${coverage} and replaced_at is null`,
  )
  return row?.fingerprint ?? null
}
