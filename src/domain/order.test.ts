import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseInstant } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import {
  decideCancel,
  decideConfirm,
  decideQuote,
  decideRetry,
  decideReturn,
  decideShip,
  leftToGiveBack,
  type OrderAction,
  type OrderDecision,
  type OrderFacts,
  type OrderItem,
  type OrderStatus,
  orderActions,
  orderStatuses,
} from './order.ts'
import { orderActionsFor } from './order-actions.ts'

const now = parseInstant('2027-01-31T12:00:00Z')
const rules: CoverageRules = {
  coverage: 'jp',
  currency: 'JPY',
  timeZone: 'UTC',
  closesAt: '06:00',
  retryAt: '09:00',
  verificationMinor: 100n,
  brands: [],
  taxRates: [],
  rounding: { net: 'up', tax: 'down' },
  minimum: [{ amountMinor: 50n, validFrom: '2020-01-01' as CoverageRules['minimum'][number]['validFrom'], source: '' }],
  networkLimits: [],
  approvalAbove: null,
  dunning: { remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00' },
}
const statuses = Object.keys(orderStatuses) as OrderStatus[] // the table's own keys

/** `quantity × price @ rate, …` → `net + tax = total, until when`, or why not. */
function checkQuote(said: string, expected: string) {
  const items = said.split(', ').map((item, index): OrderItem => {
    const [quantity = '', , price = '', , rate = ''] = item.split(' ')
    return {
      code: `${index}`,
      name: 'x',
      quantity: Number(quantity),
      unitMinor: BigInt(price),
      taxRateBp: Number(rate) * 100,
    }
  })
  const quote = decideQuote(items, rules, now)
  const text =
    'refused' in quote
      ? quote.refused
      : `${quote.netMinor} + ${quote.taxMinor} = ${quote.totalMinor}, ${new Date(quote.validUntil).toISOString()}`
  expect(text, said).toBe(expected)
}

test('B13 F40 a quote: items as they are, each tax rate once, good through the same day of the next month', () => {
  checkQuote('3 × 333 @ 10', '999 + 99 = 1098, 2027-03-01T00:00:00.000Z')
  // Taxed line by line it would be 33 three times: 99 all the same, but 9 + 9 here and not 19.
  checkQuote('1 × 99 @ 10, 1 × 99 @ 10', '198 + 19 = 217, 2027-03-01T00:00:00.000Z')
  checkQuote('1 × 100 @ 10, 1 × 100 @ 8', '200 + 18 = 218, 2027-03-01T00:00:00.000Z')
  checkQuote('1 × 0 @ 10', 'order_too_small')
  checkQuote('1 × 49 @ 0', 'order_too_small')
  checkQuote('1 × 50 @ 0', '50 + 0 = 50, 2027-03-01T00:00:00.000Z')
  checkQuote('1000000 × 100 @ 0', 'order_too_large')
})

test('every state is reached and means something, and nothing leaves the last ones', () => {
  const actions = Object.values(orderActions)
  const reached = new Set<string>(['quoted', ...actions.map(({ to }) => to)])
  expect(statuses.filter((status) => !reached.has(status))).toEqual([])
  for (const last of ['cancelled', 'returned'] as const) {
    expect(actions.filter(({ from }) => (from as readonly string[]).includes(last))).toEqual([])
  }
})

const outcome = (decision: OrderDecision<{ by?: string; when?: string }>): string => {
  if ('refused' in decision) return decision.refused
  return decision.act === 'done' ? 'done' : (decision.by ?? decision.when ?? 'do')
}

const facts = (status: OrderStatus, more: Partial<OrderFacts> = {}): OrderFacts => ({
  status,
  totalMinor: 100n,
  capturedMinor: status === 'shipped' || status === 'returned' ? 100n : 0n,
  givenBackMinor: 0n,
  contestedMinor: 0n,
  validUntil: parseInstant('2027-02-28T00:00:00Z'),
  unsettled: status === 'held' || status === 'shipping' || status === 'cancelling' ? 'held' : null,
  ...more,
})

test('B13 what each act comes to in each state', () => {
  const acts = ['confirm', 'ship', 'cancel', 'return', 'retry'] as const
  const table = statuses.map((status) => {
    const order = facts(status, status === 'confirming' ? { unsettled: 'intended' } : {})
    const decisions = [
      decideConfirm(order, now),
      decideShip(order),
      decideCancel(order, 'payer'),
      decideReturn(order),
      decideRetry(order),
    ]
    return `${status}: ${decisions.map((decision, index) => `${acts[index]} ${outcome(decision)}`).join(', ')}`
  })
  expect(table).toEqual([
    'quoted: confirm do, ship order_not_held, cancel now, return order_not_shipped, retry order_not_failed',
    'confirming: confirm done, ship order_not_held, cancel later, return order_not_shipped, retry done',
    'held: confirm done, ship capture, cancel later, return order_not_shipped, retry order_not_failed',
    'shipping: confirm order_not_quoted, ship done, cancel order_already_shipping, return order_not_shipped, retry order_not_failed',
    'shipped: confirm order_not_quoted, ship done, cancel order_already_shipped, return do, retry order_not_failed',
    'cancelling: confirm order_cancelled, ship order_cancelled, cancel done, return order_cancelled, retry order_cancelled',
    'cancelled: confirm order_cancelled, ship order_cancelled, cancel done, return order_cancelled, retry order_cancelled',
    'failed: confirm order_failed, ship order_failed, cancel now, return order_not_shipped, retry do',
    'returned: confirm order_not_quoted, ship order_already_shipped, cancel order_already_shipped, return done, retry order_not_failed',
  ])
  expect(outcome(decideConfirm(facts('quoted', { validUntil: now }), now))).toBe('quote_ended')
  expect(outcome(decideShip(facts('held', { unsettled: null })))).toBe('replace')
  const paid = (more: Partial<OrderFacts> = {}) => facts('held', { unsettled: null, capturedMinor: 100n, ...more })
  expect(outcome(decideShip(paid()))).toBe('complete')
  // Captured by hand at the gateway, and some of it gone back: not shipped for less than its price.
  expect(outcome(decideShip(paid({ givenBackMinor: 1n })))).toBe('order_given_back')
  expect(outcome(decideShip(paid({ contestedMinor: 100n })))).toBe('order_given_back')
  expect(outcome(decideReturn(paid()))).toBe('do')
  const left = (status: OrderStatus, givenBackMinor: bigint) => leftToGiveBack(facts(status, { givenBackMinor }))
  expect([left('shipped', 0n), left('returned', 0n), left('returned', 60n), left('returned', 120n)]).toEqual([
    0n,
    100n,
    40n,
    0n,
  ])
  expect(outcome(decideCancel(facts('held', { unsettled: null, capturedMinor: 100n }), 'staff'))).toBe(
    'order_already_paid',
  )
  expect(outcome(decideCancel(facts('held', { unsettled: null }), 'payer'))).toBe('now')
  expect(outcome(decideCancel(facts('shipping'), 'staff'))).toBe('later')
  expect(outcome(decideCancel(facts('shipping', { unsettled: 'capturing' }), 'staff'))).toBe('order_already_shipping')
})

test('what is allowed is what the table allows', () => {
  const anyOrder = fc.record({
    status: fc.constantFrom(...statuses),
    unsettled: fc.constantFrom(null, 'held' as const, 'capturing' as const, 'unknown' as const),
    validUntil: fc.constantFrom(now, parseInstant('2027-02-28T00:00:00Z')),
    capturedMinor: fc.constantFrom(0n, 100n),
    givenBackMinor: fc.constantFrom(0n, 40n, 100n),
    contestedMinor: fc.constantFrom(0n, 100n),
    totalMinor: fc.constant(100n),
  })
  fc.assert(
    fc.property(anyOrder, fc.constantFrom('payer' as const, 'platform' as const, 'staff' as const), (order, by) => {
      for (const { action, refusal } of orderActionsFor(order, by, { confirm: null, retry: null }, now)) {
        const from: readonly OrderStatus[] = orderActions[action satisfies OrderAction].from
        if (refusal === null) expect(from).toContain(order.status)
      }
    }),
  )
})
