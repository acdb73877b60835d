/** Sends what is to find a planted bug after it: seeds of the simulation until one breaks, or one test file. */
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

export interface Found {
  readonly found: boolean
  /** The sentence that broke, or the test that failed; when nothing did, what there was instead. */
  readonly by: string
  /** How many seeds it took; null where a test file looked. */
  readonly seeds: number | null
  readonly seconds: number
}

/** `mutation` null: the tree as it is, of which nothing may be found. `foundBy` then says who looks. */
export async function hunt(
  mutation: Mutation | null,
  foundBy: readonly Mutation['foundBy'][],
  of: Hunt,
): Promise<Found> {
  const began = performance.now()
  const planted = plant(mutation)
  try {
    const files = foundBy.filter((one) => one !== 'simulation')
    const found = files.length > 0 ? await byTests(planted.folder, files, of) : await bySimulation(planted.folder, of)
    return { ...found, seconds: (performance.now() - began) / 1000 }
  } finally {
    planted.remove()
  }
}

type Sighting = Omit<Found, 'seconds'>

/** One JSON line a seed; the first that breaks is enough. */
async function bySimulation(folder: string, { serverUrl, seeds, accounts, months }: Hunt): Promise<Sighting> {
  const sizes = ['--seeds', `1-${seeds}`, '--accounts', `${accounts}`, '--months', `${months}`]
  const child = start(folder, ['test/simulation/main.ts', ...sizes, '--jobs', '1', '--json'], serverUrl)
  const last = lastWords(child)
  let played = 0
  if (!child.stdout) throw new Error('a child without output')
  for await (const line of createInterface({ input: child.stdout })) {
    const { broken } = endingOf(line)
    if (broken === null) continue
    played += 1
    if (broken.length === 0) continue
    child.kill()
    await exitOf(child)
    return { found: true, by: broken[0] ?? '', seeds: played }
  }
  const code = await exitOf(child)
  if (code === 0 && played > 0) return { found: false, by: `${played} seeds hold`, seeds: played }
  return { found: false, by: `the simulation ended with ${code}: ${last()}`, seeds: played }
}

/** Null: not a line about a seed. */
function endingOf(line: string): { readonly broken: readonly string[] | null } {
  if (!line.startsWith('{')) return { broken: null }
  const ending: unknown = JSON.parse(line)
  const broken = typeof ending === 'object' && ending !== null && 'broken' in ending ? ending.broken : null
  return { broken: Array.isArray(broken) ? broken.map(String) : null }
}

interface Report {
  readonly numFailedTests: number
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly message: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

async function byTests(folder: string, files: readonly string[], { serverUrl }: Hunt): Promise<Sighting> {
  const reports = mkdtempSync(join(tmpdir(), 'kessai-report-'))
  const output = join(reports, 'report.json')
  try {
    const args = ['run', ...files, '--reporter=json', `--outputFile=${output}`, '--no-cache']
    const child = start(folder, ['node_modules/vitest/vitest.mjs', ...args], serverUrl)
    const last = lastWords(child)
    child.stdout?.resume()
    const code = await exitOf(child)
    const report = readReport(output)
    if (report === null) return { found: false, by: `vitest ended with ${code}: ${last()}`, seeds: null }
    const failed = report.testResults.flatMap(({ assertionResults }) => assertionResults).filter(isFailed)
    if (failed[0]) return { found: true, by: failed[0].fullName, seeds: null }
    // A file that could not be read, or a database that could not be made, has found nothing.
    const problem = report.testResults.find(({ message }) => message !== '')?.message
    return { found: false, by: problem ?? `${report.numPassedTests} tests pass`, seeds: null }
  } finally {
    rmSync(reports, { recursive: true, force: true })
  }
}

const isFailed = ({ status }: { readonly status: string }): boolean => status === 'failed'

function readReport(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Report // as vitest's JSON reporter writes it
  } catch {
    return null
  }
}

function start(folder: string, args: readonly string[], serverUrl: string): ChildProcess {
  return spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, KESSAI_TEST_DATABASE_URL: serverUrl, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const exitOf = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', resolve))

/** What it said of its own end. */
function lastWords({ stderr }: ChildProcess): () => string {
  let said = ''
  stderr?.on('data', (part: Buffer) => {
    said = (said + part.toString()).slice(-400)
  })
  return () => said.trim()
}
