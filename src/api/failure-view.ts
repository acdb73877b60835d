/** A failed payment in words: public code, plain reason, what to do, what happens by itself (B11). */
import type { Caller } from '../domain/access.ts'
import { type Instant, type Month, parseMonth } from '../domain/calendar.ts'
import { type DeclineCodes, publicCodes, type ReadDecline, readDecline } from '../domain/decline.ts'
import type { NextAutomatic } from '../domain/payment-view.ts'
import type { OutstandingInvoice } from '../operations/read-payment-settings.ts'
import type { DeclinedView, OrderCharge } from '../postgres/payment-settings-read.ts'
import { adviceTexts, automaticRetryTexts, declineForPayer, declineForStaff } from '../texts/declines.ts'
import { type Language, say } from '../texts/language.ts'
import { failedOrderTexts, missingAdviceText, notAutomaticText } from '../texts/payment-settings.ts'
import { skipTexts } from '../texts/skips.ts'
import { wireInstant, wireMinor } from './wire.ts'

interface Reader {
  readonly caller: Caller
  readonly language: Language
}

/** Null while nothing has failed. */
export function invoiceFailure(invoice: OutstandingInvoice, zone: string, reader: Reader) {
  const { language } = reader
  if (invoice.failedAt === null) return null
  const refused = refusalIn(invoice)
  const automatic = automaticSentence(invoice.automatic, zone, language)
  const at = wireInstant(refused?.at ?? invoice.failedAt)
  // The method went missing after a decline, or there never was one: no issuer's words help then.
  if (!refused || invoice.method !== 'card' || invoice.failureCode === 'missing') {
    const reason = invoice.skipReason ?? 'method_missing'
    return {
      code: publicCode(invoice.failureCode),
      amountMinor: wireMinor(invoice.dueMinor),
      card: null,
      at,
      reason: say(skipTexts[reason], language, { until: invoice.skipUntil, zone }),
      advice: say(missingAdviceText, language, undefined),
      automatic,
      ...staffPart(reader, null, null),
    }
  }
  return { ...refusedPart(refused, reader), at, automatic }
}

/** Contact support, no Activate, never again by itself (B13). */
export function orderFailure(order: OrderCharge, reader: Reader) {
  const { language } = reader
  const refused = refusalIn(order)
  const words = {
    advice: say(failedOrderTexts.advice, language, undefined),
    automatic: say(failedOrderTexts.automatic, language, undefined),
  }
  if (refused) return { ...refusedPart(refused, reader), at: wireInstant(refused.at), ...words }
  return {
    code: publicCode(order.failureCode ?? 'processing_error'),
    amountMinor: wireMinor(order.amountMinor),
    card: null,
    at: wireInstant(order.chargeAt),
    reason: say(declineForPayer('processing_failed'), language, noCard),
    ...words,
    ...staffPart(reader, null, null),
  }
}

interface Refusal {
  readonly codes: DeclineCodes
  readonly at: Instant
  readonly amountMinor: bigint
  readonly card: { readonly brand: string; readonly last4: string; readonly expMonth: Month }
}

/** Null when no issuer refused it. */
function refusalIn(row: DeclinedView): Refusal | null {
  const { declinedAt, declinedMinor, errorCode, declineCode, adviceCode, networkCode } = row
  const { declinedBrand: brand, declinedLast4: last4, declinedExpMonth, declinedExpYear } = row
  const expMonth = parseMonth(`${declinedExpYear}-${String(declinedExpMonth).padStart(2, '0')}`)
  if (declinedAt === null || declinedMinor === null || errorCode === null || !brand || !last4 || !expMonth) return null
  const codes = { code: errorCode, declineCode, adviceCode, networkCode }
  return { codes, at: declinedAt, amountMinor: declinedMinor, card: { brand, last4, expMonth } }
}

function refusedPart({ codes, amountMinor, card }: Refusal, reader: Reader) {
  const { caller, language } = reader
  const decline = readDecline(codes, card.brand)
  const sentence = caller.kind === 'staff' ? declineForStaff(decline.reason) : declineForPayer(decline.reason)
  return {
    code: decline.publicCode,
    amountMinor: wireMinor(amountMinor),
    card: { brand: card.brand, last4: card.last4 },
    reason: say(sentence, language, card),
    advice: say(adviceTexts[decline.advice], language, undefined),
    ...staffPart(reader, codes, decline),
  }
}

/** What staff see beside it, and nobody else: the issuer's own codes, and our fine reason. */
export const staffPart = ({ caller }: Reader, codes: DeclineCodes | null, decline: ReadDecline | null) =>
  caller.kind === 'staff' && codes && decline
    ? { staff: { ...codes, reason: decline.reason, retry: decline.retry.kind } }
    : {}

/** What happens by itself, and when. */
export function automaticSentence({ at, heldBackBy }: NextAutomatic, zone: string, language: Language): string {
  if (heldBackBy === null) {
    return at === null
      ? say(notAutomaticText, language, undefined)
      : say(automaticRetryTexts.daily, language, { at, zone })
  }
  const { reason, until } = heldBackBy
  if (reason === 'code_forbids_retry') return say(automaticRetryTexts.never, language, { at, zone })
  if (reason === 'customer_needed') return say(automaticRetryTexts.customer, language, { at, zone })
  if (at !== null) return say(automaticRetryTexts.after, language, { at, zone })
  return say(skipTexts[reason], language, { until, zone })
}

export const publicCode = (code: string | null) => publicCodes.find((known) => known === code) ?? 'card_declined'

// Said only of reasons that name no card.
const noCard = { brand: '', last4: '', expMonth: '' as Month }
