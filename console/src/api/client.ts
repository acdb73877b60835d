/**
 * The API as the pages call it: typed by `openapi.json`, with the session's cookie, the CSRF token, the page's language,
 * and a key for every POST. What it refuses is thrown as an `ApiProblem`, whose sentence is for people.
 */
import createClient, { type Middleware } from 'openapi-fetch'
import { language } from '../texts/said.ts'
import type { components, paths } from './schema.ts'

export type Schemas = components['schemas']

export class ApiProblem extends Error {
  readonly status: number
  /** Stable; `offline` when no answer came. */
  readonly code: string
  readonly fields: readonly { readonly field: string; readonly message: string }[]
  /** From when it is possible again, where that is known. */
  readonly until: string | null
  readonly retryAfterSeconds: number | null

  constructor(status: number, body: Partial<Schemas['Problem']>, retryAfterSeconds: number | null) {
    super(body.title ?? String(status))
    this.status = status
    this.code = body.code ?? 'unknown'
    this.fields = body.errors ?? []
    this.until = body.until ?? null
    this.retryAfterSeconds = retryAfterSeconds
  }
}

let csrfToken: string | null = null
/** What signing in or `/api/me` answered; without it a cookie changes nothing. */
export const carryCsrfToken = (token: string | null): void => {
  csrfToken = token
}

/** For what is asked beside the API's own addresses. */
export const csrfHeaders = (): Record<string, string> => (csrfToken === null ? {} : { 'x-csrf-token': csrfToken })

let onSignedOut: () => void = () => undefined
/** Called when the server says that nobody is signed in any more. */
export const whenSignedOut = (act: () => void): void => {
  onSignedOut = act
}

const ours: Middleware = {
  onRequest({ request }) {
    request.headers.set('accept-language', language)
    if (request.method === 'GET') return
    for (const [name, value] of Object.entries(csrfHeaders())) request.headers.set(name, value)
    if (request.method === 'POST' && !request.headers.has('idempotency-key')) {
      request.headers.set('idempotency-key', crypto.randomUUID())
    }
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok || response.status === 304) return
    const body = await response.json().catch(() => ({}))
    const retryAfter = Number(response.headers.get('retry-after'))
    const problem = new ApiProblem(
      response.status,
      body,
      Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null,
    )
    if (problem.code === 'sign_in_required' && schemaPath !== '/api/me') onSignedOut()
    throw problem
  },
  onError({ error }) {
    return error instanceof ApiProblem ? error : new ApiProblem(0, { code: 'offline', title: String(error) }, null)
  },
}

export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' })
api.use(ours)

/** The answer of a call that did not throw. */
export async function answerOf<T>(call: Promise<{ readonly data?: T }>): Promise<T> {
  const { data } = await call
  return data as T // what is not an answer was thrown by the middleware
}
