/**
 * What can go wrong between us and the gateway, switchable while it runs.
 *
 * Faults that come at a rate strike by seed, card, day, attempt and step, and each such occasion at most once: neither
 * the order of arrival nor a repeated call changes who is struck, so an interrupted run meets the same faults.
 * Nothing here moves money; the faults only decide whether the core is asked and whether its answer arrives.
 */
import type { AccountBooks, Books } from './books.ts'
import { chance } from './chance.ts'
import type { Command, CoreRequest } from './core.ts'
import { dayOf, triesOn } from './issuer.ts'
import { createLimiter, type Limits } from './limiter.ts'
import { idsOf } from './many.ts'
import type { BookedEvent, Payment } from './rows.ts'

export type Fault =
  /** The request never took effect, and no answer comes. */
  | 'timeout_before'
  /** It took effect, and the answer is lost. */
  | 'timeout_after'
  /** A 500 that the gateway forgets: the same key is executed afresh. */
  | 'error_500'
  /** A 500 that is kept under the key, nothing having happened; `…_after`: the money moved all the same. */
  | 'error_500_stored'
  | 'error_500_stored_after'
  | 'rate_limited'
  | 'key_in_use'
  /** Takes effect and answers, after `slowMs`. */
  | 'slow'

/** What can be armed for a step: a fault, or an account at the gateway that has too little left for a refund. */
export type ArmedKind = Fault | 'balance_insufficient'

/** What can become of an event on its way to us. */
export type EventFault =
  /** It never comes. */
  | 'lost'
  /** It comes, and comes again. */
  | 'twice'
  /** Those that happened after it come before it. */
  | 'reordered'
  /** It comes after `lateMs` (wall time); to whoever takes events in-process, the next time. */
  | 'late'

export type Step = 'customer' | 'register' | 'hold' | 'confirm' | 'capture' | 'release' | 'refund' | 'balance' | 'read'

export interface FaultPlan {
  /** Every call answers 503 and does nothing. */
  readonly down: boolean
  /** Every call answers 401. */
  readonly unauthorised: boolean
  /** Each call takes between these (wall time), by identity. */
  readonly latencyMs: { readonly min: number; readonly max: number }
  readonly slowMs: number
  readonly limits: Limits
  /** Share (0-1) of holds, captures, releases and refunds that are struck. */
  readonly rates: Readonly<Partial<Record<Fault, number>>>
  readonly events: EventFaults
}
export interface EventFaults {
  /** Share (0-1) of the events. */
  readonly rates: Readonly<Partial<Record<EventFault, number>>>
  readonly lateMs: number
}

/** A fault for the next calls of one step, of one charge when it is named. */
export interface ArmedFault {
  readonly fault: ArmedKind
  readonly step: Step
  readonly chargeId?: string
  /** How many calls it strikes; 1 when left out. */
  readonly times?: number
}

export interface Verdict {
  readonly fault: ArmedKind | 'down' | 'unauthorised' | null
  readonly delayMs: number
}

export interface Faults {
  plan(): FaultPlan
  /** Changes the parts that are named. */
  set(part: Partial<FaultPlan>): void
  arm(fault: ArmedFault): void
  /** Back to a faultless gateway. */
  clear(): void
  /** What becomes of an event, by the occasion it is about. */
  fateOf(event: BookedEvent): EventFault | null
  judge(books: Books, account: AccountBooks, request: CoreRequest, now: number): Verdict
}

const faultless: FaultPlan = {
  down: false,
  unauthorised: false,
  latencyMs: { min: 0, max: 0 },
  slowMs: 80_000,
  limits: { perSecond: null, perEndpointPerSecond: null },
  rates: {},
  events: { rates: {}, lateMs: 30_000 },
}
const calm: Verdict = { fault: null, delayMs: 0 }

/** `wallMs` is a monotonic clock in milliseconds, for the rate limits. */
export function createFaults(seed: string, wallMs: () => number): Faults {
  let plan = faultless
  let armed: { fault: ArmedKind; step: Step; chargeId: string | null; left: number }[] = []
  let quiet = true
  let limiter = createLimiter(wallMs)
  const struck = new Set<string>()

  const settle = () => {
    quiet = plan === faultless && armed.length === 0
  }
  const takeArmed = (step: Step, chargeId: string | null): ArmedKind | null => {
    const found = armed.find((one) => one.step === step && (one.chargeId === null || one.chargeId === chargeId))
    if (found === undefined) return null
    found.left -= 1
    armed = armed.filter((one) => one.left > 0)
    settle()
    return found.fault
  }
  const strike = (identity: string, step: Step): Fault | null => {
    if (!strikable.has(step)) return null
    let roll = chance(`${seed}|fault|${identity}`)
    for (const [fault, rate] of rateEntries(plan.rates)) {
      roll -= rate
      if (roll >= 0) continue
      if (struck.has(identity)) return null
      struck.add(identity)
      return fault
    }
    return null
  }
  return {
    plan: () => plan,
    set(part) {
      plan = { ...plan, ...part }
      settle()
    },
    arm({ fault, step, chargeId = null, times = 1 }) {
      armed.push({ fault, step, chargeId, left: times })
      settle()
    },
    clear() {
      plan = faultless
      armed = []
      limiter = createLimiter(wallMs)
      struck.clear()
      settle()
    },
    fateOf(event) {
      let roll = chance(`${seed}|event|${event.occasion}`)
      for (const [fault, rate] of rateEntries(plan.events.rates)) {
        roll -= rate
        if (roll < 0) return fault
      }
      return null
    },
    judge(books, account, request, now) {
      if (quiet) return calm
      if (plan.down) return { fault: 'down', delayMs: 0 }
      if (plan.unauthorised) return { fault: 'unauthorised', delayMs: 0 }
      if (!limiter.admit(request.command.name, plan.limits)) return { fault: 'rate_limited', delayMs: 0 }
      const occasion = occasionOf(books, account, request.command, now)
      const isReplay = request.key !== null && account.keys.has(request.key)
      const fault =
        takeArmed(occasion.step, occasion.chargeId) ?? (isReplay ? null : strike(occasion.identity, occasion.step))
      const { min, max } = plan.latencyMs
      const latencyMs = max > 0 ? min + (max - min) * chance(`${seed}|latency|${occasion.identity}`) : 0
      return { fault, delayMs: fault === 'slow' ? plan.slowMs : latencyMs }
    },
  }
}

const strikable: ReadonlySet<Step> = new Set(['hold', 'capture', 'release', 'refund'])

const rateEntries = <Name extends string>(rates: Readonly<Partial<Record<Name, number>>>) =>
  Object.entries(rates) as [Name, number][] // its keys are its type's

interface Occasion {
  readonly step: Step
  readonly chargeId: string | null
  readonly identity: string
}

/** Which payment's which step a request is, in words that no arrival order changes. */
function occasionOf(books: Books, account: AccountBooks, command: Command, now: number): Occasion {
  switch (command.name) {
    case 'create_payment': {
      const { chargeId, accountId } = ids(command.metadata)
      if (!command.confirm) return { step: 'register', chargeId, identity: `register|${accountId}` }
      const fingerprint = account.methods.get(command.methodId ?? '')?.fingerprint ?? command.methodId ?? ''
      const attempt = triesOn(books, fingerprint, now) + 1
      return { step: 'hold', chargeId, identity: `hold|${fingerprint}|${dayOf(now)}|${attempt}` }
    }
    case 'capture_payment':
      return ofPayment(account, command.paymentId, 'capture')
    case 'cancel_payment':
      return ofPayment(account, command.paymentId, 'release')
    case 'confirm_payment':
    case 'authenticate_payment':
      return ofPayment(account, command.paymentId, 'confirm')
    case 'create_refund':
      return ofRefund(account, command.paymentId)
    case 'create_customer':
      return { step: 'customer', chargeId: null, identity: `customer|${ids(command.metadata).accountId}` }
    case 'create_method':
    case 'attach_method':
      return { step: 'confirm', chargeId: null, identity: command.name }
    case 'list_balance':
    case 'list_payouts':
      return { step: 'balance', chargeId: null, identity: command.name }
    default:
      return { step: 'read', chargeId: null, identity: command.name }
  }
}

function ofPayment(account: AccountBooks, paymentId: string, step: Step): Occasion {
  const payment = account.payments.get(paymentId)
  if (payment === undefined) return { step, chargeId: null, identity: `${step}|unknown` }
  const { chargeId, createdAt, attempt } = payment
  return { step, chargeId, identity: `${step}|${cardOf(account, payment)}|${dayOf(createdAt)}|${attempt}` }
}

/** Refunds of one payment are told apart by how many there were before. */
function ofRefund(account: AccountBooks, paymentId: string): Occasion {
  const occasion = ofPayment(account, paymentId, 'refund')
  return { ...occasion, identity: `${occasion.identity}|${idsOf(account.refundsOfPayment, paymentId).length}` }
}

const cardOf = (account: AccountBooks, payment: Payment): string =>
  account.methods.get(payment.methodId ?? '')?.fingerprint ?? ''

const ids = (metadata: Readonly<Record<string, string>>) => ({
  chargeId: metadata.kessai_charge ?? null,
  accountId: metadata.kessai_account ?? '',
})
