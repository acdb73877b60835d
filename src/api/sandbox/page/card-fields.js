/** A card registered from a page: the gateway's own script, its fields, and what our API says before and after. */
import { call } from './api.js'
import { language } from './texts.js'

const scripts = new Map()

/** Stripe.js, or the simulator's script that offers the same calls. */
export async function gatewayOf({ scriptUrl, publishableKey }) {
  if (!scripts.has(scriptUrl)) {
    const script = document.createElement('script')
    const loaded = new Promise((resolve, reject) => {
      script.onload = resolve
      script.onerror = () => reject(new Error(scriptUrl))
    })
    script.src = scriptUrl
    document.head.append(script)
    scripts.set(scriptUrl, loaded)
  }
  await scripts.get(scriptUrl)
  return window.Stripe(publishableKey, { locale: language() })
}

/** Opens a registration and shows the fields in `place`; answers what was opened and the way to submit them. */
export async function openFields(settings, place) {
  const begun = await call('POST', `${settings}/registrations`)
  const stripe = await gatewayOf(begun)
  const card = stripe.elements({ appearance: { variables: coloursOf(place) } }).create('card')
  const ready = new Promise((resolve) => card.on('ready', resolve))
  card.mount(place)
  await ready
  return {
    begun,
    close: () => card.destroy(),
    /** `registered`, `pending` or `failed`, and what to tell the payer; `open`: mistyped or not authenticated, and not over. */
    async submit() {
      const check = begun.clientSecret.startsWith('seti_') ? 'confirmCardSetup' : 'confirmCardPayment'
      const { error } = await stripe[check](begun.clientSecret, { payment_method: { card } })
      if (error && !wasTried(error)) return { status: 'open', message: error.message }
      const { status, failure } = await call('POST', `${settings}/registrations/${begun.registrationId}/finish`)
      return { status, message: failure ? `${failure.reason} ${failure.advice}` : '' }
    },
  }
}

/** Whether the bank said no; what was mistyped or not authenticated may be submitted again. */
const wasTried = ({ payment_intent: payment, setup_intent: setup }) =>
  Boolean(payment?.last_payment_error ?? setup?.last_setup_error)

/** The page's colours, dark or light, for the fields in the gateway's frame. */
function coloursOf(place) {
  const style = getComputedStyle(place)
  const names = {
    colorText: 'ink',
    colorTextSecondary: 'ink-2',
    colorBackground: 'sheet',
    colorPrimary: 'accent',
    colorDanger: 'vermilion',
  }
  return Object.fromEntries(Object.entries(names).map(([name, token]) => [name, style.getPropertyValue(`--${token}`)]))
}
