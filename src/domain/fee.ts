/**
 * One raw record of a platform's fees → a fee, or a refusal that says what would be right.
 *
 * Amounts stay decimal text from the file to PostgreSQL's `numeric`: no float ever sees them. Every rule that needs no
 * database is here, in a fixed order, so that a file can be judged without one; accounts and months come after.
 */
import { isAccountId } from './bucket.ts'
import {
  type Day,
  type Instant,
  lastDayOf,
  type Month,
  monthAt,
  monthOfDay,
  nextMonth,
  parseDay,
  parseMonth,
} from './calendar.ts'
import { type CoverageRules, taxRateOn } from './coverage.ts'
import { readDecimal } from './decimal.ts'
import type { ContentRefusal, FeeField, NumberField } from './fee-refusal.ts'

/** As read: text, or whatever else a line of JSON may hold in that place. Absent, null and empty are the same. */
export type RawFee = { readonly [Field in FeeField]?: unknown }

export interface Fee {
  /** The platform's own name of this line, unique within the account. */
  readonly externalId: string
  readonly accountId: string
  readonly coverage: string
  /** The month of the line's day; the month that bills it may be a later one. */
  readonly month: Month
  readonly day: Day
  /** The line concerns the whole month and stands on its last day. */
  readonly wholeMonth: boolean
  readonly item: string
  /** Decimals in major units, in the one spelling that `readDecimal` gives. */
  readonly unitPrice: string | null
  readonly quantity: string | null
  readonly amount: string
  readonly taxRateBp: number
  /** JSON text of an object of strings. */
  readonly attributes: string | null
}

export type ReadFee = (raw: RawFee) => Fee | ContentRefusal
export const isRefusal = (read: Fee | ContentRefusal): read is ContentRefusal => 'code' in read

/** The tax category of a line that names none. */
const usual = 'standard'

const limits = { externalId: 200, item: 500, attributes: 8192, short: 64, number: 64 } as const

/** A reader for one import: it remembers the days, rates and latest months it has worked out. `now` is business time. */
export function feeReader(coverages: ReadonlyMap<string, CoverageRules>, now: Instant): ReadFee {
  const placeOf = placing(coverages, now)
  return (raw) => {
    const externalId = textIn(raw, 'externalId', limits.externalId)
    if (typeof externalId !== 'string') return externalId ?? missing('externalId')
    const accountId = textIn(raw, 'accountId', limits.short)
    if (typeof accountId !== 'string') return accountId ?? missing('accountId')
    if (!isAccountId(accountId)) return { code: 'account_malformed', field: 'accountId', value: accountId }
    const coverage = textIn(raw, 'coverage', limits.short)
    if (typeof coverage !== 'string') return coverage ?? missing('coverage')
    const date = textIn(raw, 'date', limits.short)
    if (typeof date !== 'string') return date ?? missing('date')
    const taxCategory = textIn(raw, 'taxCategory', limits.short) ?? usual
    if (typeof taxCategory !== 'string') return taxCategory
    const place = placeOf(coverage, date, taxCategory)
    if ('code' in place) return place
    const currency = textIn(raw, 'currency', limits.short) ?? place.currency
    if (typeof currency !== 'string') return currency
    if (currency !== place.currency) {
      return { code: 'currency_differs', field: 'currency', value: currency, right: place.currency }
    }
    const item = textIn(raw, 'item', limits.item, proseForbids)
    if (typeof item !== 'string') return item ?? missing('item')
    const amount = numberIn(raw, 'amount')
    if (typeof amount !== 'string') return amount ?? missing('amount')
    const unitPrice = numberIn(raw, 'unitPrice')
    if (typeof unitPrice === 'object' && unitPrice) return unitPrice
    const quantity = numberIn(raw, 'quantity')
    if (typeof quantity === 'object' && quantity) return quantity
    const attributes = attributesIn(raw.attributes)
    if (typeof attributes === 'object' && attributes) return attributes
    const { month, day, wholeMonth, taxRateBp } = place
    return {
      externalId,
      accountId,
      coverage,
      month,
      day,
      wholeMonth,
      item,
      unitPrice,
      quantity,
      amount,
      taxRateBp,
      attributes,
    }
  }
}

const missing = (field: FeeField): ContentRefusal => ({ code: 'missing', field })

/** What nearly every value is: one look instead of three. */
const printable = /^[ -~]*$/

// Names and codes hold no control characters at all; prose may be broken into lines. NUL breaks PostgreSQL's text, and
// the others break whatever prints them.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const nameForbids = /[\u0000-\u001f\u007f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const proseForbids = /[\u0000-\u0008\u000b-\u001f\u007f]/

function textIn(raw: RawFee, field: FeeField, limit: number, forbidden = nameForbids): string | ContentRefusal | null {
  const value = raw[field]
  if (value === undefined || value === null || value === '') return null
  if (typeof value !== 'string') return { code: 'not_text', field }
  if (value.length <= limit && printable.test(value)) return value
  if (value.length > limit) return { code: 'too_long', field, limit }
  if (forbidden.test(value)) return { code: 'control_character', field }
  // Half of a surrogate pair, which JSON can spell and UTF-8 cannot.
  if (!value.isWellFormed()) return { code: 'not_unicode', field }
  return value
}

interface Place {
  readonly month: Month
  readonly day: Day
  readonly wholeMonth: boolean
  readonly taxRateBp: number
  readonly currency: string
}
type PlaceOf = (coverage: string, date: string, taxCategory: string) => Place | ContentRefusal

/** A file repeats few days a million times. */
const placesRemembered = 10_000

function placing(coverages: ReadonlyMap<string, CoverageRules>, now: Instant): PlaceOf {
  const places = new Map<string, Map<string, Place | ContentRefusal>>()
  return (coverage, date, taxCategory) => {
    let days = places.get(coverage)
    if (!days || days.size >= placesRemembered) {
      days = new Map()
      if (coverages.has(coverage)) places.set(coverage, days)
    }
    const key = taxCategory === usual ? date : `${date} ${taxCategory}`
    let place = days.get(key)
    if (!place) {
      place = findPlace(coverages, now, coverage, date, taxCategory)
      days.set(key, place)
    }
    return place
  }
}

function findPlace(
  coverages: ReadonlyMap<string, CoverageRules>,
  now: Instant,
  coverage: string,
  date: string,
  taxCategory: string,
): Place | ContentRefusal {
  const rules = coverages.get(coverage)
  if (!rules) {
    return { code: 'coverage_not_configured', field: 'coverage', value: coverage, known: [...coverages.keys()] }
  }
  const days = parseFeeDate(date)
  if (!days) return { code: 'date_malformed', field: 'date', value: date }
  const month = monthOfDay(days.day)
  const latest = nextMonth(monthAt(now, rules.timeZone))
  if (month > latest) return { code: 'date_too_late', field: 'date', value: date, latest }
  const taxRateBp = taxRateOn(rules, taxCategory, days.day)
  if (taxRateBp === null) {
    const known = [...new Set(rules.taxRates.map((rate) => rate.category))]
    return { code: 'tax_category_unknown', field: 'taxCategory', value: taxCategory, known }
  }
  return { ...days, month, taxRateBp, currency: rules.currency }
}

/** `20270103`, `2027-01-03`, or a whole month as `202701`, `2027-01`; null for anything else, or before 2000. */
export function parseFeeDate(text: string): { readonly day: Day; readonly wholeMonth: boolean } | null {
  const match = /^(2\d{3})(-?)(\d{2})(?:\2(\d{2}))?$/.exec(text)
  if (!match) return null
  const [, year, , month, date] = match
  if (date !== undefined) {
    const day = parseDay(`${year}-${month}-${date}`)
    return day && { day, wholeMonth: false }
  }
  const whole = parseMonth(`${year}-${month}`)
  return whole && { day: lastDayOf(whole), wholeMonth: true }
}

function numberIn(raw: RawFee, field: NumberField): string | ContentRefusal | null {
  const value = textIn(raw, field, limits.number)
  if (typeof value !== 'string') return value
  const read = readDecimal(value)
  return typeof read === 'string' ? read : { ...read, field, value }
}

function attributesIn(value: unknown): string | ContentRefusal | null {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object' || Array.isArray(value)) return { code: 'attributes_malformed', field: 'attributes' }
  // JSON makes plain objects, so nothing inherited can show up here.
  const object = value as Readonly<Record<string, unknown>>
  let count = 0
  for (const name in object) {
    const text = object[name]
    count++
    if (typeof text !== 'string') return { code: 'attributes_malformed', field: 'attributes' }
    if (printable.test(name) && printable.test(text)) continue
    if (nameForbids.test(name) || proseForbids.test(text)) return { code: 'control_character', field: 'attributes' }
    if (!name.isWellFormed() || !text.isWellFormed()) return { code: 'not_unicode', field: 'attributes' }
  }
  if (count === 0) return null
  const json = JSON.stringify(value)
  return json.length > limits.attributes ? { code: 'too_long', field: 'attributes', limit: limits.attributes } : json
}
