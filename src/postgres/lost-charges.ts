/** Charges that the gateway knows and our rows have lost, made again as `unknown`: whoever records them next settles them. */
import { sql } from 'kysely'
import type { Day, Instant } from '../domain/calendar.ts'
import type { Minor } from '../domain/money.ts'
import type { GatewayCardFacts } from '../domain/registration.ts'
import type { Trigger } from '../domain/retry.ts'
import { at, type Queries, rowsOf } from './database.ts'

export interface NewLostCharge {
  readonly bucket: number
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  readonly invoiceId: string | null
  readonly orderId: string | null
  readonly trigger: Trigger
  /** The day whose automatic attempt it was, unless another has that day. */
  readonly attemptOn: Day | null
  readonly amountMinor: Minor
  readonly currency: string
  readonly customerId: string
  readonly paymentId: string
  readonly apiVersion: string
  readonly intendedAt: Instant
}

/** False while another charge of its invoice or order is unsettled. One that is there already is left as it is. */
export async function insertLostCharge(
  tx: Queries,
  lost: NewLostCharge,
  card: GatewayCardFacts & { readonly paymentMethodId: string },
  ids: { readonly cardId: string },
  now: Instant,
): Promise<boolean> {
  const { bucket, chargeId, invoiceId, orderId } = lost
  const known = await rowsOf(tx, sql`select from charges where bucket = ${bucket} and charge_id = ${chargeId}`)
  if (known.length > 0) return true
  await lockSubject(tx, lost)
  const cardId = await findOrInsertCard(tx, lost, card, ids.cardId, now)
  const dayTaken = sql`exists (select from charges a where a.bucket = ${bucket} and a.invoice_id = ${invoiceId}
    and a.attempt_on = ${lost.attemptOn}::date)`
  const inserted = await rowsOf(
    tx,
    sql`
      insert into charges (bucket, charge_id, account_id, coverage, invoice_id, order_id, trigger, status, priority,
        amount_minor, currency, gateway_customer_id, card_id, gateway_payment_method_id, fingerprint, brand, off_session,
        api_version, attempt_on, intended_at, next_step_at, first_sent_at, last_sent_at, sends, unknown_since,
        gateway_payment_id)
      select ${bucket}, ${chargeId}, ${lost.accountId}, ${lost.coverage}, ${invoiceId}, ${orderId},
        case when ${lost.attemptOn}::date is not null and ${dayTaken} then 'staff' else ${lost.trigger} end, 'unknown', 0,
        ${lost.amountMinor}, ${lost.currency}, ${lost.customerId}, ${cardId}, ${card.paymentMethodId},
        ${card.fingerprint}, ${card.brand}, true, ${lost.apiVersion},
        case when ${dayTaken} then null else ${lost.attemptOn}::date end, ${at(lost.intendedAt)}, ${at(now)},
        ${at(lost.intendedAt)}, ${at(lost.intendedAt)}, 1, ${at(now)}, ${lost.paymentId}
      where not exists (select from charges u where u.bucket = ${bucket} and u.settled_at is null
        and (u.invoice_id = ${invoiceId} or u.order_id = ${orderId}))
      on conflict do nothing returning 1`,
  )
  return inserted.length > 0
}

/** A charge of the invoice or order that was intended and certainly never left us; nobody is at it. */
export async function findNeverSent(
  queries: Queries,
  { bucket, invoiceId, orderId }: Pick<NewLostCharge, 'bucket' | 'invoiceId' | 'orderId'>,
): Promise<string | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ chargeId: string }>`
      select charge_id as "chargeId" from charges where bucket = ${bucket}
        and (invoice_id = ${invoiceId} or order_id = ${orderId}) and settled_at is null and status = 'intended' and first_sent_at is null
        and claimed_by is null`,
  )
  return row?.chargeId ?? null
}

/** As whoever records an outcome does, before the charge. */
async function lockSubject(tx: Queries, { bucket, invoiceId, orderId }: NewLostCharge): Promise<void> {
  if (invoiceId !== null) {
    await sql`select from invoices where bucket = ${bucket} and invoice_id = ${invoiceId} for no key update`.execute(tx)
  }
  if (orderId !== null) {
    await sql`select from orders where bucket = ${bucket} and order_id = ${orderId} for no key update`.execute(tx)
  }
}

/** A card that was registered by lost rows is nobody's current one: the payer registers it again. */
async function findOrInsertCard(
  tx: Queries,
  { bucket, accountId, coverage }: NewLostCharge,
  card: GatewayCardFacts & { readonly paymentMethodId: string },
  cardId: string,
  now: Instant,
): Promise<string> {
  const [known] = await rowsOf(
    tx,
    sql<{ cardId: string }>`
      select card_id as "cardId" from cards where bucket = ${bucket}
        and gateway_payment_method_id = ${card.paymentMethodId} and account_id = ${accountId} and coverage = ${coverage}
      order by registered_at desc limit 1`,
  )
  if (known) return known.cardId
  await sql`
    insert into cards (bucket, card_id, account_id, coverage, gateway_payment_method_id, fingerprint, brand, last4,
      exp_month, exp_year, registered_at, replaced_at)
    values (${bucket}, ${cardId}, ${accountId}, ${coverage}, ${card.paymentMethodId}, ${card.fingerprint}, ${card.brand},
      ${card.last4}, ${card.expMonth}, ${card.expYear}, ${at(now)}, ${at(now)})`.execute(tx)
  return cardId
}

/** Calls staff to a difference, once for each thing that differs. */
export async function queueDifference(
  tx: Queries,
  entry: {
    readonly bucket: number
    readonly entryId: string
    readonly accountId: string
    readonly coverage: string
    readonly kind: 'books_differ' | 'payment_by_hand' | 'payment_unmatched' | 'registration_lost'
    readonly subjectId: string
    readonly chargeId: string | null
    readonly evidence: Readonly<Record<string, unknown>>
  },
  now: Instant,
): Promise<void> {
  const { bucket, entryId, accountId, coverage, kind, subjectId, chargeId, evidence } = entry
  await sql`
    insert into staff_queue (bucket, entry_id, account_id, coverage, kind, subject_id, charge_id, evidence, opened_at)
    values (${bucket}, ${entryId}, ${accountId}, ${coverage}, ${kind}, ${subjectId}, ${chargeId},
      ${JSON.stringify(evidence, (_key, value) => (typeof value === 'bigint' ? String(value) : value))}::jsonb, ${at(now)})
    on conflict do nothing`.execute(tx)
}
