/**
 * Item 6: fees from a file into the database, from end to end: bytes read, decoded, judged, written and durable. The
 * file is made first and not measured; the time runs from opening it to the last commit.
 */
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Instant } from '../src/domain/calendar.ts'
import { lastDayOf, monthAt } from '../src/domain/calendar.ts'
import { addAccounts } from '../src/operations/add-accounts.ts'
import { feeRecords } from '../src/operations/fees/fee-records.ts'
import { importFees } from '../src/operations/import-fees.ts'
import type { System } from '../src/operations/system.ts'

const linesPerAccount = 10
const fewestLines = 500_000

/** Imports at least half a million lines of `accounts` accounts as NDJSON, then the same number as CSV. */
export async function benchImport(
  system: System,
  args: { readonly accounts: number; readonly lines?: number },
  now: Instant,
): Promise<Record<string, number>> {
  const lines = args.lines ?? Math.max(fewestLines, args.accounts * linesPerAccount)
  await addBenchAccounts(system, args.accounts, now)
  const folder = mkdtempSync(join(tmpdir(), 'kessai-bench-'))
  try {
    const [ndjson, csv] = [join(folder, 'fees.ndjson'), join(folder, 'fees.csv')]
    await pipeline(Readable.from(file(lines, args.accounts, now, ndjsonLine)), createWriteStream(ndjson))
    await pipeline(Readable.from(file(lines, args.accounts, now, csvLine)), createWriteStream(csv))
    const first = await measured(system, ndjson, now)
    const second = await measured(system, csv, now)
    return {
      item: 6,
      accounts: args.accounts,
      lines,
      perSecond: first.perSecond,
      csvPerSecond: second.perSecond,
      cpuSeconds: first.cpuSeconds,
      peakRssMb: Math.max(first.peakRssMb, second.peakRssMb),
      imported: first.imported + second.imported,
      refused: first.refused + second.refused,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measured(system: System, path: string, now: Instant) {
  const [startedAt, startedCpu] = [process.hrtime.bigint(), process.cpuUsage()]
  let peakRss = process.memoryUsage.rss()
  const done = await importFees(
    system,
    feeRecords(createReadStream(path, { highWaterMark: 256 * 1024 })),
    {
      onProgress: () => {
        peakRss = Math.max(peakRss, process.memoryUsage.rss())
      },
    },
    now,
  )
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
  const cpu = process.cpuUsage(startedCpu)
  return {
    ...done,
    perSecond: Math.round(done.imported / seconds),
    cpuSeconds: Math.round((cpu.user + cpu.system) / 1e4) / 100,
    peakRssMb: Math.round(peakRss / 1e6),
  }
}

const accountId = (index: number): string => `OP${String(7_000_000_000 + index)}`

async function addBenchAccounts(system: System, accounts: number, now: Instant): Promise<void> {
  const coverages = [...system.coverages.keys()]
  for (let from = 0; from < accounts; from += 5000) {
    const some = Array.from({ length: Math.min(5000, accounts - from) }, (_, offset) => ({
      accountId: accountId(from + offset),
      kind: 'business' as const,
      email: `bench-${from + offset}@example.com`,
      coverages,
    }))
    await addAccounts(system, some, now)
  }
}

interface BenchLine {
  readonly account: string
  readonly coverage: string
  readonly date: string
  readonly index: number
}

const csvHeader = 'externalId,accountId,coverage,date,item,unitPrice,quantity,amount,imsi,group\n'
const csvLine = ({ account, coverage, date, index }: BenchLine): string =>
  `c-${date}-${index},${account},${coverage},${date},dataUpload,0.0000002,${index + 1},${spent(index)},${imsi(index)},sensors\n`
const ndjsonLine = ({ account, coverage, date, index }: BenchLine): string =>
  `{"externalId":"n-${date}-${index}","accountId":"${account}","coverage":"${coverage}","date":"${date}",` +
  `"item":"dataUpload","unitPrice":0.0000002,"quantity":${index + 1},"amount":${spent(index)},` +
  `"attributes":{"imsi":"${imsi(index)}","group":"sensors"}}\n`

const imsi = (index: number): string => `295050${String(index % 1_000_000).padStart(9, '0')}`
const spent = (index: number): string => `0.${String((index + 1) * 2).padStart(12, '0')}`

/** As a platform's nightly export comes: day by day, and within a day account by account, a few lines for each. */
function* file(lines: number, accounts: number, now: Instant, line: (one: BenchLine) => string): Generator<string> {
  const coverages = ['g', 'jp']
  const days = Number(lastDayOf(monthAt(now, 'UTC')).slice(8))
  const perDay = Math.ceil(lines / days)
  const perAccount = Math.max(1, Math.ceil(perDay / accounts))
  if (line === csvLine) yield csvHeader
  let block = ''
  for (let index = 0; index < lines; index++) {
    const date = `${monthAt(now, 'UTC')}-${String(Math.floor(index / perDay) + 1).padStart(2, '0')}`
    const account = accountId(Math.floor(index / perAccount) % accounts)
    block += line({ account, coverage: coverages[index % 2] ?? 'g', date, index })
    if (block.length < 64 * 1024) continue
    yield block
    block = ''
  }
  yield block
}
