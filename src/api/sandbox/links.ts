/** Where the links in e-mail lead while there is no console: bare pages of the sandbox. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'

/** A Fastify plugin; register it at the root: the addresses are those that e-mail names. */
export const mailLinks = async (app: FastifyInstance): Promise<void> => {
  const schema = { hide: true }
  app.get('/payment-settings/:coverage', { schema }, (_request, reply) => reply.redirect('/sandbox/', 302))
  for (const [url, name, type] of files) {
    const body = readFileSync(join(import.meta.dirname, 'page', name), 'utf8')
    app.get(url, { schema }, (_request, reply) =>
      reply
        .header('content-type', `${type}; charset=utf-8`)
        .header('content-security-policy', policy)
        .header('cache-control', 'no-cache')
        // The link's secret is in this page's address, though behind the #.
        .header('referrer-policy', 'no-referrer')
        .send(body),
    )
  }
}

const files = [
  ['/set-password', 'set-password.html', 'text/html'],
  ['/sandbox/set-password.js', 'set-password.js', 'text/javascript'],
] as const

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
