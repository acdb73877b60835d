/** What issuers answer, and that it does not depend on who comes first. */
import { describe, expect, it } from 'vitest'
import { accountBooks, type Books, openBooks } from './books.ts'
import { goodCardNumber } from './cards.ts'
import { createMethod } from './customers.ts'
import { askIssuer, everyCard, type IssuerRequest, type IssuerRule, tellIssuer } from './issuer.ts'
import type { Method } from './rows.ts'

const start = Date.UTC(2027, 2, 1)
const dayMs = 86_400_000
const payment: IssuerRequest = {
  kind: 'payment',
  amountMinor: 1000n,
  currency: 'USD',
  offSession: true,
  authenticated: false,
}

function card(books: Books, number: string): Method {
  const made = createMethod(
    books,
    accountBooks(books, 'g'),
    { name: 'create_method', card: { ...expiry, number } },
    start,
  )
  if (made.object !== 'method') throw new Error('no card')
  return made.method
}
const expiry = { expMonth: 12, expYear: 2034 }

const fresh = (seed = 'a') => openBooks({ seed, journaled: false })
const ask = (books: Books, method: Method, at = start, part: Partial<IssuerRequest> = {}): string => {
  const decision = askIssuer(books, method, { ...payment, ...part }, at)
  return decision.answer === 'declined' ? decision.reason.declineCode : decision.answer
}

describe('rules', () => {
  const span = { from: start + dayMs, until: start + 2 * dayMs }
  const cases: readonly [name: string, number: string, rules: IssuerRule[], at: number, answer: string][] = [
    ['none', '4242424242424242', [], start, 'approved'],
    ['blocked', '4242424242424242', [{ kind: 'decline', declineCode: 'do_not_honor' }], start, 'do_not_honor'],
    ['not yet', '4242424242424242', [{ kind: 'decline', declineCode: 'lost_card', ...span }], start, 'approved'],
    ['begun', '4242424242424242', [{ kind: 'decline', declineCode: 'lost_card', ...span }], start + dayMs, 'lost_card'],
    [
      'over',
      '4242424242424242',
      [{ kind: 'decline', declineCode: 'lost_card', ...span }],
      start + 2 * dayMs,
      'approved',
    ],
    ['published', '4000000000009995', [], start, 'insufficient_funds'],
    ['cured', '4000000000009995', [{ kind: 'cured' }], start, 'approved'],
    ['asks', '4242424242424242', [{ kind: 'authentication_required' }], start, 'authentication_required'],
    ['out of date', '4242424242424242', [], Date.UTC(2035, 0, 1), 'expired_card'],
    ['never', '4242424242424242', [{ kind: 'decline_rate', rate: 0 }], start, 'approved'],
    ['always', '4242424242424242', [{ kind: 'decline_rate', rate: 1 }], start, 'insufficient_funds'],
    [
      'always, from a mix',
      '4242424242424242',
      [{ kind: 'decline_rate', rate: 1, mix: [{ declineCode: 'stolen_card', weight: 1 }] }],
      start,
      'stolen_card',
    ],
  ]
  it.each(cases)('%s', (_name, number, rules, at, answer) => {
    const books = fresh()
    const method = card(books, number)
    tellIssuer(books, method.fingerprint, rules)
    expect(ask(books, method, at)).toBe(answer)
  })

  it('for every card hold for every card', () => {
    const books = fresh()
    tellIssuer(books, everyCard, [{ kind: 'decline', declineCode: 'try_again_later' }])
    expect(ask(books, card(books, goodCardNumber(7)))).toBe('try_again_later')
  })
})

describe('limits', () => {
  const cases: readonly [per: 'day' | 'month', next: number, answer: string][] = [
    ['day', start + dayMs, 'approved'],
    ['month', start + dayMs, 'insufficient_funds'],
    ['month', Date.UTC(2027, 3, 1), 'approved'],
  ]
  it.each(cases)('of 1500 a %s', (per, next, answer) => {
    const books = fresh()
    const method = card(books, goodCardNumber(1))
    tellIssuer(books, method.fingerprint, [{ kind: 'limit', per, amountMinor: 1500n, currency: 'USD' }])
    expect(ask(books, method)).toBe('approved')
    expect(ask(books, method)).toBe('insufficient_funds')
    expect(ask(books, method, start, { amountMinor: 500n })).toBe('approved')
    expect(ask(books, method, next)).toBe(answer)
  })
})

describe('moods', () => {
  const rules: IssuerRule[] = [{ kind: 'decline_rate', rate: 0.3 }]
  const answers = (order: readonly number[], seed = 'a') => {
    const books = fresh(seed)
    tellIssuer(books, everyCard, rules)
    const answer = new Map<number, string>()
    for (const index of order) {
      const method = card(books, goodCardNumber(index))
      answer.set(index, [0, 0, 1, 2].map((day) => ask(books, method, start + day * dayMs)).join())
    }
    return order.toSorted((one, other) => one - other).map((index) => answer.get(index))
  }
  const cards = Array.from({ length: 300 }, (_unused, index) => index)

  it('do not depend on which card comes first', () => expect(answers(cards.toReversed())).toEqual(answers(cards)))
  it('depend on the seed', () => expect(answers(cards, 'b')).not.toEqual(answers(cards)))
  it('come at their rate', () => {
    const declines = answers(cards)
      .join()
      .split(',')
      .filter((answer) => answer !== 'approved')
    expect(declines.length / (cards.length * 4)).toBeCloseTo(0.3, 1)
  })
})
