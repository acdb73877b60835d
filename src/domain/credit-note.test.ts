import fc from 'fast-check'
import { expect, test } from 'vitest'
import { creditNoteLines, sumOf } from './credit-note.ts'
import type { TaxLine } from './invoice.ts'

const line = (taxRateBp: number, netMinor: bigint, taxMinor: bigint): TaxLine => ({ taxRateBp, netMinor, taxMinor })
const shown = (lines: readonly TaxLine[]): string =>
  lines.map(({ taxRateBp, netMinor, taxMinor }) => `${taxRateBp}: ${netMinor} + ${taxMinor}`).join(', ')

const cases: readonly [lines: readonly TaxLine[], noted: readonly TaxLine[], amountMinor: bigint, note: string][] = [
  [[line(0, 1234n, 0n)], [], 1000n, '0: 1000 + 0'],
  [[line(1000, 1000n, 100n)], [], 1100n, '1000: 1000 + 100'],
  [[line(1000, 1000n, 100n)], [], 550n, '1000: 500 + 50'],
  // One unit: it is net or tax, never both and never half.
  [[line(1000, 1000n, 100n)], [], 1n, '1000: 1 + 0'],
  [[line(800, 1000n, 80n), line(1000, 2000n, 200n)], [], 1640n, '800: 500 + 40, 1000: 1000 + 100'],
  // What was noted before is not noted again: the rest is exactly the rest.
  [
    [line(800, 333n, 26n), line(1000, 667n, 66n)],
    [line(800, 100n, 8n), line(1000, 0n, 0n)],
    984n,
    '800: 233 + 18, 1000: 667 + 66',
  ],
  // A discount at one rate above the fees at another.
  [[line(800, -100n, -8n), line(1000, 300n, 30n)], [], 111n, '800: -50 + -4, 1000: 150 + 15'],
]

test.each(cases)('%# a credit note over %o', (lines, noted, amountMinor, note) => {
  expect(shown(creditNoteLines(lines, noted, amountMinor))).toBe(note)
})

test('however they are cut, credit notes add up to their amounts, and those for all of it to all of it', () => {
  const amount = fc.bigInt({ min: 0n, max: 10_000_000n })
  const lines = fc.uniqueArray(fc.tuple(fc.constantFrom(0, 500, 800, 1000), amount, amount), {
    minLength: 1,
    selector: ([rate]) => rate,
  })
  fc.assert(
    fc.property(lines, fc.array(fc.nat(1000), { maxLength: 6 }), (rows, cuts) => {
      const invoice = rows.map(([rate, net, tax]) => line(rate, net + 1n, tax))
      const total = sumOf(invoice)
      const noted: TaxLine[] = []
      const ends = [...cuts.map((cut) => (total * BigInt(cut)) / 1000n).sort((a, b) => Number(a - b)), total]
      let before = 0n
      for (const end of ends) {
        const note = creditNoteLines(invoice, noted, end - before)
        expect(sumOf(note)).toBe(end - before)
        noted.push(...note)
        before = end
      }
      for (const { taxRateBp, netMinor, taxMinor } of invoice) {
        const of = noted.filter((one) => one.taxRateBp === taxRateBp)
        expect(of.reduce((sum, one) => sum + one.netMinor, 0n)).toBe(netMinor)
        expect(of.reduce((sum, one) => sum + one.taxMinor, 0n)).toBe(taxMinor)
      }
    }),
  )
})
