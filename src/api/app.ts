/**
 * The HTTP API: serves what `routes/` lists, and does for every operation what none should do by itself: who asks, may
 * they, is the request sound, is it the same one again, and how a problem is told.
 */
import { randomUUID } from 'node:crypto'
import cookie from '@fastify/cookie'
import etag from '@fastify/etag'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
} from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-zod-openapi'
import type { Caller } from '../domain/access.ts'
import type { System } from '../operations/system.ts'
import type { Clock } from '../ports/clock.ts'
import { callerOf } from './caller.ts'
import { servedConsole } from './console.ts'
import { Problem } from './errors.ts'
import { rememberAnswers } from './idempotency.ts'
import { registerReference } from './reference.ts'
import { routes } from './routes/index.ts'
import { caughtMail, type Mailbox } from './sandbox/mail.ts'
import { type SandboxControls, sandbox } from './sandbox/sandbox.ts'
import { serveRoute } from './serve-route.ts'
import { boundBodies } from './slow-bodies.ts'
import { problemOf, tellProblem, tellProblems } from './tell-problem.ts'

export interface ApiSettings {
  readonly sandbox: boolean
  /** Without a slash at its end. */
  readonly publicUrl: string
  /** Where a payer asks for help; left out or null: nowhere is named. */
  readonly supportUrl?: string | null
  /** How many proxies in front of us may be believed about the caller's address; 0: none. */
  readonly trustProxyHops?: number
  /** Requests a minute from one address before 429; 6,000 when left out. */
  readonly requestsPerMinute?: number
  /** Wall time for a whole body; 30 seconds when left out. A streamed one has it for each next byte. */
  readonly bodyTimeoutMs?: number
}

/** What the sandbox serves beside the API. */
export interface SandboxOptions {
  readonly controls: SandboxControls
  /** Null where mail is really sent. */
  readonly mailbox: Mailbox | null
}

export interface ApiParts {
  readonly system: System
  readonly clock: Clock
  readonly settings: ApiSettings
  /** Left out or null: no pages to try things with. */
  readonly sandbox?: SandboxOptions | null
  readonly logger?: FastifyBaseLogger
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller
  }
}

const bodyLimit = 64 * 1024

/** Ready to listen, or to be asked in-process with `inject`. */
export async function buildApi(parts: ApiParts): Promise<FastifyInstance> {
  const { system, settings } = parts
  const options: FastifyServerOptions = {
    ...(parts.logger ? { loggerInstance: parts.logger } : {}),
    bodyLimit,
    // One line of ours for each request, below.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: (_address, hop) => hop < (settings.trustProxyHops ?? 0),
    genReqId: () => randomUUID(),
    // What HTTP itself cannot read never reaches a route.
    frameworkErrors: (problem, request, reply) => void tellProblem(problemOf(problem), request, reply),
    routerOptions: { maxParamLength: 200 },
  }
  const app = fastify(options)
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(whenFirstUsed)
  tellProblems(app)
  app.setNotFoundHandler((request, reply) => tellProblem(new Problem('route_unknown'), request, reply))

  await app.register(helmet, {
    contentSecurityPolicy: { directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
  })
  await app.register(cookie)
  await app.register(etag, { weak: true })
  await app.register(rateLimit, {
    // Its own hooks would come after ours, and never see what ours refuse.
    global: false,
    max: settings.requestsPerMinute ?? 6_000,
    timeWindow: 60_000,
    errorResponseBuilder: (_request, { ttl }) =>
      new Problem('rate_limited', { retryAfterSeconds: Math.ceil(ttl / 1000) }),
  })
  app.decorateRequest('caller')
  app.addHook('onRequest', app.rateLimit())
  boundBodies(app, settings)
  await registerReference(app, settings)
  app.addHook('onRequest', async (request) => {
    request.caller = await callerOf(request, system)
  })
  app.addHook('onResponse', async (request, reply) => {
    const { route } = request.routeOptions.config
    // The operation's name and no address: an address may hold what is not for logs.
    request.log.info(
      {
        operation: route?.operation ?? null,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
        caller: request.caller?.kind,
      },
      'answered',
    )
  })
  await app.register(
    async (api) => {
      tellProblems(api)
      rememberAnswers(api, system)
      for (const one of routes) serveRoute(api, one, parts)
    },
    { prefix: '/api' },
  )
  await app.register(servedConsole(system))
  if (parts.sandbox) await serveSandbox(app, parts, parts.sandbox)
  return app
}

async function serveSandbox(app: FastifyInstance, { system, clock }: ApiParts, options: SandboxOptions): Promise<void> {
  const { controls, mailbox } = options
  await app.register(sandbox({ system, clock, controls }), { prefix: '/sandbox' })
  if (mailbox) await app.register(caughtMail(mailbox), { prefix: '/sandbox/mail' })
}

/** Compiling every answer of every operation would take most of the start; most are never given. */
const whenFirstUsed: typeof serializerCompiler = (answer) => {
  let serialize: ReturnType<typeof serializerCompiler> | null = null
  return (value) => {
    serialize ??= serializerCompiler(answer)
    return serialize(value)
  }
}
