/**
 * What the payer's page shows, in three statements of one bucket: the settings with their card and latest verification,
 * the invoices that may be charged, and the charges for orders that are at work or failed. Nothing is locked: it is
 * polled while a run is on.
 */
import { sql } from 'kysely'
import { type Day, dayMs, type Instant, type Month, plusMs } from '../domain/calendar.ts'
import type { ChargeStatus } from '../domain/charge.ts'
import type { Minor } from '../domain/money.ts'
import type { RecordedSkip, Trigger } from '../domain/retry.ts'
import type { Standing, StandingState } from '../domain/standing.ts'
import { type AttemptRow, attemptFacts } from './attempts.ts'
import { at, kept, type Queries, rowsOf } from './database.ts'
import { registeringAttempts } from './payment-settings.ts'
import { isOverdue } from './standing-wakes.ts'
import type { Method } from './tables.ts'

export interface ViewKey {
  readonly bucket: number
  readonly accountId: string
  /** Null: every coverage of the account. */
  readonly coverage: string | null
}

export interface SettingsView extends Partial<VerificationView>, Omit<StandingState, 'status'> {
  readonly coverage: string
  readonly method: Method
  readonly trialEndsOn: Day | null
  readonly creditMinor: Minor
  readonly standing: Standing
  readonly suspendedAt: Instant | null
  readonly activatedAtWall: Instant[]
  readonly brand: string | null
  readonly last4: string | null
  readonly expMonth: number | null
  readonly expYear: number | null
  readonly registeredAt: Instant | null
  /** Null: no card was ever verified. */
  readonly registrationId: string | null
}

/** The story of the hold that a registration placed. */
export interface VerificationView {
  readonly registrationId: string | null
  readonly coverage: string
  readonly verificationStatus: ChargeStatus
  readonly verificationMinor: Minor
  readonly heldAt: Instant | null
  readonly releasingAt: Instant | null
  readonly releasedAt: Instant | null
  /** Of a card that was proven, whether it was taken or not. */
  readonly provenBrand: string | null
  readonly registered: boolean
  readonly failureCode: string | null
  readonly errorCode: string | null
  readonly declineCode: string | null
  readonly adviceCode: string | null
  readonly networkCode: string | null
}

const verificationColumns = sql`c.charge_id as "registrationId", c.status as "verificationStatus",
  c.amount_minor as "verificationMinor", c.held_at as "heldAt", c.releasing_at as "releasingAt", c.released_at as "releasedAt",
  c.brand as "provenBrand", c.card_id is not null as registered, c.failure_code as "failureCode",
  c.error_code as "errorCode", c.decline_code as "declineCode", c.advice_code as "adviceCode",
  c.network_code as "networkCode"`

const ofCoverage = (alias: 's' | 'i' | 'c', { coverage }: ViewKey) =>
  coverage === null ? sql`` : sql`and ${sql.ref(`${alias}.coverage`)} = ${coverage}`

/** By coverage; empty when there is no such account or it does not use the coverage. */
export const readSettingsView = (queries: Queries, key: ViewKey): Promise<SettingsView[]> =>
  rowsOf(
    queries,
    kept(sql<SettingsView>`
      select s.coverage, s.method, s.trial_ends_on as "trialEndsOn", s.credit_minor as "creditMinor",
        a.closed_at is not null as "accountClosed", a.activated_at_wall as "activatedAtWall",
        k.brand, k.last4, k.exp_month as "expMonth", k.exp_year as "expYear", k.registered_at as "registeredAt",
        coalesce(st.status, 'good') as standing, st.suspended_at as "suspendedAt", st.reminded_on as "remindedOn",
        st.postponed_until as "postponedUntil",
        case when st.exempt_since is not null then coalesce(st.exempt_until::text, 'always') end as "exemptUntil", v.*
      from payment_settings s
      join accounts a on a.bucket = s.bucket and a.account_id = s.account_id
      left join cards k on k.bucket = s.bucket and k.card_id = s.card_id
      left join standings st on st.bucket = s.bucket and st.account_id = s.account_id and st.coverage = s.coverage
      left join lateral (select ${verificationColumns} from charges c
        where c.bucket = s.bucket and c.account_id = s.account_id and c.coverage = s.coverage
          and c.trigger = 'verification'
        order by c.intended_at desc, c.charge_id desc limit 1) v on true
      where s.bucket = ${key.bucket} and s.account_id = ${key.accountId} ${ofCoverage('s', key)}
      order by s.coverage`),
  )

/** One registration of this account and coverage; null for anybody else's. */
export async function readRegistrationView(
  queries: Queries,
  key: { readonly bucket: number; readonly accountId: string; readonly coverage: string },
  registrationId: string,
): Promise<VerificationView | null> {
  const [row] = await rowsOf(
    queries,
    sql<VerificationView>`select c.coverage, ${verificationColumns} from charges c
      where c.bucket = ${key.bucket} and c.charge_id = ${registrationId} and c.account_id = ${key.accountId}
        and c.coverage = ${key.coverage} and c.trigger = 'verification'`,
  )
  return row ?? null
}

/** An attempt that an issuer refused, and the card it refused. */
export interface DeclinedView {
  readonly declinedMinor: Minor | null
  readonly declinedAt: Instant | null
  readonly errorCode: string | null
  readonly declineCode: string | null
  readonly adviceCode: string | null
  readonly networkCode: string | null
  readonly declinedBrand: string | null
  readonly declinedLast4: string | null
  readonly declinedExpMonth: number | null
  readonly declinedExpYear: number | null
}

export interface OpenInvoice extends AttemptRow, DeclinedView {
  readonly firstMonth: Month
  readonly totalMinor: Minor
  readonly nextAttemptAt: Instant | null
  readonly requestedAt: Instant | null
  readonly failedAt: Instant | null
  /** When it became overdue, if it counts as that. */
  readonly overdueSince: Instant | null
  /** The charge at work for it. */
  readonly chargeId: string | null
  readonly chargeStatus: ChargeStatus | null
  readonly chargeTrigger: Trigger | null
  readonly chargeMinor: Minor | null
  readonly chargeAt: Instant | null
  readonly skipReason: RecordedSkip | null
  readonly skipUntil: Instant | null
  readonly skippedOn: Day | null
}

const declinedColumns = sql`d.amount_minor as "declinedMinor", d.settled_at as "declinedAt",
  d.error_code as "errorCode", d.decline_code as "declineCode", d.advice_code as "adviceCode",
  d.network_code as "networkCode", dk.brand as "declinedBrand", dk.last4 as "declinedLast4",
  dk.exp_month as "declinedExpMonth", dk.exp_year as "declinedExpYear"`

const openInvoice = {
  columns: sql`, i.first_month as "firstMonth", i.total_minor as "totalMinor", i.next_attempt_at as "nextAttemptAt",
    i.requested_at as "requestedAt", i.failed_at as "failedAt",
    case when ${isOverdue} then i.overdue_since end as "overdueSince", u.charge_id as "chargeId", u.status as "chargeStatus",
    u.trigger as "chargeTrigger", u.amount_minor as "chargeMinor", u.intended_at as "chargeAt",
    sk.reason as "skipReason", sk.until as "skipUntil", sk.skipped_on as "skippedOn", ${declinedColumns}`,
  joins: sql`
    left join lateral (select * from skips sk where sk.bucket = i.bucket and sk.invoice_id = i.invoice_id
      order by sk.skipped_on desc limit 1) sk on true
    left join lateral (select * from charges d where d.bucket = i.bucket and d.account_id = i.account_id
        and d.invoice_id = i.invoice_id and d.status = 'declined' and d.intended_at >= i.issued_at
      order by d.intended_at desc, d.charge_id desc limit 1) d on true
    left join cards dk on dk.bucket = i.bucket and dk.card_id = d.card_id`,
}

/** What is outstanding, at work, asked for, or about to be tried by the run; oldest month first. */
export const readOpenInvoices = (queries: Queries, key: ViewKey, now: Instant): Promise<OpenInvoice[]> =>
  rowsOf(
    queries,
    kept(sql<OpenInvoice>`
      ${attemptFacts(now, openInvoice)}
      where i.bucket = ${key.bucket} and i.account_id = ${key.accountId} ${ofCoverage('i', key)}
        and i.status in ('outstanding', 'scheduled') and ${registeringAttempts(now)}
      order by i.coverage, i.month`),
  )

export interface OrderCharge extends DeclinedView {
  readonly coverage: string
  readonly orderId: string
  readonly chargeId: string
  readonly status: ChargeStatus
  readonly trigger: Trigger
  readonly settled: boolean
  readonly amountMinor: Minor
  readonly chargeAt: Instant
  readonly failureCode: string | null
}

/**
 * The latest charge of each order of the last months that is being asked for its hold, or whose order failed. One that
 * is held waits for shipping and is nobody's trouble.
 */
export const readOrderCharges = (queries: Queries, key: ViewKey, now: Instant): Promise<OrderCharge[]> =>
  rowsOf(
    queries,
    kept(sql<OrderCharge>`
      select d.coverage, d.order_id as "orderId", d.charge_id as "chargeId", d.status, d.trigger,
        d.settled_at is not null as settled, d.amount_minor as "amountMinor", d.intended_at as "chargeAt",
        d.failure_code as "failureCode", ${declinedColumns}
      from (select distinct on (c.order_id) c.* from charges c
        where c.bucket = ${key.bucket} and c.account_id = ${key.accountId} ${ofCoverage('c', key)}
          and c.order_id is not null and c.intended_at > ${at(plusMs(now, -ordersForDays * dayMs))}
        order by c.order_id, c.intended_at desc, c.charge_id desc) d
      join orders o on o.bucket = d.bucket and o.order_id = d.order_id
      left join cards dk on dk.bucket = d.bucket and dk.card_id = d.card_id
      where d.settled_at is null and d.status <> 'held' or d.settled_at is not null and o.status = 'failed'
      order by d.coverage, d.intended_at, d.charge_id`),
  )

const ordersForDays = 60

/** A charge for an invoice or an order of this account; null for anybody else's. */
export async function readChargeView(
  queries: Queries,
  key: { readonly bucket: number; readonly accountId: string },
  chargeId: string,
): Promise<{ readonly status: ChargeStatus; readonly coverage: string } | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ status: ChargeStatus; coverage: string }>`select status, coverage from charges
      where bucket = ${key.bucket} and charge_id = ${chargeId} and account_id = ${key.accountId}
        and trigger <> 'verification'`,
  )
  return row ?? null
}
