/** The gateway's error answers, with the types, codes and HTTP statuses that Stripe gives them. */

import { type DeclineReason, networkAdviceCode } from './decline-reasons.ts'
import type { Answer, GatewayError, Method, Payment, PaymentDecline } from './rows.ts'

type ErrorAnswer = Extract<Answer, { object: 'error' }>

export const cardError = (reason: DeclineReason, method: Method, payment: Payment | null): ErrorAnswer =>
  error({
    type: 'card_error',
    status: 402,
    code: reason.code,
    message: `Your card was declined (${reason.declineCode}).`,
    decline: declineOf(reason, method),
    payment,
  })

export const declineOf = (reason: DeclineReason, method: Method): PaymentDecline => ({
  ...reason,
  networkAdviceCode: networkAdviceCode(method.brand, reason),
  methodId: method.id,
})

export const invalid = (message: string, param: string | null = null, code: string | null = null): ErrorAnswer =>
  error({ type: 'invalid_request_error', status: 400, code, message, param })

export const missing = (what: string, id: string, param = what): ErrorAnswer =>
  error({
    type: 'invalid_request_error',
    status: 404,
    code: 'resource_missing',
    message: `No such ${what}: '${id}'`,
    param,
  })

/** The payment is not in a state that allows the act: executed and refused, so the answer is stored under its key. */
export const unexpectedState = (act: string, payment: Payment): ErrorAnswer =>
  error({
    type: 'invalid_request_error',
    status: 400,
    code: payment.kind === 'setup' ? 'setup_intent_unexpected_state' : 'payment_intent_unexpected_state',
    message: `This ${payment.kind === 'setup' ? 'SetupIntent' : 'PaymentIntent'} could not be ${act} because it has a status of ${payment.status}.`,
    payment,
  })

export const parametersDiffer = (key: string): ErrorAnswer =>
  error({
    type: 'idempotency_error',
    status: 400,
    message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  })

export const keyInUse = (key: string): ErrorAnswer =>
  error({
    type: 'idempotency_error',
    status: 409,
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}.`,
  })

export const rateLimited = (): ErrorAnswer =>
  error({
    type: 'invalid_request_error',
    status: 429,
    code: 'rate_limit',
    message: 'Too many requests in a period of time.',
  })

export const unauthorised = (): ErrorAnswer =>
  error({ type: 'invalid_request_error', status: 401, message: 'Invalid API Key provided.' })

export const serverError = (status: 500 | 503 = 500): ErrorAnswer =>
  error({ type: 'api_error', status, message: 'An unknown error occurred.' })

function error(given: Partial<GatewayError> & Pick<GatewayError, 'type' | 'status' | 'message'>): ErrorAnswer {
  return { object: 'error', error: { code: null, param: null, decline: null, payment: null, ...given } }
}
