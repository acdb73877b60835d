/**
 * What a person types → what the system knows it as. Each throws a WrongWord that says what would be right; commands
 * read all their words here, so that every one of them is refused in the same way.
 */
import { bucketOf, isAccountId } from '../domain/bucket.ts'
import {
  type Day,
  dayMs,
  type Instant,
  instantOn,
  type Month,
  parseDay,
  parseInstant,
  parseMonth,
  plusMs,
} from '../domain/calendar.ts'
import type { System } from './system.ts'

export class WrongWord extends Error {}

export function readMonth(text: string): Month {
  const month = parseMonth(text)
  if (month === null) throw new WrongWord(`"${text}" is no month: write it as YYYY-MM, such as 2027-02`)
  return month
}

export function readDay(text: string): Day {
  const day = parseDay(text)
  if (day === null) throw new WrongWord(`"${text}" is no day: write it as YYYY-MM-DD, such as 2027-02-01`)
  return day
}

export function readCoverage(system: Pick<System, 'coverages'>, text: string): string {
  if (system.coverages.has(text)) return text
  throw new WrongWord(`there is no coverage "${text}": there are ${[...system.coverages.keys()].join(', ')}`)
}

export function readAccountId(text: string): string {
  if (isAccountId(text)) return text
  throw new WrongWord(`"${text}" is no account id: it is OP and ten digits, such as OP0000000001`)
}

export function readInvoiceId(text: string): string {
  const id = text.toLowerCase()
  try {
    bucketOf(id)
    return id
  } catch {
    throw new WrongWord(
      `"${text}" is no invoice id: it looks like 01a208fa-7e04-788a-80ad-572ca4bec6b9; account show lists an account’s`,
    )
  }
}

/** `2027-02-01T06:00:00Z`, or a day, which is its midnight in UTC. */
export function readInstant(text: string): Instant {
  const day = parseDay(text)
  if (day !== null) return instantOn(day, '00:00', 'UTC')
  try {
    return parseInstant(text)
  } catch {
    throw new WrongWord(`"${text}" is no time: write 2027-02-01T06:00Z, or 2027-02-01 for its midnight in UTC`)
  }
}

/** Days of UTC are 24 hours long. */
export const daysLater = (now: Instant, days: number): Instant => plusMs(now, days * dayMs)
