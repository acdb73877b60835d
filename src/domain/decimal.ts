/**
 * Decimals as platforms write them → one plain spelling per number, without a float on the way.
 *
 * One spelling, so that the same fee sent twice is seen to be the same; plain, because `1e-7` is how floats print
 * themselves, and an amount that has been a float is an amount that may already be wrong.
 */
import { exactScale } from './money.ts'

export type DecimalRefusal =
  | { readonly code: 'number_malformed' | 'number_too_large' }
  /** `plain` is the same number as it should be written; null when it fits no amount. */
  | { readonly code: 'number_exponent'; readonly plain: string | null }
  | { readonly code: 'number_too_precise'; readonly decimals: number }

/** At most 18 digits before the point and 12 after it: what `numeric` sums and `parseExact` reads without loss. */
const wholeDigits = 18

const shortest = /^(?:-?[1-9]\d{0,17}|0|-?(?:0|[1-9]\d{0,17})\.\d{0,11}[1-9])$/

/** `007.50` → `7.5`. */
export function readDecimal(text: string): string | DecimalRefusal {
  if (shortest.test(text)) return text
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text)
  if (!match) return { code: 'number_malformed' }
  const [, sign = '', whole = '', written = '', exponent] = match
  const decimals = written.replace(/0+$/, '')
  if (exponent !== undefined) return { code: 'number_exponent', plain: plain(sign, whole, decimals, Number(exponent)) }
  if (decimals.length > exactScale) return { code: 'number_too_precise', decimals: decimals.length }
  return plain(sign, whole, decimals, 0) ?? { code: 'number_too_large' }
}

/** Null when it needs more digits than there are. */
function plain(sign: string, whole: string, decimals: string, exponent: number): string | null {
  const shift = '0'.repeat(Math.abs(exponent))
  const digits = exponent < 0 ? shift + whole + decimals : whole + decimals + shift
  const point = exponent < 0 ? whole.length : whole.length + exponent
  const before = digits.slice(0, point).replace(/^0+(?=.)/, '')
  const after = digits.slice(point).replace(/0+$/, '')
  if (before.length > wholeDigits || after.length > exactScale) return null
  if (before === '0' && after === '') return '0'
  return after === '' ? sign + before : `${sign}${before}.${after}`
}
