/** Where our books and the gateway's balance stay apart for days, a person is told, with what is known. */
import { bucketOf } from '../domain/bucket.ts'
import { dayMs, type Instant, plusMs } from '../domain/calendar.ts'
import { settlesWithinMs } from '../domain/settlement.ts'
import { transaction } from '../postgres/database.ts'
import { moveReading, type Reading } from '../postgres/settlement.ts'
import { readOpenEntries, readUnsettled, tellStaffOfSettlement } from '../postgres/settlement-facts.ts'
import type { System } from './system.ts'

/** An order is captured when it is shipped, under a hold that is not much older; what is older still is never ours. */
const longestWaitMs = 40 * dayMs

export async function tellUnsettled(system: System, reading: Reading, now: Instant): Promise<void> {
  const { coverage, toldThrough: from } = reading
  const to = plusMs(now, -settlesWithinMs)
  if (to <= from) return
  const lowestId = `${plusMs(from, -longestWaitMs).toString(16).padStart(12, '0')}`.replace(
    /^(.{8})(.{4})$/,
    '$1-$2-0000-0000-000000000000',
  )
  await transaction(system.db, async (tx) => {
    const missing = await readUnsettled(tx, coverage, { from, to, lowestId })
    const open = (await readOpenEntries(tx, coverage, null, 1_000)).filter(({ createdAt }) => createdAt < to)
    const told = [
      ...missing.map((one) => ({
        bucket: one.ofBucket,
        accountId: one.accountId,
        subjectId: one.sourceId,
        chargeId: one.chargeId,
        evidence: { what: 'no_balance_entry', direction: one.direction, postedMinor: one.amountMinor },
      })),
      ...open.flatMap(({ accountId, chargeId, sourceId, entryId, kind, direction, amountMinor }) =>
        accountId === null || chargeId === null
          ? []
          : [
              {
                bucket: bucketOf(chargeId),
                accountId,
                subjectId: sourceId ?? chargeId,
                chargeId,
                evidence: { what: 'not_in_our_books', entryId, kind, direction, amountMinor },
              },
            ],
      ),
    ]
    await tellStaffOfSettlement(
      tx,
      coverage,
      told.map((one) => ({ ...one, entryId: system.makeId(one.bucket, now) })),
      now,
    )
    await moveReading(tx, coverage, { toldThrough: to })
  })
}
