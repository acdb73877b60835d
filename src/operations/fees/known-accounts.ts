/**
 * Whether an account may have a fee: it exists, uses the coverage, and was not closed before the fee's day. A file names
 * the same accounts over and over, so what is found is remembered; what is not found is asked for again each time.
 */
import { bucketOfAccount } from '../../domain/bucket.ts'
import { type Day, dayAt, firstDayOf } from '../../domain/calendar.ts'
import type { Fee } from '../../domain/fee.ts'
import type { KnownRefusal } from '../../domain/fee-refusal.ts'
import { type FeeAccount, readFeeAccounts } from '../../postgres/fees.ts'
import { rulesOf, type System } from '../system.ts'

export type JudgeFee = (fee: Fee) => KnownRefusal | null

/** About 20 MB. */
const remembered = 100_000

/** Reads what is not known of these fees' accounts, and answers how to judge each of them. */
export function knownAccounts(system: System): (fees: readonly Fee[]) => Promise<JudgeFee> {
  /** The day of closing, or null while the account is open. */
  const closings = new Map<string, Day | null>()
  return async (fees) => {
    if (closings.size > remembered) closings.clear()
    const unknown = new Map<string, { accountId: string; coverage: string }>()
    for (const { accountId, coverage } of fees) {
      const key = keyOf(accountId, coverage)
      if (!closings.has(key)) unknown.set(key, { accountId, coverage })
    }
    if (unknown.size === 0) return (fee) => judge(fee, closings.get(keyOf(fee.accountId, fee.coverage)))
    const found = await readFeeAccounts(system.db, inOrder([...unknown.values()]))
    const refusals = new Map<string, KnownRefusal>()
    for (const account of found) {
      const key = keyOf(account.accountId, account.coverage)
      const refusal = refusalOf(account)
      if (refusal) refusals.set(key, refusal)
      else closings.set(key, account.closedAt && dayAt(account.closedAt, rulesOf(system, account.coverage).timeZone))
    }
    return (fee) => {
      const key = keyOf(fee.accountId, fee.coverage)
      return refusals.get(key) ?? judge(fee, closings.get(key))
    }
  }
}

const keyOf = (accountId: string, coverage: string): string => accountId + coverage

/** By bucket: neighbours in the index are then read one after the other. */
const inOrder = <Account extends { accountId: string }>(accounts: Account[]): Account[] =>
  accounts.sort((one, other) => bucketOfAccount(one.accountId) - bucketOfAccount(other.accountId))

function refusalOf({ accountId, coverage, found, enabled }: FeeAccount): KnownRefusal | null {
  if (!found) return { code: 'account_unknown', field: 'accountId', value: accountId }
  if (!enabled) return { code: 'coverage_not_enabled', field: 'coverage', value: coverage, accountId }
  return null
}

/** The last days before a closing are still billed, whenever their fees arrive. */
function judge({ accountId, day, month, wholeMonth }: Fee, closedOn: Day | null | undefined): KnownRefusal | null {
  if (!closedOn || (wholeMonth ? firstDayOf(month) : day) <= closedOn) return null
  return { code: 'account_closed', field: 'date', value: wholeMonth ? month : day, accountId, closedOn }
}
