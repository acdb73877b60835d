import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isRunning, runningPostmaster } from './postmaster.ts'
import { explainFailure } from './problems.ts'
import { serverUser } from './server-user.ts'
import { startEmbeddedPostgres } from './start.ts'
import { until } from './until.ts'

let folder: string
let dataDir: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-embedded-'))
  dataDir = join(folder, 'state', 'postgres')
  if (serverUser().spawnAs.uid !== undefined) serverUser().own(folder)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Another process of ours that starts (or joins) the server, prints what it got, and then only lives. */
async function startInChild(): Promise<{ child: ChildProcess; url: string; adopted: boolean }> {
  const program = `
    const { startEmbeddedPostgres } = await import(${JSON.stringify(join(import.meta.dirname, 'start.ts'))})
    const { url, adopted } = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)} })
    console.log(JSON.stringify({ url, adopted }))
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = await once(child.stdout, 'data')
  return { child, ...JSON.parse(String(said)) }
}

async function killHard(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

describe('the embedded PostgreSQL', () => {
  test('starts on an empty folder, keeps its data and its address, and is durable and UTF-8', async () => {
    const first = await startEmbeddedPostgres({ dataDir })
    expect(first.adopted).toBe(false)
    await query(first.url, 'create table kept (word text)')
    await query(first.url, `insert into kept values ('決済')`)
    expect(
      await query(
        first.url,
        `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
                current_setting('data_checksums') as checksums, pg_encoding_to_char(encoding) as encoding,
                datlocale as locale
         from pg_database where datname = current_database()`,
      ),
    ).toEqual([{ fsync: 'on', commit: 'on', checksums: 'on', encoding: 'UTF8', locale: 'C.UTF-8' }])
    await first.stop()
    await first.stop()
    expect(runningPostmaster(dataDir)).toBeNull()

    const second = await startEmbeddedPostgres({ dataDir, settings: { work_mem: '5MB' } })
    expect(second.url).toBe(first.url)
    expect(await query(second.url, `select word, current_setting('work_mem') as memory from kept`)).toEqual([
      { word: '決済', memory: '5MB' },
    ])
    await second.stop()
  })

  test('keeps its password to its owner, and refuses a wrong one', async () => {
    const server = await startEmbeddedPostgres({ dataDir })
    expect(statSync(`${dataDir}.password`).mode & 0o777).toBe(0o600)
    const wrong = new URL(server.url)
    wrong.password = 'guessed'
    await expect(query(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/)
    await server.stop()
  })

  test('a start, a kill -9 of the starter: no orphan server, and the next start has everything', async () => {
    const { child, url } = await startInChild()
    await query(url, 'create table before_kill as select 19 as seed')
    const running = runningPostmaster(dataDir)
    expect(running?.status).toBe('ready')
    await killHard(child)
    await until(() => running === null || !isRunning(running))
    const again = await startEmbeddedPostgres({ dataDir })
    expect(again.adopted).toBe(false)
    expect(await query(again.url, 'select seed from before_kill')).toEqual([{ seed: 19 }])
    await again.stop()
  })

  test('a start right after a kill -9: a server that is still shutting down is waited for', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { child } = await startInChild()
      await killHard(child)
      // Either the old server had not noticed yet and is joined, or it ends and a new one starts: never neither.
      const next = await startEmbeddedPostgres({ dataDir })
      expect(await query(next.url, 'select seed from before_kill')).toEqual([{ seed: 19 }])
      await next.stop()
      expect(runningPostmaster(dataDir)).toBeNull()
    }
  })

  test('a second process joins the server, and it lives until the last of them is gone', async () => {
    const { child, url } = await startInChild()
    const joined = await startEmbeddedPostgres({ dataDir })
    expect(joined).toMatchObject({ adopted: true, url })
    const again = await startEmbeddedPostgres({ dataDir })
    await again.stop()
    await killHard(child)
    expect(await query(joined.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await joined.stop()
    expect(runningPostmaster(dataDir)).toBeNull()
  })

  test('started many times at once on a new folder: one server, one password', async () => {
    const fresh = join(folder, 'at-once')
    const servers = await Promise.all([1, 2, 3, 4].map(() => startEmbeddedPostgres({ dataDir: fresh })))
    expect(new Set(servers.map((server) => server.url)).size).toBe(1)
    expect(servers.filter((server) => !server.adopted)).toHaveLength(1)
    await Promise.all(servers.map((server) => server.stop()))
    expect(runningPostmaster(fresh)).toBeNull()
  })

  test('a server that dies under its user comes back on the same address', async () => {
    const server = await startEmbeddedPostgres({ dataDir })
    const first = runningPostmaster(dataDir)
    if (!first) throw new Error('it runs')
    process.kill(first.pid, 'SIGKILL')
    const isBack = () => {
      const now = runningPostmaster(dataDir)
      return now !== null && now.pid !== first.pid && now.status === 'ready'
    }
    await until(isBack)
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
    expect(runningPostmaster(dataDir)).toBeNull()
  })

  test('a lock file left behind that now names another program does not stop a start', async () => {
    const server = await startEmbeddedPostgres({ dataDir })
    const running = runningPostmaster(dataDir)
    if (!running) throw new Error('it runs')
    const lock = readFileSync(running.file, 'utf8').replace(String(running.pid), String(process.pid))
    await server.stop()
    writeFileSync(running.file, lock)
    const after = await startEmbeddedPostgres({ dataDir })
    expect(after.adopted).toBe(false)
    expect(await query(after.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await after.stop()
  })
})

describe('what cannot work is said so', () => {
  const made = (name: string, fill: (path: string) => void): string => {
    const path = join(folder, name)
    mkdirSync(path)
    fill(path)
    return path
  }
  test.each([
    [
      'another major version',
      /made by PostgreSQL 15.*brings PostgreSQL 18/,
      (path: string) => writeFileSync(join(path, 'PG_VERSION'), '15\n'),
    ],
    [
      'a folder of something else',
      /not a PostgreSQL data directory/,
      (path: string) => writeFileSync(join(path, 'letter.txt'), ''),
    ],
    [
      'a lost password',
      /password is missing/,
      (path: string) => {
        writeFileSync(join(path, 'PG_VERSION'), '18\n')
        serverUser().own(path)
      },
    ],
  ])('%s', async (name, message, fill) => {
    const path = made(name.replaceAll(' ', '-'), fill)
    await expect(startEmbeddedPostgres({ dataDir: path })).rejects.toThrow(message)
  })

  test('a setting that PostgreSQL refuses shows what it said', async () => {
    const bad = startEmbeddedPostgres({ dataDir, settings: { shared_buffers: 'plenty' } })
    await expect(bad).rejects.toThrow(/did not start[\s\S]*invalid value for parameter "shared_buffers"/)
    expect(existsSync(dataDir)).toBe(true)
  })

  test.each([
    ['could not write to file "x": No space left on device', /disk under \/data is full/],
    ['sh: 1: postgres: Permission denied', /may not be run/],
    ['sh: 1: /x/postgres: not found', /DATABASE_URL/],
    ['FATAL: something new', /did not start\nFATAL: something new/],
  ])('%s', (said, message) => {
    expect(explainFailure(said, '/data').message).toMatch(message)
  })
})

test('a data directory may be reached through a link', async () => {
  const link = join(folder, 'link')
  mkdirSync(join(folder, 'real'))
  symlinkSync(join(folder, 'real'), link)
  const server = await startEmbeddedPostgres({ dataDir: link })
  expect(runningPostmaster(join(folder, 'real'))?.status).toBe('ready')
  await server.stop()
})
