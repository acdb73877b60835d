import { expect, test } from 'vitest'
import { instant } from './calendar.ts'
import type { CoverageRules } from './coverage.ts'
import { type Fee, feeReader, isRefusal, type RawFee } from './fee.ts'

const rules = (coverage: string, currency: string, timeZone: string, taxRates: CoverageRules['taxRates']) =>
  ({
    coverage,
    currency,
    timeZone,
    closesAt: '06:00',
    retryAt: '09:00',
    verificationMinor: 0n,
    brands: ['visa'],
    taxRates,
    rounding: { net: 'up', tax: 'up' },
    minimum: [],
    networkLimits: [],
    approvalAbove: null,
    dunning: { remindAfterDays: [3, 7, 14], suspendAfterDays: 30, noticeDays: 7, at: '12:00' },
  }) as const satisfies CoverageRules
const rate = (category: string, rateBp: number, validFrom: string) => ({
  category,
  rateBp,
  validFrom: validFrom as Fee['day'],
  source: 'a test',
})
const coverages = new Map([
  ['g', rules('g', 'USD', 'UTC', [rate('standard', 0, '2000-01-01')])],
  [
    'jp',
    rules('jp', 'JPY', 'Asia/Tokyo', [
      rate('standard', 800, '2014-04-01'),
      rate('standard', 1000, '2019-10-01'),
      rate('reduced', 800, '2019-10-01'),
    ]),
  ],
])
// In Tokyo it is already February.
const now = instant(Date.parse('2027-01-31T20:00:00Z'))

const good = {
  externalId: 'u-1',
  accountId: 'OP0000000001',
  coverage: 'jp',
  date: '20270131',
  item: 'dataUpload',
  unitPrice: '0.0002',
  quantity: '123456',
  amount: '24.6912',
}

/** What is changed of a good line → what of the fee is told, or the refusal: its code, then what it carries. */
function check(change: RawFee, expected: string) {
  const read = feeReader(coverages, now)({ ...good, ...change })
  const told = isRefusal(read)
    ? `${read.code} ${Object.entries(read)
        .filter(([name]) => name !== 'code')
        .map(([, value]) => String(value))
        .join(' ')}`
    : Object.entries(read)
        .filter(([name, value]) => value !== changedFrom[name])
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')
  expect(told, JSON.stringify(change)).toBe(expected)
}
const changedFrom: Readonly<Record<string, unknown>> = {
  ...good,
  month: '2027-01',
  day: '2027-01-31',
  wholeMonth: false,
  taxRateBp: 1000,
  attributes: null,
}

test('a line becomes a fee', () => {
  check({}, '')
  check({ date: '2027-01-31' }, '')
  check({ date: '202701' }, 'wholeMonth=true')
  check({ date: '2027-02' }, 'month=2027-02 day=2027-02-28 wholeMonth=true')
  check({ date: '2024-02' }, 'month=2024-02 day=2024-02-29 wholeMonth=true')
  check({ date: '2027-03-31' }, 'month=2027-03 day=2027-03-31')
  check({ date: '20190930' }, 'month=2019-09 day=2019-09-30 taxRateBp=800')
  check({ taxCategory: 'reduced' }, 'taxRateBp=800')
  check({ coverage: 'g', currency: 'USD' }, 'coverage=g taxRateBp=0')
  check({ amount: '-0.50' }, 'amount=-0.5')
  check({ unitPrice: null, quantity: '' }, 'unitPrice=null quantity=null')
  check({ item: 'データ通信\n(上り)' }, 'item=データ通信\n(上り)')
  check({ attributes: { sim: '8981', '': 'x' } }, 'attributes={"sim":"8981","":"x"}')
  check({ attributes: {} }, '')
  check({ externalId: 'x'.repeat(200) }, `externalId=${'x'.repeat(200)}`)
})

test('a line that cannot be a fee is refused with what would be right', () => {
  for (const field of ['externalId', 'accountId', 'coverage', 'date', 'item', 'amount']) {
    check({ [field]: undefined }, `missing ${field}`)
    check({ [field]: '' }, `missing ${field}`)
    check({ [field]: null }, `missing ${field}`)
    check({ [field]: true }, `not_text ${field}`)
    check({ [field]: ['1'] }, `not_text ${field}`)
    check({ [field]: `1\u0000` }, `control_character ${field}`)
    check({ [field]: `1\ud800` }, `not_unicode ${field}`)
  }
  check({ externalId: 'x'.repeat(201) }, 'too_long externalId 200')
  check({ externalId: 'a\nb' }, 'control_character externalId')
  check({ item: 'a\rb' }, 'control_character item')
  check({ item: 'x'.repeat(501) }, 'too_long item 500')
  check({ accountId: 'OP1' }, 'account_malformed accountId OP1')
  check({ accountId: 'op0000000001' }, 'account_malformed accountId op0000000001')
  check({ coverage: 'kr' }, 'coverage_not_configured coverage kr g,jp')
  check({ currency: 'USD' }, 'currency_differs currency USD JPY')
  check({ currency: 'jpy' }, 'currency_differs currency jpy JPY')
  check({ taxCategory: 'none' }, 'tax_category_unknown taxCategory none standard,reduced')
  check({ date: '20140331' }, 'tax_category_unknown taxCategory standard standard,reduced')
  for (const date of ['2027-0131', '20270229', '2027-13', '202700', '2027', '31.01.2027', '00000101', '19991231']) {
    check({ date }, `date_malformed date ${date}`)
  }
  check({ date: '2027-04-01' }, 'date_too_late date 2027-04-01 2027-03')
  check({ coverage: 'g', date: '202703' }, 'date_too_late date 202703 2027-02')
  check({ amount: '0.1234567890123' }, 'number_too_precise 13 amount 0.1234567890123')
  check({ amount: '1e-7' }, 'number_exponent 0.0000001 amount 1e-7')
  check({ quantity: '1,000' }, 'number_malformed quantity 1,000')
  check({ unitPrice: 1.5 }, 'not_text unitPrice')
  check({ attributes: 'sim' }, 'attributes_malformed attributes')
  check({ attributes: ['sim'] }, 'attributes_malformed attributes')
  check({ attributes: { sim: 1 } }, 'attributes_malformed attributes')
  check({ attributes: { sim: 'a\u0000' } }, 'control_character attributes')
  check({ attributes: { 'a\n': 'a' } }, 'control_character attributes')
  check({ attributes: { sim: '\udfff' } }, 'not_unicode attributes')
  check({ attributes: { sim: 'x'.repeat(8192) } }, 'too_long attributes 8192')
})
