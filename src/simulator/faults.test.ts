/** Faults: who is struck, how often, and the rate limits. */
import { describe, expect, it } from 'vitest'
import { goodCardNumber } from './cards.ts'
import type { Command } from './core.ts'
import { createLimiter } from './limiter.ts'
import { openSimulator, type Reached, type Simulator } from './simulator.ts'

const start = Date.UTC(2027, 2, 1)

const call = async (simulator: Simulator, command: Command, key: string | null = null): Promise<Reached> =>
  simulator.call({ account: 'g', command, key, params: key ?? '' }, start)

async function method(simulator: Simulator, index: number): Promise<string> {
  const card = { number: goodCardNumber(index), expMonth: 12, expYear: 2034 }
  const made = await call(simulator, { name: 'create_method', card })
  if (!made.reached || made.answer.object !== 'method') throw new Error('no card')
  return made.answer.method.id
}

const hold = (methodId: string, chargeId = ''): Command => ({
  name: 'create_payment',
  kind: 'payment',
  amountMinor: 100n,
  currency: 'USD',
  customerId: null,
  methodId,
  confirm: true,
  offSession: true,
  captureMethod: 'manual',
  setupFutureUsage: false,
  metadata: { kessai_charge: chargeId },
})

const endOf = (reached: Reached): string => {
  if (!reached.reached) return 'silence'
  const { answer } = reached
  return answer.object === 'error' ? `${answer.error.status} ${answer.error.code}` : answer.object
}

describe('rates', () => {
  const struck = async (order: readonly number[]): Promise<number[]> => {
    const simulator = openSimulator({ seed: 4 })
    const methods = new Map<number, string>()
    for (const index of order) methods.set(index, await method(simulator, index))
    simulator.faults.set({ rates: { timeout_before: 0.1, timeout_after: 0.1 } })
    const silent: number[] = []
    for (const index of order) {
      if (endOf(await call(simulator, hold(methods.get(index) ?? ''))) === 'silence') silent.push(index)
    }
    return silent.toSorted((one, other) => one - other)
  }
  const cards = Array.from({ length: 200 }, (_unused, index) => index)

  it('strike the same cards in any order, about as often as they say', async () => {
    const silent = await struck(cards)
    expect(await struck(cards.toReversed())).toEqual(silent)
    expect(silent.length / cards.length).toBeCloseTo(0.2, 1)
  })

  it('strike refunds too, each of a payment for itself and once', async () => {
    const simulator = openSimulator({ seed: 4 })
    const held = await call(simulator, hold(await method(simulator, 1)))
    const paymentId = held.reached && held.answer.object === 'payment' ? held.answer.payment.id : ''
    await call(simulator, { name: 'capture_payment', paymentId, amountMinor: null })
    simulator.faults.set({ rates: { timeout_before: 1 } })
    const refund: Command = { name: 'create_refund', paymentId, amountMinor: 40n, metadata: {} }
    const ends: string[] = []
    for (const key of ['a', 'a', 'b', 'b']) ends.push(endOf(await call(simulator, refund, key)))
    expect(ends).toEqual(['silence', 'refund', 'silence', 'refund'])
  })

  it('strike one occasion once: a repeated call gets through', async () => {
    const simulator = openSimulator({ seed: 4 })
    const methodId = await method(simulator, 1)
    simulator.faults.set({ rates: { timeout_before: 1 } })
    expect(endOf(await call(simulator, hold(methodId), 'a'))).toBe('silence')
    expect(endOf(await call(simulator, hold(methodId), 'a'))).toBe('payment')
    expect([...simulator.payments(start)]).toHaveLength(1)
  })
})

describe('armed faults', () => {
  it('strike the charge they name, as often as they say', async () => {
    const simulator = openSimulator({ seed: 4 })
    const methodId = await method(simulator, 1)
    simulator.faults.arm({ fault: 'error_500', step: 'hold', chargeId: 'b', times: 2 })
    expect(endOf(await call(simulator, hold(methodId, 'a')))).toBe('payment')
    expect(endOf(await call(simulator, hold(methodId, 'b')))).toBe('500 null')
    expect(endOf(await call(simulator, hold(methodId, 'b')))).toBe('500 null')
    expect(endOf(await call(simulator, hold(methodId, 'b')))).toBe('payment')
  })

  it('are gone when cleared', async () => {
    const simulator = openSimulator({ seed: 4 })
    const methodId = await method(simulator, 1)
    simulator.faults.arm({ fault: 'error_500', step: 'hold' })
    simulator.faults.set({ down: true })
    simulator.faults.clear()
    expect(endOf(await call(simulator, hold(methodId)))).toBe('payment')
  })
})

describe('slowness', () => {
  it('beyond the caller’s patience takes effect unheard, and is not waited for', async () => {
    const simulator = openSimulator({ seed: 4 })
    const methodId = await method(simulator, 1)
    simulator.faults.arm({ fault: 'slow', step: 'hold' })
    const request = { account: 'g', command: hold(methodId), key: 'a', params: 'a' }
    expect(endOf(await simulator.call(request, start, 20_000))).toBe('silence')
    expect(endOf(await simulator.call(request, start, 20_000))).toBe('payment')
    expect([...simulator.payments(start)]).toHaveLength(1)
  })
})

describe('a key in use', () => {
  it('F7 answers 409 to a second call while the first one runs, and the money moves once', async () => {
    const simulator = openSimulator({ seed: 4 })
    const methodId = await method(simulator, 1)
    simulator.faults.set({ latencyMs: { min: 5, max: 5 } })
    const both = [call(simulator, hold(methodId), 'a'), call(simulator, hold(methodId), 'a')]
    expect((await Promise.all(both)).map(endOf).toSorted()).toEqual(['409 idempotency_key_in_use', 'payment'])
    expect([...simulator.payments(start)]).toHaveLength(1)
  })
})

describe('rate limits', () => {
  /** Admissions of `calls` calls, made at the wall times given, in milliseconds. */
  const admitted = (
    perSecond: number | null,
    perEndpointPerSecond: number | null,
    calls: [at: number, endpoint: string][],
  ) => {
    let at = 0
    const limiter = createLimiter(() => at)
    return calls
      .map(([time, endpoint]) => {
        at = time
        return limiter.admit(endpoint, { perSecond, perEndpointPerSecond }) ? 'y' : 'n'
      })
      .join('')
  }
  const burst = (count: number, at = 0, endpoint = 'hold') =>
    Array.from({ length: count }, (): [number, string] => [at, endpoint])

  it('let a second’s worth through, and refill with time', () => {
    expect(admitted(2, null, [...burst(3), ...burst(2, 500), ...burst(3, 2500)])).toBe('yynynyyn')
  })
  it('hold for each endpoint', () => {
    expect(admitted(100, 1, [...burst(2), ...burst(2, 0, 'capture')])).toBe('ynyn')
  })
  it('a call that one bucket refuses takes no place in the other', () => {
    expect(admitted(2, 1, [...burst(5), ...burst(2, 0, 'capture')])).toBe('ynnnnyn')
  })
  it('unlimited is unlimited', () => expect(admitted(null, null, burst(5))).toBe('yyyyy'))
})
