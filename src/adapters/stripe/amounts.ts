/**
 * Amounts as Stripe wants them. Ours are ISO 4217 minor units; Stripe differs for a few currencies (F39):
 * ISK and UGX have no minor unit, but are sent with two digits that must be 00; MGA has two in ISO 4217 and none at
 * Stripe; the three-decimal ones must end in 0. Source: docs.stripe.com/currencies, "special cases" and "zero-decimal".
 */
import type { NotDone } from '../../ports/card-gateway.ts'

/** A number for the request, or null when Stripe could not take this amount without changing it. */
export function toStripeAmount(minor: bigint, currency: string): number | null {
  const { extraDigits = 0, step = 1n } = exceptions[currency] ?? {}
  if (minor % step !== 0n) return null
  const amount = extraDigits < 0 ? minor / 10n ** BigInt(-extraDigits) : minor * 10n ** BigInt(extraDigits)
  return amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : null
}

/** `currency` in either case. */
export function fromStripeAmount(amount: number, currency: string): bigint {
  const { extraDigits = 0 } = exceptions[currency.toUpperCase()] ?? {}
  return extraDigits < 0 ? BigInt(amount) * 10n ** BigInt(-extraDigits) : BigInt(amount) / 10n ** BigInt(extraDigits)
}

export const unsendable = (amountMinor: bigint, currency: string): NotDone => ({
  outcome: 'refused',
  reason: `Stripe cannot take ${amountMinor} minor units of ${currency}`,
})

interface Exception {
  /** Digits that Stripe's amount has more (below zero: fewer) than ISO's minor unit. */
  readonly extraDigits?: number
  /** Minor units in which an amount has to be whole. */
  readonly step?: bigint
}

const exceptions: Readonly<Record<string, Exception>> = {
  ISK: { extraDigits: 2 },
  UGX: { extraDigits: 2 },
  MGA: { extraDigits: -2, step: 100n },
  BHD: { step: 10n },
  JOD: { step: 10n },
  KWD: { step: 10n },
  OMR: { step: 10n },
  TND: { step: 10n },
}
