/**
 * What follows from what we learn about a refund: the one place where a gateway's answer becomes a status, lines in the
 * ledger, and what is owed again or no longer. Pure: the rows are locked by whoever calls it, and what comes back is
 * written in the same transaction, together or not at all.
 */
import { hourMs, type Instant, plusMs } from './calendar.ts'
import { nextLookUp, postponeMs, staffAfterMs } from './charge.ts'
import { creditNoteLines, netOf, taxOf } from './credit-note.ts'
import type { RefundEvent } from './event.ts'
import type { InvoiceStatus, TaxLine } from './invoice.ts'
import type { PostingKind } from './ledger.ts'
import { type Minor, positive, smaller } from './money.ts'
import {
  type Carries,
  decideRefundAbsent,
  mayRefundDo,
  type RefundAction,
  type RefundStatus,
  refundActions,
} from './refund.ts'

/** What a call to the gateway, or a look-up, taught us. */
export type RefundLearnt =
  | {
      readonly kind: 'found'
      readonly gatewayRefundId: string
      readonly status: 'pending' | 'succeeded' | 'failed'
    }
  | { readonly kind: 'declined'; readonly reason: string }
  /** The gateway has no trace of it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason: string }
  | { readonly kind: 'not_executed'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }

export interface RefundFacts {
  readonly status: RefundStatus
  readonly carries: Carries
  readonly amountMinor: Minor
  /** What of it is paid out of the account's credit, and was set aside for that. */
  readonly fromCreditMinor: Minor
  /** What of the account's credit is its charge's excess now. */
  readonly creditLeftMinor: Minor
  readonly firstSentAt: Instant | null
  readonly lastSentAt: Instant | null
  readonly sends: number
  readonly unknownSince: Instant | null
  readonly gatewayRefundId: string | null
  readonly noteLines: readonly TaxLine[]
  readonly lostMinor: Minor
  /** The invoice or the order it is about; null for what only became credit. */
  readonly subject: RefundSubject | null
}

/** What is owed, and what of it was taken off again so far. */
export interface RefundSubject {
  readonly of: 'invoice' | 'order'
  readonly status: InvoiceStatus | null
  readonly dueMinor: Minor
  /** All that was given back before and made due again. */
  readonly reopenedMinor: Minor
  /** Taken for it and not given back. */
  readonly keptMinor: Minor
  readonly taxLines: readonly TaxLine[]
  readonly noted: readonly TaxLine[]
}

export interface RefundEffects {
  readonly status: RefundStatus
  /** Null keeps the claim; `never`: only somebody's act or the gateway's word moves it. */
  readonly parkedUntil: Instant | 'never' | null
  readonly next: 'send' | null
  readonly gatewayRefundId: string | null
  readonly failedReason: string | null
  readonly sentAgain: boolean
  readonly neverSent: boolean
  readonly noteLines: readonly TaxLine[] | null
  readonly lostMinor: Minor | null
  readonly postings: readonly Posting[]
  readonly invoice: InvoiceRepair | null
  /** Change of the account's credit. */
  readonly creditMinor: Minor
  readonly event: RefundEvent | null
  readonly staff: 'refund_unknown' | 'refund_failed' | 'refund_refused' | 'refund_at_gateway' | null
}

export interface Posting {
  readonly kind: PostingKind
  readonly amountMinor: Minor
}

/** Changes of an invoice's sums; `becomes` null leaves its status as it is. */
export interface InvoiceRepair {
  readonly refundedMinor: Minor
  readonly creditNotedMinor: Minor
  readonly becomes: 'reopened' | 'paid' | null
}

const pendingLookUpMs = 6 * hourMs

/** Null: known already, or older than what we know; nothing is written (F17, F22). */
export function decideRefundOutcome(refund: RefundFacts, learnt: RefundLearnt, now: Instant): RefundEffects | null {
  switch (learnt.kind) {
    case 'found':
      return found(refund, learnt, now)
    case 'declined':
      return undone(refund, 'fail', learnt.reason, { event: 'refund_failed', staff: 'refund_failed' })
    case 'refused':
      // Refused at the first send, it never happened. Refused later, what was sent before may still have.
      return refund.status === 'intended' && refund.sends <= 1
        ? undone(refund, 'refuse', learnt.reason, { event: 'refund_refused', staff: 'refund_refused' })
        : unknown(refund, now)
    case 'not_executed':
      return notExecuted(refund, now)
    case 'unknown':
      return unknown(refund, now)
    case 'absent':
      return absent(refund, now)
  }
}

function found(
  refund: RefundFacts,
  { gatewayRefundId, status }: Extract<RefundLearnt, { kind: 'found' }>,
  now: Instant,
): RefundEffects | null {
  if (status === 'pending') {
    return change(refund, 'wait', { gatewayRefundId, parkedUntil: plusMs(now, pendingLookUpMs) })
  }
  if (status === 'succeeded') return succeeded(refund, gatewayRefundId)
  if (refund.status === 'succeeded') return returned(refund)
  const reason = 'the bank did not accept it'
  const effects = undone(refund, 'fail', reason, { event: 'refund_failed', staff: 'refund_failed' })
  return effects && { ...effects, gatewayRefundId }
}

function succeeded(refund: RefundFacts, gatewayRefundId: string): RefundEffects | null {
  const { subject, amountMinor, carries, fromCreditMinor } = refund
  // Closed as never made, its credit was given back: what of it has been used since is our loss, and staff's to see.
  const late = refund.status === 'not_executed' || refund.status === 'refused'
  const creditedMinor = late ? smaller(fromCreditMinor, refund.creditLeftMinor) : fromCreditMinor
  const coveredMinor = smaller(amountMinor - fromCreditMinor, positive(subject?.keptMinor ?? 0n))
  const lostMinor = amountMinor - creditedMinor - coveredMinor
  const noteLines =
    carries === 'credit_note' && subject && coveredMinor > 0n
      ? creditNoteLines(subject.taxLines, subject.noted, coveredMinor)
      : null
  const ofInvoice = subject?.of === 'invoice' && carries !== 'credit'
  return change(refund, 'confirm', {
    gatewayRefundId,
    noteLines,
    lostMinor,
    event: 'refund_succeeded',
    staff: lostMinor > 0n ? 'refund_at_gateway' : null,
    creditMinor: late ? -creditedMinor : 0n,
    postings: posted(
      ['paid_back', (ofInvoice ? 0n : coveredMinor) + (late ? 0n : creditedMinor)],
      ['credit_paid_back_late', late ? creditedMinor : 0n],
      ['refunded', ofInvoice ? coveredMinor : 0n],
      ...(noteLines ? noteOf(ofInvoice ? 'invoice' : 'order', noteLines) : []),
      ['refund_lost', lostMinor],
    ),
    invoice:
      ofInvoice && coveredMinor > 0n
        ? {
            refundedMinor: coveredMinor,
            creditNotedMinor: noteLines ? coveredMinor : 0n,
            becomes: carries === 'reopening' && subject ? reopening(subject) : null,
          }
        : null,
  })
}

/** An invoice of which something was never paid stays as it is, and collected as before; else it waits for people. */
export const reopening = ({ dueMinor, reopenedMinor }: RefundSubject): InvoiceRepair['becomes'] =>
  dueMinor > reopenedMinor ? null : 'reopened'

/** The books are as if it had not been given back: credit is credit again, and so is what is no longer due by now. */
function returned(refund: RefundFacts): RefundEffects | null {
  const { subject, carries, amountMinor, fromCreditMinor, lostMinor, noteLines } = refund
  const creditedMinor = smaller(fromCreditMinor, amountMinor - lostMinor)
  const coveredMinor = amountMinor - lostMinor - creditedMinor
  const more = { event: 'refund_returned', staff: 'refund_failed', failedReason: 'the bank returned it' } as const
  const lost: [PostingKind, Minor] = ['refund_lost_returned', lostMinor]
  const credited: [PostingKind, Minor] = ['refund_returned_in_excess', creditedMinor]
  if (subject?.of !== 'invoice' || carries === 'credit') {
    const postings = posted(['paid_back_returned', coveredMinor], ...noteUndone('order', noteLines), credited, lost)
    return change(refund, 'return', { ...more, postings, creditMinor: creditedMinor })
  }
  if (carries === 'credit_note') {
    const postings = posted(['refund_returned', coveredMinor], ...noteUndone('invoice', noteLines), credited, lost)
    const invoice = { refundedMinor: -coveredMinor, creditNotedMinor: -coveredMinor, becomes: null }
    return change(refund, 'return', { ...more, postings, invoice, creditMinor: creditedMinor })
  }
  const appliedMinor = smaller(coveredMinor, subject.dueMinor)
  const creditMinor = creditedMinor + coveredMinor - appliedMinor
  return change(refund, 'return', {
    ...more,
    postings: posted(['refund_returned', appliedMinor], ['refund_returned_in_excess', creditMinor], lost),
    invoice: {
      refundedMinor: -appliedMinor,
      creditNotedMinor: 0n,
      becomes: appliedMinor > 0n && appliedMinor === subject.dueMinor ? 'paid' : null,
    },
    creditMinor,
  })
}

function absent(refund: RefundFacts, now: Instant): RefundEffects | null {
  // What the gateway has accepted does not vanish: that is an answer we do not understand.
  if (refund.gatewayRefundId !== null) return unknown(refund, now)
  const decision = decideRefundAbsent(refund, now)
  switch (decision.act) {
    case 'replay':
      return change(refund, 'replay', { parkedUntil: null, next: 'send', sentAgain: true })
    case 'wait':
      return mayRefundDo('lose_sight', refund.status) ? { ...nothing(refund), parkedUntil: decision.until } : null
    case 'give_up':
      // Somebody waits for the money, and nothing asks for it again by itself.
      return undone(refund, 'give_up', null, { event: 'refund_not_executed', staff: 'refund_failed' })
  }
}

function unknown(refund: RefundFacts, now: Instant): RefundEffects | null {
  const since = refund.unknownSince ?? now
  return change(refund, 'lose_sight', {
    parkedUntil: nextLookUp(since, now),
    event: refund.unknownSince === null ? 'refund_unknown' : null,
    staff: now - since >= staffAfterMs ? 'refund_unknown' : null,
  })
}

function notExecuted(refund: RefundFacts, now: Instant): RefundEffects | null {
  if (refund.status !== 'intended') return unknown(refund, now)
  return change(refund, 'postpone', { parkedUntil: plusMs(now, postponeMs), neverSent: refund.sends <= 1 })
}

/** Nothing was given back, so credit that was set aside for it is credit again. */
function undone(
  refund: RefundFacts,
  action: RefundAction,
  failedReason: string | null,
  more: Pick<RefundEffects, 'event'> & { readonly staff?: RefundEffects['staff'] },
): RefundEffects | null {
  return change(refund, action, {
    ...more,
    failedReason,
    creditMinor: refund.fromCreditMinor,
    postings: posted(['credit_given_back', refund.fromCreditMinor]),
  })
}

/** Net and tax of a credit note; where roundings or discounts make one negative, it goes the other way. */
export function noteOf(of: 'invoice' | 'order', lines: readonly TaxLine[]): [PostingKind, Minor][] {
  const netMinor = netOf(lines)
  const taxMinor = taxOf(lines)
  const [noted, undone] =
    of === 'invoice'
      ? (['credit_noted', 'credit_note_undone'] as const)
      : (['order_noted', 'order_note_undone'] as const)
  return [
    [`${netMinor < 0n ? undone : noted}_net`, magnitude(netMinor)],
    [`${taxMinor < 0n ? undone : noted}_tax`, magnitude(taxMinor)],
  ]
}

const noteUndone = (of: 'invoice' | 'order', lines: readonly TaxLine[]) =>
  noteOf(
    of,
    lines.map(({ taxRateBp, netMinor, taxMinor }) => ({ taxRateBp, netMinor: -netMinor, taxMinor: -taxMinor })),
  )

/** Lines of nothing are left out. */
export const posted = (...lines: readonly (readonly [PostingKind, Minor])[]): Posting[] =>
  lines.flatMap(([kind, amountMinor]) => (amountMinor > 0n ? [{ kind, amountMinor }] : []))

const magnitude = (amountMinor: Minor): Minor => (amountMinor < 0n ? -amountMinor : amountMinor)

/** Null where what is learnt changes nothing that we know. */
function change(refund: RefundFacts, action: RefundAction, to: Partial<RefundEffects>): RefundEffects | null {
  if (!mayRefundDo(action, refund.status)) return null
  return { ...nothing(refund), ...to, status: refundActions[action].to }
}

const nothing = (refund: RefundFacts): RefundEffects => ({
  status: refund.status,
  parkedUntil: 'never',
  next: null,
  gatewayRefundId: null,
  failedReason: null,
  sentAgain: false,
  neverSent: false,
  noteLines: null,
  lostMinor: null,
  postings: [],
  invoice: null,
  creditMinor: 0n,
  event: null,
  staff: null,
})
