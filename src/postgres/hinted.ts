/** What an event of the gateway may be about: our charge, or a card of ours. */
import { sql } from 'kysely'
import type { Day, Instant } from '../domain/calendar.ts'
import type { CardRow } from '../domain/card-update.ts'
import type { ChargeStatus } from '../domain/charge.ts'
import type { GatewayCardFacts } from '../domain/registration.ts'
import type { Trigger } from '../domain/retry.ts'
import { at, type Queries, rowsOf } from './database.ts'

export interface HintedCharge {
  readonly coverage: string
  readonly status: ChargeStatus
  readonly trigger: Trigger
  readonly settled: boolean
  readonly claimed: boolean
  /** A verification whose card is not proven yet. */
  readonly liveVerification: boolean
  readonly customerId: string
  readonly intendedAt: Instant
  readonly apiVersion: string
}

export async function readHintedCharge(
  queries: Queries,
  bucket: number,
  chargeId: string,
): Promise<HintedCharge | null> {
  const [row] = await rowsOf(
    queries,
    sql<HintedCharge>`
      select coverage, status, trigger, settled_at is not null as settled, claimed_by is not null as claimed,
        trigger = 'verification' and settled_at is null and releasing_at is null as "liveVerification",
        gateway_customer_id as "customerId", intended_at as "intendedAt", api_version as "apiVersion"
      from charges where bucket = ${bucket} and charge_id = ${chargeId}`,
  )
  return row ?? null
}

/** The charge's next look-up is due now; one that somebody is working on is left to them. */
export async function bringLookUpForward(
  queries: Queries,
  bucket: number,
  chargeId: string,
  now: Instant,
): Promise<void> {
  await sql`
    update charges set next_step_at = ${at(now)} where bucket = ${bucket} and charge_id = ${chargeId}
      and settled_at is null and claimed_by is null and first_sent_at is not null
      and (next_step_at is null or next_step_at > ${at(now)})`.execute(queries)
}

/**
 * A closed charge for which money was taken all the same is unknown again, and looked up at once. `attemptOn`: the day
 * whose automatic attempt it turns out to have been, unless that has another by now, or was skipped. False while another charge of its invoice or order is unsettled.
 */
export async function reopenCharge(
  queries: Queries,
  bucket: number,
  charge: { readonly chargeId: string; readonly paymentId: string; readonly attemptOn: Day | null },
  now: Instant,
): Promise<boolean> {
  const { chargeId, paymentId, attemptOn } = charge
  const rows = await rowsOf(
    queries,
    sql`
      update charges c set status = 'unknown', settled_at = null, claimed_by = null, next_step_at = ${at(now)},
        unknown_since = coalesce(unknown_since, ${at(now)}), 
        releasing_at = coalesce(releasing_at, case when trigger = 'verification' then settled_at end),
        released_at = null, gateway_payment_id = ${paymentId}, first_sent_at = coalesce(first_sent_at, ${at(now)}),
        last_sent_at = coalesce(last_sent_at, ${at(now)}),
        attempt_on = coalesce(attempt_on, case when not exists (select from charges a where a.bucket = ${bucket}
          and a.invoice_id = c.invoice_id and a.attempt_on = ${attemptOn}::date)
          and not exists (select from skips s where s.bucket = ${bucket} and s.invoice_id = c.invoice_id
            and s.skipped_on = ${attemptOn}::date) then ${attemptOn}::date end)
      where c.bucket = ${bucket} and c.charge_id = ${chargeId} and c.settled_at is not null and c.status <> 'captured'
        and not exists (select from charges u where u.bucket = ${bucket} and u.settled_at is null
          and (u.invoice_id = c.invoice_id or u.order_id = c.order_id))
      returning 1`,
  )
  return rows.length > 0
}

export interface HintedCard extends CardRow {
  readonly bucket: number
  readonly cardId: string
  readonly accountId: string
  readonly current: boolean
}

/** Asks every bucket: the gateway knows nothing of ours about a card but its own id. */
export const lockCardsAtGateway = (
  tx: Queries,
  coverage: string,
  paymentMethodId: string,
  bucket: number | null = null,
): Promise<HintedCard[]> =>
  rowsOf(
    tx,
    sql<HintedCard>`
      select k.bucket, k.card_id as "cardId", k.account_id as "accountId", k.fingerprint, k.brand, k.last4,
        k.exp_month as "expMonth", k.exp_year as "expYear", k.mark, k.replaced_at is null as current
      from generate_series(0, 63) b join cards k on k.bucket = b and k.gateway_payment_method_id = ${paymentMethodId}
      where k.coverage = ${coverage} ${bucket === null ? sql`` : sql`and k.bucket = ${bucket} for no key update of k`}`,
  )

export async function writeCardUpdate(
  tx: Queries,
  bucket: number,
  cardId: string,
  seen: GatewayCardFacts,
  clearsMark: boolean,
): Promise<void> {
  await sql`
    update cards set fingerprint = ${seen.fingerprint}, brand = ${seen.brand}, last4 = ${seen.last4},
      exp_month = ${seen.expMonth}, exp_year = ${seen.expYear}
      ${clearsMark ? sql`, mark = null, mark_code = null, marked_at = null, retry_after = null` : sql``}
    where bucket = ${bucket} and card_id = ${cardId}`.execute(tx)
}
