/** The reference: an OpenAPI 3.1 document made from the routes themselves, and a page to read and try it. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { fastifyZodOpenApiPlugin, fastifyZodOpenApiTransformers } from 'fastify-zod-openapi'
import { z } from 'zod'
import { access, type Who } from '../domain/access.ts'
import type { ProblemCode } from '../texts/problems.ts'
import { problemTexts } from '../texts/problems.ts'
import { commonProblems, problemStatuses } from './errors.ts'
import { type Route, tags } from './route.ts'

const problem = z
  .object({
    type: z.string(),
    title: z.string().meta({ description: 'For people, in the language of `Accept-Language` (en or ja).' }),
    status: z.int(),
    code: z.string().meta({ description: 'For programs: stable.' }),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each field that is wrong, and what would be right.' }),
    until: z.string().optional().meta({ description: 'From when it is possible again, where that is known.' }),
    requestId: z.string(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' })

export async function registerReference(app: FastifyInstance, settings: { readonly publicUrl: string }): Promise<void> {
  await app.register(fastifyZodOpenApiPlugin)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Kessai',
        version: '0.1.0',
        description:
          'Collecting what a usage-billed platform’s customers owe. Money is in integer minor units. Every POST honours an `Idempotency-Key`. Problems are `application/problem+json` with a stable `code`.',
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      servers: [{ url: '/' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          session: { type: 'http', scheme: 'bearer', description: 'The token that sign-in answers (payers, staff).' },
          cookie: {
            type: 'apiKey',
            in: 'cookie',
            name: 'kessai_session',
            description: 'The same in a browser; with X-CSRF-Token.',
          },
          key: { type: 'http', scheme: 'bearer', description: 'A platform’s API key, `kak_…`.' },
        },
      },
    },
    ...fastifyZodOpenApiTransformers,
  })
  await app.register(swaggerUi, {
    routePrefix: '/api/reference',
    staticCSP: true,
    // Everything from here; the page styles its elements itself.
    transformStaticCSP: () =>
      "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    uiConfig: { docExpansion: 'list', persistAuthorization: true },
    theme: {
      title: `Kessai API · ${settings.publicUrl}`,
      css: [{ filename: 'kessai.css', content: '.swagger-ui .topbar { display: none }' }],
    },
  })
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

/** What the reference says of one operation; its schemas stand beside it. */
export function documentationOf(definition: Route) {
  const { operation, tag, summary, description, answer, rawBody, streams, body } = definition
  const who: readonly Who[] = access[operation]
  const isPublic = who.includes('nobody')
  const codes = [...problemsOf(definition), ...commonProblems]
  const byStatus = Map.groupBy([...new Set(codes)], (code) => problemStatuses[code])
  const problemAnswers = [...byStatus].map(([status, ofStatus]) => [
    status,
    {
      description: ofStatus.map((code) => `\`${code}\`: ${titleOf(code)}`).join('\n\n'),
      content: { 'application/problem+json': { schema: problem } },
    },
  ])
  const content = answer.schema
    ? { content: { 'application/json': { schema: answer.schema } } }
    : answer.mediaType
      ? { content: { [answer.mediaType]: { schema: z.string() } } }
      : {}
  const consumes = streams ?? (rawBody && body ? ['application/json'] : null)
  return {
    operationId: operation,
    tags: [tag],
    summary,
    description: [description, `Who may: ${isPublic ? 'everybody' : who.join(', ')}.`].filter(Boolean).join('\n\n'),
    security: isPublic
      ? []
      : [{ session: [] }, { cookie: [] }, ...(who.some((one) => one.includes(':')) ? [{ key: [] }] : [])],
    ...(consumes ? { consumes } : {}),
    response: {
      [answer.status]: { description: answer.description, ...content },
      ...Object.fromEntries(problemAnswers),
    },
  }
}

/** Its own problems, and those that follow from what kind of operation it is. */
function problemsOf({ operation, method, path, problems = [] }: Route): ProblemCode[] {
  const who: readonly Who[] = access[operation]
  const ofPayers = who.includes('root') || who.includes('sam')
  return [
    ...(who.includes('nobody') ? [] : (['sign_in_required', 'not_permitted'] as const)),
    ...(who.includes('root') && !who.includes('sam') ? (['root_only'] as const) : []),
    ...(ofPayers && path.includes(':accountId') ? (['not_found'] as const) : []),
    ...(method === 'GET' ? [] : (['csrf_token_missing', 'body_too_large', 'media_type_unsupported'] as const)),
    ...(method === 'POST' && !who.includes('nobody') ? idempotencyProblems : []),
    ...problems,
  ]
}

const idempotencyProblems = ['idempotency_key_malformed', 'idempotency_key_reused', 'request_in_progress'] as const

function titleOf(code: ProblemCode): string {
  const { en } = problemTexts[code]
  return typeof en === 'string' ? en : code
}
