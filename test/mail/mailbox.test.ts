/** The sandbox's mailbox: what was caught is listed, shown without danger, kept over a restart, and makes room. */
import fastify from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-zod-openapi'
import { expect, onTestFinished, test } from 'vitest'
import { type MailCatcher, startMailCatcher } from '../../src/adapters/mail-catcher/catcher.ts'
import { caughtMail } from '../../src/api/sandbox/mail.ts'
import { problemOf, tellProblem } from '../../src/api/tell-problem.ts'
import type { Mail } from '../../src/ports/mailer.ts'
import { catcherForTest, mailerForTest, temporaryFolder } from '../support/mail.ts'

const mail = (number: number, change: Partial<Mail> = {}): Mail => ({
  to: `payer${number}@example.com`,
  subject: `Number ${number}`,
  text: `See https://pay.example.com/set-password#klk_${number}`,
  html: '<!doctype html><html><head></head><body><p>Hello</p></body></html>',
  messageId: `<${number}@pay.example.com>`,
  language: 'en',
  headers: {},
  ...change,
})

async function send(catcher: MailCatcher, ...mails: Mail[]): Promise<void> {
  const mailer = mailerForTest(catcher.smtpUrl)
  for (const one of mails) expect(await mailer.send(one)).toEqual({ outcome: 'sent' })
}

async function pageOf(catcher: MailCatcher) {
  const app = fastify()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((problem, request, reply) => tellProblem(problemOf(problem), request, reply))
  await app.register(caughtMail(catcher), { prefix: '/sandbox/mail' })
  onTestFinished(() => app.close())
  return (url: string, language = 'en') =>
    app.inject({ url: `/sandbox/mail${url}`, headers: { 'accept-language': language } })
}

const subjects = (catcher: MailCatcher) => catcher.list().map(({ subject }) => subject)

test('the latest are kept, over a restart too, and the oldest make room', async () => {
  const folder = temporaryFolder()
  const first = await startMailCatcher({ folder, port: 0, keep: 3 })
  await send(first, mail(1), mail(2), mail(3), mail(4))
  expect(subjects(first)).toEqual(['Number 4', 'Number 3', 'Number 2'])
  await first.stop()
  const second = await catcherForTest({ folder, keep: 3 })
  expect(second.smtpUrl).toBe(first.smtpUrl)
  await send(second, mail(5))
  expect(subjects(second)).toEqual(['Number 5', 'Number 4', 'Number 3'])
  second.clear()
  expect(second.list()).toEqual([])
})

test('B17 listed and shown, in English and Japanese', async () => {
  const catcher = await catcherForTest()
  const get = await pageOf(catcher)
  expect((await get('/')).body).toContain('No mail yet.')
  expect((await get('/', 'ja')).body).toContain('メールはまだありません。')
  await send(catcher, mail(1))
  const [{ id } = { id: '' }] = catcher.list()
  expect((await get('/')).body).toContain(`<a href="/sandbox/mail/${id}">Number 1</a>`)
  const shown = await get(`/${id}`)
  expect(shown.body).toContain('<a href="https://pay.example.com/set-password#klk_1">')
  expect(shown.body).toContain(`<iframe src="/sandbox/mail/${id}/html"`)
  expect((await get(`/${id}/html`)).body).toContain('<p>Hello</p>')
  expect((await get(`/messages/${id}`)).json()).toMatchObject({ to: 'payer1@example.com', subject: 'Number 1' })
  expect((await get('/messages')).json()).toMatchObject({ items: [{ id }] })
  expect((await get('/000000099')).statusCode).toBe(404)
  expect((await get('/messages/000000099')).statusCode).toBe(404)
  expect((await get('/..%2f..%2fsecret.key')).statusCode).toBe(400)
})

test('F58 nothing a mail holds runs or loads in the page', async () => {
  const catcher = await catcherForTest()
  const script = '<script>alert(1)</script>"\'&'
  const page = '<html><head></head><body><script>alert(1)</script></body></html>'
  await send(catcher, mail(1, { subject: script, text: `${script} https://a.b/"onclick=x`, html: page }))
  const [{ id } = { id: '' }] = catcher.list()
  const get = await pageOf(catcher)
  for (const url of ['/', `/${id}`]) {
    const { body, headers } = await get(url)
    expect(body).not.toMatch(/<script|"onclick/)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
  }
  const { headers } = await get(`/${id}/html`)
  expect(headers['content-security-policy']).toMatch(/^sandbox allow-popups .*; default-src 'none'/)
  expect(headers['content-security-policy']).not.toContain('allow-scripts')
})

test('the catcher is reached from this machine alone, and takes no more than it can keep', async () => {
  const catcher = await catcherForTest()
  expect(new URL(catcher.smtpUrl).hostname).toBe('127.0.0.1')
  const mailer = mailerForTest(catcher.smtpUrl)
  expect(await mailer.send(mail(1, { text: 'x'.repeat(1_100_000) }))).toMatchObject({ outcome: 'rejected' })
  expect(catcher.list()).toEqual([])
})

test('stopping waits for no mailer that keeps its connection', async () => {
  const catcher = await startMailCatcher({ folder: temporaryFolder(), port: 0 })
  await send(catcher, mail(1))
  // The mailer of `send` still holds its connection: it ends with the test.
  await catcher.stop()
  expect(await mailerForTest(catcher.smtpUrl).send(mail(2))).toMatchObject({ outcome: 'unknown' })
})
