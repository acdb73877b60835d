/** Downloads as CSV: streamed page by page, UTF-8 with a mark for spreadsheets, and no cell that a spreadsheet would run. */
import { pipeline, Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import type { FastifyReply } from 'fastify'

export type Cell = string | number | bigint | null

/** Sends `rows` under `headings`; the file is offered as `fileName`. */
export function sendCsv(
  reply: FastifyReply,
  fileName: string,
  headings: readonly string[],
  rows: AsyncIterable<readonly Cell[]>,
): FastifyReply {
  const csv = stringify({ bom: true, record_delimiter: 'windows' })
  // Rows that cannot be read any further end `csv` with their error, which breaks the download off; whoever goes away
  // ends the reading of rows. The error is told where the reply ends.
  pipeline(Readable.from(linesOf(headings, rows)), csv, () => undefined)
  return reply
    .header('content-type', 'text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${fileName}"`)
    .send(csv)
}

async function* linesOf(headings: readonly string[], rows: AsyncIterable<readonly Cell[]>) {
  yield headings
  for await (const row of rows) yield row.map(harmless)
}

/** A text that begins a formula is quoted, as spreadsheets understand it (F58); a number is a number. */
const harmless = (cell: Cell): string =>
  typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) && !/^-?\d+(\.\d+)?$/.test(cell)
    ? `'${cell}`
    : String(cell ?? '')
