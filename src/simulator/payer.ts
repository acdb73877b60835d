/**
 * The payer's browser, for tests and demonstrations in-process: fills in the card fields and answers 3-D Secure, as
 * Stripe.js would. `payer-http.ts` does the same over the wire.
 */
import { accountBooks } from './books.ts'
import type { CardDetails } from './cards.ts'
import { clientSecretOf } from './customers.ts'
import type { Answer, Payment } from './rows.ts'
import type { Simulator } from './simulator.ts'

export interface PayerConfirmation {
  readonly clientSecret: string
  /** Left out: the card that the payment already names (3-D Secure for a registered card). */
  readonly card?: CardDetails
  /** How the payer answers, if asked; `abandon` closes the window. */
  readonly threeDSecure?: 'pass' | 'fail' | 'abandon'
}

/** How it ended for the payer: the payment's status at the gateway, and the error code the card fields would show. */
export interface PayerResult {
  readonly paymentId: string
  readonly status: Payment['status'] | 'unknown'
  readonly errorCode: string | null
}

export interface Payer {
  confirm(confirmation: PayerConfirmation): Promise<PayerResult>
}

/** `now` is business time (epoch ms). */
export function simulatedPayer(options: {
  readonly simulator: Simulator
  /** The gateway account, such as `g` for `sk_test_g`. */
  readonly account: string
  readonly now: () => number | Promise<number>
}): Payer {
  const { simulator, account } = options
  const send = async (command: Parameters<Simulator['call']>[0]['command']): Promise<Answer | null> => {
    const reached = await simulator.call({ account, command, key: null, params: '' }, await options.now())
    return reached.reached ? reached.answer : null
  }
  return {
    async confirm({ clientSecret, card, threeDSecure = 'pass' }) {
      const paymentId = clientSecret.split('_secret_')[0] ?? ''
      if (clientSecretOf(simulator.books, paymentId) !== clientSecret) throw new Error('wrong client secret')
      const tokenised = card === undefined ? null : await send({ name: 'create_method', card })
      if (tokenised !== null && tokenised.object !== 'method') return resultOf(paymentId, tokenised)
      const methodId = tokenised?.method.id ?? null
      const before = accountBooks(simulator.books, account).payments.get(paymentId)
      const confirmed =
        before?.status === 'requires_action' && card === undefined
          ? ({ object: 'payment', payment: before } as const)
          : await send({ name: 'confirm_payment', paymentId, methodId })
      const asked = confirmed?.object === 'payment' && confirmed.payment.status === 'requires_action'
      if (!asked || threeDSecure === 'abandon') return resultOf(paymentId, confirmed)
      return resultOf(
        paymentId,
        await send({ name: 'authenticate_payment', paymentId, passed: threeDSecure === 'pass' }),
      )
    },
  }
}

function resultOf(paymentId: string, answer: Answer | null): PayerResult {
  if (answer?.object === 'payment') {
    return { paymentId, status: answer.payment.status, errorCode: answer.payment.decline?.code ?? null }
  }
  if (answer?.object !== 'error') return { paymentId, status: 'unknown', errorCode: null }
  const { payment, code, type } = answer.error
  return { paymentId, status: payment?.status ?? 'unknown', errorCode: code ?? type }
}
