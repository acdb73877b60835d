/** The one map from what can go wrong to what the caller is told: a code without a status does not compile. */
import type { Language } from '../texts/language.ts'
import { say } from '../texts/language.ts'
import { type ProblemCode, type ProblemFacts, problemTexts } from '../texts/problems.ts'

export const problemStatuses = {
  invalid_request: 400,
  body_too_large: 413,
  media_type_unsupported: 415,
  route_unknown: 404,
  rate_limited: 429,
  csrf_token_missing: 403,
  idempotency_key_malformed: 400,
  idempotency_key_reused: 422,
  request_in_progress: 409,
  internal: 500,
  unavailable: 503,
  sign_in_required: 401,
  root_only: 403,
  not_permitted: 403,
  not_found: 404,
  account_unknown: 404,
  account_closed: 409,
  gateway_unavailable: 503,
} as const satisfies Record<ProblemCode, number>

/** What any operation may answer; the reference lists these once. */
export const commonProblems = ['invalid_request', 'rate_limited', 'internal', 'unavailable'] as const

export interface FieldError {
  /** Where in the request: `body.email`, `query.limit`, `params.accountId`. */
  readonly field: string
  /** What would be right. */
  readonly message: string
}

/** Thrown by a handler, told as problem+json. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly facts: ProblemFacts
  readonly errors: readonly FieldError[]
  readonly retryAfterSeconds: number | null
  constructor(
    code: ProblemCode,
    more: {
      readonly facts?: ProblemFacts
      readonly errors?: readonly FieldError[]
      readonly retryAfterSeconds?: number | null
    } = {},
  ) {
    super(code)
    this.code = code
    this.facts = more.facts ?? {}
    this.errors = more.errors ?? []
    this.retryAfterSeconds = more.retryAfterSeconds ?? null
  }
}

/** RFC 9457. */
export interface ProblemDocument {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly errors?: readonly FieldError[]
  /** Names this request in our logs. */
  readonly requestId: string
}

export const problemDocument = (problem: Problem, language: Language, requestId: string): ProblemDocument => ({
  type: `urn:kessai:problem:${problem.code}`,
  title: say(problemTexts[problem.code], language, problem.facts),
  status: problemStatuses[problem.code],
  code: problem.code,
  ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
  requestId,
})
