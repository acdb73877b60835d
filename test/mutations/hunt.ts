/** Sends what is to find a planted bug after it: seeds of the simulation until one breaks, or the tests of one file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Mutation } from './mutation.ts'
import { plant } from './plant.ts'

export interface Hunt {
  /** A server with the right to create databases; each run makes and drops its own. */
  readonly serverUrl: string
  /** Seeds a bug may take at most. */
  readonly seeds: number
  readonly accounts: number
  readonly months: number
}

/** Who looks: the simulation, or tests by their files and, of those, by what their names hold. */
export type Hunter = 'simulation' | { readonly files: readonly string[]; readonly named: readonly string[] }

export const hunterOf = ({ foundBy, named }: Mutation): Hunter =>
  foundBy === 'simulation' ? foundBy : { files: [foundBy], named: named === undefined ? [] : [named] }

export interface Found {
  /** `not_run`: whoever was to look could not, which finds nothing and proves nothing. */
  readonly end: 'found' | 'missed' | 'not_run'
  /** The sentence that broke, or the test that failed; when nothing did, what there was instead. */
  readonly by: string
  /** How many seeds it took; null where tests looked. */
  readonly seeds: number | null
  readonly seconds: number
}

/** `mutation` null: the tree as it is, of which nothing may be found. */
export async function hunt(mutation: Mutation | null, hunter: Hunter, of: Hunt): Promise<Found> {
  const began = performance.now()
  const planted = plant(mutation)
  try {
    const look = hunter === 'simulation' ? bySimulation(planted.folder, of) : byTests(planted.folder, hunter, of)
    return { ...(await look), seconds: (performance.now() - began) / 1000 }
  } finally {
    planted.remove()
  }
}

type Sighting = Omit<Found, 'seconds'>

/** One JSON line a seed; the first that breaks is enough. */
async function bySimulation(folder: string, { serverUrl, seeds, accounts, months }: Hunt): Promise<Sighting> {
  const sizes = ['--seeds', `1-${seeds}`, '--accounts', `${accounts}`, '--months', `${months}`]
  const child = start(folder, ['test/simulation/main.ts', ...sizes, '--jobs', '1', '--json'], serverUrl)
  const exit = exitOf(child)
  const last = lastWords(child)
  let played = 0
  if (!child.stdout) throw new Error('a child without output')
  for await (const line of createInterface({ input: child.stdout })) {
    const broken = brokenIn(line)
    if (broken === null) continue
    played += 1
    if (broken[0] === undefined) continue
    child.kill()
    await exit
    return { end: 'found', by: broken[0], seeds: played }
  }
  const code = await exit
  return code === 0 && played > 0
    ? { end: 'missed', by: `${played} seeds hold`, seeds: played }
    : { end: 'not_run', by: `the simulation ended with ${code}: ${last()}`, seeds: played }
}

/** Null: not a line about a seed. */
function brokenIn(line: string): readonly string[] | null {
  if (!line.startsWith('{')) return null
  const ending: unknown = JSON.parse(line)
  const broken = typeof ending === 'object' && ending !== null && 'broken' in ending ? ending.broken : null
  return Array.isArray(broken) ? broken.map(String) : null
}

interface Report {
  readonly numPassedTests: number
  readonly testResults: readonly { readonly message: string; readonly assertionResults: readonly Assertion[] }[]
}
interface Assertion {
  readonly status: string
  readonly fullName: string
  readonly failureMessages: readonly string[]
}

async function byTests(
  folder: string,
  { files, named }: Exclude<Hunter, string>,
  { serverUrl }: Hunt,
): Promise<Sighting> {
  const output = join(mkdtempSync(join(tmpdir(), 'kessai-report-')), 'report.json')
  try {
    const these = named.length === 0 ? [] : ['-t', named.join('|')]
    const args = ['run', ...files, ...these, '--reporter=json', `--outputFile=${output}`, '--no-cache']
    const child = start(folder, ['node_modules/vitest/vitest.mjs', ...args], serverUrl)
    const last = lastWords(child)
    child.stdout?.resume()
    const code = await exitOf(child)
    const report = readReport(output)
    if (report === null) return { end: 'not_run', by: `vitest ended with ${code}: ${last()}`, seeds: null }
    const failed = report.testResults.flatMap(({ assertionResults }) => assertionResults).filter(isFailed)
    if (failed[0] && !failed.some(ranOutOfTime)) return { end: 'found', by: failed[0].fullName, seeds: null }
    // A file that cannot be read, a database that cannot be made and a busy machine find nothing.
    const problem = failed[0]?.failureMessages[0] ?? report.testResults.find(({ message }) => message)?.message
    if (problem || report.numPassedTests === 0) return { end: 'not_run', by: problem ?? 'no test ran', seeds: null }
    return { end: 'missed', by: `${report.numPassedTests} tests pass`, seeds: null }
  } finally {
    rmSync(join(output, '..'), { recursive: true, force: true })
  }
}

const isFailed = ({ status }: Assertion): boolean => status === 'failed'
const ranOutOfTime = ({ failureMessages }: Assertion): boolean =>
  failureMessages.some((message) => message.includes('timed out in'))

function readReport(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report // as vitest's JSON reporter writes it
  } catch {
    return null
  }
}

function start(folder: string, args: readonly string[], serverUrl: string): ChildProcess {
  const { PATH, HOME } = process.env
  return spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH, HOME, KESSAI_TEST_DATABASE_URL: serverUrl, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('exit', resolve)
  })

/** What it said of its own end. */
function lastWords({ stderr }: ChildProcess): () => string {
  let said = ''
  stderr?.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-400)
  })
  return () => said.trim()
}
