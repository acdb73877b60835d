/**
 * The payer's browser over the wire: the HTTP calls that Stripe.js makes with the publishable key, and the answer on
 * the 3-D Secure page. For tests and demonstrations; the console's card fields make the same calls.
 */
import { z } from 'zod'
import type { Payer, PayerResult } from './payer.ts'

export interface HttpPayerOptions {
  /** Such as `http://127.0.0.1:12111`. */
  readonly baseUrl: string
  /** `pk_test_<account>`. */
  readonly publishableKey: string
  /** In place of a socket: the wire in the same process. */
  readonly fetch?: typeof fetch
}

export function httpPayer({ baseUrl, publishableKey, fetch: send = fetch }: HttpPayerOptions): Payer {
  const call = async (method: string, path: string, form: Record<string, string>) => {
    const body = new URLSearchParams(form)
    const headers = { authorization: `Bearer ${publishableKey}` }
    const response =
      method === 'GET'
        ? await send(`${baseUrl}${path}?${body}`, { headers })
        : await send(`${baseUrl}${path}`, { method, headers, body })
    return answerOf.parse(await response.json())
  }
  return {
    async confirm({ clientSecret, card, threeDSecure = 'pass' }) {
      const paymentId = clientSecret.split('_secret_')[0] ?? ''
      const path = `/v1/${paymentId.startsWith('seti_') ? 'setup_intents' : 'payment_intents'}/${paymentId}`
      const secret = { client_secret: clientSecret }
      const method = card === undefined ? null : await call('POST', '/v1/payment_methods', cardForm(card))
      if (method?.error) return { paymentId, status: 'requires_payment_method', errorCode: method.error.code ?? null }
      const shown = method === null ? await call('GET', path, secret) : null
      const confirmed =
        shown?.status === 'requires_action'
          ? shown
          : await call('POST', `${path}/confirm`, method?.id ? { ...secret, payment_method: method.id } : secret)
      if (confirmed.status !== 'requires_action' || threeDSecure === 'abandon') return resultOf(paymentId, confirmed)
      await call('POST', '/simulator/three_d_secure', { ...secret, outcome: threeDSecure })
      return resultOf(paymentId, await call('GET', path, secret))
    },
  }
}

/** As much of Stripe's intents, methods and errors as a browser looks at. */
const problem = z.object({ code: z.string().optional() })
const intent = z.object({
  status: z.string().optional(),
  last_payment_error: problem.nullish(),
  last_setup_error: problem.nullish(),
})
const status = z.enum([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
])
const answerOf = intent.extend({
  id: z.string().optional(),
  error: problem.extend({ payment_intent: intent.optional(), setup_intent: intent.optional() }).optional(),
})

function resultOf(paymentId: string, answer: z.infer<typeof answerOf>): PayerResult {
  const shown = answer.error?.payment_intent ?? answer.error?.setup_intent ?? answer
  const reached = status.safeParse(shown.status)
  const errorCode = answer.error?.code ?? shown.last_payment_error?.code ?? shown.last_setup_error?.code ?? null
  return { paymentId, status: reached.success ? reached.data : 'unknown', errorCode }
}

function cardForm(card: NonNullable<Parameters<Payer['confirm']>[0]['card']>): Record<string, string> {
  return {
    type: 'card',
    'card[number]': card.number,
    'card[exp_month]': String(card.expMonth),
    'card[exp_year]': String(card.expYear),
    ...(card.cvc ? { 'card[cvc]': card.cvc } : {}),
  }
}
