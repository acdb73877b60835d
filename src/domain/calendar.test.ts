import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  addMonths,
  type Day,
  dayAt,
  firstDayOf,
  instant,
  instantOn,
  lastDayOf,
  type Month,
  monthAt,
  monthOfDay,
  monthsBetween,
  nextMonth,
  parseDay,
  parseInstant,
  parseMonth,
  previousMonth,
} from './calendar.ts'

/** `2027-03-14 02:30 America/New_York` → the instant. */
function checkInstant(said: string, expected: string) {
  const [day = '', time = '', zone = ''] = said.split(' ')
  expect(instantOn(day as Day, time, zone), said).toBe(parseInstant(expected)) // a day, as the table says
}

test('F49 a time of day is one instant, also where a night has 23 or 25 hours', () => {
  checkInstant('2027-02-01 06:00 UTC', '2027-02-01T06:00:00Z')
  checkInstant('2027-02-01 06:00 Asia/Tokyo', '2027-01-31T21:00:00Z')
  checkInstant('2027-03-14 01:59 America/New_York', '2027-03-14T06:59:00Z')
  // Skipped: the first moment after the gap, as long after it as the time is into it.
  checkInstant('2027-03-14 02:30 America/New_York', '2027-03-14T07:30:00Z')
  checkInstant('2027-03-14 03:00 America/New_York', '2027-03-14T07:00:00Z')
  // Twice: the first of the two.
  checkInstant('2027-11-07 01:30 America/New_York', '2027-11-07T05:30:00Z')
  checkInstant('2027-11-07 02:00 America/New_York', '2027-11-07T07:00:00Z')
  checkInstant('2027-03-28 01:30 Europe/London', '2027-03-28T01:30:00Z')
  checkInstant('2027-10-31 01:30 Europe/London', '2027-10-31T00:30:00Z')
  checkInstant('2027-10-03 02:15 Australia/Lord_Howe', '2027-10-02T15:45:00Z')
})

/** The day and the month it is at an instant in a zone. */
function checkDay(at: string, zone: string, expected: string) {
  expect(dayAt(parseInstant(at), zone), `${at} in ${zone}`).toBe(expected)
  expect(monthAt(parseInstant(at), zone)).toBe(expected.slice(0, 7))
}

test('F50 days and months end where the coverage is', () => {
  checkDay('2027-01-31T14:59:59.999Z', 'Asia/Tokyo', '2027-01-31')
  checkDay('2027-01-31T15:00:00Z', 'Asia/Tokyo', '2027-02-01')
  checkDay('2027-02-01T04:59:59Z', 'America/New_York', '2027-01-31')
  checkDay('2027-02-01T05:00:00Z', 'America/New_York', '2027-02-01')
  checkDay('2027-12-31T23:59:59.999Z', 'UTC', '2027-12-31')
  checkDay('2028-01-01T00:00:00Z', 'UTC', '2028-01-01')
})

test('F48 months have the days they have', () => {
  const last = ['2027-01-31', '2027-02-28', '2027-04-30', '2028-02-29', '2100-02-28', '2000-02-29', '2027-12-31']
  for (const day of last) expect(lastDayOf(day.slice(0, 7) as Month)).toBe(day) // the table's months
  expect(addMonths('2027-11' as Month, 3)).toBe('2028-02')
  expect(addMonths('2027-01' as Month, -1)).toBe('2026-12')
  expect(addDays('2028-02-28' as Day, 1)).toBe('2028-02-29')
  expect(addDays('2027-12-31' as Day, 1)).toBe('2028-01-01')
  expect(monthsBetween('2027-11' as Month, '2028-02' as Month)).toEqual(['2027-11', '2027-12', '2028-01', '2028-02'])
  expect(monthsBetween('2028-02' as Month, '2027-11' as Month)).toEqual([])
})

test('there is no such day or month', () => {
  for (const text of [
    '2027-02-29',
    '2027-13-01',
    '2027-00-10',
    '2027-04-31',
    '2027-1-1',
    '20270101',
    '2100-02-29',
    '9999-12-31',
    '0000-01-01',
    '',
  ]) {
    expect(parseDay(text), text).toBeNull()
  }
  for (const text of ['2027-13', '2027-00', '2027-1', '202701', '']) expect(parseMonth(text), text).toBeNull()
})

describe('for every month and every day', () => {
  const month = fc
    .tuple(fc.integer({ min: 1970, max: 2200 }), fc.integer({ min: 1, max: 12 }))
    .map(([year, number]) => `${year}-${String(number).padStart(2, '0')}` as Month) // of that form
  const zones = fc.constantFrom('UTC', 'Asia/Tokyo', 'America/New_York', 'Europe/London', 'Australia/Lord_Howe')
  const at = fc.integer({ min: 0, max: Date.UTC(2100, 0) }).map(instant)

  test('F48 no day lies between two months', () => {
    fc.assert(
      fc.property(month, (one) => {
        expect(addDays(lastDayOf(one), 1)).toBe(firstDayOf(nextMonth(one)))
        expect(previousMonth(nextMonth(one))).toBe(one)
        expect(monthOfDay(lastDayOf(one))).toBe(one)
        expect(parseDay(lastDayOf(one))).toBe(lastDayOf(one))
      }),
    )
  })

  test('F49 midnight begins the day, and a moment earlier it is the day before', () => {
    fc.assert(
      fc.property(at, zones, (moment, zone) => {
        const day = dayAt(moment, zone)
        const midnight = instantOn(day, '00:00', zone)
        expect(midnight <= moment).toBe(true)
        expect(dayAt(midnight, zone)).toBe(day)
        expect(dayAt(instant(midnight - 1), zone)).toBe(addDays(day, -1))
        expect(instantOn(addDays(day, 1), '00:00', zone) > moment).toBe(true)
      }),
    )
  })

  test('F49 a time of day falls on its own day, and a later day’s is later', () => {
    const times = fc.constantFrom('00:00', '01:30', '02:00', '02:15', '02:30', '06:00', '09:00', '23:30')
    fc.assert(
      fc.property(at, times, zones, (moment, time, zone) => {
        const day = dayAt(moment, zone)
        expect(dayAt(instantOn(day, time, zone), zone)).toBe(day)
        expect(instantOn(addDays(day, 1), time, zone) > instantOn(day, time, zone)).toBe(true)
      }),
    )
  })
})
