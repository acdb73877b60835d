/**
 * Money without floats: integer minor units for what is owed and paid, exact decimals for what is measured.
 *
 * Fees are priced per byte, so their amounts have up to twelve decimals. They are summed exactly and rounded once per
 * tax rate (F40); everything after that is `bigint` minor units of one currency.
 */

/** Minor units of some currency: cents for USD, yen for JPY. */
export type Minor = bigint
/** An exact decimal in major units, scaled by 10^12. */
export type Exact = bigint

export const exactScale = 12
const exactUnit = 10n ** BigInt(exactScale)

/** `up` is away from zero, `down` towards it, `half_up` to the nearest with halves away from zero, `half_even` to even. */
export type Rounding = 'up' | 'down' | 'half_up' | 'half_even'

/** ISO 4217 minor-unit exponents that are not 2. */
const exponents: ReadonlyMap<string, number> = new Map([
  ...[
    'BIF',
    'CLP',
    'DJF',
    'GNF',
    'ISK',
    'JPY',
    'KMF',
    'KRW',
    'PYG',
    'RWF',
    'UGX',
    'UYI',
    'VND',
    'VUV',
    'XAF',
    'XOF',
    'XPF',
  ].map((currency): [string, number] => [currency, 0]),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((currency): [string, number] => [currency, 3]),
])

/** Decimals between a currency's major and minor unit, by ISO 4217: 2 for USD, 0 for JPY, 3 for KWD. */
export const exponentOf = (currency: string): number => exponents.get(currency) ?? 2

/** Plain decimal notation only: no exponent, no grouping, at most 12 decimals. Null when it is anything else. */
export function parseExact(text: string): Exact | null {
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/.exec(text)
  if (!match) return null
  const magnitude = BigInt(match[2] ?? '0') * exactUnit + BigInt((match[3] ?? '').padEnd(exactScale, '0'))
  return match[1] ? -magnitude : magnitude
}

/** An exact sum as PostgreSQL prints a numeric, which may have any number of digits before the point. */
export function exactFromNumeric(text: string): Exact {
  const [whole = '0', decimals = ''] = text.replace('-', '').split('.')
  if (decimals.length > exactScale) throw new RangeError(`more than ${exactScale} decimals: ${text}`)
  const magnitude = BigInt(whole) * exactUnit + BigInt(decimals.padEnd(exactScale, '0'))
  return text.startsWith('-') ? -magnitude : magnitude
}

export const roundToMinor = (amount: Exact, currency: string, rounding: Rounding): Minor =>
  divide(amount, 10n ** BigInt(exactScale - exponentOf(currency)), rounding)

/** Tax on `netMinor` at `rateBp` basis points, rounded once. */
export const taxOn = (netMinor: Minor, rateBp: number, rounding: Rounding): Minor =>
  divide(netMinor * BigInt(rateBp), 10_000n, rounding)

/** `1234n`, USD → `12.34`; `1234n`, JPY → `1234`: for files and machines, not for people (see texts/). */
export function toDecimalString(amountMinor: Minor, currency: string): string {
  const exponent = exponentOf(currency)
  const digits = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(exponent + 1, '0')
  const sign = amountMinor < 0n ? '-' : ''
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}

export const smaller = (one: bigint, other: bigint): bigint => (one < other ? one : other)
export const positive = (amountMinor: Minor): Minor => (amountMinor > 0n ? amountMinor : 0n)

function divide(value: bigint, by: bigint, rounding: Rounding): bigint {
  const quotient = value / by
  const rest = value % by
  if (rest === 0n) return quotient
  const away = value < 0n ? quotient - 1n : quotient + 1n
  if (rounding === 'up') return away
  if (rounding === 'down') return quotient
  const twice = (rest < 0n ? -rest : rest) * 2n
  if (twice !== by) return twice > by ? away : quotient
  return rounding === 'half_up' || quotient % 2n !== 0n ? away : quotient
}
