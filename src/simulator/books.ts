/**
 * The card network's books: gateway accounts with their customers, cards and payments, and what the issuers know.
 *
 * Rows are never changed in place; a change is a new row put over the old one by `apply`, which is the only way in,
 * for a live command and for a line of the journal alike. So the books after a replay are the books before the crash,
 * and an answer that was given keeps showing what was true when it was given.
 */
import type { BehaviourName, Brand } from './cards.ts'
import type { DeclineReason } from './decline-reasons.ts'
import type { IssuerRule } from './issuer.ts'
import { addTo, type Many } from './many.ts'

export interface Books {
  readonly seed: string
  /** Keys fingerprints and client secrets; derived from the seed. */
  readonly secret: string
  readonly accounts: Map<string, AccountBooks>
  /** What each issuer has been told, and how often a card was tried; by fingerprint. */
  readonly rules: Map<string, readonly IssuerRule[]>
  readonly tries: Map<string, CardTries>
  /** Minor units authorised, by card, currency and day or month, of cards that have a limit. */
  readonly spent: Map<string, bigint>
  /** Changes since the journal was last written; null when no journal is kept. */
  readonly unwritten: Change[] | null
}

export interface AccountBooks {
  readonly name: string
  readonly customers: Map<string, Customer>
  readonly customerOfAccount: Map<string, string>
  readonly methods: Map<string, Method>
  readonly methodsOfCard: Many
  readonly payments: Map<string, Payment>
  readonly paymentsOfCustomer: Many
  readonly paymentsOfCharge: Many
  /** Payments by creation, oldest first; a clock that was set back is why this is kept sorted rather than appended. */
  readonly timeline: Created[]
  readonly refunds: Map<string, Refund>
  readonly refundsOfPayment: Many
  readonly keys: Map<string, StoredAnswer>
  lastNumber: number
}

export interface Created {
  readonly id: string
  readonly createdAt: number
}

export interface Customer {
  readonly id: string
  readonly number: number
  readonly metadata: Metadata
  readonly email: string | null
  readonly name: string | null
  readonly createdAt: number
}

export interface Method {
  readonly id: string
  readonly number: number
  readonly customerId: string | null
  readonly fingerprint: string
  readonly brand: Brand
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  readonly behaviour: BehaviourName
  /** Authenticated once for payments without the payer. */
  readonly setUp: boolean
  readonly createdAt: number
}

/** A PaymentIntent, or, with amount 0 and kind `setup`, a SetupIntent. */
export interface Payment {
  readonly id: string
  readonly kind: 'payment' | 'setup'
  readonly number: number
  readonly chargeId: string | null
  readonly customerId: string | null
  readonly methodId: string | null
  readonly status: PaymentStatus
  /** ISO 4217 minor units of `currency` (upper case), whichever face the request came through. */
  readonly amountMinor: bigint
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  readonly currency: string
  readonly captureMethod: 'manual' | 'automatic'
  readonly offSession: boolean
  readonly setupFutureUsage: boolean
  readonly metadata: Metadata
  readonly createdAt: number
  readonly heldAt: number | null
  readonly holdExpiresAt: number | null
  readonly capturedAt: number | null
  readonly canceledAt: number | null
  readonly cancellationReason: string | null
  /** Which try of its card on its day decided it; 0 before any issuer was asked. Identifies it to faults. */
  readonly attempt: number
  readonly decline: PaymentDecline | null
}
export type PaymentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled'

export interface PaymentDecline extends Omit<DeclineReason, 'declineCode'> {
  readonly declineCode: string | null
  readonly networkAdviceCode: string | null
  readonly methodId: string | null
}

export interface Refund {
  readonly id: string
  readonly number: number
  readonly paymentId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly metadata: Metadata
  readonly createdAt: number
}

export interface CardTries {
  readonly fingerprint: string
  /** Days since 1970, UTC. */
  readonly day: number
  readonly attempts: number
}

export interface StoredAnswer {
  /** A digest of what has to be equal under the key. */
  readonly params: string | number
  readonly at: number
  readonly answer: Answer
}

export type Metadata = Readonly<Record<string, string>>

export type Answer =
  | { readonly object: 'customer'; readonly customer: Customer }
  | { readonly object: 'method'; readonly method: Method }
  | { readonly object: 'payment'; readonly payment: Payment }
  | { readonly object: 'refund'; readonly refund: Refund }
  | { readonly object: 'payments'; readonly payments: readonly Payment[]; readonly hasMore: boolean }
  | { readonly object: 'refunds'; readonly refunds: readonly Refund[]; readonly hasMore: boolean }
  | { readonly object: 'error'; readonly error: GatewayError }

export interface GatewayError {
  readonly type: 'card_error' | 'invalid_request_error' | 'idempotency_error' | 'api_error' | 'rate_limit_error'
  /** HTTP status. */
  readonly status: number
  readonly code: string | null
  readonly message: string
  readonly param: string | null
  readonly decline: PaymentDecline | null
  readonly payment: Payment | null
}

export type Change =
  | readonly ['customer', string, Customer]
  | readonly ['method', string, Method]
  | readonly ['payment', string, Payment]
  | readonly ['refund', string, Refund]
  | readonly ['key', string, string, StoredAnswer]
  | readonly ['rules', string, readonly IssuerRule[]]
  | readonly ['tries', CardTries]
  | readonly ['spent', string, { readonly spentMinor: bigint }]

export function openBooks(options: { seed: string; journaled: boolean }): Books {
  return {
    seed: options.seed,
    secret: `card-network:${options.seed}`,
    accounts: new Map(),
    rules: new Map(),
    tries: new Map(),
    spent: new Map(),
    unwritten: options.journaled ? [] : null,
  }
}

export function accountBooks(books: Books, name: string): AccountBooks {
  const known = books.accounts.get(name)
  if (known) return known
  const account: AccountBooks = {
    name,
    customers: new Map(),
    customerOfAccount: new Map(),
    methods: new Map(),
    methodsOfCard: new Map(),
    payments: new Map(),
    paymentsOfCustomer: new Map(),
    paymentsOfCharge: new Map(),
    timeline: [],
    refunds: new Map(),
    refundsOfPayment: new Map(),
    keys: new Map(),
    lastNumber: 0,
  }
  books.accounts.set(name, account)
  return account
}

/** Makes a change and remembers it for the journal. */
export function record(books: Books, change: Change): void {
  apply(books, change)
  books.unwritten?.push(change)
}

/** Puts one change into the books: the only place where they change. */
export function apply(books: Books, change: Change): void {
  switch (change[0]) {
    case 'customer':
      putCustomer(accountBooks(books, change[1]), change[2])
      break
    case 'method':
      putMethod(accountBooks(books, change[1]), change[2])
      break
    case 'payment':
      putPayment(accountBooks(books, change[1]), change[2])
      break
    case 'refund':
      putRefund(accountBooks(books, change[1]), change[2])
      break
    case 'key':
      putKey(accountBooks(books, change[1]), change[2], change[3])
      break
    case 'rules':
      books.rules.set(change[1], change[2])
      break
    case 'tries':
      books.tries.set(change[1].fingerprint, change[1])
      break
    case 'spent':
      books.spent.set(change[1], change[2].spentMinor)
      break
  }
}

function putCustomer(account: AccountBooks, customer: Customer): void {
  account.lastNumber = Math.max(account.lastNumber, customer.number)
  account.customers.set(customer.id, customer)
  const accountId = customer.metadata.kessai_account
  if (accountId !== undefined && !account.customerOfAccount.has(accountId)) {
    account.customerOfAccount.set(accountId, customer.id)
  }
}

function putMethod(account: AccountBooks, method: Method): void {
  account.lastNumber = Math.max(account.lastNumber, method.number)
  if (!account.methods.has(method.id)) addTo(account.methodsOfCard, method.fingerprint, method.id)
  account.methods.set(method.id, method)
}

function putPayment(account: AccountBooks, payment: Payment): void {
  account.lastNumber = Math.max(account.lastNumber, payment.number)
  const isNew = !account.payments.has(payment.id)
  account.payments.set(payment.id, payment)
  if (!isNew) return
  insertByTime(account.timeline, payment)
  if (payment.customerId !== null) addTo(account.paymentsOfCustomer, payment.customerId, payment.id)
  if (payment.chargeId !== null) addTo(account.paymentsOfCharge, payment.chargeId, payment.id)
}

function putRefund(account: AccountBooks, refund: Refund): void {
  account.lastNumber = Math.max(account.lastNumber, refund.number)
  account.refunds.set(refund.id, refund)
  addTo(account.refundsOfPayment, refund.paymentId, refund.id)
}

/** Youngest last, a key that is used anew included: the pruning of old keys relies on it. */
function putKey(account: AccountBooks, key: string, stored: StoredAnswer): void {
  account.keys.delete(key)
  account.keys.set(key, stored)
}

function insertByTime(timeline: Created[], { id, createdAt }: Payment): void {
  const last = timeline.at(-1)
  if (last === undefined || last.createdAt <= createdAt) timeline.push({ id, createdAt })
  else timeline.splice(firstAtOrAfter(timeline, createdAt + 1), 0, { id, createdAt })
}

/** Index of the first payment created at or after `at`. */
export function firstAtOrAfter(timeline: readonly Created[], at: number): number {
  let low = 0
  let high = timeline.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const created = timeline[middle]
    if (created !== undefined && created.createdAt < at) low = middle + 1
    else high = middle
  }
  return low
}
