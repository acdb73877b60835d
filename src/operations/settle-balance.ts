/**
 * Reading a gateway's balance and its payouts into our books. Each page is recorded in one transaction with the place
 * where the next one begins, so a worker may die anywhere and the same list twice changes nothing.
 */
import { type Instant, instant, plusMs } from '../domain/calendar.ts'
import { askAgainAfterMs, nextReadingAfter, overlapMs, payoutsChangeForMs, windowAfter } from '../domain/settlement.ts'
import type { NotDone } from '../ports/card-gateway.ts'
import { transaction } from '../postgres/database.ts'
import {
  beginReading,
  claimReading,
  coveragesToSettle,
  markPaidOut,
  movePayout,
  moveReading,
  nextPayoutToRead,
  putPayouts,
  type Reading,
  releaseReading,
} from '../postgres/settlement.ts'
import { judgeOpenEntries, recordEntries } from './record-entries.ts'
import { gatewayOf, rulesOf, type System } from './system.ts'
import { tellUnsettled } from './tell-unsettled.ts'

/** Coverages whose time has come; what comes first in one's life makes no call. */
export async function balancesToSettle(system: System, now: Instant): Promise<string[]> {
  return coveragesToSettle(system.db, [...system.coverages.keys()], now)
}

/** Reads at most `pages` pages; what is left stays due. */
export async function settleBalance(system: System, coverage: string, now: Instant, pages = 20): Promise<void> {
  const next = nextReadingAfter(now, rulesOf(system, coverage))
  if (await beginReading(system.db, coverage, now, next)) return
  const reading = await claimReading(system.db, coverage, system.workerId, now)
  if (reading === null) return
  let again: Instant | null = null
  try {
    const end = await readOn(system, reading, now, { left: pages })
    if (end === 'done') again = next
    else if (end !== 'more') {
      system.log.warn({ coverage, reason: end.reason }, 'the balance could not be read; trying again')
      again = plusMs(now, askAgainAfterMs)
    }
  } finally {
    await releaseReading(system.db, coverage, system.workerId, again)
  }
}

interface Allowance {
  left: number
}
/** `more`: the pages are used up. */
type End = 'done' | 'more' | NotDone

async function readOn(system: System, reading: Reading, now: Instant, allowance: Allowance): Promise<End> {
  const entries = await readEntries(system, reading, now, allowance)
  if (entries !== 'done') return entries
  const payouts = await readPayouts(system, reading, now)
  if (payouts !== 'done') return payouts
  const paidOut = await readPaidOut(system, reading.coverage, now, allowance)
  if (paidOut !== 'done') return paidOut
  await judgeOpenEntries(system, reading.coverage, now)
  await tellUnsettled(system, reading, now)
  return 'done'
}

/** Every entry up to `now`, a day at a time, newest first within it. */
async function readEntries(system: System, reading: Reading, now: Instant, allowance: Allowance): Promise<End> {
  const { coverage } = reading
  const { currency } = rulesOf(system, coverage)
  let { readThrough, readingTo, readingAfter: cursor } = reading
  while (readThrough < now) {
    const to = readingTo ?? windowAfter(readThrough, now)
    if (allowance.left-- <= 0) return 'more'
    const of = { from: plusMs(readThrough, -overlapMs), to }
    const page = await gatewayOf(system, coverage).listBalance({ of, currency, cursor })
    if (page.outcome !== 'found') return page
    cursor = page.next
    if (cursor === null) readThrough = to
    readingTo = cursor === null ? null : to
    await transaction(system.db, async (tx) => {
      await recordEntries(tx, { coverage, currency }, page.rows, now)
      await moveReading(tx, coverage, { readThrough, readingTo, readingAfter: cursor })
    })
  }
  return 'done'
}

/** All that may still change, and what is new. */
async function readPayouts(system: System, reading: Reading, now: Instant): Promise<End> {
  const { coverage } = reading
  const { currency } = rulesOf(system, coverage)
  const period = { from: plusMs(reading.payoutsReadThrough, -payoutsChangeForMs), to: instant(now + 1) }
  let cursor: string | null = null
  do {
    const page = await gatewayOf(system, coverage).listPayouts({ ...period, cursor })
    if (page.outcome !== 'found') return page
    const ours = page.rows.filter((payout) => payout.currency === currency)
    await transaction(system.db, (tx) => putPayouts(tx, coverage, ours))
    cursor = page.next
  } while (cursor !== null)
  await moveReading(system.db, coverage, { payoutsReadThrough: now })
  return 'done'
}

/** Which entries went out with which payout; one that was never listed by its time is recorded with it. */
async function readPaidOut(system: System, coverage: string, now: Instant, allowance: Allowance): Promise<End> {
  const { currency } = rulesOf(system, coverage)
  for (let payout = await nextPayoutToRead(system.db, coverage); payout !== null; ) {
    const { payoutId, entriesAfter: cursor } = payout
    if (allowance.left-- <= 0) return 'more'
    const page = await gatewayOf(system, coverage).listBalance({ of: { payoutId }, currency, cursor })
    if (page.outcome !== 'found') return page
    await transaction(system.db, async (tx) => {
      await recordEntries(tx, { coverage, currency }, page.rows, now)
      const taken = page.rows.map(({ entryId }) => entryId)
      await markPaidOut(tx, coverage, payoutId, taken)
      await movePayout(tx, coverage, payoutId, { entriesAfter: page.next, readAt: page.next === null ? now : null })
    })
    payout = await nextPayoutToRead(system.db, coverage)
  }
  return 'done'
}
