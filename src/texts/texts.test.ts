import { describe, expect, test } from 'vitest'
import { instant, type Month, parseDay, parseInstant, parseMonth } from '../domain/calendar.ts'
import { declineTable } from '../domain/decline.ts'
import { adviceTexts, automaticRetryTexts, declineForPayer, declineForStaff } from './declines.ts'
import { formatCard, formatDay, formatMoment, formatMoney, formatMonth } from './format.ts'
import { type Language, languages, type Sentence, say } from './language.ts'
import { activateRefusalTexts } from './refusals.ts'
import { skipTexts } from './skips.ts'

test('F38 F39 a sum is shown in the decimals of its currency, to the last digit', () => {
  const check = (amountMinor: bigint, currency: string, language: Language, expected: string) =>
    expect(formatMoney(amountMinor, currency, language).replaceAll('\u00a0', ' '), currency).toBe(expected)
  check(31195n, 'USD', 'en', '$311.95')
  check(31195n, 'USD', 'ja', '$311.95')
  check(24381n, 'JPY', 'en', '¥24,381')
  check(24381n, 'JPY', 'ja', '24,381円')
  check(-24381n, 'JPY', 'ja', '-24,381円')
  check(0n, 'JPY', 'ja', '0円')
  check(1n, 'USD', 'en', '$0.01')
  check(-5n, 'USD', 'en', '-$0.05')
  check(100n, 'USD', 'en', '$1.00')
  check(1234567n, 'KWD', 'en', 'KWD 1,234.567')
  check(1234567n, 'IQD', 'en', 'IQD 1,234.567')
  check(1500n, 'UGX', 'en', 'UGX 1,500')
  check(12345678901234567890n, 'USD', 'en', '$123,456,789,012,345,678.90')
})

test('dates, months and cards', () => {
  const at = parseInstant('2027-03-03T09:00:00Z')
  expect(formatMoment(at, 'UTC', 'en')).toBe('3 Mar, 09:00 UTC')
  expect(formatMoment(at, 'UTC', 'ja')).toBe('3月3日 09:00 UTC')
  expect(formatMoment(at, 'Asia/Tokyo', 'ja')).toBe('3月3日 18:00 JST')
  const day = parseDay('2027-03-02')
  const month = parseMonth('2027-01')
  if (!day || !month) throw new Error('not dates')
  expect([formatDay(day, 'en'), formatDay(day, 'ja')]).toEqual(['2 March 2027', '2027年3月2日'])
  expect([formatMonth(month, 'en'), formatMonth(month, 'ja')]).toEqual(['January 2027', '2027年1月'])
  expect(formatCard({ brand: 'visa', last4: '0341' })).toBe('Visa •••• 0341')
  expect(formatCard({ brand: 'constructor', last4: '0341' })).toBe('constructor •••• 0341')
})

// The month is one by inspection.
const card = { brand: 'visa', last4: '4291', expMonth: '2027-01' as Month }
const line = { field: 'amount', found: '1e3', expected: '12' }
const known = { ...card, ...line, at: instant(0), until: instant(0), zone: 'UTC' }
const unknown = { ...known, at: null, until: null }

test('an expired card is named with its month', () => {
  const { en, ja } = both(declineForPayer('expired'), card)
  expect(en).toBe('Visa •••• 4291 expired in January 2027.')
  expect(ja).toBe('Visa •••• 4291\u2009は2027年1月に有効期限が切れました。')
})

test('a payer is told nothing of what only staff may know', () => {
  for (const reason of ['lost', 'stolen', 'withheld', 'restricted', 'fraud_suspected', 'blocked'] as const) {
    expect(both(declineForPayer(reason), card)).toEqual(both(declineForPayer('unexplained'), card))
    expect(both(declineForStaff(reason), card)).not.toEqual(both(declineForStaff('unexplained'), card))
  }
})

describe('every sentence', () => {
  const reasons = Object.values(declineTable).flatMap((codes) => Object.values(codes).map((row) => row.reason))
  const sentences: Record<string, Sentence<typeof known | typeof unknown>> = {
    ...adviceTexts,
    ...automaticRetryTexts,
    ...prefixed('skip', skipTexts),
    ...prefixed('refusal', activateRefusalTexts),
    ...Object.fromEntries(reasons.map((reason) => [`reason ${reason}`, declineForStaff(reason)])),
  }
  test.each(Object.entries(sentences))('%s is whole in both languages', (_, sentence) => {
    for (const facts of [known, unknown]) {
      const { en, ja } = both(sentence, facts)
      expect(en).toMatch(/^["A-Z].*[.?]$/)
      expect(ja).toMatch(/(。|：.+)$/)
      expect(`${en}${ja}`).not.toMatch(/null|undefined|Invalid|!|！| {2}|unfortunately|oops/i)
      // Full-width punctuation and half-width figures in Japanese.
      expect(ja).not.toMatch(/[、。]\s|[０-９]|[ぁ-ん][,.]/)
    }
  })
})

const both = <Values>(sentence: Sentence<Values>, values: Values) => {
  const [en = '', ja = ''] = languages.map((language) => say(sentence, language, values))
  return { en, ja }
}
function prefixed<T>(prefix: string, texts: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [`${prefix} ${key}`, text]))
}
