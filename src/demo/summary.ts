/** The end of a demonstration, for a person: what came in, what did not and why, and that the books agree. */
import type { Month } from '../domain/calendar.ts'
import type { DeclineReason } from '../domain/decline.ts'
import { automaticRetryTexts, declineForStaff } from '../texts/declines.ts'
import { formatMoney, formatMonth } from '../texts/format.ts'
import { say } from '../texts/language.ts'
import { skipTexts } from '../texts/skips.ts'
import type { Findings, Sum } from './findings.ts'
import type { Comparison } from './gateway-books.ts'
import { labelWidth, type Show, wrapped } from './show.ts'
import type { Round } from './stories.ts'

export interface Verdict extends Comparison {
  readonly ledgerBalanced: boolean
  readonly invariantsBroken: number
  readonly unknownLeft: number
}

export const isSound = (verdict: Verdict): boolean =>
  verdict.booksEqual &&
  verdict.ledgerBalanced &&
  verdict.doubleCharges + verdict.missedCharges + verdict.invariantsBroken === 0

export const summaryTitle = ({ month, days }: Round): string =>
  `${formatMonth(month, 'en')}, collected: the close and ${days} ${days === 1 ? 'day' : 'days'} of retries`

export function saySummary(show: Show, title: string, found: Findings, verdict: Verdict): void {
  const { paint } = show
  const entry = (label: string, lines: readonly Line[], colour = (text: string) => text) => {
    for (const [index, line] of lines.entries()) {
      const head = (index === 0 ? label : '').padEnd(labelWidth)
      show.line(`${paint.strong(head)}${colour(laidOut(line))}`)
    }
  }
  show.line()
  show.line(paint.strong(title))
  show.line(paint.faint('─'.repeat(80)))
  entry('Collected', found.collected.map(sumLine))
  entry('Not charged', notCharged(found.byStatus))
  entry(
    'Declined',
    found.declined.map(({ reason, count }) => ({ count, text: reasonText(reason) })),
  )
  entry('Tried again', [{ text: triedAgain(found) }])
  entry('Outstanding', [
    ...found.outstanding.map(sumLine),
    ...found.reasons.map(({ next, invoices }) => ({ count: invoices, text: nextText(next) })),
  ])
  entry('Unanswered', [{ text: unanswered(found, verdict) }])
  entry('Books', [{ text: booksLine(verdict) }], isSound(verdict) ? paint.good : paint.alert)
}

/** A line as it is, or words to be broken into lines, with how many there are of what they say. */
type Line = string | { readonly count?: number; readonly text: string }

function laidOut(line: Line): string {
  if (typeof line === 'string') return line
  const { count, text } = line
  if (count === undefined) return wrapped(text, textWidth, ' '.repeat(labelWidth))
  const head = `${String(count).padStart(4)} × `
  return head + wrapped(text, textWidth - head.length, ' '.repeat(labelWidth + head.length))
}

const textWidth = 80 - labelWidth

const coverageTitles: Readonly<Record<string, string>> = { g: 'Global', jp: 'Japan' }

const sumLine = ({ coverage, currency, invoices, sumMinor }: Sum): string =>
  `${(coverageTitles[coverage] ?? coverage).padEnd(8)}${formatMoney(sumMinor, currency, 'en').padStart(14)}  ${count(invoices, 'invoice')}`

const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`

function notCharged(byStatus: Findings['byStatus']): Line[] {
  const parts = [
    [byStatus.waived, 'waived: every fee fell on a day of the trial'],
    [byStatus.carried_over, 'too small for a card: carried over to the next invoice'],
    [byStatus.credited, 'discounts exceeded fees: credit for the next invoice'],
    [byStatus.awaiting_approval, 'far above the usual: waiting for staff to approve it'],
  ] as const
  return parts.flatMap(([count, text]) => (count ? [{ count, text }] : []))
}

function reasonText(reason: DeclineReason): string {
  // The sentence about an expired card names the card; of many cards, this one says the same.
  if (reason === 'expired') return firstSentence(say(skipTexts.card_expired, 'en', nothingKnown))
  return firstSentence(say(declineForStaff(reason), 'en', anyCard))
}

const anyCard = { brand: 'visa', last4: '4242', expMonth: '2027-01' as Month } // shown by no sentence that is used
const nothingKnown = { until: null, zone: 'UTC' }

const nextText = (next: Findings['reasons'][number]['next']): string =>
  next === 'retried'
    ? say(automaticRetryTexts.daily, 'en', { at: null, zone: 'UTC' })
    : say(skipTexts[next], 'en', nothingKnown)

const firstSentence = (text: string): string => text.split(/(?<=\.) /)[0] ?? text

function triedAgain({ byTrigger, skippedDays }: Findings): string {
  const { daily_retry: daily = 0, activate = 0, card_registered: registered = 0 } = byTrigger
  const parts = [
    count(daily, 'daily retry', 'daily retries'),
    `${activate} by Activate`,
    `${registered} at once after a card was registered`,
    `${count(skippedDays, 'day')} skipped, each with its reason`,
  ]
  return parts.join('; ')
}

function unanswered({ unanswered: lost }: Findings, { unknownLeft }: Verdict): string {
  if (lost === 0) return 'No answer of the card network was lost.'
  const left = unknownLeft === 0 ? 'none is left open' : `${unknownLeft} still open, and charged by nobody until known`
  return `${count(lost, 'answer')} of the card network never came; each charge was looked up before anything else was done, and ${left}.`
}

function booksLine(verdict: Verdict): string {
  const { captures, doubleCharges, missedCharges, invariantsBroken } = verdict
  return isSound(verdict)
    ? `The card network’s own records hold ${count(captures, 'payment')}, and so do ours: equal to the cent, payment by payment and invoice by invoice. Nothing was charged twice, nothing was missed, the ledger balances.`
    : `NOT EQUAL: ${doubleCharges} charged twice, ${missedCharges} missed, ${invariantsBroken} invariants broken. bin/kessai check says more.`
}
