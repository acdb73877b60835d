/** A real mail server for tests: the engine sends over SMTP, the catcher keeps what arrives. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { onTestFinished } from 'vitest'
import {
  type CatcherOptions,
  type CaughtMailContent,
  type MailCatcher,
  startMailCatcher,
} from '../../src/adapters/mail-catcher/catcher.ts'
import { smtpMailer } from '../../src/adapters/mailer/smtp.ts'
import type { Mailer } from '../../src/ports/mailer.ts'
import type { Engine } from './engine.ts'

export const mailFrom = 'Kessai Billing <billing@pay.example.com>'

/** Ended with the test. */
export async function catcherForTest(options: Partial<CatcherOptions> = {}): Promise<MailCatcher> {
  const folder = options.folder ?? temporaryFolder()
  const catcher = await startMailCatcher({ port: 0, ...options, folder })
  onTestFinished(() => catcher.stop())
  return catcher
}

/** Removed with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kessai-mail-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Closed with the test; nobody is waited for longer than a second. */
export function mailerForTest(url: string): Mailer {
  const mailer = smtpMailer({ url, from: mailFrom, timeoutMs: 1_000 })
  onTestFinished(() => mailer.close())
  return mailer
}

/** The mails in full, the earliest first. */
export async function mailsIn(catcher: MailCatcher): Promise<CaughtMailContent[]> {
  const mails = await Promise.all(catcher.list().map(({ id }) => catcher.read(id)))
  return mails.flatMap((mail) => mail ?? []).reverse()
}

/** `to: subject` of each, the earliest first. */
export const subjectsIn = (catcher: MailCatcher): string[] =>
  catcher
    .list()
    .map(({ to, subject }) => `${to}: ${subject}`)
    .reverse()

/** `kind status attempts`, with what went wrong. */
export async function messagesOf(engine: Engine): Promise<string[]> {
  const { rows } = await sql<{ message: string }>`
    select concat_ws(' ', kind, status, attempts, last_problem) as message from messages
    order by happened_at, account_id, kind`.execute(engine.system.db)
  return rows.map(({ message }) => message)
}
