/**
 * The card network as one thing: books, journal, faults and the core, behind the one call that both faces use.
 *
 * The faces (`as-gateway.ts` in-process, `stripe-wire.ts` over HTTP) have no rules of their own: they translate.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { accountBooks, type Books, openBooks, record } from './books.ts'
import { type Command, type CoreRequest, execute, type Failing } from './core.ts'
import { cardOfCustomer, updateCardExpiry } from './customers.ts'
import { type EventControl, eventControl } from './deliveries.ts'
import { disputedMinor } from './disputes.ts'
import { invalid, keyInUse, rateLimited, serverError, unauthorised } from './errors.ts'
import { createFaults, type Faults, type Verdict } from './faults.ts'
import type { FeeRules } from './fees.ts'
import { type IssuerRule, tellIssuer } from './issuer.ts'
import { openJournal } from './journal.ts'
import { asOf } from './payments.ts'
import { passTime } from './payouts.ts'
import type { Answer, Payment } from './rows.ts'

export interface Simulator {
  readonly books: Books
  readonly faults: Faults
  readonly issuer: IssuerControl
  readonly events: EventControl
  /**
   * Carries a request through the faults to the core and its answer back. Answers at once unless a delay is set; a delay
   * longer than `patienceMs` is not waited for: it takes effect, and nobody hears of it.
   */
  call(request: CoreRequest, now: number, patienceMs?: number): Reached | Promise<Reached>
  /** What people do at the gateway's dashboard, and cardholders at their bank: without faults, and without our ids. */
  byHand(account: string, act: HandAct, now: number): Answer
  /** What the account is charged from now on, in place of its currency's usual fees. */
  setFees(account: string, fees: FeeRules): void
  /** Every payment of every account as it is at `now`, oldest first within an account: the network's own records. */
  payments(now: number): Iterable<BookedPayment>
  close(): void
}

export type Reached =
  | { readonly reached: true; readonly answer: Answer; readonly replayed: boolean }
  /** The caller hears nothing: a time-out or a cut connection. */
  | { readonly reached: false }

export type HandAct = Extract<
  Command,
  {
    name: 'create_refund' | 'capture_payment' | 'cancel_payment' | 'open_dispute' | 'resolve_dispute' | 'fail_payout'
  }
>

/** Tells issuers how to behave from now on. Each takes a fingerprint, or `*` for every card. */
export interface IssuerControl {
  /** Puts rules in place of those told before; none makes the card behave as published. */
  tell(fingerprint: string, rules: readonly IssuerRule[]): void
  /** The card works again, whatever its number's published behaviour. */
  cure(fingerprint: string): void
  /** "Card updated by network": a new expiry on every payment method of the card. Answers how many there were. */
  updateCard(fingerprint: string, expMonth: number, expYear: number, now: number): number
  /** The fingerprint of the card that the customer saved last; null when there is none. */
  cardOf(account: string, customerId: string): string | null
}

export interface BookedPayment extends Payment {
  readonly account: string
  readonly accountId: string | null
  readonly subjectId: string | null
  readonly cardFingerprint: string | null
  /** What cardholders' banks have taken back. */
  readonly disputedMinor: bigint
}

export interface SimulatorOptions {
  readonly seed: string | number
  /** Where the books are kept; null or left out keeps them in memory only. */
  readonly journalPath?: string | null
  /** A monotonic clock in milliseconds, for rate limits; the process's own when left out. */
  readonly wallMs?: () => number
  /** How a slow answer takes its time; real time when left out. */
  readonly pass?: (ms: number) => Promise<unknown>
}

export function openSimulator(options: SimulatorOptions): Simulator {
  const { journalPath = null, wallMs = () => performance.now(), pass = delay } = options
  const books = openBooks({ seed: String(options.seed), journaled: journalPath !== null })
  const journal = journalPath === null ? null : openJournal(journalPath, books)
  const faults = createFaults(String(options.seed), wallMs)
  const inFlight = new Set<string>()

  const perform = (request: CoreRequest, now: number, fault: Verdict['fault']): Reached => {
    const instead = refusalOf(fault, request)
    if (instead !== null) return { reached: true, answer: instead, replayed: false }
    if (fault === 'timeout_before') return { reached: false }
    const { answer, replayed } = execute(books, request, now, failingOf(fault))
    journal?.write()
    return fault === 'timeout_after' ? { reached: false } : { reached: true, answer, replayed }
  }
  /** The key is in use from arrival until the answer leaves; the money moves half-way. */
  const performSlowly = async (request: CoreRequest, now: number, verdict: Verdict, flight: string | null) => {
    if (flight !== null) inFlight.add(flight)
    try {
      await pass(verdict.delayMs / 2)
      const reached = perform(request, now, verdict.fault)
      await pass(verdict.delayMs / 2)
      return reached
    } finally {
      if (flight !== null) inFlight.delete(flight)
    }
  }
  const control = (act: () => void) => {
    act()
    journal?.write()
  }
  return {
    books,
    faults,
    issuer: {
      tell: (fingerprint, rules) => control(() => tellIssuer(books, fingerprint, rules)),
      cure: (fingerprint) => control(() => tellIssuer(books, fingerprint, [{ kind: 'cured' }])),
      updateCard(fingerprint, expMonth, expYear, now) {
        const updated = updateCardExpiry(books, fingerprint, expMonth, expYear, now)
        journal?.write()
        return updated
      },
      cardOf: (account, customerId) => cardOfCustomer(books, account, customerId),
    },
    events: eventControl(books, faults, () => journal?.write()),
    byHand(account, command, now) {
      const { answer } = execute(books, { account, command, key: null, params: '' }, now)
      journal?.write()
      return answer
    },
    call(request, now, patienceMs = Number.POSITIVE_INFINITY) {
      const flight = request.key === null ? null : `${request.account}|${request.key}`
      if (flight !== null && inFlight.size > 0 && inFlight.has(flight)) {
        return { reached: true, answer: keyInUse(request.key ?? ''), replayed: false }
      }
      const verdict = faults.judge(books, accountBooks(books, request.account), request, now)
      if (verdict.delayMs === 0) return perform(request, now, verdict.fault)
      if (verdict.delayMs > patienceMs) {
        perform(request, now, verdict.fault)
        return { reached: false }
      }
      return performSlowly(request, now, verdict, flight)
    },
    setFees: (account, fees) => control(() => record(books, ['fees', account, fees])),
    payments(now) {
      for (const account of books.accounts.values()) passTime(books, account, now)
      journal?.write()
      return bookedPayments(books, now)
    },
    close: () => journal?.close(),
  }
}

function refusalOf(fault: Verdict['fault'], request: CoreRequest): Answer | null {
  if (fault === 'down') return serverError(503)
  if (fault === 'unauthorised') return unauthorised()
  if (fault === 'rate_limited') return rateLimited()
  if (fault === 'key_in_use') return keyInUse(request.key ?? '')
  if (fault === 'balance_insufficient') {
    return invalid('Insufficient funds in your account to refund the charge.', null, fault)
  }
  return fault === 'error_500' ? serverError() : null
}

function failingOf(fault: Verdict['fault']): Failing {
  if (fault === 'error_500_stored') return 'before'
  return fault === 'error_500_stored_after' ? 'after' : 'no'
}

function* bookedPayments(books: Books, now: number): Generator<BookedPayment> {
  for (const account of books.accounts.values()) {
    for (const { id } of account.timeline) {
      const payment = account.payments.get(id)
      if (payment === undefined) continue
      const methodId = payment.methodId ?? payment.decline?.methodId ?? ''
      yield {
        ...asOf(payment, now),
        account: account.name,
        accountId: payment.metadata.kessai_account ?? null,
        subjectId: payment.metadata.kessai_subject ?? null,
        disputedMinor: disputedMinor(account, id),
        cardFingerprint: account.methods.get(methodId)?.fingerprint ?? null,
      }
    }
  }
}
