/** `import-fees FILE`: a platform's fees in, with a bar while it lasts and a list of what was refused and why. */
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import type { Readable, Writable } from 'node:stream'
import { Presets, SingleBar } from 'cli-progress'
import type { Instant } from '../domain/calendar.ts'
import { FeeFileError, type FeeFormat, feeRecords } from '../operations/fees/fee-records.ts'
import { fileErrorText, type LineReport, reportOf } from '../operations/fees/report.ts'
import { type FeeImport, ImportInterrupted, type ImportOptions, importFees } from '../operations/import-fees.ts'
import type { System } from '../operations/system.ts'
import type { Language } from '../texts/language.ts'
import { exitCodes } from './exit-codes.ts'
import { plural } from './output.ts'
import { CommandError } from './wire.ts'

export interface ImportFeesArgs {
  /** A path, or `-` for standard input. */
  readonly file: string
  readonly format?: FeeFormat
  readonly account?: string
  readonly coverage?: string
  readonly json?: boolean
  /** Import nothing when a line is refused that can be judged without importing. */
  readonly strict?: boolean
  /** Where all refused lines go, as NDJSON. */
  readonly refusedTo?: string
}

export interface ImportFeesIo {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable & { readonly isTTY?: boolean }
  readonly language?: Language
}

const refusedShown = 20

/** Answers the exit code: 0 all in, 2 some lines refused. Throws a CommandError when the import could not be finished. */
export async function importFeesCommand(
  system: System,
  args: ImportFeesArgs,
  now: Instant,
  io: ImportFeesIo,
): Promise<number> {
  const language = io.language ?? 'en'
  const shown: LineReport[] = []
  const report = args.refusedTo === undefined ? null : await openReport(args.refusedTo)
  const onRefused: ImportOptions['onRefused'] = async (refused) => {
    const reports = refused.map((line) => reportOf(line, language))
    shown.push(...reports.slice(0, refusedShown - shown.length))
    const text = reports.map((line) => `${JSON.stringify(line)}\n`).join('')
    await report?.append(text)
  }
  try {
    const judged = args.strict ? await judgeFirst(system, args, now, io, onRefused) : null
    const done = judged?.refused ? judged : await readAll(system, args, now, io, { onRefused })
    if (args.json) io.stdout.write(`${JSON.stringify({ ...done, refusedLines: shown })}\n`)
    else io.stdout.write(summary(done, shown, args))
    return done.refused > 0 ? exitCodes.doneInPart : exitCodes.done
  } finally {
    await report?.close()
  }
}

interface Report {
  append(text: string): Promise<void>
  close(): Promise<void>
}

/** Opened before anything is imported: a report that cannot be written is told while nothing is lost by it. */
async function openReport(path: string): Promise<Report> {
  const file = await open(path, 'w').catch((error: unknown) => {
    throw new CommandError(`the refused lines cannot be written to ${path}: ${messageOf(error)}`)
  })
  return { append: (text) => file.appendFile(text), close: () => file.close() }
}

async function judgeFirst(
  system: System,
  args: ImportFeesArgs,
  now: Instant,
  io: ImportFeesIo,
  onRefused: ImportOptions['onRefused'],
): Promise<FeeImport> {
  if (args.file === '-')
    throw new CommandError('--strict reads a file twice: standard input cannot be', exitCodes.usage)
  return readAll(system, args, now, io, { onRefused, judgeOnly: true })
}

type Telling = Pick<ImportOptions, 'judgeOnly'> & { readonly onRefused: ImportOptions['onRefused'] }

async function readAll(
  system: System,
  args: ImportFeesArgs,
  now: Instant,
  io: ImportFeesIo,
  { onRefused, judgeOnly = false }: Telling,
): Promise<FeeImport> {
  const { bytes, sizeBytes } = await openInput(args.file, io)
  const bar = io.stderr.isTTY ? progressBar(io, sizeBytes) : null
  let soFar: FeeImport | null = null
  try {
    const input = counted(bytes, (read) => bar?.update(read))
    return await importFees(
      system,
      feeRecords(input, args),
      {
        judgeOnly,
        ...(onRefused && { onRefused }),
        onProgress: (progress) => {
          soFar = progress
          bar?.update({ lines: progress.read.toLocaleString('en-US'), refused: progress.refused })
        },
      },
      now,
    )
  } catch (error) {
    throw explained(error, args.file, soFar, io.language ?? 'en')
  } finally {
    bar?.stop()
  }
}

async function openInput(file: string, io: ImportFeesIo): Promise<{ bytes: Readable; sizeBytes: number | null }> {
  if (file === '-') return { bytes: io.stdin, sizeBytes: null }
  const found = await stat(file).catch((error: unknown) => {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`)
  })
  if (found.isDirectory()) throw new CommandError(`${file} is a folder: name a file of fees in it`)
  const sizeBytes = found.isFile() ? found.size : null
  return { bytes: createReadStream(file, { highWaterMark: 256 * 1024 }), sizeBytes }
}

async function* counted(bytes: AsyncIterable<Uint8Array>, tell: (read: number) => void): AsyncGenerator<Uint8Array> {
  let read = 0
  for await (const chunk of bytes) {
    read += chunk.length
    tell(read)
    yield chunk
  }
}

function progressBar(io: ImportFeesIo, sizeBytes: number | null): SingleBar {
  const bar = new SingleBar(
    {
      format: `${sizeBytes === null ? '' : '{bar} {percentage}% | '}{lines} lines | {refused} refused`,
      stream: io.stderr as NodeJS.WriteStream, // asked for as a terminal above, and only written to
      clearOnComplete: true,
      hideCursor: true,
    },
    Presets.shades_classic,
  )
  bar.start(sizeBytes ?? 1, 0, { lines: '0', refused: 0 })
  return bar
}

/** What stopped the import, and that nothing which went in has to go in again. */
function explained(error: unknown, file: string, soFar: FeeImport | null, language: Language): unknown {
  if (error instanceof FeeFileError) return new CommandError(`${file}: ${fileErrorText(error, language)}`)
  const counts = error instanceof ImportInterrupted ? error.soFar : soFar
  const safe = counts
    ? `${plural(counts.imported + counts.known, 'line')} are safely in; the same command again goes on from there, and nothing comes in twice`
    : 'nothing was imported'
  if (error instanceof ImportInterrupted) {
    return new CommandError(`the database went away and did not come back (${messageOf(error.cause)}): ${safe}`)
  }
  // Without a code it is a fault of ours: its stack is worth more than a sentence.
  if (!(error instanceof Error && 'code' in error)) return error
  const code = String(error.code)
  if (code.startsWith('Z_')) return new CommandError(`${file} is not whole gzip (${messageOf(error)}): ${safe}`)
  return new CommandError(`${file} could not be imported to its end (${messageOf(error)}): ${safe}`)
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) return error.errors.map(messageOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}

function summary(done: FeeImport, shown: readonly LineReport[], args: ImportFeesArgs): string {
  const lines = shown.map(({ line, message }) => `line ${line}: ${message}`)
  if (done.refused > shown.length) lines.push(`… and ${plural(done.refused - shown.length, 'more line')} refused`)
  if (lines.length > 0) lines.push('')
  lines.push(
    [
      plural(done.read, 'line'),
      `${plural(done.imported, 'fee')} imported`,
      done.toNextMonth > 0 && `(${plural(done.toNextMonth, 'fee')} of closed months go to the next invoice)`,
      done.known > 0 && `${done.known.toLocaleString('en-US')} known already`,
      done.refused > 0 && `${done.refused.toLocaleString('en-US')} refused`,
    ]
      .filter((part) => typeof part === 'string')
      .join(', ')
      .replace(', (', ' ('),
  )
  if (args.strict && done.refused > 0 && done.imported === 0) lines.push('nothing was imported (--strict)')
  if (done.refused > 0 && args.refusedTo !== undefined) lines.push(`all refused lines: ${args.refusedTo}`)
  else if (done.refused > shown.length) lines.push('all of them into a file: --refused FILE')
  return `${lines.join('\n')}\n`
}
