/**
 * Business time: instants, calendar days and billing months.
 *
 * An instant is epoch milliseconds, a day is `YYYY-MM-DD`, a month is `YYYY-MM`: plain values that compare with `<`.
 * Zones are asked for only here, so that "the first of the month" always means the coverage's first, never the
 * server's (F50), and a day that daylight saving makes 23 or 25 hours long stays one day (F49).
 */
import { Temporal } from 'temporal-polyfill'

declare const instantBrand: unique symbol
declare const dayBrand: unique symbol
declare const monthBrand: unique symbol

/** Epoch milliseconds of business time. */
export type Instant = number & { readonly [instantBrand]: true }
/** A calendar day of some coverage's zone, `YYYY-MM-DD`. */
export type Day = string & { readonly [dayBrand]: true }
/** A billing month, `YYYY-MM`. */
export type Month = string & { readonly [monthBrand]: true }

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

export const instant = (epochMs: number): Instant => epochMs as Instant
export const plusMs = (at: Instant, durationMs: number): Instant => (at + durationMs) as Instant

/** Reads an ISO 8601 instant such as `2027-03-01T06:00:00Z`; throws a RangeError on anything else. */
export const parseInstant = (text: string): Instant => Temporal.Instant.from(text).epochMilliseconds as Instant

/**
 * `2027-02-28` → a day, or null when there is no such day, or none that anybody means: "for ever" written as a date would
 * leave the calendar when days are added to it.
 */
export function parseDay(text: string): Day | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!match) return null
  const [year, month, date] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const meant = year >= 1900 && year <= 2999
  return meant && month >= 1 && month <= 12 && date >= 1 && date <= daysIn(year, month) ? (text as Day) : null
}

/** `2027-02` → a month, or null when there is no such month. */
export function parseMonth(text: string): Month | null {
  return /^\d{4}-(0[1-9]|1[0-2])$/.test(text) ? (text as Month) : null
}

export const monthOfDay = (day: Day): Month => day.slice(0, 7) as Month
export const firstDayOf = (month: Month): Day => `${month}-01` as Day
export const lastDayOf = (month: Month): Day => {
  const [year, number] = yearAndMonth(month)
  return `${month}-${String(daysIn(year, number)).padStart(2, '0')}` as Day
}

export function addMonths(month: Month, count: number): Month {
  const [year, number] = yearAndMonth(month)
  const index = year * 12 + (number - 1) + count
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}` as Month
}
export const nextMonth = (month: Month): Month => addMonths(month, 1)
export const previousMonth = (month: Month): Month => addMonths(month, -1)

/** Every month from `from` to `to`, both included; empty when `from` is later. */
export function monthsBetween(from: Month, to: Month): Month[] {
  const months: Month[] = []
  for (let month = from; month <= to; month = nextMonth(month)) months.push(month)
  return months
}

export const addDays = (day: Day, count: number): Day =>
  new Date(Date.parse(`${day}T00:00:00Z`) + count * dayMs).toISOString().slice(0, 10) as Day

/** The calendar day it is at `at` in `zone`. */
export function dayAt(at: Instant, zone: string): Day {
  // UTC is both coverages' default and asked for on every charge: no zone look-up is needed for it.
  if (zone === 'UTC') return utcDay(Math.floor(at / dayMs))
  return zoned(at, zone).toPlainDate().toString() as Day
}

// Thousands of rows in a row ask for the same day.
let latest: { readonly number: number; readonly day: Day } | null = null
function utcDay(number: number): Day {
  if (latest?.number !== number) latest = { number, day: new Date(number * dayMs).toISOString().slice(0, 10) as Day }
  return latest.day
}

export const monthAt = (at: Instant, zone: string): Month => monthOfDay(dayAt(at, zone))

/**
 * The instant of `time` (`HH:MM`) on `day` in `zone`. A time that daylight saving skips is as long after the gap as it
 * lies in it; one that happens twice is the first of the two.
 */
export function instantOn(day: Day, time: string, zone: string): Instant {
  if (zone === 'UTC') return Date.parse(`${day}T${time}:00Z`) as Instant
  return Temporal.PlainDateTime.from(`${day}T${time}`).toZonedDateTime(zone).epochMilliseconds as Instant
}

const zoned = (at: Instant, zone: string) => Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
const yearAndMonth = (month: Month): [number, number] => [Number(month.slice(0, 4)), Number(month.slice(5, 7))]

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
