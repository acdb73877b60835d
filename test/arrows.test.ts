/** Which folder of src/ may import which: the rules are in .dependency-cruiser.cjs, drawn in ARCHITECTURE.md. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

interface Cruise {
  readonly summary: {
    readonly violations: readonly { from: string; to: string; rule: { name: string } }[]
    readonly totalCruised: number
  }
}

/** The forbidden imports under `folder`/src, as `from -> to (rule)`. */
async function forbiddenIn(folder: string): Promise<{ forbidden: string[]; cruised: number }> {
  const program = join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs')
  const args = [program, 'src', '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json']
  const printed = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 100_000_000 }, (error, stdout, stderr) => {
      // It also ends with an error code when it finds something; what it prints is then whole.
      if (stdout.startsWith('{')) resolve(stdout)
      else reject(new Error(stderr, { cause: error }))
    })
  })
  // The reporter's documented shape.
  const { summary } = JSON.parse(printed) as Cruise
  return {
    forbidden: summary.violations.map(({ from, to, rule }) => `${from} -> ${to} (${rule.name})`),
    cruised: summary.totalCruised,
  }
}

test('every import follows the arrows', async () => {
  const { forbidden, cruised } = await forbiddenIn(root)
  expect(forbidden).toEqual([])
  expect(cruised).toBeGreaterThan(10)
})

const planted: readonly [file: string, imports: string, rule: string | null][] = [
  ['src/domain/a.ts', '../postgres/sql.ts', 'domain-may-use-nothing'],
  ['src/domain/b.ts', 'node:fs', 'domain-stays-pure'],
  ['src/domain/c.ts', 'pg', 'domain-stays-pure'],
  ['src/domain/calendar.ts', 'node:fs', 'calendar-uses-temporal-only'],
  ['src/domain/d.ts', '../ports/port.ts', 'domain-may-use-nothing'],
  ['src/ports/a.ts', '../postgres/sql.ts', 'ports-may-use-domain'],
  ['src/postgres/a.ts', '../operations/act.ts', 'postgres-may-use-domain'],
  ['src/operations/a.ts', '../adapters/real.ts', 'operations-may-use-domain-postgres-ports-texts'],
  ['src/adapters/a.ts', '../postgres/sql.ts', 'adapters-may-use-ports-domain'],
  ['src/worker/a.ts', '../domain/pure.ts', 'worker-may-use-operations-postgres'],
  ['src/cli/a.ts', '../adapters/real.ts', 'cli-may-use-operations-postgres'],
  ['src/api/a.ts', '../ports/port.ts', 'api-may-use-operations-postgres-texts-domain'],
  ['src/simulator/a.ts', '../ports/port.ts', 'simulator-may-use-nothing'],
  ['src/simulator/as-gateway.ts', '../postgres/sql.ts', 'gateway-face-may-use-ports'],
  ['src/operations/b.ts', '../../test/support/database.ts', 'product-needs-no-tests'],
  ['src/operations/c.ts', '../postgres/sql.ts', null],
  ['src/worker/b.ts', '../operations/act.ts', null],
  ['src/adapters/b.ts', '../ports/port.ts', null],
  ['src/main.ts', './adapters/real.ts', null],
]
const targets = [
  'src/postgres/sql.ts',
  'src/ports/port.ts',
  'src/operations/act.ts',
  'src/adapters/real.ts',
  'src/domain/pure.ts',
  'test/support/database.ts',
]

let folder: string
let found: string[]
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-arrows-'))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'))
  for (const file of targets) write(file, 'export const it = 1\n')
  for (const [file, imports] of planted) write(file, `import * as it from '${imports}'\nexport const used = it\n`)
  write('src/cli/types.ts', `import type * as it from '../domain/pure.ts'\nexport type Used = typeof it\n`)
  found = (await forbiddenIn(folder)).forbidden
})
afterAll(() => rmSync(folder, { recursive: true }))

test.each(planted)('%s importing %s: %s', (file, _imports, rule) => {
  const here = found.filter((line) => line.startsWith(`${file} ->`))
  if (rule === null) expect(here).toEqual([])
  else expect(here.join('\n')).toContain(`(${rule})`)
})

test('types alone may be carried through by the entry points', () => {
  expect(found.filter((line) => line.startsWith('src/cli/types.ts'))).toEqual([])
})
