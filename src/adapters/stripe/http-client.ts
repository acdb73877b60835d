/**
 * An HTTP client for the SDK that it cannot retry behind our back, and whose answers are Stripe's.
 *
 * With its retries turned off the SDK still sends a request again when the connection is closed (`ECONNRESET`,
 * `EPIPE`). Whether and when a call is repeated is for the charge to decide, so those codes are hidden from it.
 *
 * Whatever JSON comes without an `error` in it the SDK takes for a success, a 503 of somebody between us and Stripe
 * included. All that Stripe says is an object that names its kind, or an error: anything else proves nothing.
 */
import Stripe from 'stripe'

type StripeConfig = NonNullable<ConstructorParameters<typeof Stripe>[1]>
export type HttpClient = NonNullable<StripeConfig['httpClient']>

export function withoutRetries(client: HttpClient): HttpClient {
  return {
    getClientName: () => client.getClientName(),
    async makeRequest(...request) {
      try {
        return await client.makeRequest(...request)
      } catch (problem) {
        throw retried.has(codeOf(problem)) ? new Error('connection closed') : problem
      }
    },
  }
}

export function onlyStripesAnswers(client: HttpClient): HttpClient {
  return {
    getClientName: () => client.getClientName(),
    async makeRequest(...request) {
      const response = await client.makeRequest(...request)
      return {
        getStatusCode: () => response.getStatusCode(),
        getHeaders: () => response.getHeaders(),
        getRawResponse: () => response.getRawResponse(),
        toStream: (done) => response.toStream(done),
        toJSON: async () => {
          const body: unknown = await response.toJSON()
          // The SDK turns it into the same error as bytes that are not JSON.
          if (!isStripes(body, response.getStatusCode())) throw new Error('not an answer of Stripe')
          return body
        },
      }
    },
  }
}

const isStripes = (body: unknown, status: number): boolean =>
  typeof body === 'object' && body !== null && ('error' in body || (status < 400 && 'object' in body))

const retried = new Set(Stripe.HttpClient.CONNECTION_CLOSED_ERROR_CODES)

const codeOf = (problem: unknown): string =>
  typeof problem === 'object' && problem !== null && 'code' in problem ? String(problem.code) : ''
