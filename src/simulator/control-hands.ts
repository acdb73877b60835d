/**
 * The controls that stand for people: our staff at the gateway's dashboard, cardholders at their bank; and where an
 * account's events go.
 */
import { z } from 'zod'
import type { Answer, GatewayError } from './rows.ts'
import type { HandAct, Simulator } from './simulator.ts'

/** What a control answers as JSON, or what the network would not do; `now` is business time (epoch ms). */
export type Control = (simulator: Simulator, body: unknown, now: number) => unknown

const account = z.string().regex(/^[A-Za-z0-9]+$/)
const amountMinor = z.int().positive().transform(BigInt).nullable().default(null)
const onPayment = { account, paymentId: z.string() }

/** The network would not. */
interface Refusal {
  readonly refused: GatewayError
}
export const isRefusal = (done: unknown): done is Refusal =>
  typeof done === 'object' && done !== null && 'refused' in done

export const handControls: Readonly<Record<string, Control>> = {
  'POST /webhooks': (simulator, body) => {
    const told = z.strictObject({ account, url: z.url({ protocol: /^https?$/ }).nullable() }).parse(body)
    if (told.url === null) simulator.events.ignore(told.account)
    else simulator.events.listen(told.account, told.url)
    return {}
  },
  'POST /dashboard/refund': (simulator, body, now) => {
    const told = z.strictObject({ ...onPayment, amountMinor }).parse(body)
    const { paymentId } = told
    const act = { name: 'create_refund', paymentId, amountMinor: told.amountMinor, metadata: {} } as const
    return byHand(simulator, told.account, act, now)
  },
  'POST /dashboard/capture': (simulator, body, now) => {
    const told = z.strictObject({ ...onPayment, amountMinor }).parse(body)
    const { paymentId } = told
    return byHand(simulator, told.account, { name: 'capture_payment', paymentId, amountMinor: told.amountMinor }, now)
  },
  'POST /dashboard/cancel': (simulator, body, now) => {
    const { account: name, paymentId } = z.strictObject(onPayment).parse(body)
    return byHand(simulator, name, { name: 'cancel_payment', paymentId, reason: 'requested_by_customer' }, now)
  },
  'POST /dispute': (simulator, body, now) => {
    const reason = z.string().min(1).default('fraudulent')
    const told = z.strictObject({ ...onPayment, amountMinor, reason, inquiry: z.boolean().default(false) }).parse(body)
    const { account: name, ...rest } = told
    return byHand(simulator, name, { name: 'open_dispute', ...rest }, now)
  },
  'POST /payout/fail': (simulator, body, now) => {
    const told = z.strictObject({ account, payoutId: z.string().nullable().default(null) }).parse(body)
    return byHand(simulator, told.account, { name: 'fail_payout', payoutId: told.payoutId }, now)
  },
  'POST /fees': (simulator, body) => {
    const minor = z.int().min(0).transform(BigInt)
    const rules = { rateBp: z.int().min(0).max(10_000), fixedMinor: minor, disputeMinor: minor }
    const told = z.strictObject({ account, ...rules, returnsDisputeFee: z.boolean().default(false) }).parse(body)
    const { account: name, ...fees } = told
    simulator.setFees(name, fees)
    return {}
  },
  'POST /dispute/resolve': (simulator, body, now) => {
    const outcome = z.enum(['under_review', 'won', 'lost'])
    const told = z.strictObject({ account, disputeId: z.string(), outcome }).parse(body)
    const { account: name, ...rest } = told
    return byHand(simulator, name, { name: 'resolve_dispute', ...rest }, now)
  },
}

function byHand(simulator: Simulator, name: string, act: HandAct, now: number): unknown {
  const answer = simulator.byHand(name, act, now)
  return answer.object === 'error' ? ({ refused: answer.error } satisfies Refusal) : shown(answer)
}

/** What became of it, in as few words as a test or a demonstration needs. */
function shown(answer: Answer): Readonly<Record<string, string>> {
  if (answer.object === 'refund') return { refundId: answer.refund.id, status: answer.refund.status }
  if (answer.object === 'payouts') return Object.fromEntries(answer.payouts.map(({ id }) => ['payoutId', id]))
  if (answer.object === 'dispute') return { disputeId: answer.dispute.id, status: answer.dispute.status }
  return answer.object === 'payment' ? { paymentId: answer.payment.id, status: answer.payment.status } : {}
}
