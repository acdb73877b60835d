import { expect, test } from 'vitest'
import { feeFileTexts, feeRefusalTexts } from './fee-errors.ts'
import { languages, say } from './language.ts'

// More than any one sentence needs, so that each can be said.
const values = {
  field: 'amount',
  value: 'x',
  limit: 65536,
  known: ['a', 'b'],
  sent: 'y',
  latest: '2027-02',
  plain: '0.1',
  decimals: 13,
  right: 'JPY',
  found: ['z'],
  expected: 6,
  accountId: 'OP0000000001',
  closedOn: '2027-01-05',
  missing: ['item'],
  name: 'item',
}
const texts = { ...feeRefusalTexts, ...feeFileTexts }

test.each(Object.entries(texts))(
  '%s is said in both languages, with its values and nothing undefined',
  (_, sentence) => {
    // The values fit every sentence, which no type can say of all of them at once.
    const said = languages.map((language) => say(sentence as Parameters<typeof say>[0], language, forSaying(sentence)))
    for (const text of said) {
      expect(text).not.toMatch(/undefined|NaN|\[object/)
      expect(text.length).toBeGreaterThan(4)
    }
    expect(said[0]).not.toBe(said[1])
  },
)

/** Some sentences quote what was found as text, others list it. */
function forSaying(sentence: unknown): unknown {
  const asText = { ...values, known: 'k', found: 'z' }
  const lists = [
    feeRefusalTexts.coverage_not_configured,
    feeRefusalTexts.tax_category_unknown,
    feeFileTexts.column_missing,
  ]
  if (lists.some((one) => one === sentence)) return values
  return sentence === feeRefusalTexts.field_unknown ? { ...values, found: 'z' } : asText
}
