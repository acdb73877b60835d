/** Limits as tables: what was counted, when, and how long the next one waits. */
import { describe, expect, test } from 'vitest'
import { instant } from './calendar.ts'
import { momentsToKeep, notBefore } from './limit.ts'

const wall = instant(1_000_000)
const ago = (...ages: number[]) => ages.map((age) => instant(wall - age))

describe('so many in any stretch of time', () => {
  const limit = { max: 3, withinMs: 100 }
  const cases: [ages: number[], waitMs: number | null][] = [
    [[], null],
    [[10, 20], null],
    [[10, 20, 30], 70],
    [[30, 10, 20], 70],
    [[10, 20, 100], null],
    [[10, 20, 99], 1],
    [[0, 0, 0, 0], 100],
  ]
  test.each(cases)('counted %j ms ago: wait %s', (ages, waitMs) =>
    expect(notBefore(ago(...ages), limit, wall)).toBe(waitMs === null ? null : wall + waitMs),
  )
})

describe('each wait twice as long as the one before', () => {
  const limit = { free: 3, firstWaitMs: 10, longestWaitMs: 50, withinMs: 1_000 }
  const cases: [ages: number[], waitMs: number | null][] = [
    [[0, 0], null],
    [[0, 0, 0], 10],
    [[0, 0, 0, 0], 20],
    [[0, 0, 0, 0, 0], 40],
    [[0, 0, 0, 0, 0, 0], 50],
    [Array(60).fill(0), 50],
    [[4, 5, 5], 6],
    [[10, 11, 12], null],
    [[0, 0, 1_000], null],
  ]
  test.each(cases)('counted %j ms ago: wait %s', (ages, waitMs) =>
    expect(notBefore(ago(...ages), limit, wall)).toBe(waitMs === null ? null : wall + waitMs),
  )

  test('the moments kept are enough to reach the longest wait', () => {
    const kept = ago(...Array<number>(momentsToKeep(limit)).fill(0))
    expect(notBefore(kept, limit, wall)).toBe(wall + 50)
  })
})
