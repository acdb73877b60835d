/** A registration as the API shows it: how it ended, and the story of its hold (B3). */
import type { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import type { Month } from '../domain/calendar.ts'
import { isSettled } from '../domain/charge.ts'
import { readDecline } from '../domain/decline.ts'
import { registrationEnd } from '../domain/registration.ts'
import type { VerificationView } from '../postgres/payment-settings-read.ts'
import { declineForPayer, declineForStaff } from '../texts/declines.ts'
import { type Language, say } from '../texts/language.ts'
import { expiredCardText, registrationAdviceTexts, registrationFailureTexts } from '../texts/payment-settings.ts'
import { staffPart } from './failure-view.ts'
import type { registrationOut } from './payment-settings-schema.ts'
import { wireInstantOrNull, wireMinor } from './wire.ts'

interface Reader {
  readonly caller: Caller
  readonly language: Language
}

/** Of a row that has a registration: every other column is there then. */
type Row = { readonly [Column in keyof VerificationView]?: VerificationView[Column] | null | undefined }

export function registrationView(row: Row, currency: string, reader: Reader): z.input<typeof registrationOut> {
  const { registrationId, verificationStatus: status, verificationMinor } = row
  if (!registrationId || !status || verificationMinor == null) throw new Error('there is no registration in this row')
  const provenBrand = row.provenBrand ?? null
  const end = registrationEnd({
    status,
    releasingAt: row.releasingAt ?? null,
    failureCode: row.failureCode ?? null,
    registered: row.registered ?? false,
    brand: provenBrand,
  })
  const placedAt = provenBrand === null || verificationMinor === 0n ? null : (row.heldAt ?? null)
  return {
    registrationId,
    status: end === null ? 'pending' : end.registered ? 'registered' : 'failed',
    hold: {
      amountMinor: wireMinor(verificationMinor),
      currency,
      status: placedAt === null ? 'none' : isSettled(status) ? 'released' : 'placed',
      placedAt: wireInstantOrNull(placedAt),
      releasedAt: placedAt === null ? null : wireInstantOrNull(row.releasedAt ?? null),
    },
    failure: end === null || end.registered ? null : { code: end.code, ...failureWords(row, end.failure, reader) },
  }
}

function failureWords(row: Row, failure: keyof typeof registrationAdviceTexts, reader: Reader) {
  const { language, caller } = reader
  const advice = say(registrationAdviceTexts[failure], language, undefined)
  if (failure !== 'declined') return { reason: say(registrationFailureTexts[failure], language, undefined), advice }
  const codes = {
    code: row.errorCode ?? 'card_declined',
    declineCode: row.declineCode ?? null,
    adviceCode: row.adviceCode ?? null,
    networkCode: row.networkCode ?? null,
  }
  const decline = readDecline(codes, row.provenBrand ?? '')
  const sentence = caller.kind === 'staff' ? declineForStaff(decline.reason) : declineForPayer(decline.reason)
  const reason =
    decline.reason === 'expired' ? say(expiredCardText, language, undefined) : say(sentence, language, noCard)
  return { reason, advice, ...staffPart(reader, codes, decline) }
}

// No other sentence than that of an expired card names one.
const noCard = { brand: '', last4: '', expMonth: '' as Month }
