/**
 * Collecting invoices: finds those that want an attempt, decides each, commits the intents and performs them.
 *
 * The month's run, the daily retry, Activate and a newly registered card all come through here; what differs is only
 * what made the invoice due.
 */
import { dayAt, type Instant } from '../domain/calendar.ts'
import { type CoverageRules, nextRetryAfter } from '../domain/coverage.ts'
import type { Minor } from '../domain/money.ts'
import { collectableMinor } from '../domain/next-attempt.ts'
import { type CardFacts, decideAttempt, isAutomatic, type SkipReason, type Trigger } from '../domain/retry.ts'
import { startsClock } from '../domain/standing.ts'
import {
  type AttemptRow,
  clearRequests,
  type Intent,
  insertIntents,
  leaveToPeople,
  lockDueInvoices,
  lockRequestedInvoices,
  passAttemptedDay,
} from '../postgres/attempts.ts'
import type { ClaimedCharge } from '../postgres/charges.ts'
import { type Queries, transaction } from '../postgres/database.ts'
import { recordSkips, type Skip } from '../postgres/skips.ts'
import { performIntended } from './perform-charges.ts'
import { gatewayOf, rulesOf, type System } from './system.ts'

/** Attempts up to `limit` invoices whose time has come. Answers how many were looked at. */
export async function attemptDueInvoices(system: System, bucket: number, now: Instant, limit: number): Promise<number> {
  const { rows, charges } = await transaction(system.db, async (tx) => {
    const rows = await lockDueInvoices(tx, bucket, now, limit)
    const { charges } = await intend(system, tx, bucket, rows, automaticTriggerOf, now)
    // What a person asked for in the same moment is done with this attempt.
    const asked = new Set(rows.flatMap((row) => (row.requestedTrigger === null ? [] : [row.invoiceId])))
    const answered = charges.map((charge) => charge.subjectId).filter((invoiceId) => asked.has(invoiceId))
    if (answered.length > 0) await clearRequests(tx, bucket, answered)
    return { rows, charges }
  })
  await performIntended(system, bucket, charges, now)
  return rows.length
}

/** Attempts up to `limit` invoices for which a person's act asked. Answers how many were looked at. */
export async function attemptRequestedInvoices(
  system: System,
  bucket: number,
  now: Instant,
  limit: number,
): Promise<number> {
  const { rows, charges } = await transaction(system.db, async (tx) => {
    const rows = await lockRequestedInvoices(tx, bucket, now, limit)
    const { charges, refused } = await intend(system, tx, bucket, rows, requestedTriggerOf, now)
    // A request that met another charge in this very moment stays: it is made once that one has failed (B6).
    await clearRequests(tx, bucket, [...charges.map((charge) => charge.subjectId), ...refused])
    return { rows, charges }
  })
  await performIntended(system, bucket, charges, now)
  return rows.length
}

/**
 * Decides each invoice and commits, set-based, one charge for those that are tried and a reason for those that are not.
 * Answers the charges, and the invoices that may not be tried. One that has just met another charge is neither.
 */
async function intend(
  system: System,
  tx: Queries,
  bucket: number,
  rows: readonly AttemptRow[],
  triggerOf: (row: AttemptRow) => Trigger,
  now: Instant,
): Promise<{ charges: ClaimedCharge[]; refused: string[] }> {
  const charges: ClaimedCharge[] = []
  const skips: Skip[] = []
  const refused: string[] = []
  const left: string[] = []
  // What this batch attempts counts for the networks as much as what was attempted before.
  const attempted = new Map<string, Instant[]>()
  for (const row of rows) {
    const rules = rulesOf(system, row.coverage)
    const trigger = triggerOf(row)
    const amountMinor = collectableMinor(row, trigger)
    if (amountMinor <= 0n) {
      left.push(row.invoiceId)
      continue
    }
    const before = attempted.get(cardAndAmount(row, amountMinor)) ?? []
    const facts = factsOf({ ...row, attemptsAt: [...row.attemptsAt, ...before] })
    const decision = decideAttempt(trigger, facts, rules, now)
    if (decision.attempt) {
      attempted.set(cardAndAmount(row, amountMinor), [...before, now])
      charges.push({ ...chargeFor(system, bucket, row, trigger, now), amountMinor })
      continue
    }
    refused.push(row.invoiceId)
    if (isAutomatic(trigger)) skips.push(skipFor(row, decision, rules, now))
  }
  if (skips.length > 0) await recordSkips(tx, bucket, skips, now)
  if (left.length > 0) await leaveToPeople(tx, bucket, left)
  if (charges.length === 0) return { charges, refused }
  const intents = charges.map((charge) => intentOf(charge, rulesOf(system, charge.coverage), now))
  const inserted = await insertIntents(tx, bucket, intents, system.workerId, now)
  const passed = intents.flatMap(({ charge_id, coverage, invoice_id, attempt_on }) =>
    attempt_on === null || inserted.has(charge_id)
      ? []
      : [{ invoice_id, attempt_on, next_attempt_at: iso(nextRetryAfter(now, rulesOf(system, coverage))) }],
  )
  if (passed.length > 0) await passAttemptedDay(tx, bucket, passed)
  return { charges: charges.filter((charge) => inserted.has(charge.chargeId)), refused }
}

const cardAndAmount = ({ accountId, fingerprint }: AttemptRow, amountMinor: Minor): string =>
  `${accountId} ${fingerprint} ${amountMinor}`

const automaticTriggerOf = (row: AttemptRow): Trigger => (row.status === 'scheduled' ? 'run' : 'daily_retry')
const requestedTriggerOf = (row: AttemptRow): Trigger => row.requestedTrigger ?? automaticTriggerOf(row)

export const factsOf = <Row extends AttemptRow>(row: Row) => ({ ...row, card: cardOf(row) })

function cardOf(row: AttemptRow): CardFacts | null {
  const { brand, expMonth, expYear, mark, retryAfter, attemptsAt } = row
  return brand && expMonth && expYear ? { brand, expMonth, expYear, mark, retryAfter, attemptsAt } : null
}

function chargeFor(system: System, bucket: number, row: AttemptRow, trigger: Trigger, now: Instant): ClaimedCharge {
  const { accountId, coverage, month, currency, customerId, cardId, paymentMethodId, brand } = row
  if (!customerId) throw new Error(`account ${accountId} pays ${coverage} by card but has no gateway customer`)
  return {
    chargeId: system.makeId(bucket, now),
    accountId,
    coverage,
    month,
    currency,
    customerId,
    cardId,
    paymentMethodId,
    brand,
    trigger,
    fingerprint: row.fingerprint,
    invoiceId: row.invoiceId,
    orderId: null,
    subjectId: row.invoiceId,
    mark: row.mark,
    amountMinor: row.dueMinor,
    // A payer who pressed Activate is there to answer a 3-D Secure question; nobody else is.
    offSession: trigger !== 'activate',
    apiVersion: gatewayOf(system, coverage).apiVersion,
    status: 'intended',
    paymentId: null,
    captureMinor: null,
    intendedAt: now,
    firstSentAt: now,
    lastSentAt: now,
    sends: 1,
    unknownSince: null,
  }
}

function intentOf(charge: ClaimedCharge, rules: CoverageRules, now: Instant): Intent {
  const { cardId, paymentMethodId, fingerprint, brand, trigger } = charge
  if (!cardId || !paymentMethodId || !fingerprint || !brand) throw new Error(`charge ${charge.chargeId} names no card`)
  return {
    charge_id: charge.chargeId,
    account_id: charge.accountId,
    coverage: charge.coverage,
    invoice_id: charge.subjectId,
    trigger,
    priority: isAutomatic(trigger) ? 2 : 0,
    amount_minor: charge.amountMinor,
    currency: charge.currency,
    gateway_customer_id: charge.customerId,
    card_id: cardId,
    gateway_payment_method_id: paymentMethodId,
    fingerprint,
    brand,
    off_session: charge.offSession,
    api_version: charge.apiVersion,
    attempt_on: isAutomatic(trigger) ? dayAt(now, rules.timeZone) : null,
  }
}

function skipFor(
  row: AttemptRow,
  decision: { reason: SkipReason; until: Instant | null },
  rules: CoverageRules,
  now: Instant,
): Skip {
  return {
    invoice_id: row.invoiceId,
    account_id: row.accountId,
    skipped_on: dayAt(now, rules.timeZone),
    reason: decision.reason,
    until: decision.until === null ? null : iso(decision.until),
    failure_code: decision.reason === 'method_missing' ? 'missing' : 'card_declined',
    next_attempt_at: decision.reason === 'account_closed' ? null : iso(nextRetryAfter(now, rules)),
    starts_clock: startsClock(decision.reason),
  }
}

const iso = (instant: Instant): string => new Date(instant).toISOString()
