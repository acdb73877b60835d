/** Verification charges: the small hold that proves a card, and is released at once. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { ChargeStatus } from '../domain/charge.ts'
import type { Minor } from '../domain/money.ts'
import type { GatewayCardFacts } from '../domain/registration.ts'
import { bucketsWhere } from './attempts.ts'
import { at, type Queries, rowsOf } from './database.ts'
import type { SettingsKey } from './payment-settings.ts'

export interface Verification {
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  readonly currency: string
  readonly amountMinor: Minor
  readonly customerId: string
  readonly paymentId: string | null
  readonly status: ChargeStatus
  readonly releasingAt: Instant | null
  readonly failureCode: string | null
  readonly apiVersion: string
  readonly cardId: string | null
  /** With a card id: the registered card's. Without: that of a card which the coverage does not take. */
  readonly brand: string | null
  readonly intendedAt: Instant
  /** The payer's network; null for a registration that nobody began from outside. */
  readonly begunFrom: string | null
}

/** As the index `charges_one_live_verification` says it. */
const liveNow = sql`settled_at is null and releasing_at is null`

const columns = sql`charge_id as "chargeId", account_id as "accountId", coverage, currency, amount_minor as "amountMinor",
  gateway_customer_id as "customerId", gateway_payment_id as "paymentId", status,
  releasing_at as "releasingAt", failure_code as "failureCode",
  api_version as "apiVersion", card_id as "cardId", brand, intended_at as "intendedAt",
  begun_from as "begunFrom"`

/**
 * The live verification of this account and coverage, or the new one: a constraint allows only one. The payer has the
 * whole time from now on in either case.
 */
export async function findOrInsertVerification(
  tx: Queries,
  key: SettingsKey,
  wanted: {
    readonly chargeId: string
    readonly amountMinor: Minor
    readonly currency: string
    readonly customerId: string
    readonly apiVersion: string
    readonly abandonedAt: Instant
    readonly begunFrom: string | null
  },
  now: Instant,
): Promise<Verification> {
  const live = await rowsOf(
    tx,
    sql<Verification>`update charges set next_step_at = greatest(next_step_at, ${at(wanted.abandonedAt)}),
        begun_from = coalesce(${wanted.begunFrom}, begun_from)
      where bucket = ${key.bucket} and account_id = ${key.accountId} and coverage = ${key.coverage}
        and trigger = 'verification' and ${liveNow}
      returning ${columns}`,
  )
  if (live[0]) return live[0]
  const rows = await rowsOf(
    tx,
    sql<Verification>`
      insert into charges (bucket, charge_id, account_id, coverage, trigger, status, priority, amount_minor, currency,
        gateway_customer_id, off_session, api_version, intended_at, next_step_at, first_sent_at, last_sent_at, sends,
        begun_from)
      values (${key.bucket}, ${wanted.chargeId}, ${key.accountId}, ${key.coverage}, 'verification', 'intended', 0,
        ${wanted.amountMinor}, ${wanted.currency}, ${wanted.customerId}, false, ${wanted.apiVersion}, ${at(now)},
        ${at(wanted.abandonedAt)}, ${at(now)}, ${at(now)}, 1, ${wanted.begunFrom})
      returning ${columns}`,
  )
  if (!rows[0]) throw new Error('an insert without conflict clause returned no row')
  return rows[0]
}

/** Open verifications whose payer's time is over, or that were to be looked at by now. */
const waiting = (now: Instant) => sql`trigger = 'verification' and ${liveNow}
  and claimed_by is null and next_step_at <= ${at(now)}`

export const bucketsWithDueVerifications = (queries: Queries, now: Instant): Promise<number[]> =>
  bucketsWhere(queries, sql`select from charges where bucket = b and ${waiting(now)}`)

export async function readDueVerifications(
  queries: Queries,
  bucket: number,
  now: Instant,
  limit: number,
): Promise<string[]> {
  const rows = await rowsOf(
    queries,
    sql<{ chargeId: string }>`select charge_id as "chargeId" from charges
      where bucket = ${bucket} and ${waiting(now)} order by next_step_at, charge_id limit ${limit}`,
  )
  return rows.map((row) => row.chargeId)
}

export async function readVerification(
  queries: Queries,
  bucket: number,
  chargeId: string,
): Promise<Verification | null> {
  const [row] = await rowsOf(
    queries,
    sql<Verification>`select ${columns} from charges
      where bucket = ${bucket} and charge_id = ${chargeId} and trigger = 'verification'`,
  )
  return row ?? null
}

/** The payer's browser has been handed the payment; unless it comes back in time, it was abandoned. */
export async function writeRegistrationBegun(
  tx: Queries,
  bucket: number,
  chargeId: string,
  paymentId: string,
): Promise<void> {
  await sql`update charges set status = 'needs_customer', gateway_payment_id = ${paymentId}
    where bucket = ${bucket} and charge_id = ${chargeId} and status = 'intended'`.execute(tx)
}

/**
 * The card is proven: names it on the verification, by its id too when it is taken, and lets go of the hold. With a
 * failure code it was not taken for what others had tried with it, and ends as declined. False when
 * somebody else got there first, and nothing may be replaced a second time.
 */
export async function writeVerified(
  tx: Queries,
  bucket: number,
  chargeId: string,
  paymentId: string,
  cardId: string | null,
  card: GatewayCardFacts,
  failureCode: string | null,
  now: Instant,
): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    sql`
      update charges set status = 'releasing', held_at = ${at(now)}, releasing_at = ${at(now)}, next_step_at = ${at(now)}, card_id = ${cardId},
        failure_code = ${failureCode}, gateway_payment_id = ${paymentId}, gateway_payment_method_id = ${card.paymentMethodId},
        fingerprint = ${card.fingerprint}, brand = ${card.brand}
      where bucket = ${bucket} and charge_id = ${chargeId} and ${liveNow} and claimed_by is null
      returning 1`,
  )
  return rows.length > 0
}
