/** How long an API key is good for. Wall time. */
import { dayMs, type Instant, minuteMs } from './calendar.ts'

export interface KeyTimes {
  readonly expiresAt: Instant | null
  readonly revokedAt: Instant | null
  /** Of the key before the last rotation; null when there is none. */
  readonly formerGoodUntil: Instant | null
}

/** A platform has a week to hand the new key to its machines, unless it says otherwise. */
export const rotationGraceMs = 7 * dayMs
export const longestGraceMs = 30 * dayMs

/** The time of a key's last use is written at most this often. */
export const touchKeyEveryMs = minuteMs

export function isGood(key: KeyTimes, shown: 'key' | 'former', wall: Instant): boolean {
  if (key.revokedAt !== null) return false
  if (key.expiresAt !== null && wall >= key.expiresAt) return false
  return shown === 'key' || (key.formerGoodUntil !== null && wall < key.formerGoodUntil)
}
