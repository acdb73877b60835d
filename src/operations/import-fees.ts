/**
 * A platform's fees in: streamed, in batches that are each whole or not at all, in constant memory (B7).
 *
 * A block of lines is parted by bucket into two batches that are written side by side: every line of an account goes
 * through the same one, so which of two lines under one name came first is never decided by a race. Both are awaited
 * before the next block, which leaves a moment at which no import holds the month: a close that waits gets in there.
 */
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { feeReader } from '../domain/fee.ts'
import type { FeeRefusal } from '../domain/fee-refusal.ts'
import { isAlreadyThere } from '../postgres/fees.ts'
import { isPassing } from '../postgres/passing.ts'
import type { FeeRecord } from './fees/fee-records.ts'
import {
  type BatchOutcome,
  importBatch,
  type NumberedFee,
  type PreparedBatch,
  prepareBatch,
} from './fees/import-batch.ts'
import { knownAccounts } from './fees/known-accounts.ts'
import type { System } from './system.ts'

export interface FeeImport {
  /** Lines that are records, good or bad; blank lines and a header are none. */
  readonly read: number
  readonly imported: number
  /** Ignored: the same fee was there already. */
  readonly known: number
  readonly refused: number
  /** Of the imported ones, how many a later month bills because their own is closed. */
  readonly toNextMonth: number
}

export interface RefusedLine {
  readonly line: number
  readonly refusal: FeeRefusal
}

export interface ImportOptions {
  /** Told of refused lines in the order of the file. Awaited, so that a slow reader of them slows the import. */
  readonly onRefused?: (refused: readonly RefusedLine[]) => void | Promise<void>
  readonly onProgress?: (soFar: FeeImport) => void
  /** A database that went away is waited for until the waits add up to this. */
  readonly patienceMs?: number
  readonly batchLines?: number
  /** Judges every line and imports none. */
  readonly judgeOnly?: boolean
}

/** The database went away for longer than the patience. What `soFar` counts is committed; the same import continues. */
export class ImportInterrupted extends Error {
  readonly soFar: FeeImport
  constructor(soFar: FeeImport, cause: unknown) {
    super('the database went away during an import', { cause })
    this.soFar = soFar
  }
}

const nothing: FeeImport = { read: 0, imported: 0, known: 0, refused: 0, toNextMonth: 0 }
const batchesAtOnce = 2

/** Imports all blocks of `records`. Rejects with an ImportInterrupted, or with what the records themselves throw. */
export async function importFees(
  system: System,
  records: AsyncIterable<readonly FeeRecord[]>,
  options: ImportOptions,
  now: Instant,
): Promise<FeeImport> {
  const readFee = feeReader(system.coverages, now)
  const blockLines = (options.batchLines ?? 5000) * batchesAtOnce
  const writer = blockWriter(system, options, now)
  let block = emptyBlock()
  let writing: Promise<void> = Promise.resolve()

  async function next(): Promise<void> {
    const full = block
    block = emptyBlock()
    const prepared = await writer.prepare(full)
    await writing
    writing = writer.write(prepared)
    // Awaited before the next; until then a failure must not count as unhandled.
    writing.catch(() => undefined)
  }

  try {
    try {
      for await (const some of records) {
        for (const record of some) readInto(block, record, readFee)
        if (block.read >= blockLines) await next()
      }
    } finally {
      // Also when the file broke off: what was read of it is written, and nothing is under way when its failure is told.
      await writing
      if (block.read > 0) await next()
      await writing
    }
  } catch (error) {
    throw isPassing(error) ? new ImportInterrupted(writer.soFar(), error) : error
  }
  return writer.soFar()
}

function blockWriter(system: System, options: ImportOptions, now: Instant) {
  const accounts = knownAccounts(system)
  const patiently = <Result>(act: () => Promise<Result>): Promise<Result> =>
    waitingFor(system.pause, options.patienceMs ?? 60_000, act)
  let soFar = nothing
  // A file is new, or it is known from its beginning up to where an import of it ended: one guess serves many batches.
  let guessNew = true

  /** All that can be done while the block before is written. */
  async function prepare({ read, fees, refused }: Block): Promise<PreparedBlock> {
    const judge = await patiently(() => accounts(fees))
    const batches: NumberedFee[][] = Array.from({ length: batchesAtOnce }, () => [])
    for (const entry of fees) {
      const refusal = judge(entry.fee)
      if (refusal) refused.push({ line: entry.line, refusal })
      else batches[entry.bucket % batchesAtOnce]?.push(entry)
    }
    const toWrite = options.judgeOnly ? [] : batches.filter(({ length }) => length > 0)
    return { read, refused, batches: toWrite.map(prepareBatch) }
  }

  async function write({ read, refused, batches }: PreparedBlock): Promise<void> {
    for (const outcome of await allOf(batches.map(writeBatch))) refused.push(...outcome.refused)
    soFar = added(soFar, { ...nothing, read, refused: refused.length })
    if (refused.length > 0) await options.onRefused?.(refused.sort((one, other) => one.line - other.line))
    options.onProgress?.(soFar)
  }

  async function writeBatch(batch: PreparedBatch): Promise<BatchOutcome> {
    const outcome = await patiently(async () => {
      if (!guessNew) return importBatch(system.db, batch, false, now)
      return importBatch(system.db, batch, true, now).catch((error: unknown) => {
        if (!isAlreadyThere(error)) throw error
        return importBatch(system.db, batch, false, now)
      })
    })
    guessNew = outcome.imported > 0 && outcome.known + outcome.refused.length === 0
    // At once, so that what is committed is counted when the batch beside this one fails.
    soFar = added(soFar, { ...nothing, ...outcome, refused: 0 })
    return outcome
  }

  return { prepare, write, soFar: () => soFar }
}

interface Block {
  read: number
  readonly fees: NumberedFee[]
  readonly refused: RefusedLine[]
}
interface PreparedBlock {
  readonly read: number
  readonly refused: RefusedLine[]
  readonly batches: readonly PreparedBatch[]
}
const emptyBlock = (): Block => ({ read: 0, fees: [], refused: [] })

function readInto(block: Block, { line, raw, refusal }: FeeRecord, readFee: ReturnType<typeof feeReader>): void {
  block.read++
  if (refusal) {
    block.refused.push({ line, refusal })
    return
  }
  const fee = readFee(raw)
  if ('code' in fee) block.refused.push({ line, refusal: fee })
  else block.fees.push({ line, bucket: bucketOfAccount(fee.accountId), fee })
}

const added = (one: FeeImport, other: FeeImport): FeeImport => ({
  read: one.read + other.read,
  imported: one.imported + other.imported,
  known: one.known + other.known,
  refused: one.refused + other.refused,
  toNextMonth: one.toNextMonth + other.toNextMonth,
})

/** Waits for all of them even when one fails, so that no batch is still under way when the failure is told. */
async function allOf<Result>(promises: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}

const firstDelayMs = 200
const longestDelayMs = 5000

async function waitingFor<Result>(
  pause: System['pause'],
  patienceMs: number,
  act: () => Promise<Result>,
): Promise<Result> {
  let delayMs = firstDelayMs
  for (let waitedMs = 0; ; waitedMs += delayMs, delayMs = Math.min(delayMs * 2, longestDelayMs)) {
    try {
      return await act()
    } catch (error) {
      if (!isPassing(error) || waitedMs >= patienceMs) throw error
    }
    await pause(delayMs)
  }
}
