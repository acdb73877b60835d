/** The sandbox's mailbox: what would have been sent, for people as pages and for `curl` as JSON. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { Problem } from '../errors.ts'
import { languageOf } from '../language.ts'
import { framed, framePolicy, gonePage, listPage, mailPage, pagePolicy } from './mail-page.ts'

export interface CaughtMail {
  readonly id: string
  readonly to: string
  readonly from: string
  readonly subject: string
  readonly messageId: string
  readonly caughtAt: string
}

export interface CaughtMailContent extends CaughtMail {
  readonly text: string
  readonly html: string
}

/** As `adapters/mail-catcher` keeps it. */
export interface Mailbox {
  /** The latest first. */
  list(): readonly CaughtMail[]
  read(id: string): Promise<CaughtMailContent | null>
  clear(): void
}

const ofMail = z.strictObject({ id: z.string().regex(/^\d{9}$/, 'as the list names it') })

/** A Fastify plugin; register it under `/sandbox/mail`, and tell it so. */
export const caughtMail =
  (mailbox: Mailbox, base = '/sandbox/mail') =>
  async (app: FastifyInstance): Promise<void> => {
    const schema = { hide: true }
    // The button sends a form without fields.
    app.addContentTypeParser('application/x-www-form-urlencoded', { bodyLimit: 1024 }, async () => undefined)

    app.get('/', { schema }, (request, reply) =>
      html(reply, pagePolicy, listPage(base, mailbox.list(), languageOf(request))),
    )
    app.get('/messages', { schema }, async () => ({ items: mailbox.list() }))
    app.get('/messages/:id', { schema: { ...schema, params: ofMail } }, async ({ params }) => {
      const mail = await mailbox.read(idIn(params))
      if (mail === null) throw new Problem('not_found')
      return mail
    })
    app.post('/clear', { schema }, (_request, reply) => {
      mailbox.clear()
      return reply.redirect(`${base}/`, 303)
    })
    app.get('/:id', { schema: { ...schema, params: ofMail } }, async (request, reply) => {
      const mail = await mailbox.read(idIn(request.params))
      const language = languageOf(request)
      if (mail === null) return html(reply.code(404), pagePolicy, gonePage(base, language))
      return html(reply, pagePolicy, mailPage(base, mail, language))
    })
    app.get('/:id/html', { schema: { ...schema, params: ofMail } }, async (request, reply) => {
      const mail = await mailbox.read(idIn(request.params))
      if (mail === null) return html(reply.code(404), pagePolicy, gonePage(base, languageOf(request)))
      return html(reply, framePolicy, framed(mail.html))
    })
  }

/** As the schema has read it. */
const idIn = (params: unknown): string => (params as z.output<typeof ofMail>).id

const html = (reply: FastifyReply, policy: string, body: string): FastifyReply =>
  reply
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .header('cache-control', 'no-store')
    .send(body)
