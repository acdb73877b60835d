/** From a `Route` to what Fastify serves: policy first, then the request's shape, then the operation. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { refuseAccess } from '../domain/access.ts'
import { bucketOfAccount, isAccountId } from '../domain/bucket.ts'
import type { ApiParts } from './app.ts'
import { Problem } from './errors.ts'
import { requestMarks } from './idempotency.ts'
import { languageOf } from './language.ts'
import { documentationOf } from './reference.ts'
import type { Asked, Route } from './route.ts'
import { refuseUnstorable } from './unstorable.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    route?: Route
  }
}

export function serveRoute(api: FastifyInstance, definition: Route, parts: ApiParts): void {
  const { method, path, params, query, body, bodyLimit, rawBody, streams } = definition
  const serve = (scope: FastifyInstance) =>
    scope.route({
      method,
      url: path,
      config: { route: definition },
      ...(bodyLimit ? { bodyLimit } : {}),
      schema: {
        ...documentationOf(definition),
        ...(params ? { params } : {}),
        querystring: query ?? z.strictObject({}),
        ...(body && !streams && !rawBody ? { body } : {}),
      },
      onRequest: async (request) => refuseUninvited(definition, request),
      preValidation: async (request) => refuseUnstorable(request),
      handler: (request, reply) => answer(definition, parts, request, reply),
    })
  if (!rawBody && !streams) return void serve(api)
  // A body that we do not read as JSON has parsers of its own, which the other routes never see.
  api.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    if (rawBody) scope.addContentTypeParser('*', { parseAs: 'string' }, async (_request: unknown, text: string) => text)
    for (const mediaType of streams ?? []) scope.addContentTypeParser(mediaType, async () => undefined)
    serve(scope)
  })
}

function refuseUninvited({ operation }: Route, request: FastifyRequest): void {
  const refusal = refuseAccess(operation, request.caller, accountIn(request))
  if (refusal) throw new Problem(refusal)
}

function accountIn({ params }: FastifyRequest): string | null {
  const named = (params as { accountId?: string }).accountId // the router's: text, or not in the path
  return named ?? null
}

async function answer(
  definition: Route,
  { system, settings, clock }: ApiParts,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const now = await clock.now()
  const account = accountIn(request)
  const asked: Asked = {
    system,
    settings,
    now,
    caller: request.caller,
    language: languageOf(request),
    params: request.params,
    query: request.query,
    body: request.body,
    rawBody: definition.rawBody && typeof request.body === 'string' ? request.body : '',
    createId: () =>
      requestMarks(request).resourceId ??
      system.makeId(account !== null && isAccountId(account) ? bucketOfAccount(account) : 0, now),
    address: request.ip,
    request,
    reply,
  }
  const answered = await definition.handle(asked)
  if (reply.sent || definition.answer.mediaType) return reply
  reply.code(definition.answer.status)
  if (definition.secret) reply.header('cache-control', 'no-store')
  return definition.answer.schema ? answered : reply.send()
}
