/** What the sentences of e-mail may name, and the shape in which an e-mail is written: both languages side by side. */
import type { Day, Instant, Month } from '../../domain/calendar.ts'
import type { DeclineAdvice, DeclineReason, RetryRule } from '../../domain/decline.ts'
import type { Minor } from '../../domain/money.ts'
import type { DeclinedCard } from '../declines.ts'
import { formatCard, formatMoney, formatMonth } from '../format.ts'
import type { Language, Sentence } from '../language.ts'

/** Several months, when some were carried over. */
export interface Months {
  readonly first: Month
  readonly last: Month
}

export interface Owed {
  readonly months: Months
  readonly dueMinor: Minor
}

export interface MailFacts {
  /** Null for staff. */
  readonly accountId: string | null
  readonly coverage: string | null
  readonly zone: string
  readonly currency: string
  /** Tried, received or still due. */
  readonly amountMinor: Minor
  /** What was held to verify a card. */
  readonly holdMinor: Minor
  readonly months: Months | null
  readonly card: DeclinedCard | null
  /** When it happened. */
  readonly at: Instant | null
  readonly reason: DeclineReason
  readonly advice: DeclineAdvice
  readonly retry: RetryRule['kind']
  readonly nextAttemptAt: Instant | null
  /** What is outstanding in the coverage, the oldest first. */
  readonly outstanding: readonly Owed[]
  readonly suspendsOn: Day | null
  readonly goodForMinutes: number
  /** Where the one thing can be done that helps. */
  readonly link: string
}

export interface MailText {
  /** Also the heading. */
  readonly subject: Sentence<MailFacts>
  /** One that is empty for the facts at hand is left out. */
  readonly paragraphs: readonly Sentence<MailFacts>[]
  readonly details: readonly Detail[]
  /** What the link says; null where there is none. */
  readonly action: Sentence<MailFacts> | null
}

/** A line of the table below the text; null: nothing to show. */
export interface Detail {
  readonly label: Sentence
  readonly value: (facts: MailFacts, language: Language) => string | null
}

/** How a letter in Japanese begins; one in English comes to the point. */
export const greeting: Sentence<MailFacts> = { en: '', ja: 'いつもご利用いただき、ありがとうございます。' }

export const sum = (facts: MailFacts, language: Language): string =>
  formatMoney(facts.amountMinor, facts.currency, language)

/** `January 2027`, `December 2026 to January 2027`. */
export function monthsIn({ first, last }: Months, language: Language): string {
  if (first === last) return formatMonth(last, language)
  const between = language === 'ja' ? 'から' : ' to '
  return `${formatMonth(first, language)}${between}${formatMonth(last, language)}`
}

export const cardIn = (facts: MailFacts): string => (facts.card === null ? '' : formatCard(facts.card))
