/**
 * The issuers: who say yes or no to a card, and can be told by a test or a demonstration to behave otherwise.
 *
 * The answer depends on the seed, the card, the business day and the number of the attempt with that card on that day.
 * It does not depend on our ids, nor on which other card was tried first, so a run that is interrupted and carried on
 * meets the same issuers.
 */
import { type Books, record } from './books.ts'
import { behaviours, hasExpired } from './cards.ts'
import { chance, pick } from './chance.ts'
import { type DeclineReason, declineReason } from './decline-reasons.ts'
import type { CardTries, Method } from './rows.ts'

/** What an issuer has been told about a card. `from`/`until` are business instants (epoch ms); null is open. */
export type IssuerRule = { readonly from?: number | null; readonly until?: number | null } & (
  | { readonly kind: 'decline'; readonly declineCode: string; readonly reason?: Partial<DeclineReason> }
  | { readonly kind: 'limit'; readonly per: 'day' | 'month'; readonly amountMinor: bigint; readonly currency: string }
  | { readonly kind: 'authentication_required' }
  /** A share of the attempts (0-1) is declined, with codes drawn from `mix` (default: insufficient funds). */
  | { readonly kind: 'decline_rate'; readonly rate: number; readonly mix?: readonly DeclineShare[] }
  /** The number's own published behaviour ceases. */
  | { readonly kind: 'cured' }
)
export interface DeclineShare {
  readonly declineCode: string
  readonly weight: number
}

export interface IssuerRequest {
  readonly kind: 'payment' | 'setup'
  readonly amountMinor: bigint
  readonly currency: string
  readonly offSession: boolean
  /** The payer has just passed 3-D Secure. */
  readonly authenticated: boolean
}
export type IssuerDecision =
  | { readonly answer: 'approved'; readonly attempt: number }
  | { readonly answer: 'declined'; readonly attempt: number; readonly reason: DeclineReason }
  | { readonly answer: 'authentication_required' }

/** Rules under this name hold for every card. */
export const everyCard = '*'

/** Asks the card's issuer, and counts the attempt unless the payer has to be asked first. */
export function askIssuer(books: Books, method: Method, request: IssuerRequest, now: number): IssuerDecision {
  const rules = activeRules(books, method.fingerprint, now)
  if (needsPayer(method, request, rules) && !request.offSession) return { answer: 'authentication_required' }
  const { attempts: attempt } = countTry(books, method.fingerprint, now)
  const code = refusal(books, method, request, rules, attempt, now)
  if (code === null) {
    spend(books, method.fingerprint, request.amountMinor, request.currency, now)
    return { answer: 'approved', attempt }
  }
  return { answer: 'declined', attempt, reason: code }
}

/** Puts rules in place of whatever the issuer was told about the card before. */
export const tellIssuer = (books: Books, fingerprint: string, rules: readonly IssuerRule[]): void =>
  record(books, ['rules', fingerprint, rules])

/** How often the card has been tried on the day of `now`. */
export function triesOn(books: Books, fingerprint: string, now: number): number {
  const tries = books.tries.get(fingerprint)
  return tries !== undefined && tries.day === dayOf(now) ? tries.attempts : 0
}

export const dayOf = (now: number): number => Math.floor(now / 86_400_000)

function refusal(
  books: Books,
  method: Method,
  request: IssuerRequest,
  rules: readonly IssuerRule[],
  attempt: number,
  now: number,
): DeclineReason | null {
  const told = rules.find((rule) => rule.kind === 'decline')
  if (told?.kind === 'decline') return { ...declineReason(told.declineCode), ...told.reason }
  if (needsPayer(method, request, rules)) return declineReason('authentication_required')
  const behaviour = behaviours[method.behaviour]
  const spared = rules.some((rule) => rule.kind === 'cured') || (request.kind === 'setup' && behaviour.savable)
  if (behaviour.declines !== null && !spared) return declineReason(behaviour.declines)
  if (hasExpired(method.expMonth, method.expYear, now)) return declineReason('expired_card')
  if (overLimit(books, method.fingerprint, request, rules, now)) return declineReason('insufficient_funds')
  return moody(books, method.fingerprint, rules, attempt, now)
}

function needsPayer(method: Method, request: IssuerRequest, rules: readonly IssuerRule[]): boolean {
  if (request.authenticated) return false
  if (rules.length > 0 && rules.some((rule) => rule.kind === 'authentication_required')) return true
  const { authenticates } = behaviours[method.behaviour]
  if (authenticates === 'never' || rules.some((rule) => rule.kind === 'cured')) return false
  return authenticates === 'always' || !request.offSession || !method.setUp
}

function moody(books: Books, fingerprint: string, rules: readonly IssuerRule[], attempt: number, now: number) {
  for (const rule of rules) {
    if (rule.kind !== 'decline_rate') continue
    const identity = `${books.seed}|issuer|${fingerprint}|${dayOf(now)}|${attempt}`
    if (chance(identity) >= rule.rate) continue
    const share = pick(rule.mix ?? [], chance(`${identity}|mix`))
    return declineReason(share?.declineCode ?? 'insufficient_funds')
  }
  return null
}

function countTry(books: Books, fingerprint: string, now: number): CardTries {
  const tries = { fingerprint, day: dayOf(now), attempts: triesOn(books, fingerprint, now) + 1 }
  record(books, ['tries', tries])
  return tries
}

const noRules: readonly IssuerRule[] = []

function activeRules(books: Books, fingerprint: string, now: number): readonly IssuerRule[] {
  if (books.rules.size === 0) return noRules
  const rules = [...(books.rules.get(fingerprint) ?? noRules), ...(books.rules.get(everyCard) ?? noRules)]
  return rules.filter((rule) => (rule.from ?? 0) <= now && now < (rule.until ?? Number.POSITIVE_INFINITY))
}

const overLimit = (
  books: Books,
  fingerprint: string,
  request: IssuerRequest,
  rules: readonly IssuerRule[],
  now: number,
): boolean =>
  rules.some(
    (rule) =>
      rule.kind === 'limit' &&
      rule.currency === request.currency &&
      spentUnder(books, fingerprint, rule.per, rule.currency, now) + request.amountMinor > rule.amountMinor,
  )

const periodOf = (per: 'day' | 'month', now: number): string =>
  new Date(now).toISOString().slice(0, per === 'day' ? 10 : 7)
const spendKey = (fingerprint: string, per: 'day' | 'month', currency: string, now: number): string =>
  `${fingerprint}|${currency}|${periodOf(per, now)}`

const spentUnder = (books: Books, fingerprint: string, per: 'day' | 'month', currency: string, now: number): bigint =>
  books.spent.get(spendKey(fingerprint, per, currency, now)) ?? 0n

/** Counts towards the card's limits (only cards that have one are counted); a negative amount gives it back. */
export function spend(books: Books, fingerprint: string, amountMinor: bigint, currency: string, now: number): void {
  if (books.rules.size === 0 || ![fingerprint, everyCard].some((card) => hasLimit(books, card))) return
  for (const per of ['day', 'month'] as const) {
    const spentMinor = spentUnder(books, fingerprint, per, currency, now) + amountMinor
    record(books, ['spent', spendKey(fingerprint, per, currency, now), { spentMinor }])
  }
}

const hasLimit = (books: Books, card: string): boolean =>
  books.rules.get(card)?.some((rule) => rule.kind === 'limit') ?? false
