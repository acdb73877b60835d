/** What every mailer must do; run on SMTP against a real server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type MailCatcher, startMailCatcher } from '../adapters/mail-catcher/catcher.ts'
import { smtpMailer } from '../adapters/mailer/smtp.ts'
import type { Mail, Mailer } from './mailer.ts'

const mail: Mail = {
  to: 'payer@example.com',
  subject: 'Payment received: ¥24,381',
  text: 'ありがとうございます。',
  html: '<p>ありがとうございます。</p>',
  messageId: '<0198b1e0-7a3c-7c11-8a2f-3b9d0e5f6a71@pay.example.com>',
  language: 'ja',
  headers: { 'X-Kessai-Kind': 'payment_received' },
}

interface Harness {
  mailer: Mailer
  catcher: MailCatcher
  answer: { code: number; message: string } | null
  end(): Promise<void>
}

async function smtp(): Promise<Harness> {
  const folder = mkdtempSync(join(tmpdir(), 'kessai-mailer-'))
  const harness: Partial<Harness> = { answer: null }
  const catcher = await startMailCatcher({ folder, port: 0, refuse: () => harness.answer ?? null })
  const mailer = smtpMailer({ url: catcher.smtpUrl, from: 'Billing <billing@pay.example.com>', timeoutMs: 2_000 })
  const end = async () => {
    mailer.close()
    await catcher.stop()
    rmSync(folder, { recursive: true })
  }
  return Object.assign(harness, { answer: null, mailer, catcher, end })
}

describe.each([['SMTP', smtp]])('%s', (_, start) => {
  let harness: Harness
  beforeAll(async () => {
    harness = await start()
  })
  afterAll(() => harness.end())
  beforeEach(() => {
    harness.catcher.clear()
    harness.answer = null
  })
  const latest = async () => harness.catcher.read(harness.catcher.list()[0]?.id ?? '')

  test('delivers both parts, and names itself the same each time', async () => {
    expect(await harness.mailer.send(mail)).toEqual({ outcome: 'sent' })
    expect(await harness.mailer.send(mail)).toEqual({ outcome: 'sent' })
    const { to, subject, text, html, messageId } = mail
    expect(await latest()).toMatchObject({ to, subject, messageId, html })
    expect((await latest())?.text.trim()).toBe(text)
    expect(harness.catcher.list()).toHaveLength(2)
    expect((await latest())?.headers).toMatchObject({
      'content-language': 'ja',
      'x-kessai-kind': 'payment_received',
      'auto-submitted': 'auto-generated',
    })
  })

  test('a recipient refused for good is rejected; one put off is not', async () => {
    harness.answer = { code: 550, message: 'no such mailbox' }
    expect(await harness.mailer.send(mail)).toEqual({
      outcome: 'rejected',
      reason: expect.stringContaining('no such mailbox'),
    })
    harness.answer = { code: 451, message: 'later' }
    expect(await harness.mailer.send(mail)).toEqual({ outcome: 'unknown', reason: expect.stringContaining('later') })
    expect(harness.catcher.list()).toEqual([])
  })

  const injections: [what: string, change: Partial<Mail>][] = [
    ['a header in the subject', { subject: 'Hello\r\nBcc: everybody@example.com' }],
    ['a header in the address', { to: 'payer@example.com\r\nBcc: everybody@example.com' }],
    ['a second address', { to: 'payer@example.com, other@example.com' }],
    ['a name in the address', { to: 'Payer <payer@example.com>' }],
    ['an address in quotes', { to: '"x@evil.example> y"@example.com' }],
    ['a command in the address', { to: 'payer@example.com>\nDATA' }],
    ['no address', { to: '' }],
    ['a header in the message id', { messageId: '<1@a.b>\r\nBcc: everybody@example.com' }],
    ['a header in a header', { headers: { 'X-Kessai-Kind': 'a\r\nBcc: everybody@example.com' } }],
    ['a header in a header’s name', { headers: { 'X: y\r\nBcc': 'everybody@example.com' } }],
    ['a separator of lines in the subject', { subject: 'Hello\u2028Bcc: x' }],
  ]
  test.each(injections)('never sends %s', async (_what, change) => {
    expect(await harness.mailer.send({ ...mail, ...change })).toMatchObject({ outcome: 'rejected' })
    expect(harness.catcher.list()).toEqual([])
  })

  test('a server that is not there is unknown', async () => {
    const elsewhere = await start()
    await elsewhere.end()
    expect(await elsewhere.mailer.send(mail)).toMatchObject({ outcome: 'unknown' })
  })
})
