/** The one map from what can go wrong to what the caller is told: a code without a status does not compile. */
import { type Language, type Sentence, say } from '../texts/language.ts'
import { type ProblemCode, type ProblemFacts, problemTexts } from '../texts/problems.ts'

export const problemStatuses = {
  invalid_request: 400,
  body_too_large: 413,
  request_too_slow: 408,
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
  method_missing: 409,
  method_not_card: 409,
  charge_unsettled: 409,
  code_forbids_retry: 409,
  network_count_reached: 409,
  customer_needed: 409,
  card_expired: 409,
  prescribed_delay: 409,
  payment_disputed: 409,
  nothing_outstanding: 409,
  activated_too_often: 429,
  registered_too_often: 429,
  nothing_asked: 409,
  account_kind_fixed: 409,
  email_taken: 409,
  coverage_unknown: 404,
  fees_unreadable: 400,
  month_not_over: 409,
  month_never_opened: 409,
  trial_ends_in_the_past: 409,
  day_in_the_past: 409,
  not_exempt: 409,
  trial_has_a_method: 409,
  not_awaiting_approval: 409,
  message_not_failed: 409,
  message_link_gone: 409,
  not_outstanding: 409,
  order_too_small: 422,
  order_too_large: 422,
  external_id_reused: 409,
  quote_ended: 409,
  order_not_quoted: 409,
  order_not_held: 409,
  order_not_shipped: 409,
  order_not_failed: 409,
  order_failed: 409,
  order_already_shipping: 409,
  order_already_shipped: 409,
  order_already_paid: 409,
  order_given_back: 409,
  order_cancelled: 409,
  charge_not_captured: 409,
  charge_disputed: 409,
  refund_currency_differs: 409,
  nothing_to_reopen: 409,
  refunded_already: 409,
  refund_above_captured: 409,
  refund_above_credit: 409,
  dispute_decided_already: 409,
  dispute_over: 409,
  dispute_took_nothing: 409,
  dispute_not_lost: 409,
  event_not_accepted: 400,
  entry_not_closable: 409,
  sign_in_failed: 401,
  totp_required: 401,
  totp_wrong: 401,
  totp_not_set_up: 401,
  password_wrong: 422,
  code_wrong: 422,
  totp_on_already: 409,
  totp_not_begun: 409,
  totp_not_on: 409,
  password_too_short: 422,
  password_too_long: 422,
  password_guessable: 422,
  link_not_good: 410,
  user_name_taken: 409,
  staff_email_taken: 409,
  last_admin: 409,
  root_not_invitable: 409,
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
  /** From when it is possible again, where that is known. */
  readonly until?: string
  /** Names this request in our logs. */
  readonly requestId: string
}

export const problemDocument = (problem: Problem, language: Language, requestId: string): ProblemDocument => ({
  type: `urn:kessai:problem:${problem.code}`,
  // Who throws a problem gives it the facts that its sentence names.
  title: say(problemTexts[problem.code] as Sentence<ProblemFacts>, language, problem.facts),
  status: problemStatuses[problem.code],
  code: problem.code,
  ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
  ...(typeof problem.facts.until === 'number' ? { until: new Date(problem.facts.until).toISOString() } : {}),
  requestId,
})
