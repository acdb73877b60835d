import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testDatabase } from '../../test/support/database.ts'
import { type Engine, engineOn } from '../../test/support/engine.ts'
import { addAccounts } from '../operations/add-accounts.ts'
import { type ImportFeesArgs, type ImportFeesIo, importFeesCommand } from './import-fees.ts'
import { CommandError } from './wire.ts'

const database = testDatabase()
const folder = mkdtempSync(join(tmpdir(), 'kessai-import-'))
let engine: Engine

beforeAll(async () => {
  engine = await engineOn(database.url)
  const account = { accountId: 'OP0000000001', kind: 'business' as const, email: 'a@example.com', coverages: ['g'] }
  await addAccounts(engine.system, [account], engine.now())
})
afterAll(() => rmSync(folder, { recursive: true }))

const path = (name: string) => join(folder, name)

async function run(args: ImportFeesArgs, io: Partial<ImportFeesIo> & { input?: string } = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const exitCode = await importFeesCommand(engine.system, args, engine.now(), {
    stdin: Readable.from([Buffer.from(io.input ?? '')]),
    stdout,
    stderr: Object.assign(stderr, { isTTY: false }),
    ...io,
  })
  stdout.end()
  return { exitCode, said: await text(stdout) }
}

const fee = (more: object) =>
  JSON.stringify({ accountId: 'OP0000000001', coverage: 'g', date: '20270103', item: 'i', amount: '1', ...more })

test('all in: 0, and one line says so', async () => {
  writeFileSync(path('good.ndjson.gz'), gzipSync([1, 2].map((id) => fee({ externalId: `good-${id}` })).join('\n')))
  expect(await run({ file: path('good.ndjson.gz') })).toEqual({ exitCode: 0, said: '2 lines, 2 fees imported\n' })
  expect(await run({ file: path('good.ndjson.gz') })).toEqual({
    exitCode: 0,
    said: '2 lines, 0 fees imported, 2 known already\n',
  })
})

test('some refused: 2, each by its number with what would be right, all of them in a file', async () => {
  const input = [
    fee({ externalId: 'some-1' }),
    fee({ externalId: 'some-2', amount: 1e-7 }),
    'broken',
    fee({ externalId: 'some-4', amount: '0.1234567890123' }),
  ].join('\n')
  const refusedTo = path('refused.ndjson')
  expect(await run({ file: '-', refusedTo }, { input })).toEqual({
    exitCode: 2,
    said: [
      'line 2: amount "1e-7": exponents are not read; write 0.0000001',
      'line 3: not a JSON object: "broken"; write one object {…} on each line',
      'line 4: amount "0.1234567890123" has 13 decimals: at most 12 are read; round it where it is made',
      '',
      '4 lines, 1 fee imported, 3 refused',
      `all refused lines: ${refusedTo}`,
      '',
    ].join('\n'),
  })
  const reported = readFileSync(refusedTo, 'utf8').trim().split('\n')
  expect(reported.map((line) => JSON.parse(line).code)).toEqual([
    'number_exponent',
    'json_malformed',
    'number_too_precise',
  ])
})

test('for machines: one JSON object; the first twenty refused lines and a count', async () => {
  const input = Array.from({ length: 25 }, (_, index) => fee({ externalId: `many-${index}`, amount: 'x' })).join('\n')
  const { exitCode, said } = await run({ file: '-', json: true }, { input })
  const { refusedLines, ...counts } = JSON.parse(said)
  expect(exitCode).toBe(2)
  expect(counts).toEqual({ read: 25, imported: 0, known: 0, refused: 25, toNextMonth: 0 })
  expect(refusedLines).toHaveLength(20)
  expect(refusedLines[0]).toMatchObject({ line: 1, code: 'number_malformed', field: 'amount' })
  const { said: shown } = await run({ file: '-' }, { input })
  expect(shown).toContain('… and 5 more lines refused\n')
})

test('in Japanese', async () => {
  const { said } = await run({ file: '-' }, { input: '{"externalId":"a"}', language: 'ja' })
  expect(said).toContain('line 1: accountId がありません')
})

test('--strict imports nothing when a line is refused', async () => {
  writeFileSync(path('strict.ndjson'), `${fee({ externalId: 's1' })}\n${fee({ externalId: 's2', amount: '' })}\n`)
  const { exitCode, said } = await run({ file: path('strict.ndjson'), strict: true })
  expect(exitCode).toBe(2)
  expect(said).toContain('nothing was imported (--strict)')
  writeFileSync(path('strict.ndjson'), `${fee({ externalId: 's1' })}\n`)
  expect(await run({ file: path('strict.ndjson'), strict: true })).toEqual({
    exitCode: 0,
    said: '1 line, 1 fee imported\n',
  })
})

test('a file as a whole that cannot be read is one clear error', async () => {
  const failing = async (args: ImportFeesArgs): Promise<string> => {
    const error = await run(args).catch((problem: unknown) => problem)
    if (!(error instanceof CommandError)) throw error
    return error.message.replaceAll(folder, 'folder')
  }
  writeFileSync(path('fees.csv'), 'externalId,item\n')
  writeFileSync(path('bill.csv'), 'date,billItemName,amount\n20270103,i,1\n')
  writeFileSync(path('half.gz'), gzipSync(`${fee({ externalId: 'half' })}\n`.repeat(100)).subarray(0, 90))
  expect(await failing({ file: path('absent') })).toMatch(/^folder\/absent cannot be read: ENOENT/)
  expect(await failing({ file: folder })).toBe('folder is a folder: name a file of fees in it')
  expect(await failing({ file: path('fees.csv') })).toBe(
    'folder/fees.csv: the header lacks accountId, coverage, date, amount (found: "externalId", "item"); ' +
      'the first line of CSV names the columns',
  )
  expect(await failing({ file: path('bill.csv') })).toMatch(/add {2}--account OP0012345678 --coverage g$/)
  expect(await failing({ file: path('half.gz') })).toMatch(
    /^folder\/half.gz is not whole gzip \(unexpected end of file\)/,
  )
  expect(await failing({ file: path('fees.csv'), refusedTo: path('no/such/folder') })).toMatch(
    /^the refused lines cannot be written to folder\/no\/such\/folder: ENOENT/,
  )
  expect(await failing({ file: '-', strict: true })).toMatch(/^--strict reads a file twice/)
  expect(await run({ file: path('bill.csv'), account: 'OP0000000001', coverage: 'g' })).toMatchObject({ exitCode: 0 })
})

test('on a terminal a bar goes by, of the bytes of the file', async () => {
  const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 24 })
  writeFileSync(path('bar.ndjson'), fee({ externalId: 'bar' }))
  await run({ file: path('bar.ndjson') }, { stderr })
  stderr.end()
  expect(await text(stderr)).toMatch(/\d+% \| .*lines \| 0 refused/)
})
