/**
 * The payer's console, as it was built: one page in two languages, files that never change under their names, and a
 * policy under which no script runs but ours and the gateway's.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import staticFiles from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { System } from '../operations/system.ts'
import type { Language } from '../texts/language.ts'
import { languageOf } from './language.ts'

const built = join(import.meta.dirname, '..', '..', 'console', 'dist')

/** Where the console's router takes over; every other address is unknown to the server, too. */
const pages = [
  '/',
  '/sign-in',
  '/forgotten-password',
  '/set-password',
  '/payment-settings',
  '/payment-settings/*',
  '/billing',
  '/billing/*',
  '/security',
]

/** A Fastify plugin; register it at the root. Without a built console it serves nothing. */
export const servedConsole = (system: System) => async (app: FastifyInstance) => {
  if (!existsSync(join(built, 'stamp'))) return
  for (const language of ['en', 'ja']) {
    await app.register(staticFiles, {
      root: join(built, language, 'assets', language),
      prefix: `/assets/${language}/`,
      decorateReply: false,
      immutable: true,
      maxAge: '1y',
      preCompressed: true,
      schemaHide: true,
    })
  }
  const mark = readFileSync(join(built, 'en', 'mark.svg'), 'utf8')
  app.get('/mark.svg', { schema: { hide: true } }, (_request, reply) => reply.type('image/svg+xml').send(mark))
  for (const url of pages) {
    app.get(url, { schema: { hide: true } }, (request, reply) => sendPage(request, reply, pagePolicy(system)))
  }
}

/** Read for each visit: a console that is built anew is served at once. */
const readPage = (language: Language) => readFileSync(join(built, language, 'index.html'), 'utf8')

/** Language and theme are the menu's wish, kept in cookies, so that the first paint is right already. */
function sendPage(request: FastifyRequest, reply: FastifyReply, policy: string) {
  const wished = request.cookies.kessai_language
  const language = wished === 'en' || wished === 'ja' ? wished : languageOf(request)
  const theme = request.cookies.kessai_theme
  const chosen = theme === 'light' || theme === 'dark' ? ` data-theme="${theme}"` : ''
  return (
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('cache-control', 'no-cache')
      .header('vary', 'Cookie, Accept-Language')
      // A link's secret stands in the address of the page that sets a password, though behind the #.
      .header('referrer-policy', 'no-referrer')
      .send(readPage(language).replace(/<html[^>]*>/, `<html lang="${language}"${chosen}>`))
  )
}

/** Our own files, the gateway's script and frames, and nothing inline. */
export function pagePolicy({ coverages, cardFields }: Pick<System, 'coverages' | 'cardFields'>): string {
  const gateways = [...new Set([...coverages.keys()].map((code) => new URL(cardFields(code).scriptUrl).origin))]
  const isStripe = gateways.includes('https://js.stripe.com')
  const frames = isStripe ? [...gateways, 'https://*.js.stripe.com', 'https://hooks.stripe.com'] : gateways
  const calls = isStripe ? ["'self'", 'https://api.stripe.com'] : ["'self'"]
  return [
    "default-src 'none'",
    `script-src 'self' ${gateways.join(' ')}`,
    `frame-src ${frames.join(' ')}`,
    `connect-src ${calls.join(' ')}`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}
