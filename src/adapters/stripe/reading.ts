/** Disputes and cards as Stripe knows them now: what an event only hints at is read here. */
import Stripe from 'stripe'
import { instant } from '../../domain/calendar.ts'
import type { CardOutcome, DisputeOutcome, GatewayDispute } from '../../ports/card-gateway.ts'
import { fromStripeAmount } from './amounts.ts'
import { notDoneOf } from './outcome-of.ts'
import { cardOf, idOf } from './payment-of.ts'

export async function disputeOf(stripe: Stripe, disputeId: string, apiVersion: string): Promise<DisputeOutcome> {
  try {
    const dispute = await stripe.disputes.retrieve(disputeId, {}, { apiVersion })
    const seen = seenDispute(dispute)
    return seen === null
      ? { outcome: 'refused', reason: 'the dispute is about no payment intent' }
      : { outcome: 'found', dispute: seen }
  } catch (problem) {
    return isMissing(problem) ? { outcome: 'absent' } : notDoneOf(problem)
  }
}

/** Null: of a charge without a payment intent. */
export function seenDispute(dispute: Stripe.Dispute): GatewayDispute | null {
  const paymentId = idOf(dispute.payment_intent)
  if (paymentId === null) return null
  return {
    gatewayDisputeId: dispute.id,
    paymentId,
    amountMinor: fromStripeAmount(dispute.amount, dispute.currency),
    currency: dispute.currency.toUpperCase(),
    reason: dispute.reason,
    status: statusOf(dispute.status),
    evidenceDueAt: dueAt(dispute),
    createdAt: instant(dispute.created * 1000),
  }
}

/** Absent as well when the card is there but no longer, or never was, that customer's. */
export async function registeredCard(
  stripe: Stripe,
  { customerId, paymentMethodId }: { readonly customerId: string; readonly paymentMethodId: string },
  apiVersion: string,
): Promise<CardOutcome> {
  try {
    const method = await stripe.paymentMethods.retrieve(paymentMethodId, {}, { apiVersion })
    const card = idOf(method.customer) === customerId ? cardOf(method) : null
    return card === null ? { outcome: 'absent' } : { outcome: 'found', card }
  } catch (problem) {
    return isMissing(problem) ? { outcome: 'absent' } : notDoneOf(problem)
  }
}

function statusOf(status: Stripe.Dispute.Status): GatewayDispute['status'] {
  switch (status) {
    case 'warning_needs_response':
    case 'warning_under_review':
      return 'inquiry'
    case 'needs_response':
    case 'appeal_needs_response':
      return 'open'
    case 'under_review':
    case 'appeal_under_review':
      return 'under_review'
    case 'won':
      return 'won'
    case 'lost':
      return 'lost'
    case 'warning_closed':
    case 'prevented':
      return 'closed'
    default:
      // A status that a newer API version may bring: somebody is looking at it, and the money stays where it is.
      return 'under_review'
  }
}

function dueAt(dispute: Stripe.Dispute): GatewayDispute['evidenceDueAt'] {
  const seconds = dispute.evidence_details.due_by
  return seconds === null ? null : instant(seconds * 1000)
}

const isMissing = (problem: unknown): boolean =>
  problem instanceof Stripe.errors.StripeInvalidRequestError && problem.code === 'resource_missing'
