/** Whatever went wrong, as problem+json in the caller's language. What we did not foresee says nothing of its inside. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { RequestValidationError } from 'fastify-zod-openapi'
import { isPassing } from '../postgres/passing.ts'
import { type FieldError, Problem, problemDocument } from './errors.ts'
import { languageOf } from './language.ts'

const busySeconds = 1

export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown
  const { code, statusCode, validation, validationContext } = fieldsOf(thrown)
  if (Array.isArray(validation))
    return new Problem('invalid_request', {
      errors: validation.flatMap((one) => fieldErrors(one, validationContext)).slice(0, 20),
    })
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return new Problem('body_too_large')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Problem('media_type_unsupported')
  // A body that is not JSON, a broken address, a wrong Content-Length: the request's own fault.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return new Problem('invalid_request', {
      errors: [{ field: code === 'FST_ERR_BAD_URL' ? 'url' : 'body', message: messageOf(thrown) }],
    })
  }
  if (isPassing(thrown)) return new Problem('unavailable', { retryAfterSeconds: busySeconds })
  return new Problem('internal', { facts: { cause: thrown } })
}

export async function tellProblem(
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const document = problemDocument(problem, languageOf(request), request.id)
  if (document.status >= 500) request.log.error({ problem: problem.facts.cause ?? problem.code }, 'a request failed')
  if (problem.retryAfterSeconds !== null) reply.header('retry-after', String(Math.max(1, problem.retryAfterSeconds)))
  if (document.status === 401) reply.header('www-authenticate', 'Bearer realm="Kessai"')
  return reply
    .code(document.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(document)
}

/**
 * Whatever is thrown in this scope. Set in a scope and in the one around it: what even telling fails with goes from the
 * inner one to the outer one, and never on to the framework's own, which would tell its words.
 */
export function tellProblems(scope: FastifyInstance): void {
  scope.setErrorHandler((thrown, request, reply) => {
    if (telling.has(request)) return lastWord(thrown, request, reply)
    telling.add(request)
    return tellProblem(problemOf(thrown), request, reply)
  })
}
const telling = new WeakSet<FastifyRequest>()

/** Past every hook: one of them may be what failed. */
function lastWord(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  request.log.error({ problem: thrown }, 'a problem could not be told')
  reply.hijack()
  if (reply.raw.headersSent) return void reply.raw.destroy()
  const document = problemDocument(new Problem('internal'), 'en', request.id)
  reply.raw.writeHead(document.status, { 'content-type': 'application/problem+json; charset=utf-8' })
  reply.raw.end(JSON.stringify(document))
}

interface Fields {
  readonly code?: unknown
  readonly statusCode?: unknown
  readonly validation?: unknown
  readonly validationContext?: unknown
}
const fieldsOf = (thrown: unknown): Fields => (typeof thrown === 'object' && thrown !== null ? thrown : {})
const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : 'malformed')

const places: Readonly<Record<string, string>> = {
  querystring: 'query',
  params: 'params',
  body: 'body',
  headers: 'headers',
}

function fieldErrors(one: unknown, context: unknown): FieldError[] {
  const place = places[String(context)] ?? 'request'
  if (!(one instanceof RequestValidationError)) return [{ field: place, message: messageOf(one) }]
  const field = place + one.instancePath.replaceAll('/', '.').replace(/\.$/, '')
  const { issue } = one.params
  if (issue.code !== 'unrecognized_keys') return [{ field, message: one.message }]
  return issue.keys.map((key) => ({ field: `${field}.${key.slice(0, 100)}`, message: 'no such field' }))
}
