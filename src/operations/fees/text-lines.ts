/**
 * Bytes of a file → its lines, in constant memory and in blocks: a promise per line would cost more than reading it.
 *
 * A line that is not UTF-8, or has no end, is handed on as a refusal under its number instead of stopping the file.
 */
import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { RecordRefusal } from '../../domain/fee-refusal.ts'

export type Line =
  | { readonly number: number; readonly text: string; readonly refusal?: never }
  | { readonly number: number; readonly refusal: RecordRefusal; readonly text?: never }

export const lineLimit = 64 * 1024

const newline = 0x0a

/** Numbered from 1; without their line ends (`\n` or `\r\n`) and without a byte order mark. Inflates gzip by itself. */
export async function* textLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line[]> {
  const rest = new Rest()
  let number = 1
  for await (const chunk of withoutMark(inflated(input))) {
    const end = chunk.lastIndexOf(newline)
    if (end < 0) {
      rest.add(chunk)
      continue
    }
    const lines = linesOf(rest.complete(chunk.subarray(0, end)), number, rest.overflowed)
    number += lines.length
    rest.restart(chunk.subarray(end + 1))
    yield lines
  }
  if (!rest.isEmpty) yield linesOf(rest.complete(Buffer.alloc(0)), number, rest.overflowed)
}

function linesOf(block: Buffer, first: number, firstOverflowed: boolean): Line[] {
  // The whole block is checked and decoded at once; only a block with something wrong in it is taken line by line.
  const lines: Line[] = isUtf8(block)
    ? block
        .toString('utf8')
        .split('\n')
        .map((text, index) => lineOf(text, first + index))
    : splitBytes(block).map((bytes, index) =>
        isUtf8(bytes)
          ? lineOf(bytes.toString('utf8'), first + index)
          : { number: first + index, refusal: { code: 'line_not_utf8' } },
      )
  if (firstOverflowed) lines[0] = { number: first, refusal: tooLong }
  return lines
}

const tooLong: RecordRefusal = { code: 'line_too_long', limit: lineLimit }

function lineOf(text: string, number: number): Line {
  // At most three bytes for each UTF-16 unit: short lines need no counting.
  if (text.length * 3 > lineLimit && Buffer.byteLength(text) > lineLimit) return { number, refusal: tooLong }
  return { number, text: text.endsWith('\r') ? text.slice(0, -1) : text }
}

function splitBytes(block: Buffer): Buffer[] {
  const lines: Buffer[] = []
  let from = 0
  for (let end = block.indexOf(newline); end >= 0; end = block.indexOf(newline, from)) {
    lines.push(block.subarray(from, end))
    from = end + 1
  }
  lines.push(block.subarray(from))
  return lines
}

/** The beginning of a line whose end has not come yet. Beyond the limit only the fact is kept, not the bytes. */
class Rest {
  #parts: Buffer[] = []
  #bytes = 0
  get overflowed(): boolean {
    return this.#bytes > lineLimit
  }
  get isEmpty(): boolean {
    return this.#bytes === 0
  }
  add(part: Buffer): void {
    this.#bytes += part.length
    if (this.overflowed) this.#parts = []
    else this.#parts.push(part)
  }
  /** This beginning and what follows it, up to the end of the block's last line. */
  complete(block: Buffer): Buffer {
    return this.#parts.length === 0 ? block : Buffer.concat([...this.#parts, block])
  }
  restart(part: Buffer): void {
    this.#parts = []
    this.#bytes = 0
    if (part.length > 0) this.add(part)
  }
}

async function* inflated(input: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const { start, whole } = await opening(input)
  if (start[0] !== 0x1f || start[1] !== 0x8b) {
    yield* whole
    return
  }
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  // pipeline() would swallow the reader's own error behind a premature close; this way the first one to fail is told.
  const source = Readable.from(whole)
  source.on('error', (error) => gunzip.destroy(error))
  try {
    yield* source.pipe(gunzip)
  } finally {
    source.destroy()
    gunzip.destroy()
  }
}

async function* withoutMark(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { start, whole } = await opening(input)
  let skip = start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf ? 3 : 0
  for await (const chunk of whole) {
    yield skip > 0 ? chunk.subarray(skip) : chunk
    skip = 0
  }
}

/** The first bytes, enough of them to know a file by, and the whole input again with these in front. */
async function opening(input: AsyncIterable<Uint8Array>): Promise<{ start: Buffer; whole: AsyncIterable<Buffer> }> {
  const chunks = input[Symbol.asyncIterator]()
  let start = Buffer.alloc(0)
  let ended = false
  while (start.length < 3 && !ended) {
    const next = await chunks.next()
    if (next.done) ended = true
    else start = Buffer.concat([start, next.value])
  }
  async function* whole(): AsyncGenerator<Buffer> {
    try {
      if (start.length > 0) yield start
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield asBuffer(next.value)
    } finally {
      await chunks.return?.()
    }
  }
  return { start, whole: whole() }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
