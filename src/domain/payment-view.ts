/**
 * What a payer can do about their payment settings, and what each act would charge (B2, B6, B9-B11). The console shows
 * this and decides nothing; the acts themselves ask the same functions, so that the sum told is the sum charged.
 */
import { dayAt, hourMs, type Instant, instantOn, type Month, monthAt, nextMonth } from './calendar.ts'
import { type CoverageRules, nextRetryAfter } from './coverage.ts'
import type { Limit } from './limit.ts'
import type { Minor } from './money.ts'
import { type AttemptFacts, type CardFacts, decideAttempt, type SkipReason } from './retry.ts'

/** An unpaid invoice with what decides whether it may be charged. */
export interface PlannedInvoice extends AttemptFacts {
  readonly invoiceId: string
  readonly month: Month
}

export interface Planned {
  readonly invoiceId: string
  readonly month: Month
  readonly amountMinor: Minor
}
export interface PlanRefusal extends Planned {
  readonly reason: SkipReason
  /** When the reason ends by itself; null when it takes somebody's act. */
  readonly until: Instant | null
}

/** What Activate would charge now, oldest month first, and what it may not, and why. */
export function planActivation(
  invoices: readonly PlannedInvoice[],
  rules: CoverageRules,
  now: Instant,
): { readonly attempts: readonly Planned[]; readonly sumMinor: Minor; readonly refusals: readonly PlanRefusal[] } {
  const attempts: Planned[] = []
  const refusals: PlanRefusal[] = []
  // One press counts for the network as often as it tries the same amount.
  const tried = new Map<Minor, Instant[]>()
  for (const invoice of invoices) {
    const before = tried.get(invoice.dueMinor) ?? []
    const card = invoice.card && { ...invoice.card, attemptsAt: [...invoice.card.attemptsAt, ...before] }
    const decision = decideAttempt('activate', { ...invoice, card }, rules, now)
    if (decision.attempt) {
      tried.set(invoice.dueMinor, [...before, now])
      attempts.push(planned(invoice))
    } else refusals.push({ ...planned(invoice), reason: decision.reason, until: decision.until })
  }
  return { attempts, sumMinor: sumOf(attempts), refusals }
}

/**
 * What registering a card would charge: at once, and later, for invoices whose charge with the old card is at work and
 * might fail (B6). A new card has no mark and no counts; the same one again keeps its counts, and then less is charged.
 */
export function planRegistration(invoices: readonly PlannedInvoice[], rules: CoverageRules, now: Instant) {
  const decided = invoices.map((invoice) => {
    const facts = { ...invoice, method: 'card' as const, card: newCard }
    return { plan: planned(invoice), decision: decideAttempt('card_registered', facts, rules, now) }
  })
  const attempts = decided.filter(({ decision }) => decision.attempt).map(({ plan }) => plan)
  const waiting = decided
    .filter(({ decision }) => !decision.attempt && decision.reason === 'charge_unsettled')
    .map(({ plan }) => plan)
  return { attempts, sumMinor: sumOf(attempts), waiting, waitingMinor: sumOf(waiting) }
}

const newCard: CardFacts = { brand: '', expMonth: 12, expYear: 9999, mark: null, retryAfter: null, attemptsAt: [] }

const planned = ({ invoiceId, month, dueMinor }: PlannedInvoice): Planned => ({
  invoiceId,
  month,
  amountMinor: dueMinor,
})
const sumOf = (plans: readonly Planned[]): Minor => plans.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)

/** The next automatic attempt as far as it can be told today: when, and what holds it back until then or for good. */
export interface NextAutomatic {
  /** Null: none, until somebody does something. */
  readonly at: Instant | null
  readonly heldBackBy: { readonly reason: SkipReason; readonly until: Instant | null } | null
}

export function nextAutomatic(
  invoice: PlannedInvoice,
  nextAttemptAt: Instant | null,
  rules: CoverageRules,
  now: Instant,
): NextAutomatic {
  if (nextAttemptAt === null) {
    return { at: null, heldBackBy: invoice.accountClosed ? { reason: 'account_closed', until: null } : null }
  }
  let at = nextAttemptAt
  let heldBackBy: NextAutomatic['heldBackBy'] = null
  // A charge at work is settled long before the next day; each further reason that ends moves the attempt on.
  for (let reasons = 0; reasons < reasonsAtMost; reasons++) {
    const asked = at > now ? at : now
    const decision = decideAttempt('daily_retry', { ...invoice, unsettled: false }, rules, asked)
    if (decision.attempt) return { at, heldBackBy }
    heldBackBy = { reason: decision.reason, until: decision.until }
    if (decision.until === null) return { at: null, heldBackBy }
    at = retryNotBefore(decision.until, rules)
  }
  return { at, heldBackBy }
}

const reasonsAtMost = 3

/** The first time of the daily retry at or after `at`. */
function retryNotBefore(at: Instant, rules: CoverageRules): Instant {
  const sameDay = instantOn(dayAt(at, rules.timeZone), rules.retryAt, rules.timeZone)
  return sameDay >= at ? sameDay : nextRetryAfter(at, rules)
}

/** Whether a card still pays: `expiring_soon` in its last month and the one before. */
export type CardValidity = 'valid' | 'expiring_soon' | 'expired'
export function validityOf(
  card: { readonly expMonth: number; readonly expYear: number },
  rules: CoverageRules,
  now: Instant,
): CardValidity {
  const last = `${card.expYear}-${String(card.expMonth).padStart(2, '0')}`
  const month = monthAt(now, rules.timeZone)
  if (month > last) return 'expired'
  return nextMonth(month) >= last ? 'expiring_soon' : 'valid'
}

/** What the button that registers a card is called (B2). */
export type RegisterLabel = 'new_payment_method' | 'update_credit_card' | 'switch_to_credit_card'
export const registerLabelOf = (method: AttemptFacts['method']): RegisterLabel => registerLabels[method]
const registerLabels = {
  none: 'new_payment_method',
  trial: 'new_payment_method',
  card: 'update_credit_card',
  bank_transfer: 'switch_to_credit_card',
} as const satisfies Record<AttemptFacts['method'], RegisterLabel>

/** Why an act is not allowed: what refuses it by itself, or who asks. */
export type ActionRefusal = SkipReason | 'nothing_outstanding' | 'activated_too_often' | 'root_acts'
export type AllowedAction = {
  readonly action: 'register_card' | 'activate'
  readonly refused: { readonly reason: ActionRefusal; readonly until: Instant | null } | null
}

export interface ActionFacts {
  /** Staff and platforms see the page; only the root user acts on it (B1). */
  readonly callerIsRoot: boolean
  readonly accountClosed: boolean
  readonly activation: ReturnType<typeof planActivation>
  /** Wall time: from when on Activate may be pressed again; null when it may be now. */
  readonly activateAgainAtWall: Instant | null
}

/** Every act with the first reason against it, the most basic first. */
export const allowedActions = (facts: ActionFacts): AllowedAction[] => [
  { action: 'register_card', refused: refuseRegistering(facts) },
  { action: 'activate', refused: refuseActivating(facts) },
]

function refuseRegistering({ callerIsRoot, accountClosed }: ActionFacts): AllowedAction['refused'] {
  if (!callerIsRoot) return { reason: 'root_acts', until: null }
  return accountClosed ? { reason: 'account_closed', until: null } : null
}

function refuseActivating({ callerIsRoot, activation, activateAgainAtWall }: ActionFacts): AllowedAction['refused'] {
  if (!callerIsRoot) return { reason: 'root_acts', until: null }
  const { attempts, refusals } = activation
  const [first] = refusals
  if (attempts.length === 0) {
    return first ? { reason: first.reason, until: first.until } : { reason: 'nothing_outstanding', until: null }
  }
  return activateAgainAtWall === null ? null : { reason: 'activated_too_often', until: activateAgainAtWall }
}

/** Presses of Activate by one account, by the wall clock. */
export const activateLimit = { max: 5, withinMs: hourMs } as const satisfies Limit
