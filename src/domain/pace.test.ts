import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  allowanceMs,
  decideDraw,
  decideSlowDown,
  type Endpoint,
  factorAt,
  isSlower,
  type Latency,
  leaseMs,
  noLatency,
  type Pace,
  type PaceLimits,
  type Trouble,
  untouched,
  withAnswer,
} from './pace.ts'

/** The lines of one gateway account, and when the calls went that drew places in them. */
function account(limits: PaceLimits) {
  const lines = new Map<string, Pace>()
  const sentMs = new Map<string, number[]>()
  const lineOf = (name: string, nowMs: number) => lines.get(name) ?? untouched(nowMs)
  return {
    lineOf,
    sentTo: (name: string) => (sentMs.get(name) ?? []).toSorted((one, other) => one - other),
    slowDown: (endpoint: Endpoint, trouble: Trouble, nowMs: number) => {
      lines.set(endpoint, decideSlowDown(lineOf(endpoint, nowMs), trouble, nowMs))
    },
    draw(endpoint: Endpoint, want: number, people: number, nowMs: number) {
      const before = { all: lineOf('all', nowMs), endpoint: lineOf(endpoint, nowMs) }
      const { places, ...after } = decideDraw(before, limits, { want, people }, nowMs)
      lines.set('all', after.all).set(endpoint, after.endpoint)
      for (const name of ['all', endpoint]) {
        const sent = sentMs.get(name) ?? []
        for (let i = 0; i < places.count; i += 1) {
          sent.push(Math.max(nowMs, nowMs + places.startsInMs + i * places.spacingMs))
        }
        sentMs.set(name, sent)
      }
      return places
    },
  }
}

/** No stretch of time, however chosen, holds more calls than the limit and its allowance. */
function expectWithin(perSecond: number, sent: readonly number[]): void {
  sent.forEach((first, from) => {
    for (let to = from; to < sent.length; to += 1) {
      const tookMs = (sent[to] ?? first) - first
      const allowed = (perSecond * (tookMs + allowanceMs)) / 1_000 + 1
      if (to - from + 1 > allowed + 1e-6) {
        expect.fail(`${to - from + 1} calls in ${tookMs} ms, allowed ${allowed}`)
      }
    }
  })
}

const endpoints: readonly Endpoint[] = ['hold', 'capture', 'look_up']
const step = fc.record({
  endpoint: fc.constantFrom(...endpoints),
  afterMs: fc.oneof(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 2_000 })),
  want: fc.integer({ min: 0, max: 60 }),
  people: fc.integer({ min: 0, max: 3 }),
  turnedAway: fc.integer({ min: 0, max: 9 }).map((one) => one === 0),
})

describe('whoever draws, and however', () => {
  test('no stretch of time holds more than the limit and the allowance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 120 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(step, { maxLength: 120 }),
        (perSecond, perEndpointPerSecond, steps) => {
          const gateway = account({ perSecond, perEndpointPerSecond })
          let nowMs = 1_000_000
          for (const { endpoint, afterMs, want, people, turnedAway } of steps) {
            nowMs += afterMs
            if (turnedAway) gateway.slowDown(endpoint, { kind: 'turned_away', retryAfterMs: null }, nowMs)
            gateway.draw(endpoint, Math.max(want, people), people, nowMs)
          }
          expectWithin(perSecond, gateway.sentTo('all'))
          for (const endpoint of endpoints) expectWithin(perEndpointPerSecond, gateway.sentTo(endpoint))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('nobody gets more places than it wants, and somebody who may come later gets some', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const gateway = account({ perSecond: 100, perEndpointPerSecond: 25 })
        let nowMs = 0
        for (const { endpoint, afterMs, want } of steps) {
          nowMs += afterMs
          const places = gateway.draw(endpoint, want, 0, nowMs)
          expect(places.count).toBeLessThanOrEqual(want)
          if (want === 0 || places.count > 0) continue
          nowMs += places.againInMs
          expect(gateway.draw(endpoint, want, 0, nowMs).count).toBeGreaterThan(0)
        }
      }),
    )
  })
})

describe('shares', () => {
  const limits = { perSecond: 100, perEndpointPerSecond: 25 }
  const minuteMs = 60_000

  /** Each process asks every 50 ms for all it can get for a minute; answers how much each got. */
  const drawn = (hungry: readonly Endpoint[], rules: PaceLimits = limits) => {
    const gateway = account(rules)
    const got = hungry.map(() => 0)
    for (let nowMs = 0; nowMs < minuteMs; nowMs += 50) {
      hungry.forEach((endpoint, who) => {
        got[who] = (got[who] ?? 0) + gateway.draw(endpoint, 50, 0, nowMs).count
      })
    }
    return got
  }
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0)

  test('one process alone has the whole limit', () => {
    expect(drawn(['hold'])[0]).toBeGreaterThanOrEqual(25 * 60)
  })
  test('four processes have it together, and no more', () => {
    const together = sum(drawn(['hold', 'hold', 'hold', 'hold']))
    expect(together).toBeGreaterThanOrEqual(25 * 60)
    expect(together).toBeLessThanOrEqual(25 * 60.75 + 1)
  })
  test('an endpoint has its own line, and all of them one more', () => {
    const five = ['hold', 'capture', 'release', 'look_up', 'customer'] as const
    expect(sum(drawn(five))).toBeGreaterThanOrEqual(100 * 60)
    expect(sum(drawn(five))).toBeLessThanOrEqual(100 * 60.75 + 1)
  })
  test('a limit that is not a whole number of milliseconds is used up as well', () => {
    expect(drawn(['hold'], { perSecond: 400, perEndpointPerSecond: 333 })[0]).toBeGreaterThanOrEqual(333 * 60)
  })
  test('what was not drawn is not saved up', () => {
    const gateway = account(limits)
    gateway.draw('hold', 1, 0, 0)
    expect(gateway.draw('hold', 1_000, 0, minuteMs).count).toBeLessThanOrEqual((25 * (leaseMs + 250)) / 1_000 + 1)
  })
  test('a clock that was put back an hour stops nobody', () => {
    const gateway = account(limits)
    gateway.draw('hold', 5, 0, 3_600_000)
    gateway.slowDown('hold', { kind: 'turned_away', retryAfterMs: null }, 3_600_000)
    expect(gateway.draw('hold', 5, 0, 0)).toMatchObject({ count: 5, startsInMs: 0 })
    expect(gateway.draw('hold', 500, 0, 60_000).spacingMs).toBe(40)
  })
  test('there is room for a person when the others have taken all there is', () => {
    const gateway = account(limits)
    while (gateway.draw('hold', 50, 0, 0).count > 0);
    const places = gateway.draw('hold', 51, 1, 0)
    expect(places.count).toBe(1)
    expect(places.startsInMs).toBeLessThanOrEqual(leaseMs + 40)
  })
})

describe('when the gateway turns us away', () => {
  const turnedAway: Trouble = { kind: 'turned_away', retryAfterMs: null }
  const slower: Trouble = { kind: 'slower', retryAfterMs: null }
  const check = (troubles: readonly (readonly [Trouble, atMs: number])[], atMs: number) =>
    factorAt(
      troubles.reduce((line, [trouble, at]) => decideSlowDown(line, trouble, at), untouched(0)),
      atMs,
    )
  const minuteOf429 = Array.from({ length: 120 }, (_, index) => [turnedAway, index * 500] as const)
  const minuteOfSlowness = Array.from({ length: 60 }, (_, index) => [slower, index * 1_000] as const)

  test.each([
    ['never', [], 0, 1],
    ['once', [[turnedAway, 0]], 0, 0.7],
    ['once, and ten seconds later', [[turnedAway, 0]], 10_000, 0.9],
    ['once, and a minute later', [[turnedAway, 0]], 60_000, 1],
    [
      'three times by calls of the same moment',
      [
        [turnedAway, 0],
        [turnedAway, 300],
        [turnedAway, 900],
      ],
      900,
      0.718,
    ],
    [
      'again after slowing down',
      [
        [turnedAway, 0],
        [turnedAway, 1_000],
      ],
      1_000,
      0.504,
    ],
    ['for a minute', minuteOf429, 60_000, 0.06],
    ['by taking longer, for a minute', minuteOfSlowness, 59_000, 0.5],
    ['the clock went back meanwhile', [[turnedAway, 5_000]], 0, 0.7],
  ] as const)('%s', (_, troubles, atMs, factor) => {
    expect(check(troubles, atMs)).toBeCloseTo(factor, 1)
  })

  test('fewer places are given, and in a minute as many as before', () => {
    const gateway = account({ perSecond: 100, perEndpointPerSecond: 25 })
    const inTenSeconds = (fromMs: number) => {
      let got = 0
      for (let nowMs = fromMs; nowMs < fromMs + 10_000; nowMs += 50) got += gateway.draw('hold', 50, 0, nowMs).count
      return got
    }
    const before = inTenSeconds(0)
    for (let i = 0; i < 5; i += 1) gateway.slowDown('hold', turnedAway, 10_000 + i * 1_000)
    const after = inTenSeconds(15_000)
    expect(after).toBeLessThan(before / 2)
    expect(inTenSeconds(75_000)).toBeGreaterThanOrEqual(before - 10)
    expect(gateway.lineOf('hold', 0)).toMatchObject({ factor: 1, slowedAtMs: null })
  })

  test('its own word on when to come back is kept, up to a minute', () => {
    const rest = (retryAfterMs: number) => decideSlowDown(untouched(0), { kind: 'turned_away', retryAfterMs }, 500)
    expect(rest(2_000).takenUntilMs).toBe(2_500)
    expect(rest(3_600_000).takenUntilMs).toBe(60_500)
  })
})

describe('answers are slower', () => {
  const answersOf = (...tooks: readonly (readonly [count: number, tookMs: number])[]): Latency =>
    tooks.flatMap(([count, tookMs]) => Array<number>(count).fill(tookMs)).reduce(withAnswer, noLatency)

  test.each([
    ['from the first on', answersOf([100, 2_000]), false],
    ['once', answersOf([100, 300], [1, 5_000]), false],
    ['three in a row take five seconds', answersOf([100, 300], [3, 5_000]), true],
    ['twenty in a row are timed out', answersOf([100, 300], [20, 80_000]), true],
    ['ten times as slow, but quick', answersOf([100, 20], [50, 200]), false],
    ['for so long that it is the usual', answersOf([100, 300], [2_000, 5_000]), false],
    ['before there is a usual', answersOf([5, 300], [5, 5_000]), false],
  ] as const)('%s', (_, latency, slower) => expect(isSlower(latency)).toBe(slower))
})
