import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Month } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import { type CloseFacts, decideClose, type FeeSum, usualAfter } from './invoice.ts'
import { exactFromNumeric } from './money.ts'

const month = '2027-03' as Month // a literal of that form
const always = '0000-01-01' as CoverageRules['minimum'][number]['validFrom'] // earlier than every day

const rules: CoverageRules = {
  coverage: 'g',
  currency: 'USD',
  timeZone: 'UTC',
  closesAt: '06:00',
  retryAt: '09:00',
  verificationMinor: 100n,
  brands: [],
  taxRates: [],
  rounding: { net: 'up', tax: 'up' },
  minimum: [{ amountMinor: 50n, validFrom: always, source: 'test' }],
  networkLimits: [],
  approvalAbove: 5,
  dunning: { remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00' },
}

/** `12.345@1000`, `5@0 waived`: an exact sum and its tax rate in basis points. */
function sumOf(text: string): FeeSum {
  const [amount = '', rate = '0'] = text.replace(' waived', '').split('@')
  return { amount: exactFromNumeric(amount), taxRateBp: Number(rate), waived: text.endsWith(' waived') }
}

const byCard: Omit<CloseFacts, 'sums'> = { method: 'card', creditMinor: 0n, usualMinor: null, carriedFrom: null }

/** Sums, and what else is known of the account → `status net+tax credit applied, collected | credit left, carried from`. */
function check(sums: readonly string[], known: Partial<CloseFacts>, expected: string) {
  const { invoice, creditMinor, carriedFrom } = decideClose(
    { ...byCard, ...known, sums: sums.map(sumOf) },
    rules,
    month,
  )
  const first = invoice && invoice.firstMonth !== month ? ` from ${invoice.firstMonth}` : ''
  const waived = invoice && invoice.waivedMinor > 0n ? ` waived ${invoice.waivedMinor}` : ''
  const applied = invoice && invoice.creditAppliedMinor > 0n ? ` credit ${invoice.creditAppliedMinor}` : ''
  const text = invoice
    ? `${invoice.status} ${invoice.netMinor}+${invoice.taxMinor}${applied}${waived}${first}${invoice.collected ? '' : ' not collected'}`
    : 'nothing'
  const left = `${creditMinor > 0n ? ` | credit ${creditMinor}` : ''}${carriedFrom ? ` | carried from ${carriedFrom}` : ''}`
  expect(text + left, `${sums.join(' ')} ${Object.values(known).join(' ')}`).toBe(expected)
}

test('B7 a month’s fees become an invoice, a carry-over, a credit or nothing', () => {
  check(['12.34'], {}, 'scheduled 1234+0')
  check(['12.345@1000'], {}, 'scheduled 1235+124')
  check(['1.001@1000', '2.001@800'], {}, 'scheduled 302+28')
  check([], {}, 'nothing')
  check(['0'], {}, 'nothing')
  check(['5', '-5'], {}, 'nothing')
  // F43 below the minimum; by bank transfer there is none
  check(['0.49'], {}, 'carried_over 49+0 not collected | carried from 2027-03')
  check(['0.491'], {}, 'scheduled 50+0')
  check(['0.50'], {}, 'scheduled 50+0')
  check(
    ['0.30'],
    { carriedFrom: '2027-01' as Month },
    'carried_over 30+0 from 2027-01 not collected | carried from 2027-01',
  )
  check(['0.60'], { carriedFrom: '2027-01' as Month }, 'scheduled 60+0 from 2027-01')
  check(['0.30'], { method: 'bank_transfer' }, 'scheduled 30+0 not collected')
  check([], { carriedFrom: '2027-01' as Month }, 'nothing')
  // Discounts
  check(['-3.333'], {}, 'credited -334+0 not collected | credit 334')
  check(['-10@1000'], { creditMinor: 100n }, 'credited -1000+-100 not collected | credit 1200')
  // Credit
  check(['10'], { creditMinor: 400n }, 'scheduled 1000+0 credit 400')
  check(['10'], { creditMinor: 1000n }, 'paid 1000+0 credit 1000 not collected')
  check(['10'], { creditMinor: 1500n }, 'paid 1000+0 credit 1000 not collected | credit 500')
  check(['10'], { creditMinor: 980n }, 'scheduled 1000+0 credit 950 | credit 30')
  check(['0.40'], { creditMinor: 40n }, 'paid 40+0 credit 40 not collected')
  check(['0.40'], { creditMinor: 39n }, 'carried_over 40+0 not collected | credit 39 | carried from 2027-03')
  // B12 days of a trial
  check(['8 waived'], {}, 'waived 0+0 waived 800 not collected')
  check(['8@1000 waived', '2@1000'], {}, 'scheduled 200+20 waived 880')
  check(['8 waived', '-1'], {}, 'credited -100+0 waived 800 not collected | credit 100')
  // Approval
  check(['61.70'], { usualMinor: 1234n }, 'scheduled 6170+0')
  check(['61.71'], { usualMinor: 1234n }, 'awaiting_approval 6171+0 not collected')
  check(['61.71'], { usualMinor: null }, 'scheduled 6171+0')
  check(['61.71'], { usualMinor: 1234n, creditMinor: 9999n }, 'paid 6171+0 credit 6171 not collected | credit 3828')
})

test('what an account usually owes: the latest invoice weighs a quarter, and one that waits does not count yet', () => {
  expect(usualAfter(null, 1000n)).toBe(1000n)
  expect(usualAfter(1000n, 2000n)).toBe(1250n)
  const waiting = decideClose({ ...byCard, usualMinor: 100n, sums: [sumOf('100')] }, rules, month)
  expect(waiting.usualMinor).toBe(100n)
})

test('B7 whatever the fees and the credit: no unit appears or gets lost, and no card is asked for less than the minimum', () => {
  const amount = fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n })
  const sums = fc.array(fc.record({ amount, taxRateBp: fc.constantFrom(0, 800, 1000), waived: fc.boolean() }), {
    maxLength: 6,
  })
  const credit = fc.bigInt({ min: 0n, max: 20_000n })
  fc.assert(
    fc.property(sums, credit, (fees, creditMinor) => {
      const {
        invoice,
        creditMinor: leftMinor,
        carriedFrom,
      } = decideClose({ ...byCard, creditMinor, sums: fees }, rules, month)
      const totalMinor = invoice ? invoice.netMinor + invoice.taxMinor : 0n
      const appliedMinor = invoice?.creditAppliedMinor ?? 0n
      if (invoice?.status === 'credited') expect(leftMinor - creditMinor).toBe(-totalMinor)
      else expect(leftMinor + appliedMinor).toBe(creditMinor)
      expect(appliedMinor >= 0n && appliedMinor <= (totalMinor > 0n ? totalMinor : 0n)).toBe(true)
      expect(carriedFrom !== null).toBe(invoice?.status === 'carried_over')
      if (invoice?.collected) expect(totalMinor - appliedMinor >= 50n).toBe(true)
      const netOfLines = invoice?.taxLines.reduce((sum, line) => sum + line.netMinor + line.taxMinor, 0n) ?? 0n
      expect(netOfLines).toBe(totalMinor)
    }),
  )
})
