/** Every kind of e-mail in both languages, sent and read back: whole, plain, and safe whatever the facts hold (F58). */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type MailCatcher, startMailCatcher } from '../../src/adapters/mail-catcher/catcher.ts'
import { smtpMailer } from '../../src/adapters/mailer/smtp.ts'
import { parseDay, parseInstant, parseMonth } from '../../src/domain/calendar.ts'
import { type MessageKind, messageKinds } from '../../src/domain/message.ts'
import { type Language, languages } from '../../src/texts/language.ts'
import { letterFor } from '../../src/texts/mail/letter.ts'
import type { MailFacts } from '../../src/texts/mail/mail-facts.ts'
import { mailFrom } from '../support/mail.ts'

const month = (text: string) => parseMonth(text) ?? raise()
const raise = (): never => {
  throw new Error('not a date')
}

const facts: MailFacts = {
  accountId: 'OP0000000001',
  coverage: 'jp',
  zone: 'UTC',
  currency: 'JPY',
  amountMinor: 24381n,
  holdMinor: 100n,
  months: { first: month('2026-12'), last: month('2027-01') },
  card: { brand: 'visa', last4: '0341', expMonth: month('2027-03') },
  at: parseInstant('2027-02-01T06:00:00Z'),
  reason: 'insufficient_funds',
  advice: 'add_funds',
  retry: 'daily',
  nextAttemptAt: parseInstant('2027-02-02T09:00:00Z'),
  outstanding: [{ months: { first: month('2027-01'), last: month('2027-01') }, dueMinor: 24381n }],
  suspendsOn: parseDay('2027-03-03'),
  goodForMinutes: 30,
  link: 'https://pay.example.com/payment-settings/jp',
}

const script = '<script>alert(1)</script><img src=x onerror=alert(1)>"\'&\r\nBcc: everybody@example.com\r\n\r\n<b>bold'
const hostile: MailFacts = {
  ...facts,
  accountId: script,
  coverage: script,
  card: { brand: script, last4: script, expMonth: month('2027-03') },
  link: `https://pay.example.com/"onclick="alert(1)`,
}

const empty: MailFacts = {
  ...facts,
  card: null,
  months: null,
  at: null,
  nextAttemptAt: null,
  outstanding: [],
  suspendsOn: null,
}

let catcher: MailCatcher
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kessai-letters-'))
  catcher = await startMailCatcher({ folder, port: 0 })
  return async () => {
    await catcher.stop()
    rmSync(folder, { recursive: true })
  }
})

/** Sent over SMTP and read back as a mail program would. */
async function arrived(kind: MessageKind, of: MailFacts, language: Language) {
  const mailer = smtpMailer({ url: catcher.smtpUrl, from: mailFrom })
  const letter = letterFor(kind, of, language)
  const outcome = await mailer.send({
    ...letter,
    to: 'payer@example.com',
    messageId: `<${kind}.${language}@pay.example.com>`,
    language,
    headers: {},
  })
  mailer.close()
  expect(outcome).toEqual({ outcome: 'sent' })
  const [latest] = catcher.list()
  const mail = await catcher.read(latest?.id ?? '')
  if (!mail) throw new Error('no mail')
  return { mail, letter }
}

const kinds = Object.keys(messageKinds) as MessageKind[] // an object's own keys, as typed
const cases = kinds.flatMap((kind) => languages.map((language) => [kind, language] as const))

describe.each(cases)('%s in %s', (kind, language) => {
  test('arrives whole, its text and its HTML saying the same', async () => {
    const { mail, letter } = await arrived(kind, facts, language)
    expect(mail).toMatchObject({ to: 'payer@example.com', from: '"Kessai Billing" <billing@pay.example.com>' })
    expect(mail.subject).toBe(letter.subject)
    expect(mail.subject.length).toBeLessThan(60)
    expect(mail.text.trim()).toBe(letter.text.trim())
    expect(mail.headers['content-language']).toBe(language)
    expect(mail.html).toContain(`<html lang="${language}">`)
    expect(mail.text).toContain(facts.link)
    const inHtml = plainOf(mail.html)
    for (const line of letter.text.split('\n').filter((line) => /[.。]$/.test(line))) expect(inHtml).toContain(line)
    for (const text of [mail.subject, mail.text, inHtml]) {
      expect(text).not.toMatch(/undefined|null|NaN|Invalid|\[object| {2}(?!-)|!|！|unfortunately/)
      if (language === 'ja') expect(text).toMatch(/[ぁ-ん]/)
      else expect(text).not.toMatch(/[ぁ-んァ-ヶ]/)
    }
  })

  test('F38 yen have no decimals', async () => {
    const { text } = letterFor(kind, facts, language)
    expect(text).not.toMatch(/243\.81|24,?381\.00|2,?438,?100/)
  })

  test('F58 what the facts hold stays text', async () => {
    const { mail } = await arrived(kind, hostile, language)
    expect(mail.to).toBe('payer@example.com')
    expect(mail.headers).not.toHaveProperty('bcc')
    expect(mail.html).not.toMatch(/<script|<img|<b>|onerror=[^&]*>|"onclick="/i)
    const tags = new Set([...mail.html.matchAll(/<\/?([a-z0-9!]+)/gi)].map(([, tag]) => tag?.toLowerCase()))
    const known = '!doctype html head meta title body main h1 p a table tr th td'.split(' ')
    expect([...tags].filter((tag) => !known.includes(tag ?? ''))).toEqual([])
    expect(mail.subject).not.toMatch(/[\r\n]/)
    expect(mail.text).not.toMatch(/^Bcc:/m)
  })

  test('loads nothing from anywhere', async () => {
    const { html } = letterFor(kind, facts, language)
    expect(html).not.toMatch(/src=|@import|url\(|<link|<script|<iframe|<form/i)
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)).toEqual([facts.link])
  })

  test('says nothing of what is not known', () => {
    const { subject, text } = letterFor(kind, empty, language)
    expect(`${subject}\n${text}`).not.toMatch(/undefined|null|NaN|Invalid/)
  })
})

test('no two kinds have the same subject', () => {
  for (const language of languages) {
    const subjects = kinds.map((kind) => letterFor(kind, facts, language).subject)
    expect(new Set(subjects).size).toBe(kinds.length)
  }
})

/** As somebody reads it. */
const plainOf = (html: string): string =>
  html
    .replace(/<title>.*?<\/title>/, '')
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
