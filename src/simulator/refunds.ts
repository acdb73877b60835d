/**
 * Money given back. Most refunds are done at once; some cards' are pending for a day, and some turn out to have failed
 * (the cardholder's account is closed), which is when the money is ours again.
 */
import { type AccountBooks, type Books, record } from './books.ts'
import { behaviours } from './cards.ts'
import { idOf } from './customers.ts'
import { disputedMinor } from './disputes.ts'
import { invalid, missing } from './errors.ts'
import { announceRefund } from './events.ts'
import { findPayment } from './payments.ts'
import type { Answer, Metadata, Payment, Refund } from './rows.ts'

export interface CreateRefund {
  readonly name: 'create_refund'
  readonly paymentId: string
  /** Null gives back all that is left. */
  readonly amountMinor: bigint | null
  readonly metadata: Metadata
}

const settlesAfterMs = 86_400_000

export function createRefund(books: Books, account: AccountBooks, command: CreateRefund, now: number): Answer {
  const payment = findPayment(account, command.paymentId, now)
  if (payment === null) return missing('payment_intent', command.paymentId, 'payment_intent')
  if (payment.capturedMinor === 0n) {
    return invalid('This PaymentIntent does not have a successful charge to refund.', 'payment_intent')
  }
  if (disputedMinor(account, payment.id) > 0n) {
    return invalid('The charge has been charged back; it cannot be refunded.', null, 'charge_disputed')
  }
  const leftMinor = payment.capturedMinor - payment.refundedMinor
  const amountMinor = command.amountMinor ?? leftMinor
  if (leftMinor === 0n)
    return invalid('This PaymentIntent has nothing left to refund.', null, 'charge_already_refunded')
  if (amountMinor <= 0n || amountMinor > leftMinor) {
    return invalid('Refund amount is greater than the unrefunded amount.', 'amount', 'amount_too_large')
  }
  const number = account.lastNumber + 1
  const refund: Refund = {
    id: idOf('re', account, number),
    number,
    paymentId: payment.id,
    amountMinor,
    currency: payment.currency,
    metadata: command.metadata,
    createdAt: now,
    ...howItGoes(account, payment, now),
  }
  record(books, ['refund', account.name, refund])
  record(books, ['payment', account.name, { ...payment, refundedMinor: payment.refundedMinor + amountMinor }])
  announceRefund(books, account, refund, 'created', now)
  return { object: 'refund', refund }
}

/** Lets the refunds end whose time has come. Nobody ticks a clock, so every command asks this first. */
export function settleRefunds(books: Books, account: AccountBooks, now: number): void {
  for (const id of account.unsettledRefunds) {
    const refund = account.refunds.get(id)
    if (refund === undefined || refund.ends === null || now < refund.ends.at) continue
    const ended: Refund = { ...refund, status: refund.ends.as, ends: null }
    record(books, ['refund', account.name, ended])
    const payment = account.payments.get(refund.paymentId)
    if (ended.status === 'failed' && payment !== undefined) {
      const refundedMinor = payment.refundedMinor - refund.amountMinor
      record(books, ['payment', account.name, { ...payment, refundedMinor }])
    }
    announceRefund(books, account, ended, ended.status === 'failed' ? 'failed' : 'updated', now)
  }
}

function howItGoes(account: AccountBooks, payment: Payment, now: number): Pick<Refund, 'status' | 'ends'> {
  const behaviour = account.methods.get(payment.methodId ?? '')?.behaviour
  const goes = behaviour === undefined ? 'at_once' : behaviours[behaviour].refunds
  const at = now + settlesAfterMs
  if (goes === 'pending') return { status: 'pending', ends: { at, as: 'succeeded' } }
  return { status: 'succeeded', ends: goes === 'fails_later' ? { at, as: 'failed' } : null }
}
