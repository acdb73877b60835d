/**
 * A 3-D Secure question to a payer who is present (B10): hands out what the gateway's page needs to ask it, and goes on
 * with the same charge once it has been answered.
 */
import { bucketOf } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { bringForward, readAsking } from '../postgres/charges.ts'
import { gatewayOf, type System } from './system.ts'

export type Question =
  | { readonly clientSecret: string }
  /** It asks nothing (any more): it is at work, or settled. */
  | { readonly refused: 'nothing_asked' }
  | { readonly refused: 'gateway_unavailable' }

/** Never stored: the gateway is asked again under the charge's own key. */
export async function customerQuestion(system: System, chargeId: string): Promise<Question> {
  const charge = await readAsking(system.db, bucketOf(chargeId), chargeId)
  if (!charge || charge.paymentMethodId === null) return { refused: 'nothing_asked' }
  const answer = await gatewayOf(system, charge.coverage).hold({ ...charge, paymentMethodId: charge.paymentMethodId })
  if (answer.outcome === 'needs_customer') return { clientSecret: answer.clientSecret }
  const answered = answer.outcome === 'approved' || answer.outcome === 'declined'
  return { refused: answered ? 'nothing_asked' : 'gateway_unavailable' }
}

/** The payer is done: a worker looks the charge up at once. One whose question is still open keeps its time. */
export async function continueCharge(system: System, chargeId: string, now: Instant): Promise<void> {
  await bringForward(system.db, bucketOf(chargeId), chargeId, now)
}
