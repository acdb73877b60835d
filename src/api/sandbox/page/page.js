/** A bare page that does with the public API what the payer's console will do, and moves what only a sandbox can. */
import { call, carry } from './api.js'
import { gatewayOf, openFields } from './card-fields.js'
import { element, money, readable } from './readable.js'
import { label, language, say } from './texts.js'

const at = (id) => document.querySelector(`#${id}`)
const accountPath = () => `/api/accounts/${encodeURIComponent(at('account-id').value)}`
const coveragePath = () => `${accountPath()}/coverages/${at('coverage').value}`

let fields = null
let state = { people: [], coverages: [], behaviours: [] }

/** Runs an act of a button: it cannot be pressed twice, and what went wrong is told. */
const acting = (button, act) => async (event) => {
  event?.preventDefault()
  if (button.getAttribute('aria-disabled') === 'true') return
  button.setAttribute('aria-disabled', 'true')
  document.body.setAttribute('aria-busy', 'true')
  at('message').textContent = ''
  try {
    await act()
  } catch (problem) {
    at('message').textContent = problem.message
  } finally {
    button.setAttribute('aria-disabled', 'false')
    document.body.setAttribute('aria-busy', 'false')
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
  await call('POST', person.staff ? '/api/staff/sign-in' : '/api/sign-in', person.signIn)
  await begin()
}

async function signOut() {
  await call('POST', '/api/sign-out')
  at('account').hidden = true
  at('sign-out').hidden = true
}

/** Shows whoever is signed in already. */
async function begin() {
  const me = await call('GET', '/api/me')
  carry(me.csrfToken)
  if (me.accountId) at('account-id').value = me.accountId
  at('account').hidden = false
  at('sign-out').hidden = false
  if (at('account-id').value !== '') await show()
}

async function show() {
  closeFields()
  const { banners, allowedActions, ...settings } = await call('GET', `${coveragePath()}/payment-settings`)
  const { items: orders } = await call('GET', `${accountPath()}/orders`)
  at('banner').hidden = banners.length === 0
  at('banner').replaceChildren(...banners.map(bannerOf))
  const questions = settings.attempts.filter(({ status }) => status === 'needs_customer')
  at('actions').replaceChildren(...allowedActions.map(actionOf), ...questions.map(questionOf))
  at('settings').replaceChildren(readable(settings))
  const quotes = await Promise.all(orders.filter(({ status }) => status === 'quoted').map(detailOf))
  at('orders').replaceChildren(readable(orders), ...quotes.flatMap(confirmOf))
}

function bannerOf({ amountMinor, currency, code, card, at: failedAt, reason, advice, automatic }) {
  const what = [money(amountMinor, currency), card ? `${card.brand} •••• ${card.last4}` : '', failedAt]
  const title = element('strong', `${code}: ${what.filter(Boolean).join(' · ')}`)
  return element('p', title, element('br'), [reason, advice, automatic].filter(Boolean).join(' '))
}

/** An act that the API allows is a button; in place of one that it does not stands why. */
function actionOf({ action, label: text, refused }) {
  if (refused) return element('span', `${text}: ${refused.sentence} `)
  return buttonFor(text, action === 'register_card' ? register : activate)
}

async function activate() {
  await call('POST', `${coveragePath()}/activations`)
  await show()
  at('message').textContent = say('done')
}

const questionOf = ({ chargeId }) =>
  buttonFor(
    say('ask_bank'),
    async () => {
      const question = await call('GET', `${accountPath()}/charges/${chargeId}/question`)
      const { error } = await (await gatewayOf(question)).handleNextAction({ clientSecret: question.clientSecret })
      await call('POST', `${accountPath()}/charges/${chargeId}/continue`)
      await show()
      if (error) throw new Error(error.message)
    },
    true,
  )

const detailOf = ({ orderId }) => call('GET', `${accountPath()}/orders/${orderId}`)
const confirmOf = ({ orderId, externalId, allowedActions }) => {
  const confirm = allowedActions.find(({ action, allowed }) => action === 'confirm' && allowed)
  const act = async () => {
    await call('POST', `${accountPath()}/orders/${orderId}/confirm`)
    await show()
  }
  return confirm ? [buttonFor(`${confirm.label} ${externalId ?? orderId}`, act)] : []
}

async function register() {
  closeFields()
  at('card').hidden = false
  fields = await openFields(coveragePath(), at('card-fields'))
  const { holdMinor, willCharge, currency } = fields.begun
  const sums = [
    `${say('hold')}: ${money(holdMinor, currency)}`,
    `${say('will_charge')}: ${money(willCharge.sumMinor, currency)}`,
  ]
  at('card-sums').textContent = sums.join(' · ')
}

async function submitCard() {
  at('card-problem').textContent = ''
  const { status, message } = await fields.submit()
  if (status === 'open') {
    at('card-problem').textContent = message
    return
  }
  await show()
  at('message').textContent = message || say(status)
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
document.body.setAttribute('aria-busy', 'false')
