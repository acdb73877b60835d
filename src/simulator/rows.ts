/**
 * The rows of the books, and the answers that show them. A row is never changed in place: an answer that was given keeps
 * showing what was true when it was given.
 */
import type { BalanceEntry, Payout } from './balance.ts'
import type { BehaviourName, Brand } from './cards.ts'
import type { DeclineReason } from './decline-reasons.ts'

export interface Customer {
  readonly id: string
  readonly number: number
  readonly metadata: Metadata
  readonly email: string | null
  readonly name: string | null
  readonly createdAt: number
}

export interface Method {
  readonly id: string
  readonly number: number
  readonly customerId: string | null
  readonly fingerprint: string
  readonly brand: Brand
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  readonly behaviour: BehaviourName
  /** Authenticated once for payments without the payer. */
  readonly setUp: boolean
  readonly createdAt: number
}

/** A PaymentIntent, or, with amount 0 and kind `setup`, a SetupIntent. */
export interface Payment {
  readonly id: string
  readonly kind: 'payment' | 'setup'
  readonly number: number
  readonly chargeId: string | null
  readonly customerId: string | null
  readonly methodId: string | null
  readonly status: PaymentStatus
  /** ISO 4217 minor units of `currency` (upper case), whichever face the request came through. */
  readonly amountMinor: bigint
  readonly capturedMinor: bigint
  readonly refundedMinor: bigint
  readonly currency: string
  readonly captureMethod: 'manual' | 'automatic'
  readonly offSession: boolean
  readonly setupFutureUsage: boolean
  readonly metadata: Metadata
  readonly createdAt: number
  readonly heldAt: number | null
  readonly holdExpiresAt: number | null
  readonly capturedAt: number | null
  readonly canceledAt: number | null
  readonly cancellationReason: string | null
  /** Which try of its card on its day decided it; 0 before any issuer was asked. Identifies it to faults. */
  readonly attempt: number
  readonly decline: PaymentDecline | null
}
export type PaymentStatus =
  | 'requires_payment_method'
  | 'requires_confirmation'
  | 'requires_action'
  | 'processing'
  | 'requires_capture'
  | 'succeeded'
  | 'canceled'

export interface PaymentDecline extends Omit<DeclineReason, 'declineCode'> {
  readonly declineCode: string | null
  readonly networkAdviceCode: string | null
  readonly methodId: string | null
}

export interface Refund {
  readonly id: string
  readonly number: number
  readonly paymentId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly metadata: Metadata
  readonly status: 'pending' | 'succeeded' | 'failed'
  /** When, and as what, it ends; null once it has. */
  readonly ends: { readonly at: number; readonly as: 'succeeded' | 'failed' } | null
  readonly createdAt: number
}

/** A payer's bank that wants the money back, or (`warning_…`) only asks. */
export interface Dispute {
  readonly id: string
  readonly number: number
  readonly paymentId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly reason: string
  readonly status: DisputeStatus
  /** When it was won or lost; left out before, and in journals that are older. */
  readonly resolvedAt?: number
  readonly evidenceDueAt: number
  readonly createdAt: number
}
export type DisputeStatus =
  | 'warning_needs_response'
  | 'warning_under_review'
  | 'warning_closed'
  | 'needs_response'
  | 'under_review'
  | 'won'
  | 'lost'

/** What the gateway tells whoever listens to an account: the row as it was when it happened. */
export interface BookedEvent {
  readonly id: string
  readonly number: number
  readonly type: string
  readonly subject: EventSubject
  /** Names the occasion to faults, in words that no arrival order changes. */
  readonly occasion: string
  readonly createdAt: number
}
export type EventSubject =
  | { readonly object: 'payment'; readonly payment: Payment }
  | { readonly object: 'charge'; readonly payment: Payment }
  | { readonly object: 'refund'; readonly refund: Refund }
  | { readonly object: 'dispute'; readonly dispute: Dispute }
  | { readonly object: 'method'; readonly method: Method }
  | { readonly object: 'payout'; readonly payout: Payout }

/** Where an account's events go: to an address, or (null) to whoever takes them in this process. */
export interface EventEndpoint {
  readonly url: string | null
}

export interface CardTries {
  readonly fingerprint: string
  /** Days since 1970, UTC. */
  readonly day: number
  readonly attempts: number
}

export interface StoredAnswer {
  /** A digest of what has to be equal under the key. */
  readonly params: string | number
  readonly at: number
  readonly answer: Answer
}

export type Metadata = Readonly<Record<string, string>>

export type Answer =
  | { readonly object: 'customer'; readonly customer: Customer }
  | { readonly object: 'method'; readonly method: Method }
  | { readonly object: 'payment'; readonly payment: Payment }
  | { readonly object: 'refund'; readonly refund: Refund }
  | { readonly object: 'dispute'; readonly dispute: Dispute }
  | { readonly object: 'payments'; readonly payments: readonly Payment[]; readonly hasMore: boolean }
  | { readonly object: 'refunds'; readonly refunds: readonly Refund[]; readonly hasMore: boolean }
  | { readonly object: 'disputes'; readonly disputes: readonly Dispute[]; readonly hasMore: boolean }
  | { readonly object: 'balance'; readonly entries: readonly BalanceEntry[]; readonly hasMore: boolean }
  | { readonly object: 'payouts'; readonly payouts: readonly Payout[]; readonly hasMore: boolean }
  | { readonly object: 'error'; readonly error: GatewayError }

export interface GatewayError {
  readonly type: 'card_error' | 'invalid_request_error' | 'idempotency_error' | 'api_error' | 'rate_limit_error'
  /** HTTP status. */
  readonly status: number
  readonly code: string | null
  readonly message: string
  readonly param: string | null
  readonly decline: PaymentDecline | null
  readonly payment: Payment | null
}
