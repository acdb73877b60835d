import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDecimal } from './decimal.ts'
import { exactFromNumeric, parseExact } from './money.ts'

/** What is written → its one spelling, or the refusal's code with what it carries. */
function check(written: string, expected: string) {
  const read = readDecimal(written)
  const said = typeof read === 'string' ? read : Object.values(read).join(' ')
  expect(said, written).toBe(expected)
}

test('decimals have one spelling, and what is not plain is refused with what would be right', () => {
  check('0', '0')
  check('-0', '0')
  check('0.000', '0')
  check('-0.0', '0')
  check('7', '7')
  check('007.50', '7.5')
  check('-12.30', '-12.3')
  check('0.000000000001', '0.000000000001')
  check('-0.000000000001', '-0.000000000001')
  check('999999999999999999.999999999999', '999999999999999999.999999999999')
  check('0000000000000000000001', '1')
  // Thirteen decimals, and thirteen of which the last says nothing
  check('0.0000000000001', 'number_too_precise 13')
  check('0.0000000000010', '0.000000000001')
  check('1234567890123456789', 'number_too_large')
  // Exponents
  check('1e-7', 'number_exponent 0.0000001')
  check('-1.50E+3', 'number_exponent -1500')
  check('1.25e1', 'number_exponent 12.5')
  check('12345e-4', 'number_exponent 1.2345')
  check('1e-13', 'number_exponent ')
  check('1e18', 'number_exponent ')
  check('1e999', 'number_exponent ')
  // No decimals at all
  for (const text of [
    '',
    '+1',
    '1.',
    '.5',
    '1,5',
    '1,234.5',
    ' 1',
    '1 ',
    '--1',
    '0x1',
    'NaN',
    'Infinity',
    '1_000',
    '$1',
  ]) {
    check(text, 'number_malformed')
  }
  check('１２', 'number_malformed')
})

test('a spelling says the same number, and reading it again changes nothing', () => {
  const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`))
  fc.assert(
    fc.property(fc.constantFrom('', '-'), digits(18), fc.option(digits(12)), (sign, whole, decimals) => {
      const written = `${sign}${whole}${decimals === null ? '' : `.${decimals}`}`
      const read = readDecimal(written)
      expect(read).toBeTypeOf('string')
      expect(parseExact(String(read))).toBe(exactFromNumeric(written))
      expect(readDecimal(String(read))).toBe(read)
    }),
  )
})
