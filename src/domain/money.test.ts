import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  exactFromNumeric,
  exponentOf,
  parseExact,
  type Rounding,
  roundToMinor,
  taxOn,
  toDecimalString,
} from './money.ts'

/** `12.345 USD up` → `1235`, and the same by its other spelling. */
function check(said: string, expected: string) {
  const [amount = '', currency = '', rounding = ''] = said.split(' ')
  const exact = parseExact(amount)
  const minor = exact === null ? 'refused' : String(roundToMinor(exact, currency, rounding as Rounding)) // as the tables say
  expect(minor, said).toBe(expected)
}

test('exact decimals become minor units, rounded once', () => {
  check('12.345 USD up', '1235')
  check('12.345 USD down', '1234')
  check('12.345 USD half_up', '1235')
  check('12.345 USD half_even', '1234')
  check('12.355 USD half_even', '1236')
  check('12.3450000001 USD half_even', '1235')
  check('12.34 USD up', '1234')
  check('12.340000000001 USD up', '1235')
  check('0.000000000001 USD up', '1')
  check('0 USD up', '0')
  // Away from zero, so that a discount is not made smaller by the same rounding that makes a fee larger.
  check('-12.345 USD up', '-1235')
  check('-12.345 USD down', '-1234')
  check('-12.345 USD half_up', '-1235')
  check('-12.345 USD half_even', '-1234')
  // Currencies without and with three decimals (F38, F39)
  check('1000 JPY up', '1000')
  check('1000.1 JPY up', '1001')
  check('1000.1 JPY down', '1000')
  check('777 ISK up', '777')
  check('50000.5 UGX half_even', '50000')
  check('1.2345 KWD up', '1235')
  // Only plain decimals
  check('1e3 USD up', 'refused')
  check('1,000 USD up', 'refused')
  check('0.1234567890123 USD up', 'refused')
  check('.5 USD up', 'refused')
  check('+5 USD up', 'refused')
})

/** `1234 1000bp up` → tax. */
function checkTax(said: string, expected: bigint) {
  const [net = '', rate = '', rounding = ''] = said.split(' ')
  expect(taxOn(BigInt(net), Number(rate.replace('bp', '')), rounding as Rounding), said).toBe(expected) // as the table says
}

test('tax is rounded once', () => {
  checkTax('1001 1000bp up', 101n)
  checkTax('1001 1000bp down', 100n)
  checkTax('1005 1000bp half_up', 101n)
  checkTax('1005 1000bp half_even', 100n)
  checkTax('-1001 1000bp up', -101n)
  checkTax('0 1000bp up', 0n)
  checkTax('999 0bp up', 0n)
})

test('minor units as files write them', () => {
  const cases = [
    [1234n, 'USD', '12.34'],
    [5n, 'USD', '0.05'],
    [-5n, 'USD', '-0.05'],
    [1234n, 'JPY', '1234'],
    [1n, 'KWD', '0.001'],
    [0n, 'USD', '0.00'],
  ] as const
  for (const [minor, currency, text] of cases) expect(toDecimalString(minor, currency)).toBe(text)
})

describe('for every amount', () => {
  const exact = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n })
  const currency = fc.constantFrom('USD', 'JPY', 'KWD', 'ISK')
  const rounding = fc.constantFrom<Rounding>('up', 'down', 'half_up', 'half_even')
  const unitOf = (code: string) => 10n ** BigInt(12 - exponentOf(code))

  test('rounding moves it by less than one unit, and in its direction', () => {
    fc.assert(
      fc.property(exact, currency, rounding, (amount, code, how) => {
        const off = roundToMinor(amount, code, how) * unitOf(code) - amount
        const far = off < 0n ? -off : off
        expect(far < unitOf(code)).toBe(true)
        if (how === 'up') expect(off === 0n || off > 0n === amount > 0n).toBe(true)
        if (how === 'down') expect(off === 0n || off > 0n !== amount > 0n).toBe(true)
        if (how.startsWith('half')) expect(far * 2n <= unitOf(code)).toBe(true)
      }),
    )
  })

  test('the sign makes no difference', () => {
    fc.assert(
      fc.property(exact, currency, rounding, (amount, code, how) => {
        expect(roundToMinor(-amount, code, how)).toBe(-roundToMinor(amount, code, how))
      }),
    )
  })

  test('F40 what was a whole number of units stays it, and is read back from its own text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), currency, rounding, (minor, code, how) => {
        expect(roundToMinor(exactFromNumeric(toDecimalString(minor, code)), code, how)).toBe(minor)
      }),
    )
  })
})
