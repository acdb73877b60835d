/**
 * The card network's books: gateway accounts with their customers, cards and payments, and what the issuers know.
 *
 * Rows are never changed in place; a change is a new row put over the old one by `apply`, which is the only way in,
 * for a live command and for a line of the journal alike. So the books after a replay are the books before the crash,
 * and an answer that was given keeps showing what was true when it was given.
 */
import {
  type Balance,
  emptyBalance,
  enterDispute,
  enterPayment,
  enterPayout,
  enterRefund,
  type Payout,
} from './balance.ts'
import type { FeeRules } from './fees.ts'
import type { IssuerRule } from './issuer.ts'
import { addTo, type Many } from './many.ts'
import type {
  BookedEvent,
  CardTries,
  Customer,
  Dispute,
  EventEndpoint,
  Method,
  Payment,
  Refund,
  StoredAnswer,
} from './rows.ts'

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
  readonly methodsOfCustomer: Many
  readonly payments: Map<string, Payment>
  readonly paymentsOfCustomer: Many
  readonly paymentsOfCharge: Many
  /** Payments by creation, oldest first; a clock that was set back is why this is kept sorted rather than appended. */
  readonly timeline: Created[]
  readonly refunds: Map<string, Refund>
  readonly refundsOfPayment: Many
  /** Refunds that will end differently from how they began. */
  readonly unsettledRefunds: Set<string>
  readonly disputes: Map<string, Dispute>
  readonly disputesOfPayment: Many
  readonly balance: Balance
  /** Null while nobody listens: then no events are kept. */
  endpoint: EventEndpoint | null
  /** Events that nobody has confirmed yet, oldest first. */
  readonly undelivered: Map<string, BookedEvent>
  readonly keys: Map<string, StoredAnswer>
  lastNumber: number
  lastEvent: number
}

export interface Created {
  readonly id: string
  readonly createdAt: number
}

export type Change =
  | readonly ['customer', string, Customer]
  | readonly ['method', string, Method]
  | readonly ['payment', string, Payment]
  | readonly ['refund', string, Refund]
  | readonly ['dispute', string, Dispute]
  | readonly ['payout', string, Payout]
  | readonly ['fees', string, FeeRules]
  | readonly ['endpoint', string, EventEndpoint | null]
  | readonly ['event', string, BookedEvent]
  | readonly ['delivered', string, string]
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
    methodsOfCustomer: new Map(),
    payments: new Map(),
    paymentsOfCustomer: new Map(),
    paymentsOfCharge: new Map(),
    timeline: [],
    refunds: new Map(),
    refundsOfPayment: new Map(),
    unsettledRefunds: new Set(),
    disputes: new Map(),
    disputesOfPayment: new Map(),
    balance: emptyBalance(),
    endpoint: null,
    undelivered: new Map(),
    keys: new Map(),
    lastNumber: 0,
    lastEvent: 0,
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
    case 'dispute':
      putDispute(accountBooks(books, change[1]), change[2])
      break
    case 'payout':
      enterPayout(accountBooks(books, change[1]), change[2])
      break
    case 'fees':
      accountBooks(books, change[1]).balance.fees = change[2]
      break
    case 'endpoint':
      accountBooks(books, change[1]).endpoint = change[2]
      break
    case 'event':
      putEvent(accountBooks(books, change[1]), change[2])
      break
    case 'delivered':
      accountBooks(books, change[1]).undelivered.delete(change[2])
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
  const before = account.methods.get(method.id)
  if (before === undefined) addTo(account.methodsOfCard, method.fingerprint, method.id)
  if (method.customerId !== null && before?.customerId !== method.customerId) {
    addTo(account.methodsOfCustomer, method.customerId, method.id)
  }
  account.methods.set(method.id, method)
}

function putPayment(account: AccountBooks, payment: Payment): void {
  account.lastNumber = Math.max(account.lastNumber, payment.number)
  const before = account.payments.get(payment.id)
  account.payments.set(payment.id, payment)
  enterPayment(account, before, payment)
  if (before !== undefined) return
  insertByTime(account.timeline, payment)
  if (payment.customerId !== null) addTo(account.paymentsOfCustomer, payment.customerId, payment.id)
  if (payment.chargeId !== null) addTo(account.paymentsOfCharge, payment.chargeId, payment.id)
}

/** Journals from before refunds could be pending have rows without these fields. */
function putRefund(account: AccountBooks, { status = 'succeeded', ends = null, ...row }: Refund): void {
  account.lastNumber = Math.max(account.lastNumber, row.number)
  const before = account.refunds.get(row.id)
  if (before === undefined) addTo(account.refundsOfPayment, row.paymentId, row.id)
  account.refunds.set(row.id, { ...row, status, ends })
  enterRefund(account, before, { ...row, status, ends })
  if (ends === null) account.unsettledRefunds.delete(row.id)
  else account.unsettledRefunds.add(row.id)
}

function putDispute(account: AccountBooks, dispute: Dispute): void {
  account.lastNumber = Math.max(account.lastNumber, dispute.number)
  const before = account.disputes.get(dispute.id)
  if (before === undefined) addTo(account.disputesOfPayment, dispute.paymentId, dispute.id)
  account.disputes.set(dispute.id, dispute)
  enterDispute(account, before, dispute)
}

function putEvent(account: AccountBooks, event: BookedEvent): void {
  account.lastEvent = Math.max(account.lastEvent, event.number)
  account.undelivered.set(event.id, event)
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
