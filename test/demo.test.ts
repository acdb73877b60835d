/**
 * The demonstration as a person runs it: real processes, killed without mercy. Small here; the same with 150 accounts is
 * `bin/kessai demo --accounts 150 --seed 19 --days 6`.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'

const command = join(import.meta.dirname, '..', 'bin', 'kessai')
const patienceMs = 240_000

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-demo-test-'))
  // The database server may run as another user, who has to pass through.
  chmodSync(folder, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Run {
  readonly child: ChildProcess
  /** Standard output so far, line by line. */
  readonly lines: string[]
  readonly ended: Promise<number | null>
}

function run(args: readonly string[], environment: Readonly<Record<string, string>>): Run {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...environment } })
  const lines: string[] = []
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  // `close` and not `exit`: the last lines have been read by then.
  return { child, lines, ended: once(child, 'close').then(([code]) => code) }
}

const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await delay(20)
}

/** Printed by `--json` as one object. */
const readFigures = ({ lines }: Run) => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>
const sound = {
  doubleCharges: 0,
  missedCharges: 0,
  unknownLeft: 0,
  holdsLeft: 0,
  ledgerBalanced: true,
  booksEqual: true,
  invariantsBroken: 0,
}

test(
  'the same seed gives the same figures, whoever is killed on the way, and leaves nothing behind',
  async () => {
    const figures = []
    for (let times = 0; times < 2; times++) {
      const demo = run(['demo', '--accounts', '30', '--seed', '5', '--days', '2', '--json'], { TMPDIR: folder })
      expect(await demo.ended).toBe(0)
      const { seconds, ...rest } = readFigures(demo)
      expect(seconds).toBeGreaterThan(0)
      figures.push(rest)
    }
    expect(figures[0]).toMatchObject({ seed: 5, accounts: 30, ...sound })
    expect(figures[0]?.paid).toBeGreaterThan(20)
    expect(figures[0]?.retries).toBeGreaterThan(0)
    expect(figures[1]).toEqual(figures[0])
    expect(readdirSync(folder)).toEqual([])
  },
  patienceMs,
)

test(
  'Ctrl-C ends a demonstration and removes its folder',
  async () => {
    const demo = run(['demo', '--accounts', '30', '--seed', '5', '--days', '2', '--json'], { TMPDIR: folder })
    const place = () => readdirSync(folder).find((name) => name.startsWith('kessai-demo-'))
    await until(() => existsSync(join(folder, place() ?? '', 'logs', 'worker-2.log')))
    demo.child.kill('SIGINT')
    expect(await demo.ended).toBe(130)
    expect(readdirSync(folder)).toEqual([])
  },
  patienceMs,
)
