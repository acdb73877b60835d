/**
 * What follows from what we learn about a charge: the one place where a gateway's answer becomes a status, money on an
 * invoice, lines in the ledger, an event, and the next thing to do. Pure: the row is locked by whoever calls it, and
 * what comes back is written in the same transaction, together or not at all.
 *
 * It refuses acts, never facts: money the gateway reports as taken is always recorded (design section 4.2).
 */
import { type Instant, plusMs } from './calendar.ts'
import { type ChargeAction, customerWithinMs, decideAbsent, nextLookUp, postponeMs, staffAfterMs } from './charge.ts'
import type { CoverageRules } from './coverage.ts'
import { type DeclineCodes, readDecline } from './decline.ts'
import { change, parked } from './effects.ts'
import type { ChargeEvent } from './event.ts'
import type { ChargeFacts, Effects, InvoiceChange, InvoiceFacts, Learnt } from './learnt.ts'
import type { PostingKind } from './ledger.ts'
import { type Minor, smaller } from './money.ts'
import { collectableMinor, retryAfterAttempt, retryAfterRefusal, scheduleAfterAttempt } from './next-attempt.ts'
import { orderAfter, postCaptureOf } from './order-outcome.ts'
import { isAutomatic } from './retry.ts'

export function decideOutcome(charge: ChargeFacts, learnt: Learnt, rules: CoverageRules, now: Instant): Effects {
  const effects = leftToPeople(charge, effectsOf(charge, learnt, rules, now))
  return charge.order ? { ...effects, order: orderAfter(charge.order, charge, effects) } : effects
}

/** What is due again because money was given back is tried when somebody asks, and not by the system (B18). */
function leftToPeople({ invoice }: ChargeFacts, effects: Effects): Effects {
  if (!invoice || !effects.invoice || invoice.reopenedMinor === 0n) return effects
  const dueMinor = invoice.dueMinor - effects.invoice.capturedMinor
  if (dueMinor > invoice.reopenedMinor) return effects
  return { ...effects, invoice: { ...effects.invoice, nextAttemptAt: null } }
}

function effectsOf(charge: ChargeFacts, learnt: Learnt, rules: CoverageRules, now: Instant): Effects {
  switch (learnt.kind) {
    case 'held':
      return held(charge, learnt.paymentId, learnt.expiresAt)
    case 'needs_customer':
      return asked(charge, learnt.paymentId, now)
    case 'captured':
      return captured(charge, learnt.paymentId, learnt.capturedMinor, now, rules)
    case 'declined':
      return declined(charge, learnt.paymentId, learnt.decline, rules, now)
    case 'released':
      return released(charge, rules)
    case 'expired':
      return undone(charge, 'expire', now, { event: 'charge_expired' })
    case 'withheld':
      return undone(charge, 'give_up', now, { event: 'charge_withheld' })
    case 'absent':
      return absent(charge, rules, now)
    case 'unknown':
      return unknown(charge, rules, now)
    case 'not_executed':
      return notExecuted(charge, rules, now)
    case 'refused':
      return refused(charge, learnt.reason, rules, now)
  }
}

/**
 * Before capture the invoice is read again: no longer due, the hold is given up; due for less, only that is taken. A
 * capture that may have been sent is repeated as it was, or, when so much is no longer due, not at all.
 */
function held(charge: ChargeFacts, paymentId: string, expiresAt: Instant | null): Effects {
  const learnt = { paymentId, holdExpiresAt: expiresAt }
  const { order } = charge
  // An order's hold rests until it is to be shipped.
  if (order?.status === 'confirming' || order?.status === 'held') {
    return change(charge, 'keep_hold', { ...learnt, parkedUntil: 'never' })
  }
  const wantedMinor = order?.status === 'shipping' ? order.totalMinor : 0n
  const { invoice } = charge
  const dueMinor = !invoice ? wantedMinor : invoice.disputed ? 0n : collectableMinor(invoice, charge.trigger)
  const captureMinor = charge.captureMinor ?? smaller(dueMinor, charge.amountMinor)
  return captureMinor > 0n && captureMinor <= dueMinor
    ? change(charge, 'begin_capture', { ...learnt, captureMinor, parkedUntil: null }, { next: 'capture' })
    : change(charge, 'begin_release', { ...learnt, parkedUntil: null }, { next: 'release' })
}

/** A 3-D Secure question still open when its time is over was abandoned; one about a declined verification is moot, one for a cancelled order withdrawn. */
function asked(charge: ChargeFacts, paymentId: string, now: Instant): Effects {
  const endsAt = plusMs(charge.lastSentAt ?? now, customerWithinMs)
  return endsAt <= now || charge.failureCode || charge.order?.status === 'cancelling'
    ? change(charge, 'begin_release', { paymentId, parkedUntil: null }, { next: 'release' })
    : change(charge, 'ask_customer', { paymentId, parkedUntil: endsAt })
}

function captured(
  charge: ChargeFacts,
  paymentId: string,
  capturedMinor: Minor,
  now: Instant,
  rules: CoverageRules,
): Effects {
  const dueMinor = charge.invoice?.dueMinor ?? 0n
  const appliedMinor = smaller(capturedMinor, dueMinor)
  const paid = appliedMinor === dueMinor
  const { postings, excessMinor } = charge.order
    ? postCaptureOf(charge.order, capturedMinor)
    : postCapture(appliedMinor, capturedMinor - appliedMinor)
  return change(
    charge,
    'capture',
    { paymentId, capturedMinor, parkedUntil: 'never' },
    {
      event: 'charge_captured',
      postings,
      excessMinor,
      staff: excessMinor > 0n ? 'captured_in_excess' : null,
      invoice: charge.invoice && {
        status: paid ? 'paid' : 'outstanding',
        capturedMinor: appliedMinor,
        nextAttemptAt: paid ? null : scheduleAfterAttempt(charge, charge.invoice, null, rules, now),
        failure: null,
      },
      cardMark: charge.mark !== null ? { mark: null, code: 'captured', retryAfter: null } : null,
    },
  )
}

function postCapture(appliedMinor: Minor, excessMinor: Minor) {
  const postings: { kind: PostingKind; amountMinor: Minor }[] = []
  if (appliedMinor > 0n) postings.push({ kind: 'captured', amountMinor: appliedMinor })
  if (excessMinor > 0n) postings.push({ kind: 'captured_in_excess', amountMinor: excessMinor })
  return { postings, excessMinor }
}

function declined(
  charge: ChargeFacts,
  paymentId: string | null,
  decline: DeclineCodes,
  rules: CoverageRules,
  now: Instant,
): Effects {
  const { retry, publicCode } = readDecline(decline, charge.brand ?? '')
  const code = decline.declineCode ?? decline.code
  const retryAfter = retry.kind === 'after' ? plusMs(now, retry.delayMs) : null
  // A browser could confirm the same payment with another card later: it is given up first, and declined after that.
  if (charge.trigger === 'verification' && paymentId !== null) {
    const to = { paymentId, decline, failureCode: publicCode, parkedUntil: now }
    return change(charge, 'begin_release', to, { event: charge.failureCode ? null : 'charge_declined' })
  }
  return change(
    charge,
    'decline',
    { paymentId, decline, failureCode: publicCode, parkedUntil: 'never' },
    {
      event: 'charge_declined',
      invoice:
        charge.invoice &&
        failing(charge.invoice, {
          nextAttemptAt: scheduleAfterAttempt(charge, charge.invoice, retryAfter, rules, now),
          failure: { code: publicCode, declineCode: code },
        }),
      cardMark: {
        mark: retry.kind === 'daily' ? null : retry.kind,
        code,
        retryAfter,
      },
    },
  )
}

/** Usually because nothing is due any more; what still is (somebody gave the hold up at the gateway) is tried the next day. */
function released(charge: ChargeFacts, rules: CoverageRules): Effects {
  const { invoice, trigger } = charge
  if (trigger === 'verification' && charge.failureCode) return change(charge, 'decline', { parkedUntil: 'never' })
  return change(
    charge,
    'release',
    { parkedUntil: 'never' },
    {
      event: 'charge_released',
      invoice:
        invoice && invoice.dueMinor > 0n && invoice.nextAttemptAt !== null && isAutomatic(trigger)
          ? {
              status: invoice.status,
              capturedMinor: 0n,
              nextAttemptAt: retryAfterAttempt(charge, invoice, rules),
              failure: null,
            }
          : null,
    },
  )
}

function absent(charge: ChargeFacts, rules: CoverageRules, now: Instant): Effects {
  // A payment we have seen does not vanish: that is an answer we do not understand.
  if (charge.paymentId !== null) return unknown(charge, rules, now)
  const decision = decideAbsent(charge, isWanted(charge), now)
  switch (decision.act) {
    case 'replay':
      return change(charge, 'replay', { parkedUntil: null, sentAgain: true }, { next: 'hold' })
    case 'give_up':
      return undone(charge, 'give_up', now, { event: 'charge_not_executed' })
    case 'wait':
      return parked(charge, decision.until)
  }
}

/** The money is still due and would still be asked of this card. Verifications are their payer's to repeat. */
function isWanted({ invoice, order, amountMinor, cardId, trigger }: ChargeFacts): boolean {
  if (order) return (order.status === 'confirming' || order.status === 'shipping') && order.cardId === cardId
  if (invoice === null || invoice.disputed || invoice.cardId !== cardId) return false
  // Who pauses a run wants nothing of it sent, not even again.
  if (invoice.runPaused && isAutomatic(trigger)) return false
  return collectableMinor(invoice, trigger) >= amountMinor
}

function unknown(charge: ChargeFacts, rules: CoverageRules, now: Instant): Effects {
  const since = charge.unknownSince ?? now
  const stale = now - since >= staffAfterMs
  return change(
    charge,
    'lose_sight',
    { parkedUntil: nextLookUp(since, now) },
    {
      event: charge.unknownSince === null ? 'charge_unknown' : null,
      staff: stale ? 'charge_unknown' : null,
      // The day's attempt may have been made: the invoice waits for the next unless this turns out never to have been.
      invoice:
        charge.invoice && charge.unknownSince === null && isAutomatic(charge.trigger)
          ? {
              status: charge.invoice.status,
              capturedMinor: 0n,
              nextAttemptAt: charge.invoice.nextAttemptAt && retryAfterAttempt(charge, charge.invoice, rules),
              failure: null,
            }
          : null,
    },
  )
}

/** A first send that never left us is as if it had not been tried; a later one says nothing about those before it. */
function notExecuted(charge: ChargeFacts, rules: CoverageRules, now: Instant): Effects {
  const until = plusMs(now, postponeMs)
  if (charge.status === 'releasing' || charge.status === 'capturing') return parked(charge, until)
  if (charge.status !== 'intended') return unknown(charge, rules, now)
  return change(charge, 'postpone', { parkedUntil: until, ...(charge.sends <= 1 ? { neverSent: true } : {}) })
}

/** Refused at the first send, it never happened. Refused later, what was sent before may still have. */
function refused(charge: ChargeFacts, refusedReason: string, rules: CoverageRules, now: Instant): Effects {
  if (charge.status !== 'intended' || charge.sends > 1) return unknown(charge, rules, now)
  const again = retryAfterRefusal(charge.invoice, rules, now)
  const effects = undone(charge, 'refuse', again, { event: 'charge_refused', staff: 'charge_refused' })
  return { ...effects, charge: { ...effects.charge, refusedReason } }
}

/** Ends without the issuer having been asked, so the day's automatic attempt is still open. */
function undone(
  charge: ChargeFacts,
  action: ChargeAction,
  nextAttemptAt: Instant,
  more: { event: ChargeEvent; staff?: Effects['staff'] },
): Effects {
  const { invoice } = charge
  return change(
    charge,
    action,
    { parkedUntil: 'never', attemptUndone: true },
    {
      ...more,
      invoice:
        invoice && invoice.nextAttemptAt !== null && isAutomatic(charge.trigger)
          ? { status: invoice.status, capturedMinor: 0n, nextAttemptAt, failure: null }
          : null,
    },
  )
}

const failing = (
  invoice: InvoiceFacts,
  rest: Pick<InvoiceChange, 'nextAttemptAt' | 'failure'>,
): InvoiceChange | null =>
  invoice.status === 'scheduled' || invoice.status === 'outstanding'
    ? { status: 'outstanding', capturedMinor: 0n, ...rest }
    : null
