/**
 * Stripe's amounts against ISO 4217 minor units, in which the books are kept.
 *
 * Written from Stripe's documentation for the simulator's side alone. The production adapter has its own table, so a
 * mistake in one shows as a difference between the two books (F39).
 */

/** Digits that Stripe's amount has more (or, below zero, fewer) than ISO's minor unit. */
const extraDigits: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: -2 }
const wantsLastDigitZero = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND'])

/** Null for what Stripe would refuse: not a whole number, or digits that the currency does not have. */
export function fromStripeAmount(amount: string, currency: string): bigint | null {
  if (!/^\d{1,15}$/.test(amount)) return null
  const value = BigInt(amount)
  const extra = extraDigits[currency] ?? 0
  if (wantsLastDigitZero.has(currency) && value % 10n !== 0n) return null
  if (extra < 0) return value * 10n ** BigInt(-extra)
  return value % 10n ** BigInt(extra) === 0n ? value / 10n ** BigInt(extra) : null
}

export function toStripeAmount(minor: bigint, currency: string): number {
  const extra = extraDigits[currency] ?? 0
  return Number(extra < 0 ? minor / 10n ** BigInt(-extra) : minor * 10n ** BigInt(extra))
}
