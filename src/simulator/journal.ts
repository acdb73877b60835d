/**
 * The books on disk: one line of JSON per accepted command, holding the changes it made, replayed at the start.
 *
 * Lines are written with one synchronous `write` before an answer leaves, so a `kill -9` of the simulator loses nothing
 * that was answered. A crash within that write leaves a torn last line, of which nobody was told; it is cut off.
 */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { apply, type Books, type Change } from './books.ts'

export interface Journal {
  /** Writes what the books have changed since the last time; a no-op when nothing has. */
  write(): void
  close(): void
}

/** Replays the file into `books` and opens it for more; throws when a line other than the last cannot be read. */
export function openJournal(path: string, books: Books): Journal {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, existsSync(path) ? 'r+' : 'w+')
  let position = replay(file, books)
  ftruncateSync(file, position)
  return {
    write() {
      const changes = books.unwritten
      if (changes === null || changes.length === 0) return
      const line = Buffer.from(`${JSON.stringify(changes, withoutBigint)}\n`)
      for (let written = 0; written < line.length; ) {
        written += writeSync(file, line, written, line.length - written, position + written)
      }
      position += line.length
      changes.length = 0
    },
    close: () => closeSync(file),
  }
}

/** Applies every whole line and answers the position after the last of them. */
function replay(file: number, books: Books): number {
  const chunk = Buffer.alloc(1 << 20)
  let pending = Buffer.alloc(0)
  let position = 0
  for (let at = 0; ; ) {
    const size = readSync(file, chunk, 0, chunk.length, at)
    if (size === 0) return position
    at += size
    pending = Buffer.concat([pending, chunk.subarray(0, size)])
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10)) {
      for (const change of readLine(pending.toString('utf8', 0, end))) apply(books, change)
      pending = pending.subarray(end + 1)
      position += end + 1
    }
  }
}

const readLine = (line: string): Change[] => JSON.parse(line, withBigint) as Change[] // written by `write` above

const withoutBigint = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value)
const withBigint = (key: string, value: unknown): unknown =>
  key.endsWith('Minor') && typeof value === 'string' ? BigInt(value) : value
