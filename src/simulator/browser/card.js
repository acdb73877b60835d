/** The card fields: typed, checked and sent within the gateway's origin. The page hears of brand and completeness only. */
import { cardTyped, expiryShown, faultsOf, grouped, kindOf } from './card-fields.js'
import { gatewayCalls } from './gateway-calls.js'
import { meetPage } from './page-channel.js'
import { label, say } from './texts.js'

const form = document.querySelector('#card')
const problem = document.querySelector('#problem')
const { number, expiry, cvc } = form.elements
const inputs = [number, expiry, cvc]

meetPage(({ key, locale, type, appearance, options, tell }) => {
  const calls = gatewayCalls(key, locale)
  /** Fields that were left once: what is incomplete there is a fault now. */
  const left = new Set()
  let last = null
  let confirming = null

  const values = () => ({ number: number.value, expiry: expiry.value, cvc: cvc.value })
  const errorOf = (code) => (code ? { type: 'validation_error', code, message: say(locale, code) } : undefined)
  const show = () => {
    const faults = faultsOf(values())
    const shown = inputs
      .map(({ name }) => faults[name])
      .filter((fault, at) => {
        const input = inputs[at]
        const wrong = fault !== null && input.value !== '' && (left.has(input.name) || !fault.startsWith('incomplete'))
        input.setAttribute('aria-invalid', String(wrong))
        return wrong
      })
    const error = errorOf(shown[0])
    // Under the fields for a payment element; of a card element the page shows it, as with Stripe.
    if (type === 'payment') problem.textContent = error?.message ?? ''
    const empty = inputs.every(({ value }) => value === '')
    const complete = Object.values(faults).every((fault) => fault === null)
    const event = { empty, complete, brand: kindOf(number.value).brand, error }
    const said = JSON.stringify(event)
    if (last !== null && said !== last) tell('change', event)
    last = said
    tell('resize', { height: Math.ceil(form.getBoundingClientRect().height) })
  }
  const check = () => {
    for (const { name } of inputs) left.add(name)
    show()
    const faults = faultsOf(values())
    const first = inputs.find(({ name }) => faults[name] !== null)
    first?.setAttribute('aria-invalid', 'true')
    first?.focus()
    return first && errorOf(faults[first.name])
  }
  const disable = (disabled) => {
    for (const input of inputs) input.disabled = disabled
  }

  label(locale)
  dress(appearance)
  expiry.placeholder = say(locale, 'expiry_hint')
  disable(options?.disabled === true)
  for (const input of inputs) {
    input.addEventListener('input', ({ inputType = '' }) => {
      // What is being deleted stays deleted, separators too.
      const typing = !inputType.startsWith('delete')
      if (input === number && typing) retype(number, grouped(number.value))
      if (input === expiry && typing) retype(expiry, expiryShown(expiry.value))
      show()
    })
    input.addEventListener('blur', () => {
      left.add(input.name)
      show()
      if (!form.contains(document.activeElement)) tell('blur')
    })
    input.addEventListener('focus', () => tell('focus'))
  }
  form.addEventListener('submit', (event) => event.preventDefault())
  new ResizeObserver(show).observe(form)
  tell('ready')

  return {
    check,
    focus: () => number.focus(),
    blur: () => document.activeElement?.blur(),
    update: ({ disabled }) => disable(disabled),
    clear() {
      form.reset()
      left.clear()
      show()
    },
    /** A second click while the first is on its way hears what the first hears. */
    confirm({ clientSecret, billingDetails }) {
      const error = check()
      if (error) return { error }
      disable(true)
      confirming ??= calls.confirm(clientSecret, cardForm(values(), billingDetails)).finally(() => {
        confirming = null
        disable(false)
      })
      return confirming
    },
  }
})

/** Changes what a field shows; the caret stays where it was unless it was at the end. */
function retype(input, text) {
  const { selectionStart: caret, value } = input
  if (text === value || caret < value.length) return
  input.value = text
}

function cardForm(values, billingDetails) {
  const card = cardTyped(values)
  const name = billingDetails?.name
  return {
    'payment_method_data[type]': 'card',
    'payment_method_data[card][number]': card.number,
    'payment_method_data[card][exp_month]': card.month,
    'payment_method_data[card][exp_year]': card.year,
    'payment_method_data[card][cvc]': card.cvc,
    ...(name ? { 'payment_method_data[billing_details][name]': name } : {}),
  }
}

/** The page's colours and letters: a few variables of Stripe's, and nothing that could fetch or break out. */
function dress(appearance) {
  const { variables = {}, theme } = appearance ?? {}
  if (theme === 'night') document.documentElement.dataset.theme = 'night'
  for (const name of [
    'colorText',
    'colorTextSecondary',
    'colorBackground',
    'colorPrimary',
    'colorDanger',
    'borderRadius',
    'fontFamily',
    'fontSizeBase',
  ]) {
    const value = variables[name]
    if (typeof value === 'string' && /^[\w\s#.,%"'()/-]{1,200}$/.test(value) && !/url|image/i.test(value)) {
      document.documentElement.style.setProperty(`--${name}`, value)
    }
  }
}
