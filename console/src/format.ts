/**
 * Sums, moments and cards as people read them: `Intl` does the wording, the coverage says how many places a minor unit
 * is behind the point, and no sum passes through a float.
 */
import type { Schemas } from './api/client.ts'
import { language } from './texts/said.ts'

export type Currency = Pick<Schemas['Coverage'], 'currency' | 'currencyDigits'>

/** `31195, USD` → `$311.95`; `24381, JPY` → `¥24,381`, in Japanese `24,381円`. */
export function money(amountMinor: number, { currency, currencyDigits }: Currency): string {
  const inYen = language === 'ja' && currency === 'JPY'
  const format = new Intl.NumberFormat(language === 'ja' ? 'ja-JP' : 'en-US', {
    ...(inYen ? {} : { style: 'currency', currency }),
    minimumFractionDigits: currencyDigits,
    maximumFractionDigits: currencyDigits,
  })
  const figures = format.format(decimal(amountMinor, currencyDigits) as Intl.StringNumericLiteral) // a numeral by its making
  return inYen ? `${figures}円` : figures
}

function decimal(amountMinor: number, digits: number): string {
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, '0')
  const sign = amountMinor < 0 ? '-' : ''
  return digits === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

const locale = language === 'ja' ? 'ja-JP' : 'en-GB'
const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const shortDay = { day: 'numeric', month: 'short' } as const

/** `2 Mar 2027, 10:26 UTC`; in Japanese `2027年3月2日 10:26 UTC`. */
export const moment = (at: string, timeZone: string): string =>
  new Intl.DateTimeFormat(locale, { ...shortDay, year: 'numeric', ...clock, timeZone, timeZoneName: 'short' }).format(
    Date.parse(at),
  )

/** `2 Mar, 10:26`: where the year and the zone are said elsewhere. */
export const shortMoment = (at: string, timeZone: string): string =>
  new Intl.DateTimeFormat(locale, { ...shortDay, ...clock, timeZone }).format(Date.parse(at))

/** Of an instant, in a zone: `2 Mar 2027`. */
export const dayOf = (at: string, timeZone: string): string =>
  new Intl.DateTimeFormat(locale, { ...shortDay, year: 'numeric', timeZone }).format(Date.parse(at))

/** Of a calendar day `YYYY-MM-DD`: `2 Mar 2027`. */
export const day = (date: string): string => dayOf(`${date}T00:00:00Z`, 'UTC')

/** `2027-02` → `February 2027`. */
export const month = (of: string): string =>
  new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' }).format(Date.parse(of))

/** `8, 2028` → `08/2028`; in Japanese `2028年8月`. */
export const expiry = ({ expMonth, expYear }: Pick<Schemas['Card'], 'expMonth' | 'expYear'>): string =>
  language === 'ja' ? `${expYear}年${expMonth}月` : `${String(expMonth).padStart(2, '0')}/${expYear}`

/** `2027-02` → `Feb`; in Japanese `2月`. */
export const shortMonth = (of: string): string =>
  new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' }).format(Date.parse(of))

/** An exact decimal in major units, with all its places: `0.004096, USD` → `$0.004096`. */
export function decimalMoney(amount: string, { currency, currencyDigits }: Currency): string {
  const inYen = language === 'ja' && currency === 'JPY'
  const format = new Intl.NumberFormat(language === 'ja' ? 'ja-JP' : 'en-US', {
    ...(inYen ? {} : { style: 'currency', currency }),
    minimumFractionDigits: currencyDigits,
    maximumFractionDigits: 12,
  })
  const figures = format.format(amount as Intl.StringNumericLiteral) // the API's own decimal
  return inYen ? `${figures}円` : figures
}
