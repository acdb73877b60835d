/** What few outcomes have, in statements of their own: most transactions of a run never come here. */
import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import { isSettled } from '../domain/charge.ts'
import { at, json, type Queries, table } from './database.ts'
import type { Recorded } from './outcomes.ts'
import { endStaffQueueEntries } from './staff-queue.ts'

/**
 * A card's mark, credit for money taken in excess, and what staff are to look at, or no longer: after all else of these
 * outcomes, in the order of locks.
 */
export async function writeRareEffects(
  tx: Queries,
  bucket: number,
  recorded: readonly Recorded[],
  now: Instant,
): Promise<void> {
  const outcomes = recorded.filter(isRare)
  if (outcomes.length === 0) return
  const marks = outcomes.flatMap(({ charge: { cardId, lastSentAt }, effects }) => {
    const { cardMark } = effects
    return cardMark && cardId
      ? [
          {
            card_id: cardId,
            mark: cardMark.mark,
            code: cardMark.code,
            retry_after: iso(cardMark.retryAfter),
            sent_at: iso(lastSentAt ?? now),
            taken: effects.charge.status === 'captured',
          },
        ]
      : []
  })
  const excesses = outcomes.flatMap(({ charge: { accountId, coverage }, effects }) =>
    effects.excessMinor > 0n ? [{ account_id: accountId, coverage, amount_minor: effects.excessMinor }] : [],
  )
  const entries = outcomes.flatMap(
    ({ charge: { chargeId, accountId, coverage, invoiceId, subjectId }, staffEntryId, effects }) =>
      effects.staff
        ? [
            {
              entry_id: staffEntryId,
              account_id: accountId,
              coverage,
              kind: effects.staff,
              // However often the gateway refuses an invoice, there is one entry about it.
              subject_id: effects.staff === 'charge_refused' ? subjectId : chargeId,
              charge_id: chargeId,
              evidence: { invoiceId, excessMinor: effects.excessMinor, reason: effects.charge.refusedReason ?? null },
            },
          ]
        : [],
  )
  if (marks.length > 0) {
    const cardIds = marks.map((mark) => mark.card_id)
    await sql`select from cards where bucket = ${bucket} and card_id = any(${cardIds}::uuid[])
      order by card_id for no key update`.execute(tx)
    await sql`
      update cards k set mark = d.mark, mark_code = case when d.mark is not null then d.code end,
        marked_at = case when d.mark is not null then ${at(now)} end, retry_after = d.retry_after
      from (select distinct on (card_id) * from ${table(marks, markColumns)} order by card_id, ${rank(sql`d.mark`)} desc) d
      where k.bucket = ${bucket} and k.card_id = d.card_id and (k.mark is not null or d.mark is not null)
        and (k.mark is null or k.marked_at < d.sent_at or d.taken and k.marked_at = d.sent_at
          or ${rank(sql`d.mark`)} >= ${rank(sql`k.mark`)})`.execute(tx)
  }
  if (excesses.length > 0) {
    await sql`
      update payment_settings s set credit_minor = s.credit_minor + d.amount_minor, updated_at = ${at(now)}
      from (select account_id, coverage, sum(amount_minor)::bigint as amount_minor
        from json_populate_recordset(null::postings, ${json(excesses)}) group by account_id, coverage) d
      where s.bucket = ${bucket} and s.account_id = d.account_id and s.coverage = d.coverage`.execute(tx)
  }
  if (entries.length > 0) {
    await sql`
      insert into staff_queue (bucket, entry_id, account_id, coverage, kind, subject_id, charge_id, evidence, opened_at)
      select ${bucket}, entry_id, account_id, coverage, kind, subject_id, charge_id, evidence, ${at(now)}
      from json_populate_recordset(null::staff_queue, ${json(entries)}) order by kind, subject_id
      on conflict (bucket, kind, subject_id) do update set charge_id = excluded.charge_id, evidence = excluded.evidence,
        opened_at = excluded.opened_at, closed_at = null, closed_by = null
      where staff_queue.closed_at is not null and staff_queue.kind = 'charge_refused'`.execute(tx)
  }
  const known = outcomes.filter(endsUnknown).map(({ charge }) => charge.chargeId)
  if (known.length > 0) await endStaffQueueEntries(tx, bucket, 'charge_unknown', known, now)
}

function isRare(outcome: Recorded): boolean {
  const { staff, excessMinor, cardMark } = outcome.effects
  return staff !== null || excessMinor > 0n || cardMark !== null || endsUnknown(outcome)
}

/** What nobody knew for a while, and perhaps called staff to, is known. */
const endsUnknown = ({ charge, effects }: Recorded): boolean =>
  charge.unknownSince !== null && isSettled(effects.charge.status)

/** An answer to what was sent before the mark was made may make it stricter, and never takes it off (B9). */
const rank = (mark: RawBuilder<unknown>) =>
  sql`coalesce(array_position(array['after', 'customer', 'never'], ${mark}), 0)`

const markColumns = {
  card_id: 'uuid',
  mark: 'text',
  code: 'text',
  retry_after: 'timestamptz',
  sent_at: 'timestamptz',
  taken: 'boolean',
} as const
const iso = (instant: Instant | null): string | null => (instant === null ? null : new Date(instant).toISOString())
