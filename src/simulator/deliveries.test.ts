/** Events on their way out: who gets them, in which order, and what survives a crash. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { goodCardNumber } from './cards.ts'
import type { Command } from './core.ts'
import type { EventFault } from './faults.ts'
import type { Answer } from './rows.ts'
import { signedAt } from './signature.ts'
import { openSimulator, type Simulator } from './simulator.ts'

const start = Date.UTC(2027, 2, 1)
const wall = Date.UTC(2026, 10, 23)

const call = async (simulator: Simulator, command: Command): Promise<Answer> => {
  const reached = await simulator.call({ account: 'g', command, key: null, params: '' }, start)
  if (!reached.reached) throw new Error('not reached')
  return reached.answer
}

/** The id of a payment taken from the index-th card. */
async function taken(simulator: Simulator, index: number): Promise<string> {
  const card = { number: goodCardNumber(index), expMonth: 12, expYear: 2034 }
  const made = await call(simulator, { name: 'create_method', card })
  const answer = await call(simulator, {
    name: 'create_payment',
    kind: 'payment',
    amountMinor: 100n,
    currency: 'USD',
    customerId: null,
    methodId: made.object === 'method' ? made.method.id : '',
    confirm: true,
    offSession: true,
    captureMethod: 'automatic',
    setupFutureUsage: false,
    metadata: { kessai_charge: `c${index}` },
  })
  return answer.object === 'payment' ? answer.payment.id : ''
}

const listening = (seed = 4, journalPath: string | null = null): Simulator => {
  const simulator = openSimulator({ seed, journalPath })
  simulator.events.listen('g')
  return simulator
}
const take = (simulator: Simulator): string[] =>
  simulator.events.take('g', start, wall).map(({ body }) => JSON.parse(body).data.object.metadata.kessai_charge)

describe('listening', () => {
  it('nothing is booked while nobody listens, nor after they ceased to', async () => {
    const simulator = openSimulator({ seed: 4 })
    await taken(simulator, 0)
    simulator.events.listen('g')
    await taken(simulator, 1)
    simulator.events.ignore('g')
    await taken(simulator, 2)
    simulator.events.listen('g')
    await taken(simulator, 3)
    expect(take(simulator)).toEqual(['c3'])
  })

  it('one account hears nothing of another', async () => {
    const simulator = listening()
    await taken(simulator, 0)
    simulator.events.listen('jp')
    expect(simulator.events.take('jp', start, wall)).toEqual([])
    expect(take(simulator)).toEqual(['c0'])
  })

  it("each delivery is signed with its account's secret, at the time it leaves", async () => {
    const simulator = listening()
    await taken(simulator, 0)
    const [delivery] = simulator.events.take('g', start, wall)
    const { body = '', signature = '' } = delivery ?? {}
    expect(signedAt(body, signature, 'whsec_test_g')).toBe(wall)
    expect(signedAt(body, signature, 'whsec_test_jp')).toBeNull()
    expect(JSON.parse(body)).toMatchObject({ object: 'event', created: start / 1000, livemode: false })
  })
})

describe('F22 faults', () => {
  const everyone = Array.from({ length: 6 }, (_unused, index) => `c${index}`)
  const story = async (fault: EventFault, rate = 1) => {
    const simulator = listening()
    simulator.faults.set({ events: { rates: { [fault]: rate }, lateMs: 1000 } })
    for (let index = 0; index < 6; index++) await taken(simulator, index)
    return [take(simulator), take(simulator)]
  }
  const cases: readonly [fault: EventFault, first: string[], second: string[]][] = [
    ['lost', [], []],
    ['twice', [...everyone, ...everyone], []],
    ['reordered', everyone.toReversed(), []],
    ['late', [], everyone],
  ]
  it.each(cases)('%s', async (fault, first, second) => {
    expect(await story(fault)).toEqual([first, second])
  })

  it('strike a share of the events, by what they are about and not by the order they come in', async () => {
    const lost = async (order: readonly number[]) => {
      const simulator = listening()
      simulator.faults.set({ events: { rates: { lost: 0.3 }, lateMs: 0 } })
      for (const index of order) await taken(simulator, index)
      return take(simulator).toSorted()
    }
    const cards = Array.from({ length: 400 }, (_unused, index) => index)
    const arrived = await lost(cards)
    expect(await lost(cards.toReversed())).toEqual(arrived)
    expect(arrived.length / 400).toBeCloseTo(0.7, 1)
  })

  it('and never a call', async () => {
    const simulator = listening()
    simulator.faults.set({ events: { rates: { lost: 1 }, lateMs: 0 } })
    expect(await taken(simulator, 0)).toMatch(/^pi_/)
  })
})

describe('the journal', () => {
  let folder: string
  let journalPath: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kessai-events-'))
    journalPath = join(folder, 'journal.ndjson')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('F23 keeps what was not delivered, and only that, with the address it goes to', async () => {
    const before = openSimulator({ seed: 4, journalPath })
    before.events.listen('g', 'http://127.0.0.1:9/events')
    await taken(before, 0)
    const [first] = before.events.take('g', start, wall)
    const second = await taken(before, 1)
    before.byHand(
      'g',
      { name: 'open_dispute', paymentId: second, reason: 'fraudulent', amountMinor: null, inquiry: false },
      start,
    )
    const after = openSimulator({ seed: 4, journalPath })
    const { unwritten: _before, ...booksBefore } = before.books
    const { unwritten: _after, ...booksAfter } = after.books
    expect(booksAfter).toEqual(booksBefore)
    expect([...after.events.toSend()].map(({ url, event }) => [url, event.type])).toEqual([
      ['http://127.0.0.1:9/events', 'payment_intent.succeeded'],
      ['http://127.0.0.1:9/events', 'charge.dispute.created'],
      ['http://127.0.0.1:9/events', 'charge.dispute.funds_withdrawn'],
    ])
    expect(after.events.take('g', start, wall).map(({ eventId }) => eventId)).not.toContain(first?.eventId)
  })

  it('of a former version still opens: its refunds were done at once', async () => {
    const row = {
      id: 're_g1',
      number: 2,
      paymentId: 'pi_g1',
      amountMinor: '5',
      currency: 'USD',
      metadata: {},
      createdAt: 1,
    }
    writeFileSync(journalPath, `${JSON.stringify([['refund', 'g', row]])}\n`)
    const simulator = openSimulator({ seed: 4, journalPath })
    const listed = await call(simulator, { name: 'list_refunds', paymentId: 'pi_g1', startingAfter: null, limit: 9 })
    expect(listed).toMatchObject({ refunds: [{ id: 're_g1', amountMinor: 5n, status: 'succeeded' }] })
  })
})
