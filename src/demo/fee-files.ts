/**
 * A month's fees as the platform would export them: NDJSON for one coverage, CSV as spreadsheets write it for the
 * other, both compressed. Prices are per byte, so amounts have the many decimals that real ones have.
 */
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { addDays, firstDayOf, lastDayOf, type Month } from '../domain/calendar.ts'
import { exactScale, exponentOf } from '../domain/money.ts'
import type { CoverageName, DemoAccount, DemoCoverage } from './accounts.ts'
import { coverageNames } from './accounts.ts'
import { between, chance } from './seeded.ts'

export interface FeeFile {
  readonly coverage: CoverageName
  readonly path: string
  readonly lines: number
}

/** Writes one file per coverage into `folder`. The same seed and month make the same lines. */
export async function writeFeeFiles(
  accounts: readonly DemoAccount[],
  of: { readonly seed: string; readonly month: Month; readonly isFirstMonth: boolean },
  folder: string,
): Promise<FeeFile[]> {
  mkdirSync(folder, { recursive: true })
  return Promise.all(
    coverageNames.map(async (coverage) => {
      const format = formats[coverage]
      const path = join(folder, `fees-${coverage}-${of.month}.${format.ending}.gz`)
      let lines = 0
      function* text(): Generator<string> {
        yield format.header
        for (const account of accounts) {
          for (const one of account.coverages) {
            if (one.coverage !== coverage) continue
            const fees = feesOf(one, of)
            lines += fees.length
            yield fees.map((fee) => `${format.line(fee)}\n`).join('')
          }
        }
      }
      await pipeline(Readable.from(text()), createGzip({ level: 1 }), createWriteStream(path))
      return { coverage, path, lines }
    }),
  )
}

interface FeeLine {
  readonly externalId: string
  readonly accountId: string
  readonly coverage: CoverageName
  readonly date: string
  readonly item: string
  readonly unitPrice: string
  readonly quantity: string
  readonly amount: string
  readonly currency: string
}

const columns = [
  'externalId',
  'accountId',
  'coverage',
  'date',
  'item',
  'unitPrice',
  'quantity',
  'amount',
  'currency',
] as const satisfies (keyof FeeLine)[]

interface Format {
  readonly ending: string
  readonly header: string
  line(fee: FeeLine): string
}
const formats: Readonly<Record<CoverageName, Format>> = {
  g: { ending: 'ndjson', header: '', line: (fee) => JSON.stringify(fee) },
  jp: {
    ending: 'csv',
    // The mark with which spreadsheets begin a file in UTF-8.
    header: `\ufeff${columns.join(',')}\r\n`,
    line: (fee) =>
      `${columns.map((column) => (fee[column].includes(',') ? `"${fee[column]}"` : fee[column])).join(',')}\r`,
  },
}

const currencies: Readonly<Record<CoverageName, string>> = { g: 'USD', jp: 'JPY' }
/** Of one byte, in the coverage's currency, scaled by 10^12. */
const pricePerByte: Readonly<Record<CoverageName, bigint>> = { g: 198_347n, jp: 19_834_721n }
const exactUnit = 10n ** BigInt(exactScale)

function feesOf(
  of: DemoCoverage,
  { seed, month, isFirstMonth }: { readonly seed: string; readonly month: Month; readonly isFirstMonth: boolean },
): FeeLine[] {
  if (of.use === 'idle') return []
  const roll = (what: string | number) => chance(seed, 'fees', month, of.accountId, of.coverage, what)
  const currency = currencies[of.coverage]
  const exactOf = (minor: number) => (BigInt(Math.round(minor)) * exactUnit) / 10n ** BigInt(exponentOf(currency))
  const fees: FeeLine[] = []
  const add = (date: string, item: string, unitPrice: bigint, quantity: bigint) =>
    fees.push({
      externalId: `${month}-${of.coverage}-${String(fees.length + 1).padStart(3, '0')}`,
      accountId: of.accountId,
      coverage: of.coverage,
      date,
      item,
      unitPrice: decimal(unitPrice),
      quantity: String(quantity),
      amount: decimal(unitPrice * quantity),
      currency,
    })
  const wholeMonth = month.replace('-', '')
  if (of.use === 'tiny') {
    add(lastDayOf(month).replaceAll('-', ''), 'Base fee, one day', exactOf(between(4, 17, roll('tiny'))), 1n)
    return fees
  }
  // Some months are busier than others, and now and then one is out of all proportion: staff look at such an invoice.
  const busy = isFirstMonth ? 1 : roll('busy') < 0.012 ? 9 : 0.75 + roll('busier') * 0.6
  const monthMinor = of.usualMinor * busy
  const price = pricePerByte[of.coverage]
  const days = between(6, 24, roll('days'))
  for (let index = 0; index < days; index++) {
    const day = addDays(firstDayOf(month), Math.floor(((index + roll(`day ${index}`)) / days) * 28))
    const bytes = (exactOf((monthMinor * 0.7) / days) * BigInt(between(40, 160, roll(`bytes ${index}`)))) / 100n / price
    if (bytes > 0n) add(day.replaceAll('-', ''), 'Data traffic', price, bytes)
  }
  add(wholeMonth, 'Base fee', exactOf(Math.max(1, monthMinor * 0.03)), 11n)
  if (roll('discount') < 0.25) add(wholeMonth, 'Volume discount', -exactOf(Math.max(1, monthMinor * 0.05)), 1n)
  if (of.use === 'credited') add(wholeMonth, 'Goodwill, service interruption', -exactOf(monthMinor * 2), 1n)
  return fees
}

/** Scaled by 10^12 → plain decimals, no more of them than needed. */
function decimal(exact: bigint): string {
  const digits = (exact < 0n ? -exact : exact).toString().padStart(exactScale + 1, '0')
  const decimals = digits.slice(-exactScale).replace(/0+$/, '')
  return `${exact < 0n ? '-' : ''}${digits.slice(0, -exactScale)}${decimals ? `.${decimals}` : ''}`
}
