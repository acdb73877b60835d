/** One account as the platform has it now: made, given more coverages or another root e-mail; the same again is nothing. */
import { type AccountKind, type PutAccountRefusal, refusePut } from '../domain/account.ts'
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { type Account, emailTaken, lockAccount, readAccount, writeClosed, writeEmail } from '../postgres/accounts.ts'
import { transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import { addAccounts } from './add-accounts.ts'
import type { System } from './system.ts'

export interface AccountToPut {
  readonly accountId: string
  readonly kind: AccountKind
  readonly email: string
  /** Those it uses; one that it uses already stays, named or not. */
  readonly coverages: readonly string[]
}

export type AccountPut =
  | { readonly account: Account; readonly created: boolean }
  | { readonly refused: PutAccountRefusal }

export async function putAccount(system: System, wanted: AccountToPut, now: Instant): Promise<AccountPut> {
  const { accountId, kind, email } = wanted
  const key = { bucket: bucketOfAccount(accountId), accountId }
  const before = await transaction(system.db, async (tx) => {
    const account = await lockAccount(tx, key)
    const facts = account && { kind: account.kind, closed: account.closedAt !== null }
    const refused = refusePut(facts, { kind, emailTaken: await emailTaken(tx, accountId, email) })
    if (refused) return { refused, account: null }
    if (account && account.email !== email) await writeEmail(tx, key, email)
    return { refused: null, account }
  })
  if (before.refused) return { refused: before.refused }
  await addAccounts(system, [wanted], now)
  const account = await readAccount(system.db, key)
  if (!account) throw new Error(`account ${accountId} was put and is not there`)
  return { account, created: before.account === null }
}

/** Closed for good: what it owes stays owed, and nothing is charged by itself any more. Null: there is no such account. */
export async function closeAccount(system: System, accountId: string, now: Instant): Promise<Account | null> {
  const key = { bucket: bucketOfAccount(accountId), accountId }
  await transaction(system.db, async (tx) => {
    if (!(await writeClosed(tx, key, now))) return
    const event = { account_id: accountId, coverage: null, kind: 'account_closed' as const }
    await appendEvents(tx, key.bucket, [{ event_id: system.makeId(key.bucket, now), ...event }], now)
  })
  return readAccount(system.db, key)
}
