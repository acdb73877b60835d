/** Customers and their cards, as the gateway keeps them. */
import { createHmac } from 'node:crypto'
import { type AccountBooks, accountBooks, type Books, record } from './books.ts'
import { behaviours, type Card, type CardDetails, type CardError, readCard, testMethodNumber } from './cards.ts'
import { declineReason } from './decline-reasons.ts'
import { cardError, invalid, missing } from './errors.ts'
import { announceCard } from './events.ts'
import { idsOf } from './many.ts'
import type { Answer, Customer, Metadata, Method } from './rows.ts'

export interface CreateCustomer {
  readonly name: 'create_customer'
  readonly metadata: Metadata
  readonly email: string | null
  readonly fullName: string | null
}
export interface CreateMethod {
  readonly name: 'create_method'
  readonly card: CardDetails
}
export interface AttachMethod {
  readonly name: 'attach_method'
  readonly methodId: string
  readonly customerId: string
}

export function createCustomer(books: Books, account: AccountBooks, command: CreateCustomer, now: number): Answer {
  const number = account.lastNumber + 1
  const { metadata, email, fullName: name } = command
  const customer: Customer = { id: idOf('cus', account, number), number, metadata, email, name, createdAt: now }
  record(books, ['customer', account.name, customer])
  return { object: 'customer', customer }
}

/** Tokenises a card: the number ends here. */
export function createMethod(books: Books, account: AccountBooks, command: CreateMethod, now: number): Answer {
  const card = readCard(command.card, books.secret, now)
  if (typeof card === 'string') return invalidCard(card)
  return { object: 'method', method: putMethod(books, account, card, now) }
}

export function attachMethod(books: Books, account: AccountBooks, command: AttachMethod, now: number): Answer {
  if (!account.customers.has(command.customerId)) return missing('customer', command.customerId)
  const method = findMethod(books, account, command.methodId, now)
  if (method === null) return missing('payment_method', command.methodId)
  if (method.customerId !== null && method.customerId !== command.customerId) {
    return invalid('The payment method you provided has already been attached to a customer.', 'payment_method')
  }
  const { declines, savable } = behaviours[method.behaviour]
  if (declines !== null && !savable) return cardError(declineReason(declines), method, null)
  const attached = { ...method, customerId: command.customerId }
  record(books, ['method', account.name, attached])
  return { object: 'method', method: attached }
}

/** The payment method, or a new one when the id is a test name such as `pm_card_visa`. */
export function findMethod(books: Books, account: AccountBooks, methodId: string, now: number): Method | null {
  const known = account.methods.get(methodId)
  if (known) return known
  const number = testMethodNumber(methodId)
  if (number === null) return null
  const card = readCard({ number, expMonth: 12, expYear: new Date(now).getUTCFullYear() + 10 }, books.secret, now)
  return typeof card === 'string' ? null : putMethod(books, account, card, now)
}

/** "Card updated by network": every payment method of the card gets its new expiry. Answers how many there were. */
export function updateCardExpiry(
  books: Books,
  fingerprint: string,
  expMonth: number,
  expYear: number,
  now: number,
): number {
  let updated = 0
  for (const account of books.accounts.values()) {
    for (const id of idsOf(account.methodsOfCard, fingerprint)) {
      const method = account.methods.get(id)
      if (!method) continue
      const newer = { ...method, expMonth, expYear }
      record(books, ['method', account.name, newer])
      if (newer.customerId !== null) announceCard(books, account, newer, now)
      updated += 1
    }
  }
  return updated
}

/** The card that the customer saved last; null when there is none. */
export function cardOfCustomer(books: Books, accountName: string, customerId: string): string | null {
  const account = accountBooks(books, accountName)
  const latest = idsOf(account.methodsOfCustomer, customerId).at(-1)
  return latest === undefined ? null : (account.methods.get(latest)?.fingerprint ?? null)
}

/** What only a browser that was given it knows: opens one payment to the publishable key. */
export const clientSecretOf = (books: Books, paymentId: string): string =>
  `${paymentId}_secret_${createHmac('sha256', books.secret).update(paymentId).digest('base64url').slice(0, 24)}`

export const idOf = (prefix: string, account: AccountBooks, number: number): string =>
  `${prefix}_${account.name}${number.toString(36).padStart(8, '0')}`

function putMethod(books: Books, account: AccountBooks, card: Card, now: number): Method {
  const number = account.lastNumber + 1
  const { setUp } = behaviours[card.behaviour]
  const id = idOf('pm', account, number)
  const method: Method = { id, number, customerId: null, ...card, setUp, createdAt: now }
  record(books, ['method', account.name, method])
  return method
}

const cardMessages: Readonly<Record<CardError, string>> = {
  invalid_number: 'The card number is not a valid credit card number.',
  incorrect_number: 'Your card number is incorrect.',
  invalid_expiry_month: "Your card's expiration month is invalid.",
  invalid_expiry_year: "Your card's expiration year is invalid.",
  invalid_cvc: "Your card's security code is invalid.",
}

const invalidCard = (code: CardError): Answer => ({
  object: 'error',
  error: {
    type: 'card_error',
    status: 402,
    code,
    message: cardMessages[code],
    param: null,
    decline: {
      code,
      declineCode: null,
      adviceCode: null,
      networkDeclineCode: null,
      networkAdviceCode: null,
      methodId: null,
    },
    payment: null,
  },
})
