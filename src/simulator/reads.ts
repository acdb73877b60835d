/** What can be asked of the books without changing them. */
import { type AccountBooks, firstAtOrAfter } from './books.ts'
import { missing } from './errors.ts'
import { idsOf } from './many.ts'
import { asOf, findPayment } from './payments.ts'
import type { Answer, Payment } from './rows.ts'

export interface GetCustomer {
  readonly name: 'get_customer'
  readonly customerId: string
}
export interface GetMethod {
  readonly name: 'get_method'
  readonly methodId: string
}
export interface GetDispute {
  readonly name: 'get_dispute'
  readonly disputeId: string
}
export interface GetPayment {
  readonly name: 'get_payment'
  readonly paymentId: string
}
/** Newest first, as the gateway lists; `from` included, `until` excluded (epoch ms). */
export interface ListPayments {
  readonly name: 'list_payments'
  readonly kind: Payment['kind']
  readonly customerId: string | null
  readonly from: number | null
  readonly until: number | null
  readonly startingAfter: string | null
  readonly limit: number
}
export interface ListRefunds {
  readonly name: 'list_refunds'
  readonly paymentId: string | null
  readonly from?: number | null
  readonly until?: number | null
  readonly startingAfter: string | null
  readonly limit: number
}
export interface ListDisputes extends Omit<ListRefunds, 'name' | 'paymentId'> {
  readonly name: 'list_disputes'
}

export function getCustomer(account: AccountBooks, { customerId }: GetCustomer): Answer {
  const customer = account.customers.get(customerId)
  return customer ? { object: 'customer', customer } : missing('customer', customerId, 'id')
}

export function getMethod(account: AccountBooks, { methodId }: GetMethod): Answer {
  const method = account.methods.get(methodId)
  return method ? { object: 'method', method } : missing('payment_method', methodId)
}

export function getDispute(account: AccountBooks, { disputeId }: GetDispute): Answer {
  const dispute = account.disputes.get(disputeId)
  return dispute ? { object: 'dispute', dispute } : missing('dispute', disputeId, 'id')
}

export function getPayment(account: AccountBooks, { paymentId }: GetPayment, now: number): Answer {
  const payment = findPayment(account, paymentId, now)
  return payment ? { object: 'payment', payment } : missing('payment_intent', paymentId, 'intent')
}

export function listPayments(account: AccountBooks, query: ListPayments, now: number): Answer {
  if (query.customerId !== null && !account.customers.has(query.customerId)) {
    return missing('customer', query.customerId)
  }
  const payments: Payment[] = []
  for (const payment of newestFirst(account, query)) {
    if (payment.kind !== query.kind) continue
    if (payments.length === query.limit) return { object: 'payments', payments, hasMore: true }
    payments.push(asOf(payment, now))
  }
  return { object: 'payments', payments, hasMore: false }
}

export function listRefunds(account: AccountBooks, query: ListRefunds): Answer {
  const ids = query.paymentId === null ? [...account.refunds.keys()] : idsOf(account.refundsOfPayment, query.paymentId)
  const { rows: refunds, hasMore } = pageOf(
    ids.flatMap((id) => account.refunds.get(id) ?? []),
    query,
  )
  return { object: 'refunds', refunds, hasMore }
}

export function listDisputes(account: AccountBooks, query: ListDisputes): Answer {
  const { rows: disputes, hasMore } = pageOf([...account.disputes.values()], query)
  return { object: 'disputes', disputes, hasMore }
}

/** Of rows given oldest first, a page newest first. */
function pageOf<Row extends { readonly id: string; readonly createdAt: number }>(
  all: readonly Row[],
  { from, until, startingAfter, limit }: Omit<ListDisputes, 'name'>,
) {
  const [earliest, end] = [from ?? Number.NEGATIVE_INFINITY, until ?? Number.POSITIVE_INFINITY]
  const rows = all.filter(({ createdAt }) => createdAt >= earliest && createdAt < end).toReversed()
  const start = startingAfter === null ? 0 : rows.findIndex(({ id }) => id === startingAfter) + 1
  const page = rows.slice(start, start + limit)
  return { rows: page, hasMore: rows.length > start + page.length }
}

function* newestFirst(account: AccountBooks, query: ListPayments): Generator<Payment> {
  const after = query.startingAfter === null ? undefined : account.payments.get(query.startingAfter)
  const from = query.from ?? Number.NEGATIVE_INFINITY
  const until = query.until ?? Number.POSITIVE_INFINITY
  for (const id of candidates(account, query, after)) {
    const payment = account.payments.get(id)
    if (payment && payment.createdAt >= from && payment.createdAt < until) yield payment
  }
}

/** Payment ids, newest first, from just after the cursor. */
function* candidates(account: AccountBooks, query: ListPayments, after: Payment | undefined): Generator<string> {
  if (query.customerId !== null) {
    const ids = idsOf(account.paymentsOfCustomer, query.customerId).toReversed()
    yield* after === undefined ? ids : ids.slice(ids.indexOf(after.id) + 1)
    return
  }
  const { timeline } = account
  let index = (query.until === null ? timeline.length : firstAtOrAfter(timeline, query.until)) - 1
  if (after !== undefined) {
    index = firstAtOrAfter(timeline, after.createdAt + 1) - 1
    while (index >= 0 && timeline[index]?.id !== after.id) index -= 1
    index -= 1
  }
  for (; index >= 0; index--) {
    const created = timeline[index]
    if (created === undefined || created.createdAt < (query.from ?? Number.NEGATIVE_INFINITY)) return
    yield created.id
  }
}
