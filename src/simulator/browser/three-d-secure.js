/**
 * The bank's page of 3-D Secure: who asks for how much, and the payer's answer. Closing it answers nothing: the payment
 * waits on at the gateway, and the page is told that it was not authenticated.
 */
import { gatewayCalls, inWords } from './gateway-calls.js'
import { meetPage } from './page-channel.js'
import { label, say } from './texts.js'

const at = (id) => document.querySelector(`#${id}`)

meetPage(({ key, locale, clientSecret, origin }) => {
  const calls = gatewayCalls(key, locale)
  let done = () => {}
  const ended = new Promise((resolve) => {
    done = resolve
  })

  const close = () => {
    const kind = clientSecret.startsWith('seti_') ? 'setup_intent' : 'payment_intent'
    done({ error: inWords({ type: 'invalid_request_error', code: `${kind}_authentication_failure` }, locale) })
  }
  const answer = async (outcome) => {
    disable(true)
    const told = await calls.answerThreeDSecure(clientSecret, outcome)
    // The bank did not hear it: the payer may press again, or close.
    if (told.error?.type !== 'api_connection_error') return done(told)
    at('problem').textContent = told.error.message
    disable(false)
  }
  const begin = async () => {
    label(locale)
    at('merchant').textContent = `${new URL(origin).host} (${key.slice('pk_test_'.length)})`
    const shown = await calls.retrieve(clientSecret)
    if (shown.intent) describe(shown.intent, locale)
    else at('problem').textContent = shown.error.message
    if (shown.intent && shown.intent.status !== 'requires_action') {
      at('problem').textContent = say(locale, 'settled')
      disable(true)
    }
    document.querySelector('main').hidden = false
    at('approve').focus()
  }

  at('approve').addEventListener('click', () => answer('pass'))
  at('fail').addEventListener('click', () => answer('fail'))
  at('close').addEventListener('click', close)
  addEventListener('keydown', ({ key: pressed }) => {
    if (pressed === 'Escape') close()
  })
  begin()
  return { authenticate: () => ended, close, focus: () => at('approve').focus() }
})

function disable(disabled) {
  at('approve').disabled = disabled
  at('fail').disabled = disabled
}

function describe({ amount, currency, payment_method: method }, locale) {
  at('amount').textContent = currency ? money(amount, currency.toUpperCase(), locale) : say(locale, 'no_amount')
  const card = method?.card
  at('card').textContent = card ? `${card.brand} •••• ${card.last4}` : '••••'
}

/** The gateway counts in its own smallest unit, which two currencies have smaller than ISO 4217. */
function money(amount, currency, locale) {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency })
  const digits = ['ISK', 'UGX'].includes(currency) ? 2 : format.resolvedOptions().maximumFractionDigits
  return format.format(amount / 10 ** digits)
}
