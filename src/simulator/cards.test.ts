/** Card numbers: what they are taken for, and that they are gone afterwards. */
import { describe, expect, it, test } from 'vitest'
import { type CardDetails, goodCardNumber, hasExpired, readCard } from './cards.ts'

const now = Date.UTC(2027, 2, 15)
const read = (part: Partial<CardDetails>) =>
  readCard({ number: '4242424242424242', expMonth: 12, expYear: 2034, ...part }, 'secret', now)

const known: readonly [number: string, brand: string, behaviour: string][] = [
  ['4242 4242 4242 4242', 'visa', 'good'],
  ['5555555555554444', 'mastercard', 'good'],
  ['2223003122003222', 'mastercard', 'good'],
  ['378282246310005', 'amex', 'good'],
  ['3566002020360505', 'jcb', 'good'],
  ['4000000000000341', 'visa', 'declines_payments'],
  ['4000000000009995', 'visa', 'insufficient_funds'],
  ['4000000000009987', 'visa', 'lost_card'],
  ['4000000000000069', 'visa', 'expired_card'],
  ['4000002760003184', 'visa', 'authenticates_always'],
  ['4000008260003178', 'visa', 'authenticates_then_insufficient_funds'],
]
test.each(known)('%s is a %s that is %s', (number, brand, behaviour) => {
  const card = read({ number })
  expect(card).toMatchObject({ brand, behaviour, last4: number.slice(-4) })
  expect(JSON.stringify(card), 'F57').not.toContain(number.replaceAll(' ', ''))
})

const refused: readonly [why: string, part: Partial<CardDetails>][] = [
  ['incorrect_number', { number: '4242424242424241' }],
  ['incorrect_number', { number: '9999999999999995' }],
  ['invalid_number', { number: '4242' }],
  ['invalid_number', { number: 'pm_card_visa' }],
  ['invalid_expiry_month', { expMonth: 13 }],
  ['invalid_expiry_month', { expMonth: Number.NaN }],
  ['invalid_expiry_year', { expMonth: 2, expYear: 2027 }],
  ['invalid_cvc', { cvc: '12' }],
]
test.each(refused)('%s: %o', (why, part) => expect(read(part)).toBe(why))

describe('expiry', () => {
  it('lasts to the end of its month', () => {
    expect(hasExpired(3, 2027, Date.UTC(2027, 3, 1) - 1)).toBe(false)
    expect(hasExpired(3, 2027, Date.UTC(2027, 3, 1))).toBe(true)
    expect(hasExpired(12, 2027, Date.UTC(2028, 0, 1))).toBe(true)
  })
  it('reads a year of two digits', () => expect(read({ expYear: 34 })).toMatchObject({ expYear: 2034 }))
})

describe('good cards', () => {
  it('are valid, good, and each another card', () => {
    const brands = ['visa', 'mastercard', 'amex', 'jcb'] as const
    const cards = brands.flatMap((brand) =>
      Array.from({ length: 250 }, (_unused, index) => ({
        brand,
        card: read({ number: goodCardNumber(index, brand) }),
      })),
    )
    for (const { brand, card } of cards) expect(card).toMatchObject({ brand, behaviour: 'good' })
    expect(new Set(cards.map(({ card }) => (typeof card === 'string' ? card : card.fingerprint))).size).toBe(1000)
  })
  it('have the same fingerprint whoever reads them, and another under another key', () => {
    const other = readCard({ number: '4242424242424242', expMonth: 1, expYear: 2030 }, 'secret', now)
    expect(read({})).toMatchObject({ fingerprint: typeof other === 'string' ? '' : other.fingerprint })
    expect(readCard({ number: '4242424242424242', expMonth: 1, expYear: 2030 }, 'else', now)).not.toEqual(other)
  })
})
