/** Accounts as the platform makes them known: the same one twice changes nothing. */
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { transaction } from '../postgres/database.ts'
import { insertRootLogins } from '../postgres/logins.ts'
import { insertAccounts } from '../postgres/payment-settings.ts'
import { rulesOf, type System } from './system.ts'

export interface AccountToAdd {
  /** `OP` and ten digits; a RangeError otherwise. */
  readonly accountId: string
  readonly kind: 'individual' | 'business'
  /** The root user's. */
  readonly email: string
  readonly coverages: readonly string[]
}

export async function addAccounts(system: System, accounts: readonly AccountToAdd[], now: Instant): Promise<void> {
  const rows = accounts.map(({ accountId, kind, email }) => {
    const bucket = bucketOfAccount(accountId)
    return { bucket, account_id: accountId, kind, email, user_id: system.makeId(bucket, now) }
  })
  const coverages = accounts.flatMap(({ accountId, coverages }) =>
    coverages.map((coverage) => ({
      bucket: bucketOfAccount(accountId),
      account_id: accountId,
      coverage: rulesOf(system, coverage).coverage,
    })),
  )
  await transaction(system.db, async (tx) => {
    await insertAccounts(tx, rows, coverages, now)
    await insertRootLogins(tx, rows)
  })
}
