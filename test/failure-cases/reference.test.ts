/**
 * Writes docs/reference/failure-cases.md from the names of the tests, and fails when a case has neither a test nor a
 * reason: `vitest run test/failure-cases/reference.test.ts --update` writes it anew.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

/** What has no test yet, and why nothing can go wrong there today. */
const without: Readonly<Record<string, string>> = {
  F44: 'Invoices have no numbers yet: this comes with documents.',
  F45: 'Nobody can book a bank transfer yet: this comes with bank transfers.',
  F46: 'No bank statement is read yet: this comes with bank transfers.',
  F55: 'No webhook is sent yet: this comes with webhooks.',
}

/** What the tests show, where a part of the case comes with something that is not built yet. */
const later: Readonly<Record<string, string>> = {
  F16: 'Bank transfers cannot be booked yet: the tests write the row as a booking will.',
  F24: 'Shown for e-mail; no webhook is sent yet.',
  F38: 'Shown for charges, refunds, e-mail and exports; there are no PDFs yet.',
  F42: 'No invoice can be voided: what it took off for credit is never to be given back.',
  F58: 'Shown for exports, pages and e-mail; there are no PDFs yet.',
}

interface Proof {
  readonly file: string
  readonly name: string
}

function testFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join(folder, file))
    .sort()
}

/** Tests whose names begin with numbers such as `F8 F9 `, and perhaps a behaviour's. */
function proofs(): Map<string, Proof[]> {
  const found = new Map<string, Proof[]>()
  for (const file of [...testFiles('src'), ...testFiles('test')]) {
    const text = readFileSync(join(root, file), 'utf8')
    for (const [, name = ''] of text.matchAll(/\(\s*['"`]((?:[FB]\d+ )+[^'"`\n]*)/g)) {
      // What a table or a template fills in.
      const shown = name.replace(/\$\{[^}]*\}|%[a-z]/g, '…')
      for (const [number] of name.matchAll(/\bF\d+(?= )/g)) {
        found.set(number, [...(found.get(number) ?? []), { file, name: shown }])
      }
    }
  }
  return found
}

const cases = [...readFileSync(join(root, 'docs', 'failure-cases.md'), 'utf8').matchAll(/^- \*\*(F\d+)\*\*/gm)].map(
  ([, number = '']) => number,
)

test('every failure case has a test, or a reason why it cannot happen yet; not both', () => {
  const proven = proofs()
  expect(cases.length).toBe(58)
  expect(cases.filter((number) => !proven.has(number) && !(number in without))).toEqual([])
  expect(Object.keys(without).filter((number) => proven.has(number))).toEqual([])
  expect(Object.keys(later).filter((number) => !proven.has(number))).toEqual([])
})

test('docs/reference/failure-cases.md says which test proves which case', async () => {
  const proven = proofs()
  const lineOf = (number: string): string => {
    const tests = proven.get(number)
    if (!tests) return `- **${number}** ${without[number]}`
    const note = later[number] ? ` ${later[number]}` : ''
    return [`- **${number}**${note}`, ...tests.map(({ file, name }) => `  - ${name} (\`${file}\`)`)].join('\n')
  }
  const page = `# Failure cases and their proofs

Generated from the names of the tests by \`test/failure-cases/reference.test.ts\`; do not edit. What each case is:
[failure cases](../failure-cases.md).

${cases.map(lineOf).join('\n')}
`
  await expect(page).toMatchFileSnapshot('../../docs/reference/failure-cases.md')
})
