/**
 * Writes docs/reference/decline-codes.md from the table and its sentences, and fails when the page is older than they
 * are: `npx vitest run src/texts/decline-reference.test.ts --update` writes it anew.
 */
import { expect, test } from 'vitest'
import type { Month } from '../domain/calendar.ts'
import {
  adviceFor,
  type CodeSource,
  type DeclineReason,
  declineTable,
  isConfidential,
  type RetryRule,
} from '../domain/decline.ts'
import { adviceTexts, declineForStaff } from './declines.ts'
import { say } from './language.ts'

test('docs/reference/decline-codes.md says what the table says', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/reference/decline-codes.md')
})

const headings: readonly (readonly [CodeSource, string, string])[] = [
  ['decline', 'Decline codes', "Stripe's `decline_code`, and what its Radar says of a payment it blocked."],
  ['error', 'Error codes', "Stripe's `code`, where it is not a decline code too; those mean the same in both places."],
  ['advice', 'Advice codes', "Stripe's `advice_code`: the issuer's advice, the same for all networks."],
  ['mastercard', 'Mastercard', 'Merchant advice codes.'],
  ['visa', 'Visa', 'Response codes of the categories 1 (never), 2 (not now) and 3 (not with these details).'],
]

function page(): string {
  return `# Decline codes

Generated from \`src/domain/decline.ts\` and \`src/texts/declines.ts\`; do not edit. The strictest of all that one decline
says counts: never, then the customer, then the longest delay, then daily. A code that is not here is \`card_declined\` and
tried again daily. Reasons marked * are for staff; the payer reads the one for \`unexplained\`.

${headings.map(([source, title, about]) => `## ${title}\n\n${about}\n\n${tableOf(source)}`).join('\n\n')}

## Reasons

| Reason | In words | What the payer can do |
|---|---|---|
${reasonRows().join('\n')}
`
}

function tableOf(source: CodeSource): string {
  const rows = Object.entries(declineTable[source])
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, row]) => `| \`${code}\` | ${rule(row.retry)} | \`${row.publicCode}\` | ${marked(row.reason)} |`)
  return ['| Code | Tried again | Payer sees | Reason |', '|---|---|---|---|', ...rows].join('\n')
}

function rule(retry: RetryRule): string {
  if (retry.kind !== 'after')
    return { never: '**never**', customer: 'after the customer acts', daily: 'daily' }[retry.kind]
  return `after ${retry.delayMs / 3_600_000} h`
}

function reasonRows(): string[] {
  const codes = Object.values(declineTable).flatMap((rows) => Object.entries(rows))
  const reasons = [...new Set(codes.map(([, row]) => row.reason))].sort()
  return reasons.map(
    (reason) => `| ${marked(reason)} | ${words(reason)} | ${say(adviceTexts[adviceFor[reason]], 'en', undefined)} |`,
  )
}

// An example card; the month is one by inspection.
const card = { brand: 'visa', last4: '4242', expMonth: '2027-01' as Month }
const marked = (reason: DeclineReason): string => `${reason}${isConfidential(reason) ? ' *' : ''}`
const words = (reason: DeclineReason): string => say(declineForStaff(reason), 'en', card)
