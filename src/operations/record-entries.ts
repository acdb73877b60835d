/** Entries of the gateway's balance into our books: whose each is, and what follows of it in the ledger. */
import type { Transaction } from 'kysely'
import { bucketOf } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { amountPostings, decideEntry, directionOf, feePostings } from '../domain/settlement.ts'
import type { GatewayBalanceEntry } from '../ports/gateway-balance.ts'
import { transaction } from '../postgres/database.ts'
import { type EntryRow, insertEntries, insertGatewayPostings } from '../postgres/settlement.ts'
import {
  endSettlementEntries,
  type FoundSource,
  type NamedEntry,
  readOpenEntries,
  readSources,
  updateEntries,
} from '../postgres/settlement-facts.ts'
import type { Tables } from '../postgres/tables.ts'
import type { System } from './system.ts'

type Tx = Transaction<Tables>
interface Of {
  readonly coverage: string
  readonly currency: string
}

/** Those that are there already stay as they are. */
export async function recordEntries(
  tx: Tx,
  of: Of,
  entries: readonly GatewayBalanceEntry[],
  now: Instant,
): Promise<void> {
  if (entries.length === 0) return
  const judged = await judge(tx, of.coverage, entries.map(unread))
  const added = await insertEntries(tx, of.coverage, judged)
  const isNew = ({ entryId }: EntryRow) => added.has(entryId)
  await post(tx, of, judged.filter(isNew), feePostings, now)
  await post(tx, of, judged.filter(isNew).filter(isPlatforms), amountPostings, now)
}

/** What our books did not know when it was read, they may know by now. */
export async function judgeOpenEntries(system: System, coverage: string, now: Instant): Promise<void> {
  let after: EntryRow | null = null
  do {
    const from: EntryRow | null = after
    after = await transaction(system.db, async (tx) => {
      const open = await readOpenEntries(tx, coverage, from, atOnce)
      if (open.length === 0) return null
      const judged = await judge(tx, coverage, open)
      await updateEntries(tx, coverage, judged)
      await post(tx, { coverage, currency: judged[0]?.currency ?? '' }, judged.filter(isPlatforms), amountPostings, now)
      return open.at(-1) ?? null
    })
  } while (after !== null)
  await endSettlementEntries(system.db, coverage, now)
}

const atOnce = 500
const isPlatforms = ({ verdict }: EntryRow): boolean => verdict === 'platform'

async function judge(tx: Tx, coverage: string, entries: readonly EntryRow[]): Promise<EntryRow[]> {
  const named = entries.flatMap((entry): NamedEntry[] => {
    const { entryId, kind, direction, paymentId, chargeId, gatewayRefundId, gatewayDisputeId } = entry
    const ofBucket = bucketOfCharge(chargeId)
    return direction === null
      ? []
      : [{ entryId, kind, direction, paymentId, chargeId, ofBucket, gatewayRefundId, gatewayDisputeId }]
  })
  const found = new Map((await readSources(tx, coverage, named)).map((source) => [source.entryId, source]))
  const settled = new Set<string>()
  return entries.map((entry) => judged(entry, found.get(entry.entryId) ?? null, settled))
}

/** `settled`: what the entries before it in this page settle. */
function judged(entry: EntryRow, source: FoundSource | null, settled: Set<string>): EntryRow {
  const { kind, amountMinor, direction, chargeId } = entry
  const place = `${source?.sourceId} ${direction}`
  const verdict = decideEntry({
    kind,
    amountMinor,
    postedMinor: source?.postedMinor ?? null,
    settledElsewhere: source?.settledElsewhere === true || settled.has(place),
    ofStranger: kind === 'capture' ? bucketOfCharge(chargeId) === null : source?.captureVerdict === 'platform',
  })
  if (verdict === 'ours') settled.add(place)
  return {
    ...entry,
    verdict,
    ofBucket: source?.ofBucket ?? null,
    sourceId: source?.sourceId ?? null,
    accountId: source?.accountId ?? entry.accountId,
    chargeId: source?.chargeId ?? chargeId,
  }
}

async function post(
  tx: Tx,
  { coverage, currency }: Of,
  entries: readonly EntryRow[],
  postingsOf: typeof feePostings,
  now: Instant,
): Promise<void> {
  const postings = entries.flatMap((entry) =>
    postingsOf(entry).map((posting) => ({ ...posting, entryId: entry.entryId })),
  )
  if (postings.length > 0) await insertGatewayPostings(tx, { coverage, currency, postedAt: now }, postings)
}

function unread(entry: GatewayBalanceEntry): EntryRow {
  const { entryId, kind, amountMinor, feeMinor, currency, createdAt, availableAt, paymentId } = entry
  const { gatewayRefundId, gatewayDisputeId, accountId, payoutId: aboutPayoutId } = entry
  return {
    entryId,
    kind,
    verdict: 'open',
    amountMinor,
    feeMinor,
    currency,
    createdAt,
    availableAt,
    paymentId,
    gatewayRefundId,
    gatewayDisputeId,
    // Somebody else on the same gateway account may call things as we do.
    chargeId: bucketOfCharge(entry.chargeId) === null ? null : entry.chargeId,
    accountId,
    ofBucket: null,
    sourceId: null,
    direction: directionOf(kind),
    aboutPayoutId,
    payoutId: null,
  }
}

/** Null for ids that we did not make. */
function bucketOfCharge(chargeId: string | null): number | null {
  try {
    return chargeId === null ? null : bucketOf(chargeId)
  } catch {
    return null
  }
}
