/** Failure cases of fees on their way in: money that is scaled, rounded or billed where it should not be. */
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { feeRecords } from '../../src/operations/fees/fee-records.ts'
import { type FeeImport, importFees } from '../../src/operations/import-fees.ts'
import { testDatabase } from '../support/database.ts'
import { accountWithCard, type Engine, engineOn } from '../support/engine.ts'

const database = testDatabase()
const accountId = 'OP0000000001'

async function engineWithCard(): Promise<Engine> {
  const engine = await engineOn(await database.another())
  await accountWithCard(engine, accountId, ['g', 'jp'])
  await engine.idle()
  return engine
}

const header = 'externalId,accountId,coverage,date,item,amount,taxCategory\n'

/** Each line as `externalId coverage date amount`, imported as CSV. */
async function importing(engine: Engine, ...lines: string[]): Promise<FeeImport> {
  const rows = lines.map((line) => {
    const [id, coverage, date, amount] = line.split(' ')
    return `${id},${accountId},${coverage},${date},usage,${amount},\n`
  })
  const file = Readable.from([Buffer.from(header + rows.join(''))])
  return importFees(engine.system, feeRecords(file), {}, engine.now())
}

/** `coverage month net total` of each invoice. */
const invoicesOf = async (engine: Engine): Promise<string[]> =>
  (
    await engine.system.db
      .selectFrom('invoices')
      .select(['coverage', 'month', 'net_minor', 'total_minor', 'status'])
      .orderBy('coverage')
      .orderBy('month')
      .execute()
  ).map((invoice) => Object.values(invoice).join(' '))

test('F38 yen are yen and dollars are cents, from the file to the invoice', async () => {
  const engine = await engineWithCard()
  await importing(engine, 'a jp 20270103 1000', 'b g 20270103 1000')
  engine.setNow('2027-02-01T06:00:00Z')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['g 2027-01 100000 100000 paid', 'jp 2027-01 1000 1100 paid'])
})

test('F40 fees of twelve decimals are summed exactly and rounded once, so that no unit is left over', async () => {
  const engine = await engineWithCard()
  // Rounded line by line these would be 300 and 3 units; summed as floats they would not be 100.
  const yen = Array.from({ length: 300 }, (_, index) => `y${index} jp 20270103 0.333333333333`)
  await importing(engine, ...yen, 'rest jp 202701 0.000000000100')
  await importing(engine, 'a g 20270103 0.1', 'b g 20270103 0.2', 'c g 20270103 0.7')
  engine.setNow('2027-02-01T06:00:00Z')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['g 2027-01 100 100 paid', 'jp 2027-01 100 110 paid'])
})

test('F52 a fee that comes after its month has closed is billed once, on the next invoice', async () => {
  const engine = await engineWithCard()
  await importing(engine, 'a g 20270103 10')
  engine.setNow('2027-02-01T06:00:00Z')
  await engine.idle()
  expect(await importing(engine, 'late g 20270131 5', 'whole g 202701 -1', 'a g 20270103 10')).toEqual({
    read: 3,
    imported: 2,
    known: 1,
    refused: 0,
    toNextMonth: 2,
  })
  await importing(engine, 'b g 20270203 20')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['g 2027-01 1000 1000 paid'])
  engine.setNow('2027-03-01T06:00:00Z')
  await engine.idle()
  // Sent again when both months have closed: known, and billed no second time.
  expect(await importing(engine, 'late g 20270131 5')).toMatchObject({ known: 1, imported: 0 })
  engine.setNow('2027-04-01T06:00:00Z')
  await engine.idle()
  expect(await invoicesOf(engine)).toEqual(['g 2027-01 1000 1000 paid', 'g 2027-02 2400 2400 paid'])
})
