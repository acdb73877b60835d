/** The tree keeps itself tidy: what no formatter or type checker sees, read from the files that git tracks. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

interface SourceFile {
  readonly path: string
  readonly lines: readonly string[]
}

/** Tracked text files; when there is no git (an unpacked archive), everything but what is installed or kept. */
function projectFiles(): SourceFile[] {
  return listed()
    .filter((path) => path !== 'package-lock.json' && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => !text.includes('\u0000'))
    .map(({ path, text }) => ({ path, lines: text.split('\n') }))
}

function listed(): string[] {
  try {
    const printed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return printed.split('\0').filter((path) => path !== '')
  } catch {
    return readdirSync(root, { recursive: true, encoding: 'utf8', withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
      .filter((path) => !/(^|\/)(node_modules|\.git|\.kessai|coverage)\//.test(path))
  }
}

const files = projectFiles()
const isTest = (path: string) => path.startsWith('test/') || path.includes('.test.')
const isCode = (path: string) => /\.(ts|tsx|cjs|js)$/.test(path)
const isGenerated = (path: string) => path.includes('/generated/')
const pureFolder = /^src\/(domain|operations|postgres)\//

interface Rule {
  readonly name: string
  readonly applies: (path: string) => boolean
  readonly forbids: RegExp
  /** Of each rule, a line that it must find: a rule that finds nothing proves nothing. */
  readonly finds: string
}

// Written in halves, so that this file does not find itself.
const word = (...parts: string[]) => parts.join('')

const rules: readonly Rule[] = [
  {
    name: 'no path of one machine',
    applies: () => true,
    forbids: new RegExp(word('(^|[^\\w.])/', '(work|root|home|Users)/\\w|/tmp/', 'n24')),
    finds: word('see /', 'home/me/kessai'),
  },
  {
    name: 'no package registry or its mirror',
    applies: (path) => path !== '.npmrc',
    forbids: new RegExp(
      word('registry\\.(npm', 'js|yarn', 'pkg)|https?://[^/\\s]*(artifactory|nexus|verdaccio)|_auth', 'Token'),
    ),
    finds: word('https://registry.npm', 'js.org/x'),
  },
  {
    name: 'no clock, randomness or environment where decisions are made and recorded',
    applies: (path) => pureFolder.test(path) && !isTest(path),
    forbids:
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\brandomUUID\(|\brandomBytes\(|\bperformance\.now\(|\bprocess\.env\b/,
    finds: 'const at = Date.now()',
  },
  {
    name: 'no test left out or alone',
    applies: (path) => isCode(path) && isTest(path),
    forbids: new RegExp(word('\\.(on', 'ly|sk', 'ip|to', 'do)\\(|\\b(x', 'it|x', 'describe)\\(')),
    finds: word('test.on', 'ly(1)'),
  },
  {
    name: 'nothing put off',
    applies: (path) => isCode(path) || path.endsWith('.sql'),
    forbids: new RegExp(word('\\b(TO', 'DO|FIX', 'ME|XX', 'X|HA', 'CK)\\b')),
    finds: word('// TO', 'DO later'),
  },
  {
    name: 'no way around the types, the linter or null',
    applies: isCode,
    forbids: new RegExp(
      word(
        '(:|<|\\bas) an',
        'y\\b(?! [a-z])|@ts-(ig',
        'nore|no',
        'check|ex',
        'pect-error)|\\w!(\\.|\\[|;|,|\\)|$)|biome-ig',
        'nore(?!.*: .{10})',
      ),
    ),
    finds: word('let a: an', 'y'),
  },
  {
    name: 'no enum, namespace, parameter property (Node strips types, it does not compile)',
    applies: (path) => path.endsWith('.ts'),
    forbids:
      /^\s*(export )?(const )?enum \w|^\s*(export )?namespace \w|constructor\((private|public|protected|readonly) /,
    finds: 'export enum Colour {',
  },
]

describe.each(rules)('$name', ({ applies, forbids, finds }) => {
  test('in this tree', () => {
    const found = files
      .filter(({ path }) => applies(path) && path !== 'test/tidy.test.ts')
      .flatMap(({ path, lines }) =>
        lines.flatMap((line, at) => (forbids.test(line) ? [`${path}:${at + 1} ${line.trim()}`] : [])),
      )
    expect(found).toEqual([])
  })
  test('the rule finds what it is for', () => expect(finds).toMatch(forbids))
})

/** One table of everything an issuer can say: to part it would hide it. */
const longOnPurpose = ['src/domain/decline.ts']

test('no file of the product is longer than a reader keeps in mind', () => {
  const long = files
    .filter(({ path }) => path.startsWith('src/') && isCode(path) && !isTest(path) && !isGenerated(path))
    .filter(({ path, lines }) => lines.length > 301 && !longOnPurpose.includes(path))
    .map(({ path, lines }) => `${path}: ${lines.length} lines`)
  expect(long).toEqual([])
})

test('every module of the product says at its head why it is there', () => {
  const silent = files
    .filter(({ path }) => path.startsWith('src/') && path.endsWith('.ts') && !isTest(path) && !isGenerated(path))
    .filter(({ lines }) => !/^(\/\*\*|#!)/.test(lines[0] ?? ''))
    .map(({ path }) => path)
  expect(silent).toEqual([])
})

test('migrations are numbered one after the other', () => {
  const names = readdirSync(join(root, 'migrations')).sort()
  expect(names.length).toBeGreaterThan(0)
  names.forEach((name, index) => {
    expect(name).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}_[a-z0-9_]+\\.sql$`))
  })
})

test('nothing that npm or a run makes is tracked', () => {
  expect(files.filter(({ path }) => /(^|\/)(node_modules|\.kessai|coverage)\/|\.log$/.test(path))).toEqual([])
})
