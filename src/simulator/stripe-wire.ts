/**
 * The simulator as Stripe's HTTP API: a request in, a reply out. Served by `http.ts`, or given to the SDK as its HTTP client.
 *
 * It translates and has no rules of its own: routes become commands, answers become Stripe's objects. A lost answer
 * is a rejected promise (`ConnectionCut`), which the server turns into a closed socket.
 */
import { createHmac } from 'node:crypto'
import { accountBooks } from './books.ts'
import { answerControl } from './control.ts'
import type { Command } from './core.ts'
import { clientSecretOf } from './customers.ts'
import { invalid, missing, unauthorised } from './errors.ts'
import { type Form, list, nested, parseForm, text } from './form.ts'
import { accountOfPublishableKey, accountOfSecretKey } from './keys.ts'
import type { Answer } from './rows.ts'
import type { Simulator } from './simulator.ts'
import { fromStripeAmount } from './stripe-amounts.ts'
import { render } from './stripe-objects.ts'
import { cardDetails, findRoute, type Route } from './stripe-routes.ts'
import { ConnectionCut, type Wire, type WireRequest } from './wire.ts'

export interface WireOptions {
  readonly simulator: Simulator
  /** Business time, read for each request (epoch ms). */
  readonly now: () => number | Promise<number>
  /** Opens `/simulator/…`; null keeps it shut. */
  readonly controlKey: string | null
}

export function stripeWire(options: WireOptions): Wire {
  let requests = 0
  return async (request) => {
    const url = new URL(request.target, 'http://wire')
    if (url.pathname.startsWith('/simulator/')) return answerControl(options, request, url.pathname)
    const requestId = `req_sim${(++requests).toString(36).padStart(10, '0')}`
    const call = readCall(options.simulator, request, url)
    const { status, body, replayed } = await answer(options, call)
    const headers = {
      'content-type': 'application/json',
      'request-id': requestId,
      'stripe-version': request.header('stripe-version') ?? '',
      ...(call.key === null ? {} : { 'idempotency-key': call.key }),
      ...(replayed ? { 'idempotent-replayed': 'true' } : {}),
    }
    return { status, headers, body: JSON.stringify(body) }
  }
}

interface Call {
  readonly account: string | null
  readonly route: Route | null
  readonly id: string
  readonly form: Form
  readonly key: string | null
  /** Keyed, because the form may hold a card number. */
  readonly params: string
  readonly url: string
  readonly fromBrowser: boolean
}

function readCall(simulator: Simulator, request: WireRequest, url: URL): Call {
  const form = parseForm(request.method === 'GET' ? url.search.slice(1) : request.body)
  const apiKey = apiKeyOf(request) ?? text(form, 'key') ?? ''
  const browserAccount = accountOfPublishableKey(apiKey)
  const route = findRoute(request.method, url.pathname)
  const fields = request.body.split('&').sort().join('&')
  return {
    account: browserAccount ?? accountOfSecretKey(apiKey),
    route,
    id: decodeURIComponent(route?.path.exec(url.pathname)?.[1] ?? ''),
    form,
    key: request.method === 'POST' ? request.header('idempotency-key') : null,
    params: createHmac('sha256', simulator.books.secret).update(`${url.pathname}?${fields}`).digest('base64url'),
    url: url.pathname,
    fromBrowser: browserAccount !== null,
  }
}

function apiKeyOf(request: WireRequest): string | null {
  const [scheme = '', credentials = ''] = (request.header('authorization') ?? '').split(' ')
  if (scheme.toLowerCase() === 'bearer') return credentials
  return scheme.toLowerCase() === 'basic' ? (atob(credentials).split(':')[0] ?? null) : null
}

async function answer({ simulator, now }: WireOptions, call: Call) {
  const { account } = call
  if (account === null) return { status: 401, body: { error: unauthorised().error }, replayed: false }
  const view = {
    books: simulator.books,
    account: accountBooks(simulator.books, account),
    expand: new Set(list(call.form, 'expand').map((path) => path.replace(/^data\./, ''))),
    url: call.url,
  }
  const command = commandOf(simulator, account, call)
  if ('object' in command) return { ...render(view, command), replayed: false }
  const at = await now()
  const withCard = command.name === 'confirm_payment' ? await newCard(simulator, account, call, command, at) : command
  if ('object' in withCard) return { ...render(view, withCard), replayed: false }
  const reached = await simulator.call({ account, command: withCard, key: call.key, params: call.params }, at)
  if (!reached.reached) throw new ConnectionCut('the connection was cut')
  return { ...render(view, reached.answer), replayed: reached.replayed }
}

function commandOf(simulator: Simulator, account: string, call: Call): Command | Answer {
  const { route, id, form } = call
  if (route === null) return missing('endpoint', call.url, 'url')
  const refused = browserRefusal(simulator, call, route)
  if (refused !== null) return refused
  const stranger = Object.keys(form).find((name) => name !== 'expand' && !route.takes.includes(name))
  if (stranger !== undefined) {
    return invalid(`Received unknown parameter: ${stranger}`, stranger, 'parameter_unknown')
  }
  return inMinorUnits(simulator, account, route.command(id, form))
}

/** A browser may touch only the payment whose secret it was given. */
function browserRefusal(simulator: Simulator, call: Call, route: Route): Answer | null {
  if (!call.fromBrowser) return null
  if (!route.browser) return unauthorised()
  if (call.id === '') return null
  const secret = text(call.form, 'client_secret')
  return secret === clientSecretOf(simulator.books, call.id)
    ? null
    : invalid('The client_secret provided does not match this intent.', 'client_secret')
}

/** Captures and refunds name an amount without its currency, which is the payment's. */
function inMinorUnits(simulator: Simulator, account: string, command: Command | Answer): Command | Answer {
  if ('object' in command) return command
  if (command.name !== 'capture_payment' && command.name !== 'create_refund') return command
  const payment = accountBooks(simulator.books, account).payments.get(command.paymentId)
  if (payment === undefined || command.amountMinor === null) return command
  const amountMinor = fromStripeAmount(String(command.amountMinor), payment.currency)
  return amountMinor === null ? invalid('Invalid amount for this currency.', 'amount') : { ...command, amountMinor }
}

/** `payment_method_data[card][…]` within a confirmation: tokenised first, so that no command holds a number. */
async function newCard(
  simulator: Simulator,
  account: string,
  call: Call,
  command: Extract<Command, { name: 'confirm_payment' }>,
  at: number,
): Promise<Command | Answer> {
  const card = cardDetails(nested(nested(call.form, 'payment_method_data'), 'card'))
  if (card === null) return command
  const made = await simulator.call({ account, command: { name: 'create_method', card }, key: null, params: '' }, at)
  if (!made.reached) throw new ConnectionCut('the connection was cut')
  return made.answer.object === 'method' ? { ...command, methodId: made.answer.method.id } : made.answer
}
