/** Fees in, on a real PostgreSQL: what the database knows, doing it twice, races, and a database that goes away. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'kysely'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { type Engine, engineOn } from '../../test/support/engine.ts'
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Month } from '../domain/calendar.ts'
import { beginClosing, openRuns } from '../postgres/runs.ts'
import { addAccounts } from './add-accounts.ts'
import { feeRecords } from './fees/fee-records.ts'
import { reportOf } from './fees/report.ts'
import { type FeeImport, ImportInterrupted, type ImportOptions, importFees, type RefusedLine } from './import-fees.ts'
import type { System } from './system.ts'

const database = testDatabase()

interface Line {
  readonly id: string
  readonly account?: string
  readonly [field: string]: unknown
}

const good = { coverage: 'g', date: '2027-01-03', item: 'dataUpload', amount: '1.5' }
const account = (index: number) => `OP000000${String(index).padStart(4, '0')}`
const fileOf = (lines: readonly Line[]): string =>
  lines
    .map(({ id, account: accountId = account(1), ...more }) =>
      JSON.stringify({ externalId: id, accountId, ...good, ...more }),
    )
    .join('\n')
const recordsIn = (file: string) => feeRecords(Readable.from([Buffer.from(file)]))

async function engineWith(accounts: number, url: string): Promise<Engine> {
  const engine = await engineOn(url)
  const all = Array.from({ length: accounts }, (_, index) => ({
    accountId: account(index + 1),
    kind: 'business' as const,
    email: `payer-${index + 1}@example.com`,
    coverages: ['g'],
  }))
  await addAccounts(engine.system, all, engine.now())
  return engine
}

async function importing(engine: Engine, file: string, options: ImportOptions = {}, system: System = engine.system) {
  const refused: RefusedLine[] = []
  const onRefused: ImportOptions['onRefused'] = (lines) => void refused.push(...lines)
  const done = await importFees(system, recordsIn(file), { onRefused, ...options }, engine.now())
  return { done, refused }
}

const storedOf = async (engine: Engine): Promise<string[]> =>
  (
    await engine.system.db
      .selectFrom('fees')
      .select(['external_id', 'account_id', 'amount', 'billing_month'])
      .orderBy('external_id')
      .orderBy('account_id')
      .execute()
  ).map((fee) => Object.values(fee).join(' '))

const manyLines = (count: number, accounts: number): Line[] =>
  Array.from({ length: count }, (_, index) => ({ id: `u${index}`, account: account((index % accounts) + 1) }))

test('what only the database knows', async () => {
  const engine = await engineWith(3, await database.another())
  const { db } = engine.system
  await sql`update accounts set closed_at = '2027-01-05T10:00Z' where account_id = ${account(2)}`.execute(db)
  await sql`insert into runs (coverage, month, status, closing_at, collecting_at)
    values ('g', '2026-12', 'collecting', now(), now())`.execute(db)

  /** Lines → what the import counts, then each refused line's number and code. */
  async function check(lines: readonly Line[], expected: string) {
    const { done, refused } = await importing(engine, fileOf(lines))
    const counts = Object.entries(done).map(([name, count]) => `${name} ${count}`)
    const told = refused.map(({ line, refusal }) => `${line} ${refusal.code}`)
    expect([...counts.filter((text) => !text.endsWith(' 0')), ...told].join(', ')).toBe(expected)
  }

  await check([{ id: 'a' }], 'read 1, imported 1')
  await check([{ id: 'a' }], 'read 1, known 1')
  await check([{ id: 'a', amount: '1.50' }, { id: 'b' }], 'read 2, imported 1, known 1')
  await check([{ id: 'a', amount: '2' }, { id: 'c' }], 'read 2, imported 1, refused 1, 1 content_differs')
  await check([{ id: 'a', item: 'x' }, { id: 'a' }], 'read 2, known 1, refused 1, 1 content_differs')
  await check([{ id: 'a', account: account(3) }], 'read 1, imported 1')
  await check(
    [{ id: 'd' }, { id: 'd' }, { id: 'd', amount: 2 }],
    'read 3, imported 1, known 1, refused 1, 3 content_differs',
  )
  await check(
    [{ id: 'e', account: account(9) }, { id: 'e', coverage: 'jp' }, { id: 'e', currency: 'JPY' }, { id: 'e' }],
    'read 4, imported 1, refused 3, 1 account_unknown, 2 coverage_not_enabled, 3 currency_differs',
  )
  await check(
    [
      { id: 'f', account: account(2), date: '20270105' },
      { id: 'g', account: account(2), date: '20270106' },
      { id: 'h', account: account(2), date: '202701' },
      { id: 'i', account: account(2), date: '202702' },
    ],
    'read 4, imported 2, refused 2, 2 account_closed, 4 account_closed',
  )
  await check([{ id: 'j', date: '20261231' }, { id: 'k' }], 'read 2, imported 2, toNextMonth 1')
  await check([{ id: 'j', date: '20261231' }], 'read 1, known 1')
  await check([{ id: 'l', attributes: { b: '2', a: '1' }, unitPrice: 0.5, quantity: '3.0' }], 'read 1, imported 1')
  await check([{ id: 'l', attributes: { a: '1', b: '2' }, unitPrice: '0.50', quantity: 3 }], 'read 1, known 1')
  await check(
    [{ id: 'l', attributes: { a: '1' }, unitPrice: '0.50', quantity: 3 }],
    'read 1, refused 1, 1 content_differs',
  )
})

test('a refusal of other content names both contents', async () => {
  const engine = await engineWith(1, await database.another())
  const { refused } = await importing(engine, fileOf([{ id: 'a' }, { id: 'a', amount: 2, date: '202701' }]))
  expect(refused.map((line) => reportOf(line, 'en').message)).toEqual([
    'externalId "a" is known with other content: known g 2027-01-03 "dataUpload" 1.5 tax 0 %; ' +
      'sent g 2027-01 "dataUpload" 2 tax 0 %. Send a correction as a line of its own under a new externalId',
  ])
})

test('an import that died after any of its batches, done again, ends in the same rows', async () => {
  const lines = fileOf([
    ...manyLines(60, 7),
    { id: 'u3', account: account(4), amount: '9' },
    { id: 'broken', amount: '1e-7' },
  ])
  const whole = await engineWith(7, await database.another())
  const { done } = await importing(whole, lines)
  expect(done).toEqual({ read: 62, imported: 60, known: 0, refused: 2, toNextMonth: 0 })
  const expected = await storedOf(whole)
  for (const blocks of [1, 2, 4]) {
    const engine = await engineWith(7, await database.another())
    let left = blocks
    const dying: ImportOptions = {
      batchLines: 5,
      onProgress: () => {
        left--
        if (left === 0) throw new Error('died')
      },
    }
    const records = (async function* () {
      for (const line of lines.split('\n')) yield* recordsIn(line)
    })()
    await expect(importFees(engine.system, records, dying, engine.now())).rejects.toThrow('died')
    const again = await importing(engine, lines, { batchLines: 5 })
    expect(again.done.imported + again.done.known).toBe(60)
    expect(again.done.known).toBeGreaterThan(0)
    expect(again.refused).toHaveLength(2)
    expect(await storedOf(engine)).toEqual(expected)
  }
})

test('the same file by two imports at once: every line once, and nobody fails', async () => {
  const engine = await engineWith(20, await database.another())
  const file = fileOf(manyLines(3000, 20))
  const both = await Promise.all([1, 2].map(() => importing(engine, file, { batchLines: 200 })))
  expect(both.map(({ done }) => done.imported + done.known)).toEqual([3000, 3000])
  expect(both.reduce((sum, { done }) => sum + done.imported, 0)).toBe(3000)
  expect(await storedOf(engine)).toHaveLength(3000)
})

/** Lines in blocks as small as an import takes them, so that something can happen between two. */
async function* inBlocks(file: string) {
  for (const some of file.match(/(?:.+\n?){1,40}/g) ?? []) yield* recordsIn(some)
}

describe('an import and a close of the month', () => {
  const countIn = async (engine: Engine, month: string): Promise<number> =>
    (
      await engine.system.db
        .selectFrom('fees')
        .select('external_id')
        .where('billing_month', '=', month as Month)
        .execute()
    ).length

  test.each([1, 2, 3, 5, 8])('that begins after block %i: no fee is lost, none joins a closed month', async (block) => {
    const engine = await engineWith(20, await database.another())
    const file = fileOf(manyLines(1000, 20))
    const closings: Promise<{ inMonth: number; read: number }>[] = []
    let read = 0
    let left = block
    const close = async () => {
      await beginClosing(engine.system.db, 'g', '2027-01' as Month, engine.now())
      return { inMonth: await countIn(engine, '2027-01'), read }
    }
    const onProgress = (soFar: FeeImport) => {
      read = soFar.read
      left--
      if (left === 0) closings.push(close())
    }
    const done = await importFees(engine.system, inBlocks(file), { batchLines: 20, onProgress }, engine.now())
    const [closed] = await Promise.all(closings)
    if (!closed) throw new Error('the month was never closed')
    expect(await countIn(engine, '2027-01'), 'as many as the close saw').toBe(closed.inMonth)
    expect(await countIn(engine, '2027-02')).toBe(1000 - closed.inMonth)
    expect(done).toEqual({ read: 1000, imported: 1000, known: 0, refused: 0, toNextMonth: 1000 - closed.inMonth })
    expect(closed.read, 'a close gets its turn while the import still runs').toBeLessThan(1000)
  })
})

test.each(['a month that has its run', 'a month that this batch gives its run'])(
  'a close of %s waits for the batch, and then sees all of it',
  async (month) => {
    const url = await database.another()
    const engine = await engineWith(20, url)
    const { db } = engine.system
    const waiting = async (count: number) => {
      for (;;) {
        const { rows } = await sql`select from pg_locks l join pg_database d on d.oid = l.database or l.database is null
        join pg_stat_activity a on a.pid = l.pid and a.datname = current_database()
        where not l.granted group by l.pid`.execute(db)
        if (rows.length >= count) return
      }
    }
    if (month.endsWith('has its run')) await openRuns(db, 'g', ['2027-01' as Month])
    // Somebody else is about to store one of the names: the batch waits for them with its month held.
    const other = new pg.Client({ connectionString: url })
    await other.connect()
    await other.query(`begin`)
    await other.query(
      `insert into fees (bucket, account_id, external_id, coverage, billing_month, day, whole_month, item, amount, tax_rate_bp, imported_at)
      values ($1, $2, 'u0', 'g', '2027-01', '2027-01-03', false, 'dataUpload', 1.5, 0, now())`,
      [bucketOfAccount(account(1)), account(1)],
    )
    const countNow = async () => (await db.selectFrom('fees').select('external_id').execute()).length
    const importDone = importing(engine, fileOf(manyLines(20, 1)))
    await waiting(1)
    const close = async () => {
      await openRuns(db, 'g', ['2027-01' as Month])
      await beginClosing(db, 'g', '2027-01' as Month, engine.now())
      return countNow()
    }
    const closing = close()
    await Promise.race([closing, waiting(2)])
    await other.query('rollback')
    await other.end()
    expect(await closing, 'as many as the close saw').toBe(20)
    expect((await importDone).done).toMatchObject({ imported: 20, toNextMonth: 0 })
  },
)

describe('a database that goes away', () => {
  /** A door to the database that can be shut: what is inside falls out, and nobody comes in. */
  async function door(url: string) {
    const address = new URL(url)
    const [host, port] = [address.hostname, Number(address.port)]
    const inside = new Set<Socket>()
    let open = true
    const server = createServer((socket) => {
      if (!open) return void socket.destroy()
      const through = connect(port, host)
      for (const one of [socket, through]) {
        inside.add(one)
        one.on('error', () => undefined).on('close', () => void inside.delete(one))
      }
      socket.pipe(through).pipe(socket)
      socket.on('close', () => through.destroy())
      through.on('close', () => socket.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const listening = server.address()
    if (!listening || typeof listening === 'string') throw new Error('no port')
    address.hostname = '127.0.0.1'
    address.port = String(listening.port)
    return {
      url: address.href,
      shut: () => {
        open = false
        for (const socket of inside) socket.destroy()
      },
      reopen: () => {
        open = true
      },
      close: () => void server.close(),
    }
  }

  test('and comes back: the import waits and goes on, and nothing is lost or twice', async () => {
    const url = await database.another()
    const gate = await door(url)
    const engine = await engineWith(20, gate.url)
    let waits = 0
    const system: System = {
      ...engine.system,
      pause: async () => {
        waits++
        if (waits % 3 === 0) gate.reopen()
      },
    }
    let blocks = 0
    const onProgress = () => {
      blocks++
      if (blocks % 4 === 1) gate.shut()
    }
    const file = fileOf(manyLines(800, 20))
    const done = await importFees(system, inBlocks(file), { batchLines: 20, onProgress }, engine.now())
    expect(waits).toBeGreaterThan(0)
    expect(done.imported + done.known).toBe(800)
    expect(done.refused).toBe(0)
    gate.reopen()
    expect(await storedOf(engine)).toHaveLength(800)
    gate.close()
    await engine.close()
  })

  test('and stays away: an error that says how much is in, and the same import continues', async () => {
    const url = await database.another()
    const gate = await door(url)
    const engine = await engineWith(20, gate.url)
    const waits: number[] = []
    const system: System = { ...engine.system, pause: async (delayMs) => void waits.push(delayMs) }
    const file = fileOf(manyLines(400, 20))
    const options = { batchLines: 20, patienceMs: 3000, onProgress: () => gate.shut() }
    const failure = await importFees(system, inBlocks(file), options, engine.now()).catch((error: unknown) => error)
    if (!(failure instanceof ImportInterrupted)) throw failure
    const waited = waits.reduce((sum, delayMs) => sum + delayMs, 0)
    expect(waited).toBeGreaterThanOrEqual(3000)
    expect(failure.soFar.imported).toBe(40)
    gate.reopen()
    const { done } = await importing(engine, file)
    expect(done).toMatchObject({ imported: 360, known: 40, refused: 0 })
    gate.close()
    await engine.close()
  })
})

test('a batch looks into each bucket by its index', async () => {
  const engine = await engineWith(200, await database.another())
  await importing(engine, fileOf(manyLines(20_000, 200)))
  await sql`analyze`.execute(engine.system.db)
  for (const [table, join] of [
    ['fees', 'f.account_id = w.account_id and f.external_id = w.external_id'],
    ['accounts', 'f.account_id = w.account_id'],
    ['payment_settings', `f.account_id = w.account_id and f.coverage = 'g'`],
  ]) {
    const plan = await sql<{ 'QUERY PLAN': string }>`
      explain select f.* from unnest(array[1, 2]::int[], array['a', 'b'], array['c', 'd']) w(bucket, account_id, external_id)
      join ${sql.table(table ?? '')} f on f.bucket = w.bucket and ${sql.raw(join ?? '')}`.execute(engine.system.db)
    const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(lines, table).toMatch(/Index Cond: \(\(bucket = w\.bucket\) AND \(account_id = w\.account_id\)/)
  }
})

test('a file of any length takes the same memory', async () => {
  const engine = await engineWith(50, await database.another())
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('no garbage collector to call')
  const block = (from: number) => Buffer.from(`${fileOf(manyLines(1000, 50)).replaceAll('"u', `"b${from}-`)}\n`)
  const used: number[] = []
  const blocks = Readable.from(
    (function* () {
      for (let from = 0; from < 200; from++) yield block(from)
    })(),
  )
  const onProgress = ({ read }: FeeImport) => {
    if (read % 40_000 !== 0) return
    collect()
    used.push(process.memoryUsage().heapUsed)
  }
  const done = await importFees(engine.system, feeRecords(blocks), { judgeOnly: true, onProgress }, engine.now())
  expect(done).toMatchObject({ read: 200_000, refused: 0, imported: 0 })
  const [first = 0, ...later] = used
  expect(later.length).toBeGreaterThan(2)
  for (const bytes of later) expect(bytes - first).toBeLessThan(10_000_000)
})
