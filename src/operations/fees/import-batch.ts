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

/** `batch` is in the order of its lines. */
export async function importBatch(db: Database, batch: readonly NumberedFee[], now: Instant): Promise<BatchOutcome> {
  const { first, repeated } = byName(batch)
  return transaction(db, async (tx) => {
    const fees = await withBillingMonths(tx, first)
    const late = fees.filter(({ fee, billingMonth }) => billingMonth !== fee.month)
    const toNextMonth = await insertFees(tx, late, now)
    const onTime = late.length === 0 ? fees : fees.filter(({ fee, billingMonth }) => billingMonth === fee.month)
    const imported = toNextMonth + (await insertFees(tx, onTime, now))
    if (imported === batch.length) return { imported, toNextMonth, known: 0, refused: [] }
    const refused = await differing(tx, fees, [...first, ...repeated])
    return { imported, toNextMonth, known: batch.length - imported - refused.length, refused }
  })
}

/** In the order of the key, which is the order of its index too; a name that comes again is set apart. */
function byName(batch: readonly NumberedFee[]): { first: NumberedFee[]; repeated: NumberedFee[] } {
  const keyed = batch.map((entry) => ({ entry, key: keyOf(entry.bucket, entry.fee) }))
  keyed.sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : one.entry.line - other.entry.line))
  const first: NumberedFee[] = []
  const repeated: NumberedFee[] = []
  let previous = ''
  for (const { entry, key } of keyed) {
    if (key === previous) repeated.push(entry)
    else first.push(entry)
    previous = key
  }
  return { first, repeated }
}

const keyOf = (bucket: number, name: { readonly accountId: string; readonly externalId: string }): string =>
  String.fromCharCode(bucket) + name.accountId + name.externalId

async function withBillingMonths(tx: Queries, entries: readonly NumberedFee[]): Promise<FeeToInsert[]> {
  const own = new Map<string, MonthOfCoverage>()
  for (const { fee } of entries) own.set(fee.coverage + fee.month, fee)
  const billed = await billingMonths(tx, [...own.values()])
  return entries.map(({ bucket, fee }) => ({
    bucket,
    fee,
    // One for each of the fees' own months, by construction.
    billingMonth: billed.get(fee.coverage + fee.month) as Month,
  }))
}

/** Chooses the months and holds them open; chooses again when one was closed between the choice and the hold. */
async function billingMonths(tx: Queries, own: readonly MonthOfCoverage[]): Promise<Map<string, Month>> {
  for (;;) {
    const runs = Map.groupBy(await readRunStates(tx), (run) => run.coverage)
    const chosen = own.map(({ coverage, month }) => ({
      coverage,
      own: month,
      month: billingMonthFor(month, runs.get(coverage) ?? []),
    }))
    const targets = new Map(chosen.map(({ coverage, month }) => [coverage + month, { coverage, month }]))
    const held = await holdOpen(tx, [...targets.values()])
    if (held.length === targets.size) return new Map(chosen.map(({ coverage, own, month }) => [coverage + own, month]))
  }
}

/** The lines whose name now stands for something else than they say, with both contents. */
async function differing(tx: Queries, fees: readonly FeeToInsert[], lines: readonly NumberedFee[]) {
  const stored = new Map<string, string>()
  for (const fee of await storedFees(tx, fees)) stored.set(keyOf(0, fee), contentOf(fee))
  return lines.flatMap(({ line, fee }) => {
    const [known, sent] = [stored.get(keyOf(0, fee)) ?? '', contentOf(fee)]
    if (known === sent) return []
    return {
      line,
      refusal: { code: 'content_differs', field: 'externalId', value: fee.externalId, known, sent } as const,
    }
  })
}
