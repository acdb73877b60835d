/** What the gateway takes for its work: a share and a fixed part of each payment, and a fee for each dispute. */

export interface FeeRules {
  /** Basis points of what is captured. */
  readonly rateBp: number
  readonly fixedMinor: bigint
  readonly disputeMinor: bigint
  /** Whether a dispute that was won gives its fee back. */
  readonly returnsDisputeFee: boolean
}

/** As usual for a currency: 2.9 % + 0.30 USD, 3.6 % in JPY. */
export const feeRulesFor = (currency: string): FeeRules => usual[currency] ?? elsewhere

const elsewhere: FeeRules = { rateBp: 290, fixedMinor: 0n, disputeMinor: 0n, returnsDisputeFee: false }
const usual: Readonly<Record<string, FeeRules>> = {
  USD: { ...elsewhere, fixedMinor: 30n, disputeMinor: 1_500n },
  JPY: { ...elsewhere, rateBp: 360, disputeMinor: 1_500n },
}

/** Rounded half up, once; never more than was taken. */
export function feeOf({ rateBp, fixedMinor }: FeeRules, amountMinor: bigint, currency: string): bigint {
  const step = steps[currency] ?? 1n
  const feeMinor = (amountMinor * BigInt(rateBp) + 5_000n) / 10_000n + fixedMinor
  const whole = ((feeMinor + step / 2n) / step) * step
  return whole > amountMinor ? amountMinor : whole
}

/** Minor units in which the gateway can say an amount of the currency at all. */
const steps: Readonly<Record<string, bigint>> = { MGA: 100n, BHD: 10n, JOD: 10n, KWD: 10n, OMR: 10n, TND: 10n }
