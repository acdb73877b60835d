/**
 * Disputes: a cardholder's bank takes the money back until it is decided, or only asks about it first (an inquiry).
 * Opened by published test cards, or by a control; how one ends is told by a control.
 */
import { type AccountBooks, type Books, record } from './books.ts'
import { behaviours } from './cards.ts'
import { idOf } from './customers.ts'
import { invalid, missing } from './errors.ts'
import { announceDispute } from './events.ts'
import { idsOf } from './many.ts'
import type { Answer, Dispute, Payment } from './rows.ts'

export interface OpenDispute {
  readonly name: 'open_dispute'
  readonly paymentId: string
  /** The network's, such as `fraudulent` or `product_not_received`. */
  readonly reason: string
  /** Null disputes all that is left of the payment. */
  readonly amountMinor: bigint | null
  /** The bank only asks: no money moves. */
  readonly inquiry: boolean
}
/** What happens to it: evidence was sent, or the bank has decided. An inquiry is merely closed, whoever was right. */
export interface ResolveDispute {
  readonly name: 'resolve_dispute'
  readonly disputeId: string
  readonly outcome: 'under_review' | 'won' | 'lost'
}

const evidenceWithinMs = 9 * 86_400_000

/** Whether the disputed amount is with the cardholder's bank. */
const takesMoney = ({ status }: Dispute): boolean =>
  status === 'needs_response' || status === 'under_review' || status === 'lost'

/** What the bank has taken back of a payment, as far as it stands now. */
export const disputedMinor = (account: AccountBooks, paymentId: string): bigint =>
  disputesOf(account, paymentId)
    .filter(takesMoney)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0n)

export function openDispute(books: Books, account: AccountBooks, command: OpenDispute, now: number): Answer {
  const { paymentId, reason, inquiry } = command
  const payment = account.payments.get(paymentId)
  if (payment === undefined) return missing('payment_intent', paymentId, 'payment_intent')
  if (disputesOf(account, paymentId).some(isOpen)) return invalid('The payment is disputed already.', 'payment_intent')
  const leftMinor = payment.capturedMinor - payment.refundedMinor - disputedMinor(account, paymentId)
  const amountMinor = command.amountMinor ?? leftMinor
  if (amountMinor <= 0n || amountMinor > leftMinor) {
    return invalid('There is not so much of the payment left to dispute.', 'amount', 'amount_too_large')
  }
  const number = account.lastNumber + 1
  const dispute: Dispute = {
    id: idOf('du', account, number),
    number,
    paymentId,
    amountMinor,
    currency: payment.currency,
    reason,
    status: inquiry ? 'warning_needs_response' : 'needs_response',
    evidenceDueAt: now + evidenceWithinMs,
    createdAt: now,
  }
  record(books, ['dispute', account.name, dispute])
  announceDispute(books, account, dispute, 'created', now)
  if (!inquiry) announceDispute(books, account, dispute, 'funds_withdrawn', now)
  return { object: 'dispute', dispute }
}

export function resolveDispute(books: Books, account: AccountBooks, command: ResolveDispute, now: number): Answer {
  const before = account.disputes.get(command.disputeId)
  if (before === undefined) return missing('dispute', command.disputeId, 'id')
  if (!isOpen(before)) return invalid(`The dispute is ${before.status}.`, 'outcome')
  const { outcome } = command
  const isInquiry = before.status.startsWith('warning_')
  const asked = outcome === 'under_review' ? 'warning_under_review' : 'warning_closed'
  const resolved = outcome === 'under_review' ? {} : { resolvedAt: now }
  const dispute: Dispute = { ...before, ...resolved, status: isInquiry ? asked : outcome }
  record(books, ['dispute', account.name, dispute])
  announceDispute(books, account, dispute, outcome === 'under_review' ? 'updated' : 'closed', now)
  if (dispute.status === 'won') announceDispute(books, account, dispute, 'funds_reinstated', now)
  return { object: 'dispute', dispute }
}

/** Some published numbers are disputed as soon as the money is taken. */
export function disputeAsPublished(books: Books, account: AccountBooks, payment: Payment, now: number): void {
  const behaviour = account.methods.get(payment.methodId ?? '')?.behaviour
  const disputed = behaviour === undefined ? null : behaviours[behaviour].disputed
  if (disputed === null || payment.kind === 'setup') return
  openDispute(books, account, { name: 'open_dispute', paymentId: payment.id, amountMinor: null, ...disputed }, now)
}

const isOpen = ({ status }: Dispute): boolean => !['won', 'lost', 'warning_closed'].includes(status)

const disputesOf = (account: AccountBooks, paymentId: string): readonly Dispute[] =>
  idsOf(account.disputesOfPayment, paymentId).flatMap((id) => account.disputes.get(id) ?? [])
