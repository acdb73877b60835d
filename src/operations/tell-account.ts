/** One customer's story from the rows, in the order of time: what was owed, tried, skipped, posted and told. */
import { bucketOf, bucketOfAccount } from '../domain/bucket.ts'
import type { Day, Instant, Month } from '../domain/calendar.ts'
import {
  type AccountRow,
  type ChargeStory,
  type EventStory,
  type InvoiceStory,
  type Of,
  type PostingStory,
  readAccount,
  readCharges,
  readEvents,
  readInvoices,
  readOwner,
  readPostings,
  readSettings,
  readSkips,
  type SettingsStory,
  type SkipStory,
} from '../postgres/story.ts'
import { formatCard, formatDay, formatMoment, formatMoney, formatMonth } from '../texts/format.ts'
import { type Language, say } from '../texts/language.ts'
import { skipTexts } from '../texts/skips.ts'
import {
  chargeStepTexts,
  chargeText,
  eventTexts,
  invoiceStatusTexts,
  invoiceText,
  postingTexts,
  triggerTexts,
} from '../texts/story.ts'
import type { System } from './system.ts'

export interface Story {
  readonly account: AccountRow
  readonly settings: readonly SettingsStory[]
  readonly invoices: readonly InvoiceStory[]
  readonly charges: readonly ChargeStory[]
  readonly skips: readonly SkipStory[]
  readonly postings: readonly PostingStory[]
  readonly events: readonly EventStory[]
  /** Every row above as a line, oldest first. */
  readonly lines: readonly StoryLine[]
}

export interface StoryLine {
  readonly at: Instant
  /** `act`: an event that is not the outcome of a charge. */
  readonly what: 'invoice' | 'act' | 'charge' | 'skip' | 'posting' | 'event'
  readonly coverage: string | null
  readonly text: string
}

/** Null when there is no such account. */
export const tellAccount = (system: System, accountId: string, language: Language): Promise<Story | null> =>
  tell(system, { bucket: bucketOfAccount(accountId), accountId }, language)

/** What belongs to one invoice; null when there is none of this id. */
export async function tellInvoice(system: System, invoiceId: string, language: Language): Promise<Story | null> {
  const bucket = bucketOf(invoiceId)
  const accountId = await readOwner(system.db, bucket, invoiceId)
  return accountId === null ? null : tell(system, { bucket, accountId, invoiceId }, language)
}

async function tell({ db }: System, of: Of, language: Language): Promise<Story | null> {
  const account = await readAccount(db, of)
  if (!account) return null
  const [settings, invoices, charges, skips, postings, events] = await Promise.all([
    readSettings(db, of),
    readInvoices(db, of),
    readCharges(db, of),
    readSkips(db, of),
    readPostings(db, of),
    readEvents(db, of),
  ])
  const zoneOf = (coverage: string | null) => settings.find((row) => row.coverage === coverage)?.timeZone ?? 'UTC'
  const currencyOf = (coverage: string | null) => settings.find((row) => row.coverage === coverage)?.currency ?? null
  const lines: StoryLine[] = [
    ...invoices.map((row) => line(row.issuedAt, 'invoice', row.coverage, invoiceLine(row, language))),
    ...charges.map((row) =>
      line(row.intendedAt, 'charge', row.coverage, chargeLine(row, zoneOf(row.coverage), language)),
    ),
    ...skips.map((row) => line(row.skippedAt, 'skip', row.coverage, skipLine(row, zoneOf(row.coverage), language))),
    ...postings.map((row) => line(row.postedAt, 'posting', row.coverage, postingLine(row, language))),
    ...events.map((row) =>
      line(
        row.happenedAt,
        row.chargeId === null ? 'act' : 'event',
        row.coverage,
        eventLine(row, currencyOf(row.coverage), language),
      ),
    ),
  ]
  lines.sort((one, other) => one.at - other.at || ranks[one.what] - ranks[other.what])
  return { account, settings, invoices, charges, skips, postings, events, lines }
}

/** At one instant: what is owed, what people did, what was tried, what that moved, and how it was told. */
const ranks = { invoice: 0, act: 1, charge: 2, skip: 2, posting: 3, event: 4 } as const

const line = (at: Instant, what: StoryLine['what'], coverage: string | null, text: string): StoryLine => ({
  at,
  what,
  coverage,
  text,
})

function invoiceLine(row: InvoiceStory, language: Language): string {
  const money = (amountMinor: bigint) => formatMoney(amountMinor, row.currency, language)
  const first = row.firstMonth < row.month ? `${formatMonth(row.firstMonth, language)} – ` : ''
  return say(invoiceText, language, {
    month: first + formatMonth(row.month, language),
    total: money(row.totalMinor),
    tax: money(row.taxMinor),
    due: row.dueMinor > 0n ? money(row.dueMinor) : null,
    status: invoiceStatusTexts[row.status][language],
  })
}

function chargeLine(row: ChargeStory, zone: string, language: Language): string {
  const card = row.brand && row.last4 ? formatCard({ brand: row.brand, last4: row.last4 }) : null
  return say(chargeText, language, {
    trigger: triggerTexts[row.trigger][language],
    amount: formatMoney(row.amountMinor, row.currency, language),
    card,
    steps: stepsOf(row, zone, language).join(', '),
  })
}

/** The steps it took with their times: hold and capture both, and how it ended. */
function stepsOf(row: ChargeStory, zone: string, language: Language): string[] {
  const step = (name: keyof typeof chargeStepTexts, at: Instant | null, more = '') =>
    at === null ? [] : [`${chargeStepTexts[name][language]} ${formatMoment(at, zone, language)}${more}`]
  const ended = row.status in chargeStepTexts ? (row.status as keyof typeof chargeStepTexts) : null // a key: just asked
  const code = row.declineCode ?? row.failureCode
  return [
    ...(row.heldAt === null && row.settledAt === null ? step('sent', row.firstSentAt) : step('held', row.heldAt)),
    ...step('captured', row.capturedAt),
    ...(row.status === 'unknown' ? step('unknown', row.unknownSince) : []),
    ...(ended && ended !== 'captured' ? step(ended, row.settledAt, code === null ? '' : ` (${code})`) : []),
  ]
}

const skipLine = (row: SkipStory, zone: string, language: Language): string =>
  `${formatMonth(row.month, language)}: ${say(skipTexts[row.reason], language, { until: row.until, zone })}`

const postingLine = (row: PostingStory, language: Language): string =>
  `${formatMoney(row.amountMinor, row.currency, language)} ${row.debit} ← ${row.credit} (${postingTexts[row.kind][language]})`

function eventLine(row: EventStory, currency: string | null, language: Language): string {
  const sentence = eventTexts[row.kind]
  const { details } = row
  const textAt = (name: string): string | null => (typeof details[name] === 'string' ? details[name] : null)
  const day = textAt('endsOn') ?? textAt('suspendsOn') ?? textAt('until')
  const amountMinor = details.amountMinor ?? details.totalMinor ?? details.dueMinor
  return say(sentence, language, {
    // Written by us as a month and as days.
    month: textAt('month') === null ? null : formatMonth(textAt('month') as Month, language),
    day: day === null ? null : formatDay(day as Day, language),
    amount:
      currency !== null && (typeof amountMinor === 'number' || typeof amountMinor === 'string')
        ? formatMoney(BigInt(amountMinor), currency, language)
        : null,
    card: cardIn(textAt('brand'), textAt('last4')),
    who: textAt('approvedBy') ?? textAt('grantedBy') ?? textAt('requestedBy') ?? textAt('decidedBy') ?? textAt('who'),
    code: textAt('code'),
    count: Number(details.invoicesToAttempt ?? details.afterDays ?? details.invoices ?? 0),
  })
}

const cardIn = (brand: string | null, last4: string | null): string | null =>
  brand && last4 ? formatCard({ brand, last4 }) : null
