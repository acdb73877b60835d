/** The balance of a gateway account and its payouts: business days, fees, what is below zero, and the journal. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startOfDay } from './balance.ts'
import type { Command } from './core.ts'
import { feeOf, feeRulesFor } from './fees.ts'
import { openSimulator, type Simulator } from './simulator.ts'
import { stripeWire } from './stripe-wire.ts'

const dayMs = 86_400_000
/** A Thursday. */
const thursday = Date.UTC(2027, 3, 1, 12)
const day = (at: number): string => new Date(at).toISOString().slice(0, 10)

function act(simulator: Simulator, command: Command, now: number) {
  const reached = simulator.call({ account: 'g', command, key: null, params: '' }, now)
  if (reached instanceof Promise || !reached.reached) throw new Error('an answer at once')
  return reached.answer
}

/** Takes money at once, from a card of nobody. */
function take(simulator: Simulator, amountMinor: bigint, now: number, currency = 'USD'): string {
  const card = { number: '4242424242424242', expMonth: 12, expYear: 2034, cvc: '123' }
  const made = act(simulator, { name: 'create_method', card }, now)
  const methodId = made.object === 'method' ? made.method.id : null
  const payment = { kind: 'payment', amountMinor, currency, customerId: null, methodId, confirm: true } as const
  const how = { offSession: false, captureMethod: 'automatic', setupFutureUsage: false, metadata: {} } as const
  const taken = act(simulator, { name: 'create_payment', ...payment, ...how }, now)
  return taken.object === 'payment' ? taken.payment.id : ''
}

const payouts = (simulator: Simulator, now: number): string[] => {
  const listed = { name: 'list_payouts', from: null, until: null, startingAfter: null, limit: 100 } as const
  const answer = act(simulator, listed, now)
  if (answer.object !== 'payouts') throw new Error(answer.object)
  return answer.payouts.toReversed().map((one) => `${day(one.createdAt)} ${one.amountMinor} ${one.status}`)
}

const refund = (simulator: Simulator, paymentId: string, amountMinor: bigint, now: number) =>
  simulator.byHand('g', { name: 'create_refund', paymentId, amountMinor, metadata: {} }, now)

it.each([
  ['USD', 10_000n, 320n],
  ['USD', 1n, 1n],
  ['JPY', 1_000n, 36n],
  ['JPY', 1_014n, 37n],
  ['KWD', 12_340n, 360n],
  ['MGA', 100_000n, 2_900n],
])('in %s the fee of %s is %s: rounded once, and never more than was taken', (currency, amountMinor, expected) => {
  expect(feeOf(feeRulesFor(currency), amountMinor, currency)).toBe(expected)
})

it.each([
  ['2027-04-01', 2, '2027-04-05'],
  ['2027-04-02', 1, '2027-04-05'],
  ['2027-04-03', 2, '2027-04-06'],
  ['2027-04-05', 0, '2027-04-05'],
])('of %s, %s business days later is %s', (from, days, expected) => {
  expect(day(startOfDay(Date.parse(`${from}T12:00:00Z`), days))).toBe(expected)
})

describe('payouts', () => {
  it('take along what is available, on business days alone, however late somebody looks', () => {
    const simulator = openSimulator({ seed: 1 })
    take(simulator, 1_000n, thursday)
    take(simulator, 2_000n, thursday + dayMs)
    expect(payouts(simulator, thursday + 3 * dayMs)).toEqual([])
    expect(payouts(simulator, thursday + 9 * dayMs)).toEqual(['2027-04-05 941 paid', '2027-04-06 1912 paid'])
  })

  it('wait while the balance is below zero, and it is made up for first', () => {
    const simulator = openSimulator({ seed: 1 })
    const paymentId = take(simulator, 1_000n, thursday)
    expect(payouts(simulator, thursday + 6 * dayMs)).toEqual(['2027-04-05 941 paid'])
    refund(simulator, paymentId, 1_000n, thursday + 6 * dayMs)
    take(simulator, 1_500n, thursday + 7 * dayMs)
    expect(payouts(simulator, thursday + 20 * dayMs)).toEqual(['2027-04-05 941 paid', '2027-04-12 426 paid'])
  })

  it('of two currencies are two', () => {
    const simulator = openSimulator({ seed: 1 })
    take(simulator, 1_000n, thursday)
    take(simulator, 1_000n, thursday, 'JPY')
    expect(payouts(simulator, thursday + 4 * dayMs)).toEqual(['2027-04-05 941 in_transit', '2027-04-05 964 in_transit'])
  })

  it('sent back by the bank go out again, by control too', async () => {
    const simulator = openSimulator({ seed: 1 })
    let now = thursday
    const wire = stripeWire({ simulator, now: () => now, controlKey: 'c' })
    const tell = async (target: string, body: unknown) => {
      const header = (name: string) => (name === 'authorization' ? 'Bearer c' : null)
      return (await wire({ method: 'POST', target: `/simulator${target}`, header, body: JSON.stringify(body) })).status
    }
    expect(await tell('/fees', { account: 'g', rateBp: 100, fixedMinor: 0, disputeMinor: 0 })).toBe(200)
    take(simulator, 1_000n, now)
    now = thursday + 4 * dayMs
    expect(await tell('/payout/fail', { account: 'g' })).toBe(200)
    expect(await tell('/payout/fail', { account: 'g' })).toBe(400)
    expect(payouts(simulator, thursday + 6 * dayMs)).toEqual(['2027-04-05 990 failed', '2027-04-06 990 paid'])
  })
})

const newer = new Set(['payout', 'fees'])

describe('the journal', () => {
  let folder: string
  let journalPath: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kessai-balance-'))
    journalPath = join(folder, 'journal.ndjson')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Payments, a refund, a dispute that is won, a payout that fails and one that follows it. */
  function aWeek(): Simulator {
    const simulator = openSimulator({ seed: 3, journalPath })
    simulator.setFees('g', { rateBp: 250, fixedMinor: 10n, disputeMinor: 1_500n, returnsDisputeFee: true })
    const first = take(simulator, 5_000n, thursday)
    const second = take(simulator, 9_000n, thursday)
    refund(simulator, first, 1_000n, thursday + dayMs)
    const dispute = { name: 'open_dispute', paymentId: second, reason: 'fraudulent', amountMinor: null } as const
    const opened = simulator.byHand('g', { ...dispute, inquiry: false }, thursday + dayMs)
    const disputeId = opened.object === 'dispute' ? opened.dispute.id : ''
    payouts(simulator, thursday + 4 * dayMs)
    simulator.byHand('g', { name: 'fail_payout', payoutId: null }, thursday + 4 * dayMs)
    simulator.byHand('g', { name: 'resolve_dispute', disputeId, outcome: 'won' }, thursday + 5 * dayMs)
    payouts(simulator, thursday + 8 * dayMs)
    return simulator
  }

  it('brings back the same balance, and the same payouts follow', () => {
    const before = aWeek()
    const after = openSimulator({ seed: 3, journalPath })
    const balanceOf = ({ books }: Simulator) => books.accounts.get('g')?.balance
    expect(balanceOf(after)).toEqual(balanceOf(before))
    expect(balanceOf(after)?.payouts.size).toBeGreaterThan(1)
    expect(payouts(after, thursday + 30 * dayMs)).toEqual(payouts(before, thursday + 30 * dayMs))
  })

  it('from before there were balances, brings them forth', () => {
    aWeek().close()
    const lines = readFileSync(journalPath, 'utf8').trim().split('\n')
    // Our own journal: each line is a list of changes.
    const older = lines.map((line) => (JSON.parse(line) as [string][]).filter(([kind]) => !newer.has(kind)))
    writeFileSync(journalPath, older.map((changes) => `${JSON.stringify(changes)}\n`).join(''))
    const after = openSimulator({ seed: 3, journalPath })
    // At the usual fees; what came back of the dispute does not make up for its fee and the refund.
    expect(payouts(after, thursday + 30 * dayMs)).toEqual(['2027-04-05 13534 paid'])
    const entries = after.books.accounts.get('g')?.balance.entries ?? []
    const left = entries.reduce((sum, { amountMinor, feeMinor }) => sum + amountMinor - feeMinor, 0n)
    expect(left).toBe(-2_500n)
  })
})
