/**
 * One batch of fees in one transaction: all of its good lines or none. Doing it again changes nothing, so whoever does
 * not know whether it was committed does it again.
 */

import { billingMonthFor } from '../../domain/billing-month.ts'
import type { Instant, Month } from '../../domain/calendar.ts'
import type { Fee } from '../../domain/fee.ts'
import { contentOf } from '../../domain/fee-content.ts'
import type { KnownRefusal } from '../../domain/fee-refusal.ts'
import { type Database, type Queries, transaction } from '../../postgres/database.ts'
import {
  columnsOf,
  type FeeColumns,
  type FeeToInsert,
  holdOpen,
  insertFees,
  type MonthOfCoverage,
  readRunStates,
  storedFees,
} from '../../postgres/fees.ts'

export interface NumberedFee {
  readonly line: number
  readonly bucket: number
  readonly fee: Fee
}

export interface BatchOutcome {
  readonly imported: number
  /** Of those, how many a later month bills because their own is closed. */
  readonly toNextMonth: number
  /** Ignored: the same content was there already. */
  readonly known: number
  readonly refused: readonly { readonly line: number; readonly refusal: KnownRefusal }[]
}

/** What can be made ready before the transaction: the time inside it is what others wait for. */
export interface PreparedBatch {
  readonly lines: number
  readonly first: FeeColumns
  readonly all: readonly NumberedFee[]
}

export function prepareBatch(batch: readonly NumberedFee[]): PreparedBatch {
  const { first, repeated } = byName(batch)
  return { lines: batch.length, first: columnsOf(first), all: [...first, ...repeated] }
}

/**
 * Where none of the batch is thought to be there already, `allNew` saves the server a look-up for each: a fee that is
 * there after all then rejects with `isAlreadyThere`.
 */
export async function importBatch(
  db: Database,
  { lines, first, all }: PreparedBatch,
  allNew: boolean,
  now: Instant,
): Promise<BatchOutcome> {
  return transaction(db, async (tx) => {
    const billedBy = await billingMonths(tx, first.fees)
    const [late, onTime] = parted(first, ({ fee }) => billedBy(fee) !== fee.month)
    const toNextMonth = await insertFees(tx, late, billedBy, allNew, now)
    const imported = toNextMonth + (await insertFees(tx, onTime, billedBy, allNew, now))
    if (imported === lines) return { imported, toNextMonth, known: 0, refused: [] }
    const refused = await differing(tx, first, all)
    return { imported, toNextMonth, known: lines - imported - refused.length, refused }
  })
}

/** Apart, so that the server's own count says how many of the late ones were new. */
function parted(batch: FeeColumns, isLate: (entry: FeeToInsert) => boolean): [late: FeeColumns, onTime: FeeColumns] {
  const late = batch.fees.filter(isLate)
  if (late.length === 0) return [columnsOf([]), batch]
  return [columnsOf(late), columnsOf(batch.fees.filter((entry) => !isLate(entry)))]
}

/** In the order of the key, which is the order of its index too; a name that comes again is set apart. */
function byName(batch: readonly NumberedFee[]): { first: readonly NumberedFee[]; repeated: readonly NumberedFee[] } {
  const sorted = [...batch].sort(byKey)
  const repeated = sorted.filter((entry, at) => {
    const before = sorted[at - 1]
    return before && sameName(before.fee, entry.fee)
  })
  if (repeated.length === 0) return { first: sorted, repeated }
  const again = new Set(repeated)
  return { first: sorted.filter((entry) => !again.has(entry)), repeated }
}

function byKey(one: NumberedFee, other: NumberedFee): number {
  return (
    one.bucket - other.bucket ||
    compare(one.fee.accountId, other.fee.accountId) ||
    compare(one.fee.externalId, other.fee.externalId) ||
    one.line - other.line
  )
}
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const sameName = (one: Fee, other: Fee): boolean =>
  one.externalId === other.externalId && one.accountId === other.accountId

type BillingMonthOf = (fee: MonthOfCoverage) => Month

/** Chooses the months and holds them open; chooses again when one was closed between the choice and the hold. */
async function billingMonths(tx: Queries, entries: readonly FeeToInsert[]): Promise<BillingMonthOf> {
  const own = new Map<string, MonthOfCoverage>()
  for (const { fee } of entries) own.set(fee.coverage + fee.month, fee)
  for (;;) {
    const runs = Map.groupBy(await readRunStates(tx), (run) => run.coverage)
    const billedBy = new Map<string, Month>()
    const targets = new Map<string, MonthOfCoverage>()
    for (const [key, { coverage, month }] of own) {
      const billing = billingMonthFor(month, runs.get(coverage) ?? [])
      billedBy.set(key, billing)
      targets.set(coverage + billing, { coverage, month: billing })
    }
    const held = await holdOpen(tx, [...targets.values()])
    // Every fee's own month was asked for above.
    if (held.length === targets.size) return ({ coverage, month }) => billedBy.get(coverage + month) as Month
  }
}

/** The lines whose name now stands for something else than they say, with both contents. */
async function differing(tx: Queries, names: FeeColumns, lines: readonly NumberedFee[]) {
  const stored = new Map<string, string>()
  for (const fee of await storedFees(tx, names)) stored.set(nameOf(fee), contentOf(fee))
  return lines.flatMap(({ line, fee }) => {
    const [known, sent] = [stored.get(nameOf(fee)) ?? '', contentOf(fee)]
    if (known === sent) return []
    return {
      line,
      refusal: { code: 'content_differs', field: 'externalId', value: fee.externalId, known, sent } as const,
    }
  })
}

const nameOf = (fee: { readonly accountId: string; readonly externalId: string }): string =>
  fee.accountId + fee.externalId
