/**
 * The sandbox's own pages, served only where every coverage is simulated: a bare page that does with the public API what
 * the console will do, the clock, and what issuers answer. Whoever can reach it may use it; nothing here is real.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { FastifyZodOpenApiTypeProvider } from 'fastify-zod-openapi'
import { z } from 'zod'
import { bucketOfAccount } from '../../domain/bucket.ts'
import type { Instant } from '../../domain/calendar.ts'
import type { System } from '../../operations/system.ts'
import type { Clock } from '../../ports/clock.ts'
import { readFingerprint } from '../../postgres/sandbox.ts'
import { Problem } from '../errors.ts'
import { accountId, coverage, wireInstant } from '../wire.ts'
import { advanceBody, clockMover } from './clock.ts'

export interface SandboxParts {
  readonly system: System
  readonly clock: Clock
  readonly controls: SandboxControls
}

/** What lies outside the API: the simulator's controls, the workers, and who lives in the demo. */
export interface SandboxControls {
  /** Tells the issuer how the card behaves from now on. */
  behave(fingerprint: string, behaviour: CardBehaviour): Promise<void>
  /** Whether nothing is due at `now` and no worker holds anything. */
  isIdle(now: Instant): Promise<boolean>
  readonly people: readonly SandboxPerson[]
}

/** Somebody to sign in as. */
export interface SandboxPerson {
  readonly label: { readonly en: string; readonly ja: string }
  /** What the page sends to `/api/sign-in`, or to `/api/staff/sign-in`. */
  readonly signIn: Readonly<Record<string, string>>
  readonly staff?: boolean
}

const behaviours = ['declined', 'insufficient_funds', 'lost', 'needs_3ds', 'cured'] as const
export type CardBehaviour = (typeof behaviours)[number]

const cardsBody = z.strictObject({ accountId, coverage, behaviour: z.enum(behaviours) })

/** A Fastify plugin; register it under `/sandbox`. */
export const sandbox =
  ({ system, clock, controls }: SandboxParts) =>
  async (scope: FastifyInstance): Promise<void> => {
    const app = scope.withTypeProvider<FastifyZodOpenApiTypeProvider>()
    const advance = clockMover(system, clock, controls)
    const hidden = { hide: true }
    for (const [url, name, type] of files) {
      const body = readFileSync(join(import.meta.dirname, 'page', name), 'utf8')
      app.get(url, { schema: hidden }, (_request, reply) => sendFile(reply, body, type, policyFor(system)))
    }
    app.get('/state', { schema: hidden }, async () => ({
      now: wireInstant(await clock.now()),
      coverages: [...system.coverages.keys()],
      behaviours,
      people: controls.people,
    }))
    app.post('/clock', { schema: { ...hidden, body: advanceBody } }, async ({ body }) => ({
      now: wireInstant(await advance(body)),
    }))
    app.post('/cards', { schema: { ...hidden, body: cardsBody } }, async ({ body }) => {
      const key = { bucket: bucketOfAccount(body.accountId), accountId: body.accountId, coverage: body.coverage }
      const fingerprint = await readFingerprint(system.db, key)
      if (fingerprint === null) throw new Problem('not_found')
      await controls.behave(fingerprint, body.behaviour)
      return { behaviour: body.behaviour }
    })
  }

const files = [
  ['/', 'index.html', 'text/html'],
  ['/page.css', 'page.css', 'text/css'],
  ...['page.js', 'api.js', 'card-fields.js', 'readable.js', 'texts.js'].map(
    (name) => [`/${name}`, name, 'text/javascript'] as const,
  ),
] as const

/** Our own scripts and the gateway's, frames of the gateway, and nothing inline. */
function policyFor({ coverages, cardFields }: System): string {
  const gateways = [...new Set([...coverages.keys()].map((code) => new URL(cardFields(code).scriptUrl).origin))].join(
    ' ',
  )
  return [
    "default-src 'none'",
    `script-src 'self' ${gateways}`,
    `frame-src ${gateways}`,
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

const sendFile = (reply: FastifyReply, body: string, type: string, policy: string): FastifyReply =>
  reply
    .header('content-type', `${type}; charset=utf-8`)
    .header('content-security-policy', policy)
    .header('cache-control', 'no-cache')
    .send(body)
