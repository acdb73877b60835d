/** A bare page that does with the public API what the payer's console will do, and moves what only a sandbox can. */
import { call } from './api.js'
import { gatewayOf, openFields } from './card-fields.js'
import { element, money, readable } from './readable.js'
import { label, language, say } from './texts.js'

const at = (id) => document.querySelector(`#${id}`)
const settingsPath = () => `${accountPath()}/coverages/${at('coverage').value}/payment-settings`
const accountPath = () => `/api/accounts/${encodeURIComponent(at('account-id').value)}`
const coveragePath = () => `${accountPath()}/coverages/${at('coverage').value}`

let fields = null
let state = { people: [], coverages: [], behaviours: [] }

/** Runs an act of a button: it cannot be pressed twice, and what went wrong is told. */
const acting = (button, act) => async (event) => {
  event?.preventDefault()
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  at('message').textContent = ''
  try {
    await act()
  } catch (problem) {
    at('message').textContent = problem.message
  } finally {
    button.setAttribute('aria-disabled', 'false')
  }
}

function buttonFor(text, act, filled = false) {
  const button = element('button', text)
  button.type = 'button'
  button.className = filled ? 'filled' : ''
  button.addEventListener('click', acting(button, act))
  return button
}

async function readState() {
  state = await call('GET', '/sandbox/state')
  at('now').textContent = state.now.slice(0, 16).replace('T', ' ')
  at('person').replaceChildren(...state.people.map((person, index) => new Option(person.label[language()], index)))
  at('coverage').replaceChildren(...state.coverages.map((code) => new Option(code, code)))
  at('behaviour').replaceChildren(...state.behaviours.map((name) => new Option(say(name), name)))
}

async function signIn() {
  const person = state.people[at('person').value]
  const answer = await call('POST', person.staff ? '/api/staff/sign-in' : '/api/sign-in', person.signIn)
  sessionStorage.setItem('csrf', answer.csrfToken)
  await begin()
}

async function signOut() {
  await call('POST', '/api/sign-out', {})
  sessionStorage.removeItem('csrf')
  at('account').hidden = true
  at('sign-out').hidden = true
}

/** Shows whoever is signed in already. */
async function begin() {
  const me = await call('GET', '/api/me')
  at('account-id').value = me.accountId ?? me.account?.accountId ?? at('account-id').value
  at('account').hidden = false
  at('sign-out').hidden = false
  if (at('account-id').value !== '') await show()
}

async function show() {
  closeFields()
  const settings = await call('GET', settingsPath())
  const { allowedActions = [], banner = null, attemptsInProgress = [], ...rest } = settings
  at('banner').hidden = banner === null
  at('banner').replaceChildren(readable(banner, settings.currency))
  at('actions').replaceChildren(
    ...allowedActions.map(actionOf),
    ...attemptsInProgress.filter(({ status }) => status === 'needs_customer').map(questionOf),
  )
  at('settings').replaceChildren(readable({ attemptsInProgress, ...rest }, settings.currency))
  const orders = await call('GET', `${accountPath()}/orders`)
  at('orders').replaceChildren(readable(orders.items), ...orders.items.flatMap(orderActs))
}

/** An act the API allows is a button; one that it does not is its reason. */
function actionOf({ action, label: name = action, allowed, reason, sentence = reason }) {
  if (!allowed) {
    const refused = element('span', `${say(name)}: ${sentence} `)
    refused.className = 'refused'
    return refused
  }
  if (action === 'register_card') return buttonFor(say(name), register)
  return buttonFor(say(name), async () => {
    at('message').textContent = say('done')
    await call('POST', `${coveragePath()}/activations`, {})
    await show()
  })
}

const questionOf = ({ chargeId }) =>
  buttonFor(
    say('ask_bank'),
    async () => {
      const question = await call('GET', `${accountPath()}/charges/${chargeId}/question`)
      const { error } = await (await gatewayOf(question)).handleNextAction({ clientSecret: question.clientSecret })
      await call('POST', `${accountPath()}/charges/${chargeId}/continue`, {})
      await show()
      if (error) throw new Error(error.message)
    },
    true,
  )

const orderActs = ({ orderId, needsCustomer, allowedActions = [] }) => [
  ...(needsCustomer ? [questionOf(needsCustomer)] : []),
  ...allowedActions
    .filter(({ action, allowed }) => action === 'confirm' && allowed)
    .map(() =>
      buttonFor(`${say('confirm')} ${orderId}`, async () => {
        await call('POST', `${accountPath()}/orders/${orderId}/confirm`, {})
        await show()
      }),
    ),
]

async function register() {
  closeFields()
  at('card').hidden = false
  fields = await openFields(coveragePath(), at('card-fields'))
  const { holdMinor, willChargeMinor, currency } = fields.begun
  at('card-sums').textContent =
    `${say('hold')}: ${money(holdMinor, currency)}. ${say('will_charge')}: ${money(willChargeMinor, currency)}`
}

async function submitCard() {
  at('card-problem').textContent = ''
  const { status, message, sentence = message, advice = '' } = await fields.submit()
  if (status === 'registered') await show()
  if (status === 'failed') closeFields()
  if (status === 'open') at('card-problem').textContent = message
  else at('message').textContent = status === 'failed' ? `${message || sentence} ${advice}` : say(status)
}

function closeFields() {
  fields?.close()
  fields = null
  at('card').hidden = true
}

const advance = (days) => async () => {
  at('message').textContent = say('moving')
  await call('POST', '/sandbox/clock', { advance: `P${days}D` })
  await readState()
  at('message').textContent = say('done')
  if (!at('account').hidden) await show()
}

async function behave() {
  const [accountId, coverage, behaviour] = ['account-id', 'coverage', 'behaviour'].map((id) => at(id).value)
  await call('POST', '/sandbox/cards', { accountId, coverage, behaviour })
  at('message').textContent = say('done')
}

function listen() {
  const onClick = (button, act) => button.addEventListener('click', acting(button, act))
  for (const button of document.querySelectorAll('[data-days]')) onClick(button, advance(button.dataset.days))
  onClick(at('show'), show)
  onClick(at('behave'), behave)
  onClick(at('sign-out'), signOut)
  at('language').addEventListener('click', () => {
    localStorage.setItem('language', language() === 'ja' ? 'en' : 'ja')
    location.reload()
  })
  at('sign-in').addEventListener('submit', acting(at('sign-in').querySelector('button'), signIn))
  at('card').addEventListener('submit', acting(at('card').querySelector('button'), submitCard))
}

label()
listen()
await readState()
// Nobody is signed in yet, or not any more: the page then waits for that.
await begin().catch(() => undefined)
