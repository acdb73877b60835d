import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bucketCount, bucketOf, bucketOfAccount, isAccountId, makeId } from './bucket.ts'
import { instant } from './calendar.ts'

const accountIds = fc.integer({ min: 0, max: 9_999_999_999 }).map((number) => `OP${String(number).padStart(10, '0')}`)

// The hash is for ever: a row's bucket is never changed. These are what it has always been.
test('the hash of an account id is fixed', () => {
  const known = { OP0000000000: 0, OP0000000001: 39, OP0000000002: 15, OP1234567890: 63, OP9999999999: 6 }
  expect(Object.fromEntries(Object.keys(known).map((id) => [id, bucketOfAccount(id)]))).toEqual(known)
})

test('as the formula in the database says it', () => {
  fc.assert(
    fc.property(accountIds, (id) => {
      expect(bucketOfAccount(id)).toBe(Number(((BigInt(id.slice(2)) * 2654435761n) % 4294967296n) / 67108864n))
    }),
  )
})

test('ids in a row spread evenly', () => {
  const counts = new Array<number>(bucketCount).fill(0)
  for (let number = 0; number < 64_000; number++) {
    const bucket = bucketOfAccount(`OP${String(number).padStart(10, '0')}`)
    counts[bucket] = (counts[bucket] ?? 0) + 1
  }
  expect(Math.min(...counts)).toBeGreaterThan(900)
  expect(Math.max(...counts)).toBeLessThan(1100)
})

test('an id carries its account’s bucket and its time, and is a UUID of version 7', () => {
  const moments = fc.integer({ min: 0, max: Date.UTC(2200, 0) })
  fc.assert(
    fc.property(accountIds, moments, (account, at) => {
      const id = makeId(bucketOfAccount(account), instant(at), randomBytes(9))
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(bucketOf(id)).toBe(bucketOfAccount(account))
      expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(at)
    }),
  )
})

test('what is no account and no id of ours is told so', () => {
  for (const text of ['OP123', 'op0000000001', 'OP00000000011', 'XX0000000001', '']) {
    expect(isAccountId(text)).toBe(false)
    expect(() => bucketOfAccount(text)).toThrow(RangeError)
  }
  for (const text of ['', 'b', '00000000-0000-4000-8000-000000000000', '00000000-0000-7000-0000-000000000000']) {
    expect(() => bucketOf(text)).toThrow(RangeError)
  }
})
