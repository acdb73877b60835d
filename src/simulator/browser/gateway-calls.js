/** What a frame asks of the gateway, with the publishable key and the payment's client secret; errors in the payer's language. */
import { say } from './texts.js'

/** Every call answers `{ intent }` or `{ error }`, shaped as Stripe.js gives them to the page. */
export function gatewayCalls(key, locale) {
  const call = async (method, path, form) => {
    try {
      const body = new URLSearchParams(form)
      const headers = { authorization: `Bearer ${key}` }
      const response =
        method === 'GET' ? await fetch(`${path}?${body}`, { headers }) : await fetch(path, { method, headers, body })
      return await response.json()
    } catch {
      return { error: { type: 'api_connection_error' } }
    }
  }
  const told = (answer) => {
    if (answer.error) return { error: inWords(Object(answer.error), locale) }
    const failure =
      answer.status === 'requires_payment_method' && (answer.last_payment_error ?? answer.last_setup_error)
    return failure ? { error: inWords({ ...failure, [answer.object]: answer }, locale) } : { intent: answer }
  }
  return {
    retrieve: async (clientSecret) => {
      const answer = await call('GET', pathOf(clientSecret), {
        client_secret: clientSecret,
        'expand[]': 'payment_method',
      })
      return answer.error ? told(answer) : { intent: answer }
    },
    confirm: async (clientSecret, form = {}) =>
      told(await call('POST', `${pathOf(clientSecret)}/confirm`, { client_secret: clientSecret, ...form })),
    /** The payment as the bank's answer left it. */
    answerThreeDSecure: async (clientSecret, outcome) => {
      const answered = await call('POST', '/simulator/three_d_secure', { client_secret: clientSecret, outcome })
      if (answered.error) return told(answered)
      return told(await call('GET', pathOf(clientSecret), { client_secret: clientSecret }))
    },
  }
}

function pathOf(clientSecret) {
  const [id = ''] = clientSecret.split('_secret_')
  return `/v1/${id.startsWith('seti_') ? 'setup_intents' : 'payment_intents'}/${encodeURIComponent(id)}`
}

/** The reason a payer may read; a lost or stolen card is one that was declined, and no more. */
export function inWords(error, locale) {
  const known = [error.decline_code, error.code, error.type].find((one) => one && say(locale, one))
  return { ...error, message: say(locale, known ?? (error.type === 'card_error' ? 'card_declined' : 'api_error')) }
}
