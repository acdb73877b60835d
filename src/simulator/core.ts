/**
 * The simulator's core: `(books, request, now) → answer`, synchronous, without faults, clocks or I/O.
 *
 * Around every command lies the gateway's idempotency store: the first answer under a key is kept for 24 hours of
 * business time and given again; other parameters under it are an error; and once it is forgotten, the same request is
 * a new one, which charges again (F5).
 */
import { type ListBalance, type ListPayouts, listBalance, listPayouts } from './balance-reads.ts'
import { type AccountBooks, accountBooks, type Books, record } from './books.ts'
import {
  type AttachMethod,
  attachMethod,
  type CreateCustomer,
  type CreateMethod,
  createCustomer,
  createMethod,
} from './customers.ts'
import { type OpenDispute, openDispute, type ResolveDispute, resolveDispute } from './disputes.ts'
import { parametersDiffer, serverError } from './errors.ts'
import {
  type AuthenticatePayment,
  authenticatePayment,
  type CancelPayment,
  type CapturePayment,
  type ConfirmPayment,
  type CreatePayment,
  cancelPayment,
  capturePayment,
  confirmPayment,
  createPayment,
} from './payments.ts'
import { type FailPayout, failPayout, passTime } from './payouts.ts'
import {
  type GetCustomer,
  type GetDispute,
  type GetMethod,
  type GetPayment,
  getCustomer,
  getDispute,
  getMethod,
  getPayment,
  type ListDisputes,
  type ListPayments,
  type ListRefunds,
  listDisputes,
  listPayments,
  listRefunds,
} from './reads.ts'
import { type CreateRefund, createRefund } from './refunds.ts'
import type { Answer } from './rows.ts'

export type Command =
  | CreateCustomer
  | CreateMethod
  | AttachMethod
  | CreatePayment
  | ConfirmPayment
  | AuthenticatePayment
  | CapturePayment
  | CancelPayment
  | CreateRefund
  | OpenDispute
  | ResolveDispute
  | GetCustomer
  | GetMethod
  | GetDispute
  | GetPayment
  | ListPayments
  | ListRefunds
  | ListDisputes
  | ListBalance
  | ListPayouts
  | FailPayout

export interface CoreRequest {
  /** The gateway account, as its secret key names it. */
  readonly account: string
  readonly command: Command
  /** Idempotency key; null for reads and for callers that send none. */
  readonly key: string | null
  /** A digest of what has to be equal under one key; never a card number in the clear. */
  readonly params: string | number
}
export interface CoreAnswer {
  readonly answer: Answer
  readonly replayed: boolean
}

const keyLifeMs = 24 * 3_600_000

/** Executes one request, or gives the stored answer again. `failing` executes it and stores a 500 in its place. */
export function execute(books: Books, request: CoreRequest, now: number, failing: Failing = 'no'): CoreAnswer {
  const account = accountBooks(books, request.account)
  passTime(books, account, now)
  const stored = request.key === null ? undefined : storedAnswer(account, request.key, now)
  if (stored !== undefined && request.key !== null) {
    const same = stored.params === request.params
    return { answer: same ? stored.answer : parametersDiffer(request.key), replayed: same }
  }
  const done = failing === 'before' ? serverError() : perform(books, account, request.command, now)
  const answer = failing === 'after' ? serverError() : done
  if (request.key !== null && executionBegan(answer)) {
    forgetOldKeys(account, now)
    record(books, ['key', account.name, request.key, { params: request.params, at: now, answer }])
  }
  return { answer, replayed: false }
}

/** Whether a 500 is stored under the key before or after the command took effect (F6). */
export type Failing = 'no' | 'before' | 'after'

function perform(books: Books, account: AccountBooks, command: Command, now: number): Answer {
  switch (command.name) {
    case 'create_customer':
      return createCustomer(books, account, command, now)
    case 'create_method':
      return createMethod(books, account, command, now)
    case 'attach_method':
      return attachMethod(books, account, command, now)
    case 'create_payment':
      return createPayment(books, account, command, now)
    case 'confirm_payment':
      return confirmPayment(books, account, command, now)
    case 'authenticate_payment':
      return authenticatePayment(books, account, command, now)
    case 'capture_payment':
      return capturePayment(books, account, command, now)
    case 'cancel_payment':
      return cancelPayment(books, account, command, now)
    case 'create_refund':
      return createRefund(books, account, command, now)
    case 'open_dispute':
      return openDispute(books, account, command, now)
    case 'resolve_dispute':
      return resolveDispute(books, account, command, now)
    case 'get_dispute':
      return getDispute(account, command)
    case 'get_customer':
      return getCustomer(account, command)
    case 'get_method':
      return getMethod(account, command)
    case 'get_payment':
      return getPayment(account, command, now)
    case 'list_payments':
      return listPayments(account, command, now)
    case 'list_refunds':
      return listRefunds(account, command)
    case 'list_disputes':
      return listDisputes(account, command)
    case 'list_balance':
      return listBalance(account, command)
    case 'list_payouts':
      return listPayouts(account, command)
    case 'fail_payout':
      return failPayout(books, account, command, now)
  }
}

function storedAnswer(account: AccountBooks, key: string, now: number) {
  const stored = account.keys.get(key)
  return stored !== undefined && now - stored.at < keyLifeMs ? stored : undefined
}

/**
 * A Map iterates in order of insertion, so the oldest keys come first and the loop ends at the first young one. Only now
 * and then: an old key is not believed anyway, this is about memory.
 */
function forgetOldKeys(account: AccountBooks, now: number): void {
  if ((account.keys.size & 1023) !== 1023) return
  for (const [key, stored] of account.keys) {
    if (now - stored.at < keyLifeMs) return
    account.keys.delete(key)
  }
}

const refusedInExecution = /_unexpected_state$|^charge_(already_refunded|disputed)$/

/** Parameters that fail validation are answered before execution begins, and nothing is stored for them. */
function executionBegan(answer: Answer): boolean {
  if (answer.object !== 'error') return true
  const { type, code } = answer.error
  return type === 'card_error' || type === 'api_error' || (code !== null && refusedInExecution.test(code))
}
