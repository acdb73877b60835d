import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FeeFileError, type FeeFileOptions, feeRecords } from './fee-records.ts'
import { lineLimit } from './text-lines.ts'

async function recordsOf(file: string | Buffer, options: FeeFileOptions = {}, chunkBytes = 7) {
  const bytes = Buffer.from(file)
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  )
  const records = []
  for await (const block of feeRecords(Readable.from(chunks), options)) records.push(...block)
  return records
}

/** `1 {…}` for a record, `1 code` for a refusal; `file: code …` when the file as a whole is refused. */
async function check(file: string | Buffer, expected: readonly string[], options: FeeFileOptions = {}) {
  const told = await recordsOf(file, options).then(
    (records) => records.map(({ line, raw, refusal }) => `${line} ${refusal ? refusal.code : JSON.stringify(raw)}`),
    (error: unknown) => {
      if (!(error instanceof FeeFileError)) throw error
      return [`file: ${Object.values(error.problem).join(' ')}`]
    },
  )
  expect(told, file.toString().slice(0, 200)).toEqual(expected)
}

const bom = '\ufeff'

test('NDJSON', async () => {
  await check('', [])
  await check('\n \n', [])
  await check('{"amount":"1"}', ['1 {"amount":"1"}'])
  await check(`${bom}{"amount":"1"}\r\n\r\n{"amount":"2"}\n`, ['1 {"amount":"1"}', '3 {"amount":"2"}'])
  await check(gzipSync('{"amount":"1"}\n{"item":"é"}\n'), ['1 {"amount":"1"}', '2 {"item":"é"}'])
  await check('{"amount":1}\nnot JSON\n[1]\n7\nnull\n{"amount":1', [
    '1 {"amount":"1"}',
    ...['2', '3', '4', '5', '6'].map((line) => `${line} json_malformed`),
  ])
  await check('{"unit_price":"1"}\n{"__proto__":{"amount":"1"}}', ['1 field_unknown', '2 field_unknown'])
  await check('{"amount":"1","attributes":{"amount":2}}', ['1 {"amount":"1","attributes":{"amount":2}}'])
  await check('{"amount":"1"}', ['1 {"accountId":"OP0000000001","coverage":"g","amount":"1"}'], {
    account: 'OP0000000001',
    coverage: 'g',
  })
  await check('{"coverage":"jp"}', ['1 {"coverage":"jp"}'], { coverage: 'g' })
})

test('a JSON number is the digits that stand in the line, never a float', async () => {
  await check('{"amount":0.1000000000000000055511151231257827}', [
    '1 {"amount":"0.1000000000000000055511151231257827"}',
  ])
  await check('{"amount" : -9007199254740993.10 , "quantity":1e-7}', [
    '1 {"amount":"-9007199254740993.10","quantity":"1e-7"}',
  ])
  await check('{"attributes":{"amount":1.0},"amount":1.00}', ['1 {"attributes":{"amount":1},"amount":"1.00"}'])
  await check('{"am\\u006funt":1.10}', ['1 {"amount":"1.10"}'])
  await check('{"attributes":{"amount":0.10},"am\\u006funt":0.1000}', [
    '1 {"attributes":{"amount":0.1},"amount":"0.1000"}',
  ])
  await check('{"item":"\\"amount\\":9","amount":2.50}', ['1 {"item":"\\"amount\\":9","amount":"2.50"}'])
  await check('{"item":"\\\\","amount":2.50}', ['1 {"item":"\\\\","amount":"2.50"}'])
  await check('{"date":20270101}', ['1 {"date":20270101}'])
})

const header = 'externalId,accountId,coverage,date,item,amount'
const row = 'e,OP1,g,20270101,i,1'
const read = '"externalId":"e","accountId":"OP1","coverage":"g","date":"20270101","item":"i","amount":"1"'

test('CSV', async () => {
  await check(header, [])
  await check(`${bom}${header}\r\n${row}\r\n\r\n${row}`, [`2 {${read}}`, `4 {${read}}`])
  await check(`amount,item,date,coverage,accountId,externalId\n1,i,20270101,g,OP1,e`, [`2 {${read}}`])
  await check(`${header},\n${row},x`, [`2 {${read}}`])
  await check(`${header},SIM,tag\n${row},89,\n${row},,`, [
    `2 {${read},"attributes":{"SIM":"89"}}`,
    `3 {${read},"attributes":{}}`,
  ])
  await check(`${header},__proto__,attributes\n${row},a,b`, [
    `2 {${read},"attributes":{"__proto__":"a","attributes":"b"}}`,
  ])
  await check(`${header}\n"e",OP1,g,20270101,"i, ""j""\r\nk",1\n${row}`, [
    `2 {${read.replace('"i"', '"i, \\"j\\"\\nk"')}}`,
    `4 {${read}}`,
  ])
  await check(`${header}\n${row},7\nx\n${row}`, ['2 cells_differ', '3 cells_differ', `4 {${read}}`])
  await check(`item,amount,date\n${row}`, ['file: column_missing externalId,accountId,coverage item,amount,date'])
  await check(`${header},item\n`, ['file: column_twice item'])
  await check(`${header},billItemName\n`, ['file: column_twice billItemName'])
  await check(`"${header}\n${row}`, ['file: header_unreadable'])
  await check(Buffer.from(`\ufeff${header}\n`, 'utf16le'), ['file: header_unreadable'])
})

test('a quote that is wrong costs its line and no other', async () => {
  await check(`${header}\ne,OP1,g,20270101,"i,1\n${row}\n${row}`, ['2 quote_open', `3 {${read}}`, `4 {${read}}`])
  await check(`${header}\ne,OP1,g,20270101,i"i"i,1\n${row}`, ['2 quote_stray', `3 {${read}}`])
  await check(`${header}\ne,OP1,g,20270101,"i"i,1\n${row}`, ['2 quote_stray', `3 {${read}}`])
  await check(`${header}\ne,OP1,g,20270101,"i,1\n${row}\ne,OP1,g,20270101,i",1`, [
    `2 {${read.replace('"i"', `"i,1\\n${row}\\ne,OP1,g,20270101,i"`)}}`,
  ])
  const many = Array.from({ length: 3000 }, () => row)
  const records = await recordsOf([header, 'e,OP1,g,20270101,"i,1', ...many].join('\n'), {}, 5000)
  expect(records.map(({ refusal }) => refusal?.code ?? 'read')).toEqual(['quote_open', ...many.map(() => 'read')])
})

test('a line that is no text costs itself', async () => {
  const invalid = Buffer.concat([Buffer.from('{"amount":"1"}\n{"item":"'), Buffer.from([0xff]), Buffer.from('"}\n')])
  await check(Buffer.concat([invalid, Buffer.from('{"amount":"3"}')]), [
    '1 {"amount":"1"}',
    '2 line_not_utf8',
    '3 {"amount":"3"}',
  ])
  const long = (bytes: number) => `{"item":"${'x'.repeat(bytes - 11)}"}`
  const codes = async (file: string, chunkBytes: number) =>
    (await recordsOf(file, {}, chunkBytes)).map(({ refusal }) => refusal?.code ?? 'read')
  for (const chunkBytes of [100, 1 << 20]) {
    expect(await codes(`${long(lineLimit)}\n{}\n`, chunkBytes)).toEqual(['read', 'read'])
    expect(await codes(`${long(lineLimit + 1)}\n{}\n`, chunkBytes)).toEqual(['line_too_long', 'read'])
    expect(await codes(`{}\n${long(lineLimit * 3)}`, chunkBytes)).toEqual(['read', 'line_too_long'])
  }
  await expect(recordsOf(gzipSync('{"amount":"1"}\n'.repeat(1000)).subarray(0, 60))).rejects.toMatchObject({
    code: 'Z_BUF_ERROR',
  })
})

test("the billing CSV of the platform's own customers", async () => {
  const options = { account: 'OP0000000001', coverage: 'g' }
  const bill = `${bom}date,billItemName,unitPrice,quantity,amount,imsi\r\n20270103,dataUpload,0.0000002,12,0.0000024,29505\r\n202701,"discount, volume",,,-1,\r\n`
  const place = '"accountId":"OP0000000001","coverage":"g"'
  await check(
    bill,
    [
      `2 {"externalId":"bill:g:202701:2",${place},"date":"20270103","item":"dataUpload","unitPrice":"0.0000002","quantity":"12","amount":"0.0000024","attributes":{"imsi":"29505"}}`,
      `3 {"externalId":"bill:g:202701:3",${place},"date":"202701","item":"discount, volume","unitPrice":"","quantity":"","amount":"-1","attributes":{}}`,
    ],
    options,
  )
  await check(bill, ['file: account_needed'])
  await check(bill, ['file: account_needed'], { account: 'OP0000000001' })
  await check('date,billItemName\n', ['file: column_missing amount date,billItemName'], options)
})

test('any fee reads the same from NDJSON and from CSV, however it is cut and packed', async () => {
  const text = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    // CSV has no carriage return of its own: inside quotes it is a line end.
    .filter((value) => !value.includes('\r'))
  const number = fc.stringMatching(/^-?\d{1,18}(\.\d{1,12})?$/)
  const fee = fc.record({
    externalId: text,
    accountId: fc.stringMatching(/^OP\d{10}$/),
    coverage: fc.constantFrom('g', 'jp'),
    date: fc.constantFrom('20270103', '2027-01', '202701'),
    item: text,
    unitPrice: number,
    quantity: number,
    amount: number,
    attributes: fc.record({ sim: text, 'tag, "a"': text }),
  })
  const cell = (value: string) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)
  const line = ({ attributes, ...fields }: FeeLike) =>
    [...Object.values(fields), ...Object.values(attributes)].map((value) => cell(String(value))).join(',')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fee, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      async (fees, chunkBytes, packed) => {
        const pack = (file: string) => (packed ? gzipSync(file) : Buffer.from(file))
        const names = ['externalId', 'accountId', 'coverage', 'date', 'item', 'unitPrice', 'quantity', 'amount', 'sim']
        const csv = `${bom}${[...names, cell('tag, "a"')].join(',')}\r\n${fees.map(line).join('\r\n')}`
        const ndjson = fees
          .map(
            (one, index) =>
              `${JSON.stringify(one).replace(index % 2 ? /"amount":"(-?(0|[1-9]\d*)(\.\d+)?)"/ : /^$/, '"amount":$1')}\n`,
          )
          .join('')
        const raws = async (file: string) => (await recordsOf(pack(file), {}, chunkBytes)).map(({ raw }) => raw)
        expect(await raws(csv)).toEqual(fees)
        expect(await raws(ndjson)).toEqual(fees)
      },
    ),
    { numRuns: 100 },
  )
})

interface FeeLike {
  readonly attributes: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}
