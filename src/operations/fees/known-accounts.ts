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

/** Accounts times coverages: about 20 MB. */
const remembered = 100_000

/** Reads what is not known of these fees' accounts, and answers how to judge each of them. */
export function knownAccounts(system: System): (fees: readonly { readonly fee: Fee }[]) => Promise<JudgeFee> {
  let known = new Accounts<Day | null>()
  return async (fees) => {
    if (known.size > remembered) known = new Accounts()
    const unknown = new Accounts<Fee>()
    for (const { fee } of fees) if (known.get(fee) === undefined) unknown.set(fee, fee)
    const refusals = new Accounts<KnownRefusal>()
    for (const account of unknown.size === 0 ? [] : await readFeeAccounts(system.db, inOrder(unknown.values()))) {
      const refusal = refusalOf(account)
      if (refusal) refusals.set(account, refusal)
      else known.set(account, account.closedAt && dayAt(account.closedAt, rulesOf(system, account.coverage).timeZone))
    }
    const closedOn = known
    return refusals.size === 0
      ? (fee) => judge(fee, closedOn.get(fee))
      : (fee) => refusals.get(fee) ?? judge(fee, closedOn.get(fee))
  }
}

interface Using {
  readonly accountId: string
  readonly coverage: string
}

/** By account and coverage, without making a key of the two a million times. */
class Accounts<Value> {
  readonly #coverages = new Map<string, Map<string, Value>>()
  size = 0
  get({ coverage, accountId }: Using): Value | undefined {
    return this.#coverages.get(coverage)?.get(accountId)
  }
  set({ coverage, accountId }: Using, value: Value): void {
    const accounts = this.#coverages.get(coverage) ?? new Map<string, Value>()
    this.#coverages.set(coverage, accounts)
    if (!accounts.has(accountId)) this.size++
    accounts.set(accountId, value)
  }
  values(): Value[] {
    return [...this.#coverages.values()].flatMap((accounts) => [...accounts.values()])
  }
}

/** By bucket: neighbours in the index are then read one after the other. */
const inOrder = (accounts: Fee[]): Fee[] =>
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
