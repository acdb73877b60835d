/**
 * Stripe's signed events. What is not provably Stripe's and fresh is not read, and without a secret nothing is (F54).
 *
 * The SDK verifies the signature; the age is measured here, because the SDK lets a signature from the future pass and
 * cannot tell a stale one from a wrong one. Of the payload only ids and the type are taken: what happened is read from
 * the gateway.
 */
import type Stripe from 'stripe'
import { z } from 'zod'
import { instant } from '../../domain/calendar.ts'
import type { EventRead, EventRequest, GatewayEvent } from '../../ports/card-gateway.ts'

export function readEvent(stripe: Stripe, secret: string | null, request: EventRequest): EventRead {
  const { body, signature, wallNow } = request
  if (secret === null || secret.trim() === '') return { read: false, reason: 'not_configured' }
  if (signature === null || signature === '') return { read: false, reason: 'unsigned' }
  const signedAt = signedAtOf(signature)
  if (signedAt === null || !isSigned(stripe, secret, request, signature, signedAt)) {
    return { read: false, reason: 'signature_wrong' }
  }
  if (!(Math.abs(wallNow - signedAt) <= toleranceMs)) return { read: false, reason: 'too_old' }
  const parsed = delivered.safeParse(jsonOf(body))
  if (!parsed.success) return { read: false, reason: 'malformed' }
  const { id: eventId, type, created, data } = parsed.data
  return {
    read: true,
    event: { eventId, type, createdAt: instant(created * 1000), about: aboutOf(type, data.object) },
  }
}

const toleranceMs = 300_000

/** When it says it was signed; null unless it says so exactly once. */
function signedAtOf(signature: string): number | null {
  const times = signature.split(',').filter((part) => part.startsWith('t='))
  const seconds = times.length === 1 ? /^t=(\d{1,12})$/.exec(times[0] ?? '')?.[1] : undefined
  return seconds === undefined ? null : Number(seconds) * 1000
}

function isSigned(
  stripe: Stripe,
  secret: string,
  { body }: EventRequest,
  signature: string,
  signedAt: number,
): boolean {
  try {
    // Received when it was signed: its age is measured by the caller, in both directions.
    const { signature: signatures } = stripe.webhooks
    return signatures?.verifyHeader(body, signature, secret, toleranceMs / 1000, undefined, signedAt) === true
  } catch {
    return false
  }
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

const reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish()
const delivered = z.object({
  id: z.string().min(1).max(255),
  object: z.literal('event'),
  type: z.string().min(1).max(255),
  created: z.int().nonnegative(),
  data: z.object({
    object: z.object({
      id: z.string().nullish(),
      payment_intent: reference,
      customer: reference,
      metadata: z.record(z.string(), z.string()).nullish(),
    }),
  }),
})
type EventObject = z.infer<typeof delivered>['data']['object']

const other = { kind: 'other' } as const

function aboutOf(type: string, object: EventObject): GatewayEvent['about'] {
  const { id, payment_intent: paymentId, customer, metadata } = object
  if (/^(payment|setup)_intent\./.test(type) && id) {
    return { kind: 'payment', paymentId: id, chargeId: metadata?.kessai_charge ?? null }
  }
  if (/^(refund\.|charge\.refunded$|charge\.refund\.)/.test(type) && paymentId) return { kind: 'refund', paymentId }
  if (type.startsWith('charge.dispute.') && id && paymentId) return { kind: 'dispute', disputeId: id, paymentId }
  if (/^payment_method\.(automatically_)?updated$/.test(type) && id && customer) {
    return { kind: 'card', customerId: customer, paymentMethodId: id }
  }
  if (type.startsWith('payout.') && id) return { kind: 'payout', payoutId: id }
  return other
}
