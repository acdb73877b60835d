/**
 * A platform's file → raw records with their line numbers: NDJSON, our CSV, or the billing CSV that the platform gives
 * its own customers (docs/reference/fees.md).
 */
import type { RawFee } from '../../domain/fee.ts'
import { type FeeField, type FeeFileProblem, feeFields, type RecordRefusal } from '../../domain/fee-refusal.ts'
import { csvRecords } from './csv.ts'
import { type Line, textLines } from './text-lines.ts'

export const feeFormats = ['ndjson', 'csv'] as const
export type FeeFormat = (typeof feeFormats)[number]

export interface FeeFileOptions {
  /** Seen from the first character when absent: `{` begins NDJSON. */
  readonly format?: FeeFormat
  /** For every line of a file that has no such column or field. */
  readonly account?: string
  readonly coverage?: string
}

export type FeeRecord =
  | { readonly line: number; readonly raw: RawFee; readonly refusal?: never }
  | { readonly line: number; readonly refusal: RecordRefusal; readonly raw?: never }

export class FeeFileError extends Error {
  readonly problem: FeeFileProblem
  constructor(problem: FeeFileProblem) {
    super(problem.code)
    this.problem = problem
  }
}

/** What reading a file threw, where it is the file's own fault; null when it is not. */
export function fileErrorOf(thrown: unknown): FeeFileError | null {
  if (thrown instanceof FeeFileError) return thrown
  const isGzips = thrown instanceof Error && 'code' in thrown && String(thrown.code).startsWith('Z_')
  return isGzips ? new FeeFileError({ code: 'gzip_broken' }) : null
}

/** Blocks of records, blank lines left out. Throws what inflating throws, and a FeeFileError when the file as a whole cannot be fees. */
export async function* feeRecords(
  input: AsyncIterable<Uint8Array>,
  options: FeeFileOptions = {},
): AsyncGenerator<FeeRecord[]> {
  const { first, whole } = await firstLine(textLines(input))
  if (first === null) return
  const format = options.format ?? (first.text?.trimStart().startsWith('{') ? 'ndjson' : 'csv')
  yield* format === 'ndjson' ? fromJson(whole, options) : fromCsv(whole, options)
}

async function* fromJson(blocks: AsyncIterable<Line[]>, options: FeeFileOptions): AsyncGenerator<FeeRecord[]> {
  for await (const block of blocks) {
    const records: FeeRecord[] = []
    for (const { number, text, refusal } of block) {
      if (refusal) records.push({ line: number, refusal })
      else if (text.trim() !== '') records.push(jsonRecord(number, text, options))
    }
    yield records
  }
}

function jsonRecord(line: number, text: string, options: FeeFileOptions): FeeRecord {
  const raw = parseObject(text)
  if (!raw) return { line, refusal: { code: 'json_malformed', found: beginning(text) } }
  for (const name in raw) {
    if (!known.has(name)) return { line, refusal: { code: 'field_unknown', found: beginning(name), known: feeFields } }
  }
  for (const field of numberFields) {
    if (typeof raw[field] === 'number') raw[field] = writtenNumber(text, field)
  }
  const { account, coverage } = options
  if (account === undefined && coverage === undefined) return { line, raw }
  return { line, raw: { accountId: account, coverage, ...raw } }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return value as Record<string, unknown> // all that is left of JSON's values
  } catch {
    return null
  }
}

const numberFields = ['unitPrice', 'quantity', 'amount'] as const satisfies FeeField[]

/**
 * The digits of a field's number as they stand in the line, so that no float ever stands for an amount. A reviver sees
 * them too, but costs five times the parse; it is for lines that spell a name with escapes or have it twice.
 */
function writtenNumber(text: string, field: (typeof numberFields)[number]): unknown {
  const name = `"${field}"`
  const at = text.indexOf(name)
  if (at >= 0 && text.indexOf(name, at + 1) < 0 && !text.includes('\\')) {
    numberAfterColon.lastIndex = at + name.length
    const digits = numberAfterColon.exec(text)?.[1]
    if (digits !== undefined) return digits
  }
  return JSON.parse(text, withSources)[field]
}

const numberAfterColon = /\s*:\s*(-?[0-9][0-9.eE+-]*)/y

const withSources = ((_name: string, value: unknown, context: { readonly source?: string }) =>
  // TypeScript's own reviver does not know of the third argument yet.
  typeof value === 'number' ? context.source : value) as (name: string, value: unknown) => unknown

const known: ReadonlySet<string> = new Set(feeFields)
const beginning = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)

async function* fromCsv(blocks: AsyncIterable<Line[]>, options: FeeFileOptions): AsyncGenerator<FeeRecord[]> {
  let columns: Columns | null = null
  for await (const block of csvRecords(blocks)) {
    const records: FeeRecord[] = []
    for (const { number, cells, refusal } of block) {
      if (!columns) {
        if (!cells) throw new FeeFileError({ code: 'header_unreadable' })
        columns = columnsOf(cells, options)
      } else if (refusal) records.push({ line: number, refusal })
      else if (cells.length === columns.count) records.push({ line: number, raw: columns.read(cells, number) })
      else {
        const refusal = { code: 'cells_differ', found: cells.length, expected: columns.count } as const
        records.push({ line: number, refusal })
      }
    }
    yield records
  }
}

interface Columns {
  readonly count: number
  read(cells: readonly string[], line: number): RawFee
}

const aliases: ReadonlyMap<string, FeeField> = new Map([['billItemName', 'item']])

function columnsOf(header: readonly string[], options: FeeFileOptions): Columns {
  const names = header.map((cell) => cell.trim())
  const places = new Map<string, number>()
  const further: [string, number][] = []
  for (const [place, name] of names.entries()) {
    // A nameless column is what a comma at the end of every line makes.
    if (name === '') continue
    const field = aliases.get(name) ?? name
    if (places.has(field)) throw new FeeFileError({ code: 'column_twice', name })
    places.set(field, place)
    // `attributes` too: as one cell it would be JSON inside CSV, and the further columns are the attributes.
    if (!known.has(field) || field === 'attributes') further.push([name, place])
  }
  // The billing CSV names neither its lines nor its account (docs/decisions/0008).
  const isBill = names.includes('billItemName') && !places.has('externalId')
  const given: Partial<Record<string, string>> = { accountId: options.account, coverage: options.coverage }
  const missing = needed.filter((field) => !places.has(field) && !given[field] && !(isBill && field === 'externalId'))
  if (isBill && missing.some((field) => field === 'accountId' || field === 'coverage')) {
    throw new FeeFileError({ code: 'account_needed' })
  }
  if (missing.length > 0) throw new FeeFileError({ code: 'column_missing', missing, found: names })

  const reading = (field: FeeField): ((cells: readonly string[]) => string | undefined) => {
    const place = places.get(field)
    const always = given[field]
    return place === undefined ? () => always : (cells) => cells[place]
  }
  const [accountId, coverage, date, item] = [
    reading('accountId'),
    reading('coverage'),
    reading('date'),
    reading('item'),
  ]
  const [unitPrice, quantity, amount] = [reading('unitPrice'), reading('quantity'), reading('amount')]
  const [currency, taxCategory, externalId] = [reading('currency'), reading('taxCategory'), reading('externalId')]
  return {
    count: header.length,
    read: (cells, line) => ({
      externalId: isBill ? `bill:${coverage(cells)}:${billMonth(date(cells))}:${line}` : externalId(cells),
      accountId: accountId(cells),
      coverage: coverage(cells),
      date: date(cells),
      item: item(cells),
      unitPrice: unitPrice(cells),
      quantity: quantity(cells),
      amount: amount(cells),
      currency: currency(cells),
      taxCategory: taxCategory(cells),
      attributes: further.length > 0 ? attributesOf(cells, further) : undefined,
    }),
  }
}

const needed = ['externalId', 'accountId', 'coverage', 'date', 'item', 'amount'] as const satisfies FeeField[]

/** `20270103` and `2027-01-03` → `202701`; what is no date is refused for that, whatever its name. */
const billMonth = (date = ''): string => date.replaceAll('-', '').slice(0, 6)

function attributesOf(cells: readonly string[], further: readonly [string, number][]): Record<string, string> {
  const attributes: [string, string][] = []
  for (const [name, place] of further) {
    const cell = cells[place]
    if (cell) attributes.push([name, cell])
  }
  // fromEntries and not assignment: a column may be called `__proto__`.
  return Object.fromEntries(attributes)
}

/** The first line that has something to read, the block it is in, and those after it; blank blocks are left out. */
async function firstLine(
  blocks: AsyncGenerator<Line[]>,
): Promise<{ first: Line | null; whole: AsyncIterable<Line[]> }> {
  let seen: Line[] = []
  while (!seen.some(({ text }) => text?.trim() !== '')) {
    const next = await blocks.next()
    if (next.done) break
    seen = next.value
  }
  async function* whole(): AsyncGenerator<Line[]> {
    yield seen
    yield* blocks
  }
  const readable = seen.find(({ text }) => text !== undefined && text.trim() !== '')
  return { first: readable ?? seen.find(({ text }) => text === undefined) ?? null, whole: whole() }
}
