/**
 * A mail server that delivers nothing: it keeps what it is sent, for the sandbox and for tests. Reachable from this
 * machine alone. Mails are files, so that they are still there after a restart; the oldest make room.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ParsedMail } from 'mailparser'
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server'
import { keepPort, lastPort, smtpUrlOf } from './address.ts'

export interface CaughtMail {
  /** Counts up. */
  readonly id: string
  readonly to: string
  readonly from: string
  readonly subject: string
  readonly messageId: string
  /** Wall time, RFC 3339. */
  readonly caughtAt: string
}

export interface CaughtMailContent extends CaughtMail {
  readonly text: string
  readonly html: string
  readonly headers: Readonly<Record<string, string>>
}

export interface MailCatcher {
  readonly smtpUrl: string
  /** The latest first. */
  list(): readonly CaughtMail[]
  read(id: string): Promise<CaughtMailContent | null>
  clear(): void
  stop(): Promise<void>
}

export interface CatcherOptions {
  readonly folder: string
  /** 0: that of last time if it is free, else any. */
  readonly port: number
  /** How many are kept. */
  readonly keep?: number
  /** What to answer a recipient; for tests of what goes wrong. Null: taken. */
  readonly refuse?: (recipient: string) => { readonly code: number; readonly message: string } | null
}

const largestBytes = 1024 * 1024

export async function startMailCatcher(options: CatcherOptions): Promise<MailCatcher> {
  const { folder } = options
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const box = await openBox(folder, options.keep ?? 500)
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: largestBytes,
    // A mailer keeps its connections open; nobody waits for them to go.
    closeTimeout: 200,
    onRcptTo({ address }, _session, done) {
      const refusal = options.refuse?.(address)
      done(refusal ? Object.assign(new Error(refusal.message), { responseCode: refusal.code }) : null)
    },
    onData(stream, { envelope }, done) {
      const to = envelope.rcptTo.map(({ address }) => address).join(', ')
      wholeOf(stream)
        .then((bytes) => box.keep(bytes, to))
        .then(
          () => done(null),
          (problem: unknown) => done(problem instanceof Error ? problem : new Error(String(problem))),
        )
    },
  })
  // A client that goes away in the middle is its own affair.
  server.on('error', () => undefined)
  const port = await listen(server, options.port, lastPort(folder))
  keepPort(folder, port)
  return {
    smtpUrl: smtpUrlOf(port),
    list: box.list,
    read: box.read,
    clear: box.clear,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function listen(server: SMTPServer, wanted: number, last: number | null): Promise<number> {
  const on = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.server.off('error', reject)
        resolve((server.server.address() as AddressInfo).port) // TCP: not the name of a pipe
      })
    })
  if (wanted !== 0 || last === null) return on(wanted)
  return on(last).catch(() => on(0))
}

async function wholeOf(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  if (stream.sizeExceeded) throw Object.assign(new Error('too large'), { responseCode: 552 })
  return Buffer.concat(chunks)
}

/** The files, and a list of them in memory. */
async function openBox(folder: string, most: number) {
  const names = readdirSync(folder).filter((name) => /^\d{9}\.eml$/.test(name))
  let mails: CaughtMail[] = await Promise.all(
    names.sort().map(async (name) => summaryOf(name.slice(0, 9), await parse(readFileSync(join(folder, name))))),
  )
  let latest = Number(names.at(-1)?.slice(0, 9) ?? 0)
  const file = (id: string): string => join(folder, `${id}.eml`)
  return {
    list: () => mails.toReversed(),
    async keep(bytes: Buffer, to: string): Promise<void> {
      latest += 1
      const id = String(latest).padStart(9, '0')
      const stamp = `X-Caught-At: ${new Date().toISOString()}\r\nX-Caught-For: ${to}\r\n`
      const stamped = Buffer.concat([Buffer.from(stamp), bytes])
      writeFileSync(file(id), stamped, { mode: 0o600 })
      const summary = summaryOf(id, await parse(stamped))
      // Others may have been kept meanwhile: the list is as it is now.
      mails = [...mails, summary].sort((one, other) => one.id.localeCompare(other.id))
      const room = Math.max(0, mails.length - most)
      for (const { id: oldest } of mails.slice(0, room)) rmSync(file(oldest), { force: true })
      mails = mails.slice(room)
    },
    async read(id: string): Promise<CaughtMailContent | null> {
      const summary = mails.find((mail) => mail.id === id)
      if (!summary) return null
      const parsed = await parse(readFileSync(file(id)))
      return {
        ...summary,
        text: parsed.text ?? '',
        html: parsed.html === false ? '' : (parsed.html ?? ''),
        headers: Object.fromEntries(
          parsed.headerLines.map(({ key, line }) => [key, line.slice(key.length + 1).trim()]),
        ),
      }
    },
    clear(): void {
      for (const { id } of mails) rmSync(file(id), { force: true })
      mails = []
    },
  }
}

// Loaded with the first mail: a sandbox that has none starts without it.
const parse = async (bytes: Buffer): Promise<ParsedMail> => (await import('mailparser')).simpleParser(bytes)

const summaryOf = (id: string, parsed: ParsedMail): CaughtMail => ({
  id,
  to: headerOf(parsed, 'x-caught-for'),
  from: parsed.from?.text ?? '',
  subject: parsed.subject ?? '',
  messageId: parsed.messageId ?? '',
  caughtAt: headerOf(parsed, 'x-caught-at'),
})

const headerOf = ({ headerLines }: ParsedMail, key: string): string =>
  headerLines
    .find((header) => header.key === key)
    ?.line.slice(key.length + 1)
    .trim() ?? ''
