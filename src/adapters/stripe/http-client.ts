/**
 * An HTTP client for the SDK that it cannot retry behind our back.
 *
 * With its retries turned off the SDK still sends a request again when the connection is closed (`ECONNRESET`,
 * `EPIPE`). Whether and when a call is repeated is for the charge to decide, so those codes are hidden from it.
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

const retried = new Set(Stripe.HttpClient.CONNECTION_CLOSED_ERROR_CODES)

const codeOf = (problem: unknown): string =>
  typeof problem === 'object' && problem !== null && 'code' in problem ? String(problem.code) : ''
