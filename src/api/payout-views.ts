/** Payouts, what they are made of, and the clearing account as the API shows them to staff. */
import { z } from 'zod'
import { toDecimalString } from '../domain/money.ts'
import type { EntryKind, PayoutStatus, Verdict } from '../domain/settlement.ts'
import { entryKinds, payoutStatuses, verdicts } from '../domain/settlement.ts'
import type { Queries } from '../postgres/database.ts'
import type { EntryRow } from '../postgres/settlement.ts'
import { type Clearing, listPayoutEntries, type PayoutSums, type TimePlace } from '../postgres/settlement-lists.ts'
import { type Language, say } from '../texts/language.ts'
import { clearingTexts, entryKindTexts, payoutStatusTexts, verdictTexts } from '../texts/settlement.ts'
import type { Cell } from './csv.ts'
import { currencyOut, instantOut, minorOut, wireInstant, wireInstantOrNull, wireMinor } from './wire.ts'

const meanings = (words: Readonly<Record<string, string>>): string =>
  Object.entries(words)
    .map(([word, meaning]) => `\`${word}\`: ${meaning}`)
    .join(' ')

const statusNames = Object.keys(payoutStatuses) as [PayoutStatus] // its own keys, one at least
const kindNames = Object.keys(entryKinds) as [EntryKind] // likewise
const verdictNames = Object.keys(verdicts) as [Verdict] // likewise

const inWords = z.string().meta({ description: 'In words, in the language asked for.' })

export const payoutOut = z
  .object({
    payoutId: z.string().meta({ description: 'The gateway’s.' }),
    coverage: z.string(),
    status: z.enum(statusNames).meta({ description: meanings(payoutStatuses) }),
    statusText: inWords,
    currency: currencyOut,
    amountMinor: minorOut.meta({ description: 'What reaches the bank; below zero, what is drawn from it.' }),
    createdAt: instantOut,
    arrivesAt: instantOut.meta({ description: 'When it is at the bank, or is to be.' }),
    entries: z.int().nullable().meta({ description: 'How many entries it took along; null while that is not known.' }),
    capturedMinor: minorOut,
    refundedMinor: minorOut.meta({ description: 'Below zero; less what came back.' }),
    disputedMinor: minorOut.meta({ description: 'Below zero; less what was given back.' }),
    feesMinor: minorOut,
    otherMinor: minorOut.meta({ description: 'Payouts that came back, and adjustments.' }),
  })
  .meta({ id: 'Payout' })

export function payoutView(row: PayoutSums, language: Language): z.input<typeof payoutOut> {
  const { payoutId, coverage, status, currency } = row
  return {
    payoutId,
    coverage,
    status,
    statusText: say(payoutStatusTexts[status], language, {}),
    currency,
    amountMinor: wireMinor(row.amountMinor),
    createdAt: wireInstant(row.createdAt),
    arrivesAt: wireInstant(row.arrivesAt),
    entries: row.entriesRead ? Number(row.entries) : null,
    capturedMinor: wireMinor(row.capturedMinor),
    refundedMinor: wireMinor(row.refundedMinor),
    disputedMinor: wireMinor(row.disputedMinor),
    feesMinor: wireMinor(row.feesMinor),
    otherMinor: wireMinor(row.otherMinor),
  }
}

export const entryOut = z
  .object({
    entryId: z.string().meta({ description: 'The gateway’s.' }),
    kind: z.enum(kindNames).meta({ description: meanings(entryKinds) }),
    kindText: inWords,
    verdict: z.enum(verdictNames).meta({ description: meanings(verdicts) }),
    verdictText: inWords,
    currency: currencyOut,
    amountMinor: minorOut.meta({ description: 'Before the fee; below zero, what left.' }),
    feeMinor: minorOut,
    netMinor: minorOut.meta({ description: 'What it leaves in the balance.' }),
    accountId: z.string().nullable(),
    chargeId: z.string().nullable(),
    sourceId: z.string().nullable().meta({ description: 'The charge, refund or dispute of ours that it settles.' }),
    paymentId: z.string().nullable().meta({ description: 'The gateway’s.' }),
    createdAt: instantOut,
    availableAt: instantOut,
  })
  .meta({ id: 'BalanceEntry' })

export function entryView(row: EntryRow, language: Language): z.input<typeof entryOut> {
  const { entryId, kind, verdict, currency, accountId, chargeId, sourceId, paymentId } = row
  return {
    entryId,
    kind,
    kindText: say(entryKindTexts[kind], language, {}),
    verdict,
    verdictText: say(verdictTexts[verdict], language, {}),
    currency,
    amountMinor: wireMinor(row.amountMinor),
    feeMinor: wireMinor(row.feeMinor),
    netMinor: wireMinor(row.amountMinor - row.feeMinor),
    accountId,
    chargeId,
    sourceId,
    paymentId,
    createdAt: wireInstant(row.createdAt),
    availableAt: wireInstant(row.availableAt),
  }
}

export const clearingOut = z
  .object({
    coverage: z.string(),
    currency: currencyOut,
    readThrough: instantOut.nullable().meta({ description: 'Up to when the balance was read; null: never yet.' }),
    clearingMinor: minorOut.meta({ description: 'What our books have at the gateway.' }),
    balanceMinor: minorOut.meta({ description: 'What the gateway’s entries come to.' }),
    unsettled: z.int().meta({ description: 'Moved in our books and not entered by the gateway, or not read yet.' }),
    unsettledMinor: minorOut,
    open: z.int().meta({ description: 'Entered by the gateway and not in our books.' }),
    openMinor: minorOut,
    differenceMinor: minorOut.meta({ description: 'What none of these explains: anything but 0 is a fault.' }),
    agrees: z.boolean(),
    text: inWords,
  })
  .meta({ id: 'Clearing' })

export function clearingView(
  row: Clearing,
  of: { readonly coverage: string; readonly currency: string },
  language: Language,
): z.input<typeof clearingOut> {
  const agrees = row.differenceMinor === 0n && row.open === 0n
  const text = row.readThrough === null ? clearingTexts.unread : agrees ? clearingTexts.agrees : clearingTexts.differs
  return {
    ...of,
    readThrough: wireInstantOrNull(row.readThrough),
    clearingMinor: wireMinor(row.clearingMinor),
    balanceMinor: wireMinor(row.balanceMinor),
    unsettled: Number(row.unsettled),
    unsettledMinor: wireMinor(row.unsettledMinor),
    open: Number(row.open),
    openMinor: wireMinor(row.openMinor),
    differenceMinor: wireMinor(row.differenceMinor),
    agrees,
    text: say(text, language, {}),
  }
}

export const entryHeadings = [
  'entry_id',
  'kind',
  'verdict',
  'currency',
  'amount',
  'fee',
  'net',
  'account_id',
  'charge_id',
  'payment_id',
  'created_at',
] as const

const rowsAtOnce = 1_000

/** For a download, a page at a time. */
export async function* allPayoutEntries(
  queries: Queries,
  of: { readonly coverage: string; readonly payoutId: string },
): AsyncGenerator<Cell[]> {
  let after: TimePlace | null = null
  for (;;) {
    const rows = await listPayoutEntries(queries, { ...of, after, limit: rowsAtOnce })
    for (const row of rows) {
      const major = (amountMinor: bigint) => toDecimalString(amountMinor, row.currency)
      const { entryId, kind, verdict, currency, amountMinor, feeMinor, accountId, chargeId, paymentId } = row
      const sums = [major(amountMinor), major(feeMinor), major(amountMinor - feeMinor)]
      yield [entryId, kind, verdict, currency, ...sums, accountId, chargeId, paymentId, wireInstant(row.createdAt)]
    }
    const last = rows.at(-1)
    if (!last || rows.length < rowsAtOnce) return
    after = { at: last.createdAt, id: last.entryId }
  }
}
