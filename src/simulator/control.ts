/**
 * The sandbox's controls under `/simulator/…`: what issuers do, what goes wrong, and the books for comparison.
 * They need the control key; only the 3-D Secure page's answer is open to whoever holds the payment's client secret.
 */
import { z } from 'zod'
import { type Control, handControls, isRefusal } from './control-hands.ts'
import { clientSecretOf } from './customers.ts'
import type { Simulator } from './simulator.ts'
import type { WireOptions } from './stripe-wire.ts'
import type { WireReply, WireRequest } from './wire.ts'

export async function answerControl(options: WireOptions, request: WireRequest, path: string): Promise<WireReply> {
  const act = `${request.method} ${path.slice('/simulator'.length)}`
  if (act === 'GET /health') return json({ ok: true })
  if (act === 'POST /three_d_secure') return answerThreeDSecure(options, new URLSearchParams(request.body))
  if (options.controlKey === null || request.header('authorization') !== `Bearer ${options.controlKey}`) {
    return json({ error: 'control key wanted' }, 401)
  }
  if (act === 'GET /payments') return ndjson(options.simulator.payments(await options.now()))
  if (act === 'GET /faults') return json(options.simulator.faults.plan())
  const command = commands[act]
  if (command === undefined) return json({ error: `no such control: ${act}` }, 404)
  const now = await options.now()
  try {
    const done = command(options.simulator, JSON.parse(request.body || '{}'), now)
    return isRefusal(done) ? json({ error: done.refused.message }, done.refused.status) : json(done)
  } catch (problem) {
    const message = problem instanceof z.ZodError ? z.prettifyError(problem) : 'the body is not JSON'
    return json({ error: message }, 400)
  }
}

const fault = z.enum([
  'timeout_before',
  'timeout_after',
  'error_500',
  'error_500_stored',
  'error_500_stored_after',
  'rate_limited',
  'key_in_use',
  'slow',
])
const eventFault = z.enum(['lost', 'twice', 'reordered', 'late'])
const rate = z.number().min(0).max(1)
const step = z.enum(['customer', 'register', 'hold', 'confirm', 'capture', 'release', 'refund', 'balance', 'read'])
const limit = z.number().positive().nullable()
const planPart = z.strictObject({
  down: z.boolean().optional(),
  unauthorised: z.boolean().optional(),
  latencyMs: z.strictObject({ min: z.number().min(0), max: z.number().min(0) }).optional(),
  slowMs: z.number().min(0).optional(),
  limits: z.strictObject({ perSecond: limit, perEndpointPerSecond: limit }).optional(),
  rates: z.partialRecord(fault, rate).optional(),
  events: z.strictObject({ rates: z.partialRecord(eventFault, rate), lateMs: z.number().min(0) }).optional(),
})
const armed = z.strictObject({
  fault: z.union([fault, z.literal('balance_insufficient')]),
  step,
  chargeId: z.string().optional(),
  times: z.int().positive().optional(),
})

const span = { from: z.number().nullable().optional(), until: z.number().nullable().optional() }
const minor = z.int().min(0).transform(BigInt)
const share = z.strictObject({ declineCode: z.string(), weight: z.number().min(0) })
const rule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('decline'), declineCode: z.string(), ...span }),
  z.strictObject({
    kind: z.literal('limit'),
    per: z.enum(['day', 'month']),
    amountMinor: minor,
    currency: z.string(),
    ...span,
  }),
  z.strictObject({ kind: z.literal('authentication_required'), ...span }),
  z.strictObject({
    kind: z.literal('decline_rate'),
    rate: z.number().min(0).max(1),
    mix: z.array(share).optional(),
    ...span,
  }),
  z.strictObject({ kind: z.literal('cured'), ...span }),
])
/** A card by fingerprint (`*`: every card), or by the customer who saved it. */
const card = z.union([
  z.strictObject({ fingerprint: z.string() }),
  z.strictObject({ account: z.string(), customerId: z.string() }),
])

const commands: Readonly<Record<string, Control>> = {
  ...handControls,
  'POST /faults': (simulator, body) => {
    simulator.faults.set(withoutUndefined(planPart.parse(body)))
    return simulator.faults.plan()
  },
  'POST /faults/arm': (simulator, body) => {
    simulator.faults.arm(withoutUndefined(armed.parse(body)))
    return {}
  },
  'POST /faults/clear': (simulator) => {
    simulator.faults.clear()
    return simulator.faults.plan()
  },
  'POST /issuer': (simulator, body) => {
    const told = z.strictObject({ card, rules: z.array(rule) }).parse(body)
    return onCard(simulator, told.card, (fingerprint) =>
      simulator.issuer.tell(fingerprint, told.rules.map(withoutUndefined)),
    )
  },
  'POST /issuer/cure': (simulator, body) => {
    const told = z.strictObject({ card }).parse(body)
    return onCard(simulator, told.card, (fingerprint) => simulator.issuer.cure(fingerprint))
  },
  'POST /issuer/update_card': (simulator, body, now) => {
    const told = z.strictObject({ card, expMonth: z.int().min(1).max(12), expYear: z.int() }).parse(body)
    return onCard(simulator, told.card, (fingerprint) =>
      simulator.issuer.updateCard(fingerprint, told.expMonth, told.expYear, now),
    )
  },
}

function onCard(simulator: Simulator, named: z.infer<typeof card>, act: (fingerprint: string) => unknown) {
  const fingerprint =
    'fingerprint' in named ? named.fingerprint : simulator.issuer.cardOf(named.account, named.customerId)
  if (fingerprint !== null) act(fingerprint)
  return { fingerprint }
}

/** The payer's answer on the 3-D Secure page: `client_secret` and `outcome` (`pass` or `fail`). */
async function answerThreeDSecure({ simulator, now }: WireOptions, form: URLSearchParams): Promise<WireReply> {
  const clientSecret = form.get('client_secret') ?? ''
  const paymentId = clientSecret.split('_secret_')[0] ?? ''
  const account = [...simulator.books.accounts.values()].find((one) => one.payments.has(paymentId))
  if (account === undefined || clientSecretOf(simulator.books, paymentId) !== clientSecret) {
    return json({ error: 'no such payment' }, 404)
  }
  const command = { name: 'authenticate_payment', paymentId, passed: form.get('outcome') === 'pass' } as const
  const reached = await simulator.call({ account: account.name, command, key: null, params: '' }, await now())
  const answer = reached.reached ? reached.answer : null
  const payment =
    answer?.object === 'payment' ? answer.payment : answer?.object === 'error' ? answer.error.payment : null
  return json({ status: payment?.status ?? 'unknown', error_code: payment?.decline?.code ?? null })
}

/** Zod leaves optional fields as `undefined`; our types have them present or absent. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> } // the same fields, less those
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

const json = (value: unknown, status = 200): WireReply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value, plain),
})

const ndjson = (rows: Iterable<unknown>): WireReply => ({
  status: 200,
  headers: { 'content-type': 'application/x-ndjson' },
  body: linesOf(rows),
})

function* linesOf(rows: Iterable<unknown>): Generator<string> {
  for (const row of rows) yield `${JSON.stringify(row, plain)}\n`
}
