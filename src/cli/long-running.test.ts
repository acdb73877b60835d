/** Commands that run until told: they say when they are ready, and end in order, by a signal or with their parent. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { databaseOn } from '../postgres/database.ts'

const database = testDatabase()
const main = join(import.meta.dirname, '..', 'main.ts')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-running-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function begin(args: readonly string[], stdio: 'pipe' | 'ipc'): ChildProcess {
  return spawn(process.execPath, [main, ...args, '--json'], {
    env: { ...process.env, DATABASE_URL: database.url, KESSAI_DATA: folder },
    stdio: ['pipe', 'pipe', 'inherit', ...(stdio === 'ipc' ? (['ipc'] as const) : [])],
  })
}

async function firstLine(child: ChildProcess): Promise<unknown> {
  if (!child.stdout) throw new Error('its output is a pipe')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return JSON.parse(String(line))
}

const ways: readonly [
  way: string,
  command: readonly string[],
  stdio: 'pipe' | 'ipc',
  end: (child: ChildProcess) => void,
][] = [
  ['worker, by SIGTERM', ['worker'], 'pipe', (child) => child.kill('SIGTERM')],
  ['worker, by Ctrl-C', ['worker'], 'pipe', (child) => child.kill('SIGINT')],
  ['worker, its parent’s pipe closing', ['worker', '--with-parent'], 'pipe', (child) => child.stdin?.destroy()],
  ['worker, its parent’s channel closing', ['worker', '--with-parent'], 'ipc', (child) => child.disconnect()],
  ['simulator, by SIGTERM', ['simulator'], 'pipe', (child) => child.kill('SIGTERM')],
  ['simulator, its parent’s pipe closing', ['simulator', '--with-parent'], 'pipe', (child) => child.stdin?.destroy()],
]

test.each(ways)('%s: ends in order', async (_way, command, stdio, end) => {
  const child = begin(command, stdio)
  const ended = once(child, 'exit')
  const ready = await firstLine(child)
  expect(ready).toMatchObject(
    command[0] === 'worker' ? { workerId: expect.any(String), pid: child.pid } : { port: expect.any(Number) },
  )
  end(child)
  expect(await ended).toEqual([0, null])
  const alive = await databaseOn(database.pool)
    .selectFrom('workers')
    .select('pid')
    .where('ended_at', 'is', null)
    .execute()
  expect(alive).toEqual([])
})
