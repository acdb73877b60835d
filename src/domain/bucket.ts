/**
 * Where an account's rows live when one database is no longer enough (docs/decisions/0003).
 *
 * A bucket is a fixed hash of the account id, 0-63, first in every key of an account-owned table. It never changes, and
 * every id we make for an account carries it, so that `bucketOf(id)` needs no look-up.
 */
import type { Instant } from './calendar.ts'

export const bucketCount = 64
export const allBuckets: readonly number[] = Array.from({ length: bucketCount }, (_, bucket) => bucket)

const accountIdPattern = /^OP[0-9]{10}$/
export const isAccountId = (text: string): boolean => accountIdPattern.test(text)

/** The top six bits of (the id's ten digits × 2654435761) modulo 2^32: Fibonacci hashing, so that runs of ids spread. */
export function bucketOfAccount(accountId: string): number {
  if (!isAccountId(accountId)) throw new RangeError(`not an account id (OP and ten digits): ${accountId}`)
  return Math.imul(Number(accountId.slice(2)) % 2 ** 32, 0x9e3779b1) >>> 26
}

/** The bucket inside an id made by `makeId`. Throws a RangeError on anything that is not one. */
export function bucketOf(id: string): number {
  const match = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-([89ab][0-9a-f])[0-9a-f]{2}-[0-9a-f]{12}$/.exec(id)
  if (!match?.[1]) throw new RangeError(`not an id of ours: ${id}`)
  return Number.parseInt(match[1], 16) & 0x3f
}

/**
 * A UUIDv7 of business time `at` whose ninth byte is the version bits and the account's bucket.
 * `random` is at least 9 fresh random bytes; they are passed in so that a simulation can repeat itself.
 */
export function makeId(bucket: number, at: Instant, random: Uint8Array): string {
  const hex = (index: number): string => byteHex[random[index] ?? 0] ?? '00'
  const time = at.toString(16).padStart(12, '0')
  const tail = hex(3) + hex(4) + hex(5) + hex(6) + hex(7) + hex(8)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(0).slice(1)}${hex(1)}-${byteHex[0x80 | bucket]}${hex(2)}-${tail}`
}

const byteHex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
