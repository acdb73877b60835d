/**
 * What the gateway tells us of its own accord. An event is booked in the same breath as the change it is about, so that
 * none is lost between the two; whether and when it arrives is another matter (`deliveries.ts`).
 *
 * Nothing is booked for an account to which nobody listens.
 */
import type { Payout } from './balance.ts'
import { type AccountBooks, type Books, record } from './books.ts'
import { dayOf } from './issuer.ts'
import { idsOf } from './many.ts'
import type { BookedEvent, Dispute, EventSubject, Method, Payment, PaymentStatus, Refund } from './rows.ts'

/** Tells what became of a payment; says nothing when its status is what it was and no new card was refused. */
export function announcePayment(
  books: Books,
  account: AccountBooks,
  before: Payment | undefined,
  payment: Payment,
  now: number,
): void {
  if (account.endpoint === null) return
  const { status, decline, kind } = payment
  if (before?.status === status && before.decline === decline) return
  if (status === 'requires_payment_method' && decline === null) return
  const type = typesOf[kind][status]
  if (type !== undefined) book(books, account, `${kind}_intent.${type}`, { object: 'payment', payment }, payment, now)
}

export function announceRefund(books: Books, account: AccountBooks, refund: Refund, type: RefundType, now: number) {
  const payment = account.payments.get(refund.paymentId)
  if (account.endpoint === null || payment === undefined) return
  const nth = `${idsOf(account.refundsOfPayment, payment.id).indexOf(refund.id)}`
  book(books, account, `refund.${type}`, { object: 'refund', refund }, payment, now, nth)
  if (type === 'created') {
    book(books, account, 'charge.refunded', { object: 'charge', payment }, payment, now, nth)
  } else {
    book(books, account, 'charge.refund.updated', { object: 'refund', refund }, payment, now, nth)
  }
}
type RefundType = 'created' | 'updated' | 'failed'

export function announceDispute(books: Books, account: AccountBooks, dispute: Dispute, type: DisputeType, now: number) {
  const payment = account.payments.get(dispute.paymentId)
  if (account.endpoint === null || payment === undefined) return
  const nth = `${idsOf(account.disputesOfPayment, payment.id).indexOf(dispute.id)}`
  book(books, account, `charge.dispute.${type}`, { object: 'dispute', dispute }, payment, now, nth)
}
type DisputeType = 'created' | 'updated' | 'closed' | 'funds_withdrawn' | 'funds_reinstated'

export function announceCard(books: Books, account: AccountBooks, method: Method, now: number): void {
  if (account.endpoint === null) return
  const type = 'payment_method.automatically_updated'
  const occasion = `${type}|${method.fingerprint}|${method.expYear}-${method.expMonth}|${dayOf(now)}`
  put(books, account, type, { object: 'method', method }, occasion, now)
}

export function announcePayout(books: Books, account: AccountBooks, payout: Payout, type: PayoutType, now: number) {
  if (account.endpoint === null) return
  const occasion = `payout.${type}|${dayOf(payout.createdAt)}`
  put(books, account, `payout.${type}`, { object: 'payout', payout }, occasion, now)
}
type PayoutType = 'created' | 'paid' | 'failed'

const typesOf: Readonly<Record<Payment['kind'], Partial<Record<PaymentStatus, string>>>> = {
  payment: {
    requires_payment_method: 'payment_failed',
    requires_action: 'requires_action',
    requires_capture: 'amount_capturable_updated',
    succeeded: 'succeeded',
    canceled: 'canceled',
  },
  setup: {
    requires_payment_method: 'setup_failed',
    requires_action: 'requires_action',
    succeeded: 'succeeded',
    canceled: 'canceled',
  },
}

/** Books an event about a payment, or about what belongs to it (`nth` tells those of one payment apart). */
function book(
  books: Books,
  account: AccountBooks,
  type: string,
  subject: EventSubject,
  payment: Payment,
  now: number,
  nth = '',
): void {
  const card = account.methods.get(payment.methodId ?? payment.decline?.methodId ?? '')?.fingerprint ?? ''
  const occasion = `${type}|${card}|${dayOf(payment.createdAt)}|${payment.attempt}|${nth}`
  put(books, account, type, subject, occasion, now)
}

function put(
  books: Books,
  account: AccountBooks,
  type: string,
  subject: EventSubject,
  occasion: string,
  now: number,
): void {
  const number = account.lastEvent + 1
  const id = `evt_${account.name}${number.toString(36).padStart(8, '0')}`
  const event: BookedEvent = { id, number, type, subject, occasion, createdAt: now }
  record(books, ['event', account.name, event])
}
