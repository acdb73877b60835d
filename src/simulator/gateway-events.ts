/** Signed events as the in-process face reads them: the same rules as the production adapter's, written apart. */
import { z } from 'zod'
import { instant } from '../domain/calendar.ts'
import type { EventRead, EventRequest, GatewayEvent } from '../ports/card-gateway.ts'
import { signedAt } from './signature.ts'

export function readEvent(secret: string | null, { body, signature, wallNow }: EventRequest): EventRead {
  if (secret === null) return { read: false, reason: 'not_configured' }
  if (!signature) return { read: false, reason: 'unsigned' }
  const at = signedAt(body, signature, secret)
  if (at === null) return { read: false, reason: 'signature_wrong' }
  if (Math.abs(wallNow - at) > toleranceMs) return { read: false, reason: 'too_old' }
  const parsed = bodyOf.safeParse(body)
  if (!parsed.success) return { read: false, reason: 'malformed' }
  const { id: eventId, type, created, data } = parsed.data
  return {
    read: true,
    event: { eventId, type, createdAt: instant(created * 1000), about: aboutOf(type, data.object) },
  }
}

const toleranceMs = 300_000

const bodyOf = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text)
    } catch {
      context.addIssue('not JSON')
      return z.NEVER
    }
  })
  .pipe(
    z.object({
      id: z.string().min(1),
      object: z.literal('event'),
      type: z.string().min(1),
      created: z.int(),
      data: z.object({ object: z.looseObject({ id: z.string(), object: z.string() }) }),
    }),
  )

/** The object's own kind says what it is; the type says whether it is a kind of news that we follow. */
function aboutOf(type: string, object: Readonly<Record<string, unknown>>): GatewayEvent['about'] {
  const id = textOf(object.id)
  const paymentId = textOf(object.payment_intent)
  const customerId = textOf(object.customer)
  switch (object.object) {
    case 'payment_intent':
    case 'setup_intent':
      return { kind: 'payment', paymentId: id, chargeId: chargeOf(object.metadata) }
    case 'refund':
      return paymentId === '' ? other : { kind: 'refund', paymentId }
    case 'charge':
      return type === 'charge.refunded' && paymentId !== '' ? { kind: 'refund', paymentId } : other
    case 'dispute':
      return paymentId === '' ? other : { kind: 'dispute', disputeId: id, paymentId }
    case 'payment_method':
      return cardNews.has(type) && customerId !== '' ? { kind: 'card', customerId, paymentMethodId: id } : other
    case 'payout':
      return { kind: 'payout', payoutId: id }
    default:
      return other
  }
}

const other = { kind: 'other' } as const

const cardNews = new Set(['payment_method.automatically_updated', 'payment_method.updated'])

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const chargeOf = (metadata: unknown): string | null =>
  z.object({ kessai_charge: z.string() }).safeParse(metadata).data?.kessai_charge ?? null
