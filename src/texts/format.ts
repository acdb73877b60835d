/**
 * Sums, dates and cards as people read them. `Intl` does the wording; the figures come from whole minor units and never
 * pass through a float, so a sum of any size is shown to its last digit (F38, F39).
 */
import type { Day, Instant, Month } from '../domain/calendar.ts'
import { exponentOf, toDecimalString } from '../domain/money.ts'
import type { Language } from './language.ts'

/**
 * `31195n, 'USD'` → `$311.95`; `24381n, 'JPY'` → `¥24,381`, in Japanese `24,381円`. `currency` is ISO 4217, upper case;
 * one that cannot be a currency throws a RangeError.
 */
export function formatMoney(amountMinor: bigint, currency: string, language: Language): string {
  const digits = exponentOf(currency)
  // ISO 4217's digits, not those `Intl` holds to be customary: they differ, and then a sum would be a thousandfold off.
  const format = new Intl.NumberFormat(moneyLocales[language], {
    ...(language === 'ja' && currency === 'JPY' ? {} : { style: 'currency', currency }),
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  // Sure to be a numeral: a sign, figures and at most one point.
  const figures = format.format(toDecimalString(amountMinor, currency) as Intl.StringNumericLiteral)
  return language === 'ja' && currency === 'JPY' ? `${figures}円` : figures
}

/** `3 Mar, 09:00 UTC`, in Japanese `3月3日 09:00 UTC`, by the clocks of `zone`. */
export const formatMoment = (at: Instant, zone: string, language: Language): string =>
  new Intl.DateTimeFormat(dateLocales[language], { ...momentParts, timeZone: zone }).format(at)

/** `2 March 2027`, in Japanese `2027年3月2日`. */
export const formatDay = (day: Day, language: Language): string =>
  new Intl.DateTimeFormat(dateLocales[language], { dateStyle: 'long', timeZone: 'UTC' }).format(Date.parse(day))

/** `January 2027`, in Japanese `2027年1月`. */
export const formatMonth = (month: Month, language: Language): string =>
  new Intl.DateTimeFormat(dateLocales[language], { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(
    Date.parse(month),
  )

/** `Visa •••• 0341`; `brand` as the gateway spells it. */
export const formatCard = (card: { readonly brand: string; readonly last4: string }): string =>
  `${Object.hasOwn(brandNames, card.brand) ? brandNames[card.brand] : card.brand} •••• ${card.last4}`

const moneyLocales: Readonly<Record<Language, string>> = { en: 'en-US', ja: 'ja-JP' }
const dateLocales: Readonly<Record<Language, string>> = { en: 'en-GB', ja: 'ja-JP' }

const momentParts: Intl.DateTimeFormatOptions = {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
}

const brandNames: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  jcb: 'JCB',
  diners: 'Diners Club',
  discover: 'Discover',
  unionpay: 'UnionPay',
}
