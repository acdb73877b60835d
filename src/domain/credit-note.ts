/**
 * What a credit note takes off an invoice or an order, by tax rate: its part of every line, exact, each boundary rounded
 * once, so that credit notes for all of it come to all of it, however they were cut.
 */
import type { TaxLine } from './invoice.ts'
import type { Minor } from './money.ts'

/** `noted`: the lines of every credit note there is so far. `amountMinor` includes tax. */
export function creditNoteLines(
  lines: readonly TaxLine[],
  noted: readonly TaxLine[],
  amountMinor: Minor,
): readonly TaxLine[] {
  const target = shareOf(lines, sumOf(noted) + amountMinor)
  return target.map((line) => {
    const before = noted.filter(({ taxRateBp }) => taxRateBp === line.taxRateBp)
    return {
      taxRateBp: line.taxRateBp,
      netMinor: line.netMinor - before.reduce((sum, one) => sum + one.netMinor, 0n),
      taxMinor: line.taxMinor - before.reduce((sum, one) => sum + one.taxMinor, 0n),
    }
  })
}

/** `amountMinor` of the total of `lines`, spread over their nets and taxes in proportion. */
function shareOf(lines: readonly TaxLine[], amountMinor: Minor): TaxLine[] {
  const totalMinor = sumOf(lines)
  let upToMinor = 0n
  let spreadMinor = 0n
  const next = (partMinor: Minor): Minor => {
    upToMinor += partMinor
    const boundary = totalMinor === 0n ? 0n : nearest(upToMinor * amountMinor, totalMinor)
    const share = boundary - spreadMinor
    spreadMinor = boundary
    return share
  }
  return lines.map(({ taxRateBp, netMinor, taxMinor }) => ({
    taxRateBp,
    netMinor: next(netMinor),
    taxMinor: next(taxMinor),
  }))
}

/** Halves up, for either sign; `by` is more than 0. */
function nearest(value: bigint, by: bigint): bigint {
  const twice = 2n * value + by
  const quotient = twice / (2n * by)
  return twice < 0n && twice % (2n * by) !== 0n ? quotient - 1n : quotient
}

export const sumOf = (lines: readonly TaxLine[]): Minor =>
  lines.reduce((sum, line) => sum + line.netMinor + line.taxMinor, 0n)
export const netOf = (lines: readonly TaxLine[]): Minor => lines.reduce((sum, line) => sum + line.netMinor, 0n)
export const taxOf = (lines: readonly TaxLine[]): Minor => lines.reduce((sum, line) => sum + line.taxMinor, 0n)
