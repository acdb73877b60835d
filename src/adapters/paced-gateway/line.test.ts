import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Draw, decideDraw, decideSlowDown, type Pace, type Places, untouched } from '../../domain/pace.ts'
import { openLine } from './line.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const limits = { perSecond: 100, perEndpointPerSecond: 25 }

/** The lines of a gateway account in memory, as far away as a database: `rttMs` there and back. */
function account(rttMs = 4) {
  const pace: { all: Pace; endpoint: Pace } = { all: untouched(0), endpoint: untouched(0) }
  const draws: (Draw & { atMs: number })[] = []
  let down = false
  return {
    draws,
    pace,
    goDown: (is: boolean) => {
      down = is
    },
    async draw(draw: Draw): Promise<Places> {
      draws.push({ ...draw, atMs: performance.now() })
      await new Promise((resolve) => setTimeout(resolve, rttMs))
      if (down) throw new Error('no database')
      const { places, all, endpoint } = decideDraw(pace, limits, draw, performance.now())
      Object.assign(pace, { all, endpoint })
      return places
    },
  }
}

/** A process that calls at one endpoint, and when each of its calls went or was given up. */
function process(gateway: { draw(draw: Draw): Promise<Places> }, longestWaitMs = 120_000) {
  const trouble: unknown[] = []
  const line = openLine({ draw: gateway.draw, longestWaitMs, onTrouble: (error) => trouble.push(error) })
  const went: { name: string; atMs: number; inTime: boolean }[] = []
  const call = (name: string, person = false) => {
    void line.place(person).then((inTime) => went.push({ name, atMs: performance.now(), inTime }))
  }
  const calls = (count: number, name = 'run') => {
    for (let i = 0; i < count; i += 1) call(name)
  }
  return { went, call, calls, trouble, sent: () => went.filter(({ inTime }) => inTime) }
}
const names = (went: readonly { name: string }[]) => went.map(({ name }) => name)

describe('a process alone', () => {
  test('uses the whole limit, evenly, with few draws', async () => {
    const gateway = account()
    const { calls, sent } = process(gateway)
    calls(1_000)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(sent().length).toBeGreaterThanOrEqual(25 * 20 - 1)
    expect(sent().length).toBeLessThanOrEqual(25 * 20 + 5)
    const inFirstSeconds = sent().filter(({ atMs }) => atMs <= 2_000).length
    expect(inFirstSeconds).toBeLessThanOrEqual(25 * 2 + 5)
    expect(gateway.draws.length).toBeLessThanOrEqual(20 * 15)
  })
  test('asks nothing when no call waits', async () => {
    const gateway = account()
    const { calls, sent } = process(gateway)
    calls(3)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent().length).toBe(3)
    expect(gateway.draws.length).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
  })
  test('keeps the order in which calls came', async () => {
    const { call, sent } = process(account())
    const order = [...Array(40).keys()].map(String)
    for (const name of order) call(name)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(names(sent())).toEqual(order)
  })
  test('slows down when the account does', async () => {
    const gateway = account()
    const { calls, sent } = process(gateway)
    calls(3_000)
    for (const second of [0, 1, 2, 3, 4]) {
      gateway.pace.endpoint = decideSlowDown(
        gateway.pace.endpoint,
        { kind: 'turned_away', retryAfterMs: null },
        second * 1_000,
      )
    }
    await vi.advanceTimersByTimeAsync(5_000)
    expect(sent().length).toBeLessThan(25 * 5 * 0.4)
    await vi.advanceTimersByTimeAsync(60_000)
    const before = sent().length
    await vi.advanceTimersByTimeAsync(4_000)
    expect(sent().length - before).toBeGreaterThanOrEqual(99)
  })
})

describe('several processes', () => {
  test.each([2, 3, 8])('%i share the limit and use it', async (count) => {
    const gateway = account()
    const processes = [...Array(count)].map(() => process(gateway))
    for (const { calls } of processes) calls(1_000)
    await vi.advanceTimersByTimeAsync(30_000)
    const counts = processes.map(({ sent }) => sent().length)
    const together = counts.reduce((sum, one) => sum + one, 0)
    expect(together).toBeGreaterThanOrEqual(25 * 30 * 0.98)
    expect(together).toBeLessThanOrEqual(25 * 30.75 + 1)
    // Not to the call, but nobody stands aside.
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(together / count / 4)
  })
  test('what one leaves the other has', async () => {
    const gateway = account()
    const [busy, quiet] = [process(gateway), process(gateway)]
    quiet.calls(1)
    busy.calls(1_000)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(busy.sent().length).toBeGreaterThanOrEqual(25 * 30 - 5)
  })
})

describe('a person', () => {
  test.each([1, 4])('goes before the calls of %i processes', async (count) => {
    const gateway = account()
    const processes = [...Array(count)].map(() => process(gateway))
    for (const { calls } of processes) calls(500)
    await vi.advanceTimersByTimeAsync(3_000)
    const here = processes[0]
    here?.call('person', true)
    await vi.advanceTimersByTimeAsync(500)
    expect(names(here?.sent() ?? [])).toContain('person')
  })
  test('goes at once when nobody else does', async () => {
    const { call, sent } = process(account())
    call('person', true)
    await vi.advanceTimersByTimeAsync(10)
    expect(names(sent())).toEqual(['person'])
  })
})

describe('while the database is away', () => {
  test('calls wait, and go on when it is back', async () => {
    const gateway = account()
    const { calls, went, sent, trouble } = process(gateway)
    gateway.goDown(true)
    calls(10)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(went).toEqual([])
    expect(trouble.length).toBeGreaterThan(3)
    expect(gateway.draws.length).toBeLessThan(30)
    gateway.goDown(false)
    await vi.advanceTimersByTimeAsync(4_000)
    expect(sent().length).toBe(10)
  })
  test('a call that waited too long does not go', async () => {
    const gateway = account()
    const { calls, call, went } = process(gateway, 5_000)
    gateway.goDown(true)
    calls(2)
    await vi.advanceTimersByTimeAsync(4_000)
    call('later')
    await vi.advanceTimersByTimeAsync(1_500)
    expect(went.map(({ inTime }) => inTime)).toEqual([false, false])
    gateway.goDown(false)
    await vi.advanceTimersByTimeAsync(3_000)
    expect(went.map(({ name, inTime }) => [name, inTime])).toEqual([
      ['run', false],
      ['run', false],
      ['later', true],
    ])
  })
  test('a draw that never answers holds up nobody for ever', async () => {
    const { calls, went } = process({ draw: () => new Promise<Places>(() => undefined) }, 5_000)
    calls(2)
    await vi.advanceTimersByTimeAsync(5_001)
    expect(went.map(({ inTime }) => inTime)).toEqual([false, false])
  })
})
