/**
 * What a card gateway must do for us. One instance speaks for one coverage's gateway account.
 *
 * Every call that may move money has the same five ways to end, and `unknown` is one of them: a time-out, a 5xx or a
 * lost answer is not a failure, and nobody may treat it as one (design section 4.3). None of these calls throws for
 * what the gateway did; a throw is a bug of ours.
 *
 * `card-gateway.conformance.test.ts` beside this file is what every implementation has to pass.
 */
import type { Instant } from '../domain/calendar.ts'
import type { GatewayBalance } from './gateway-balance.ts'
import type { GatewayLists } from './gateway-lists.ts'

export interface CardGateway extends GatewayBalance, GatewayLists {
  /** The API version that new charges are frozen with; a replay sends the version its row holds. */
  readonly apiVersion: string

  /** Creates the gateway's record of one account in this coverage. The same account gives the same customer. */
  createCustomer(request: CustomerRequest): Promise<CustomerOutcome>

  /** Opens a card registration: a payment the payer's browser confirms (amount > 0), or a zero check (amount 0). */
  beginRegistration(request: RegistrationRequest): Promise<RegistrationOutcome>

  /** Places a hold on a registered card (merchant-initiated when `offSession`). Takes no money. */
  hold(request: HoldRequest): Promise<HoldOutcome>

  /** Takes the held money, once: `amountMinor` may be less than what was held, never more. */
  capture(request: CaptureRequest): Promise<CaptureOutcome>

  /** Gives a hold up. */
  release(request: ReleaseRequest): Promise<ReleaseOutcome>

  /**
   * Reads what became of one charge: by the payment's id when we have it, else by listing that customer's payments and
   * comparing our charge id in their metadata. Also how a registration is finished (its payment carries the card). A
   * zero check that passed is `held` with amount 0; releasing it is approved without a call, as nothing is held.
   */
  lookUp(request: LookUpRequest): Promise<LookUpOutcome>

  /** Gives captured money back, in whole or in part. */
  refund(request: RefundRequest): Promise<RefundOutcome>

  /** Every refund of one payment, ours and those made at the gateway's own dashboard, oldest first. */
  lookUpRefunds(request: { readonly paymentId: string }): Promise<RefundsOutcome>

  /** Reads a dispute as it is now: events about it may come late, twice, or in any order. */
  lookUpDispute(request: { readonly disputeId: string }): Promise<DisputeOutcome>

  /** Reads a registered card as it is now; the gateway may have been told of a new expiry by the network. */
  lookUpCard(request: { readonly customerId: string; readonly paymentMethodId: string }): Promise<CardOutcome>

  /**
   * Verifies and reads an event that the gateway delivered. Makes no call. `body` is the bytes exactly as they came;
   * `wallNow` is epoch ms of wall time: a signature older or newer than the tolerance is refused (replay).
   */
  readEvent(request: EventRequest): EventRead | Promise<EventRead>
}

export interface CustomerRequest {
  readonly accountId: string
  readonly coverage: string
}
export type CustomerOutcome = { readonly outcome: 'approved'; readonly customerId: string } | NotDone

export interface RegistrationRequest {
  /** The verification charge's id: idempotency key and metadata. */
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  readonly customerId: string
  /** Minor units of `currency`; 0 asks for the gateway's own zero check. */
  readonly amountMinor: bigint
  /** ISO 4217, upper case. */
  readonly currency: string
  readonly apiVersion: string
}
export type RegistrationOutcome =
  | { readonly outcome: 'approved'; readonly paymentId: string; readonly clientSecret: string }
  | NotDone

export interface HoldRequest {
  /** Our charge's id; with the step it is the idempotency key, and it stands in the payment's metadata. */
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  /** The invoice's or order's id, for the metadata. */
  readonly subjectId: string
  /** What caused the charge, for the metadata: our rows can be made again from it. */
  readonly trigger: string
  readonly customerId: string
  readonly paymentMethodId: string
  /** Minor units of `currency`. */
  readonly amountMinor: bigint
  /** ISO 4217, upper case. */
  readonly currency: string
  /** True when nobody is there to answer a 3-D Secure question. */
  readonly offSession: boolean
  readonly apiVersion: string
}
export type HoldOutcome =
  | { readonly outcome: 'approved'; readonly paymentId: string; readonly expiresAt: Instant | null }
  | ({ readonly outcome: 'declined'; readonly paymentId: string | null } & Decline)
  | { readonly outcome: 'needs_customer'; readonly paymentId: string; readonly clientSecret: string }
  | NotDone

export interface CaptureRequest {
  readonly chargeId: string
  readonly paymentId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly apiVersion: string
}
export type CaptureOutcome =
  | { readonly outcome: 'approved'; readonly capturedMinor: bigint }
  /** The hold is gone (expired or cancelled at the gateway's side): no money moved. */
  | { readonly outcome: 'expired' }
  | ({ readonly outcome: 'declined' } & Decline)
  | NotDone

export interface ReleaseRequest {
  readonly chargeId: string
  readonly paymentId: string
  readonly apiVersion: string
}
export type ReleaseOutcome =
  | { readonly outcome: 'approved' }
  /** Too late: the money had been taken already. A fact to record, not an error. */
  | { readonly outcome: 'captured'; readonly capturedMinor: bigint }
  | NotDone

export interface LookUpRequest {
  readonly chargeId: string
  readonly customerId: string
  readonly paymentId: string | null
  /** No payment for this charge can be older; bounds the listing. */
  readonly since: Instant
}
export type LookUpOutcome =
  | { readonly outcome: 'found'; readonly payment: GatewayPayment }
  /** The gateway answered and has no such payment (yet: a request of ours may still be on its way). */
  | { readonly outcome: 'absent' }
  | NotDone

export interface RefundRequest {
  /** Our refund's id: idempotency key and metadata. */
  readonly refundId: string
  readonly chargeId: string
  readonly paymentId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly apiVersion: string
}
export type RefundOutcome =
  | { readonly outcome: 'approved'; readonly refund: GatewayRefund }
  /** The gateway will not: more than is left of the payment, the payment is disputed, our balance is too low. */
  | { readonly outcome: 'declined'; readonly reason: string }
  | NotDone

export type RefundsOutcome = { readonly outcome: 'found'; readonly refunds: readonly GatewayRefund[] } | NotDone
export interface GatewayRefund {
  readonly gatewayRefundId: string
  /** Our refund's id from the metadata; null for one made at the gateway's own dashboard. */
  readonly refundId: string | null
  readonly paymentId: string
  readonly amountMinor: bigint
  readonly currency: string
  readonly status: 'pending' | 'succeeded' | 'failed'
  readonly createdAt: Instant
}

export type DisputeOutcome =
  | { readonly outcome: 'found'; readonly dispute: GatewayDispute }
  | { readonly outcome: 'absent' }
  | NotDone
export interface GatewayDispute {
  readonly gatewayDisputeId: string
  readonly paymentId: string
  readonly amountMinor: bigint
  readonly currency: string
  /** The network's reason, such as `fraudulent` or `product_not_received`. */
  readonly reason: string
  /** `inquiry`: the bank only asks, no money moved yet. `open`: the amount was taken back until it is decided. */
  readonly status: 'inquiry' | 'open' | 'under_review' | 'won' | 'lost' | 'closed'
  readonly evidenceDueAt: Instant | null
  readonly createdAt: Instant
}

export type CardOutcome =
  | { readonly outcome: 'found'; readonly card: GatewayCard }
  | { readonly outcome: 'absent' }
  | NotDone

export interface EventRequest {
  readonly body: string
  /** The header that carries it; null when there was none. */
  readonly signature: string | null
  readonly wallNow: number
}
export type EventRead =
  | { readonly read: true; readonly event: GatewayEvent }
  | {
      readonly read: false
      readonly reason: 'unsigned' | 'signature_wrong' | 'too_old' | 'malformed' | 'not_configured'
    }

/** A hint that something changed, never the truth about it: whoever handles one reads the gateway. */
export interface GatewayEvent {
  readonly eventId: string
  readonly type: string
  readonly createdAt: Instant
  readonly about:
    | { readonly kind: 'payment'; readonly paymentId: string; readonly chargeId: string | null }
    | { readonly kind: 'refund'; readonly paymentId: string }
    | { readonly kind: 'dispute'; readonly disputeId: string; readonly paymentId: string }
    | { readonly kind: 'card'; readonly customerId: string; readonly paymentMethodId: string }
    | { readonly kind: 'payout'; readonly payoutId: string }
    | { readonly kind: 'other' }
}

/** What the gateway knows about one payment. */
export interface GatewayPayment {
  readonly paymentId: string
  /** Our charge id from the metadata; null for payments that are not ours. */
  readonly chargeId: string | null
  /** The rest of our metadata: null where there is none, subject and trigger also on registrations. */
  readonly accountId: string | null
  readonly subjectId: string | null
  readonly trigger: string | null
  readonly customerId: string | null
  readonly status: 'processing' | 'needs_customer' | 'held' | 'captured' | 'declined' | 'released' | 'expired'
  readonly amountMinor: bigint
  readonly capturedMinor: bigint
  /** Given back of it so far, as the gateway counts. */
  readonly refundedMinor: bigint
  readonly currency: string
  readonly createdAt: Instant
  readonly holdExpiresAt: Instant | null
  readonly decline: Decline | null
  readonly card: GatewayCard | null
}

/** A registered card as the gateway shows it: never a number. */
export interface GatewayCard {
  readonly paymentMethodId: string
  /** The same for the same physical card, whoever registers it, however often. */
  readonly fingerprint: string
  /** `visa`, `mastercard`, `amex`, `jcb`, … in the gateway's spelling. */
  readonly brand: string
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
}

/** Why an issuer or the gateway said no, in the gateway's own words; `domain/decline.ts` knows what they mean. */
export interface Decline {
  /** The error code, such as `card_declined` or `expired_card`. */
  readonly code: string
  readonly declineCode: string | null
  readonly adviceCode: string | null
  /** The network's own advice, such as Mastercard's merchant advice `03`; never the issuer's response code. */
  readonly networkCode: string | null
}

/** The ways a call can end without an answer from the issuer. */
export type NotDone =
  /** It may have happened or not: time-out, 5xx, lost answer, the same key still running, other parameters under it. */
  | { readonly outcome: 'unknown'; readonly reason: string }
  /** It certainly did not happen, and the same key may be sent again later: 429, connection refused. */
  | { readonly outcome: 'not_executed'; readonly reason: string; readonly retryAfterMs: number | null }
  /** Our own fault: 401, 403, an invalid request. Never shown to a payer, never counted as a decline. */
  | { readonly outcome: 'refused'; readonly reason: string }

/**
 * The payment that says most about a charge, for the rare charge that has several (a key that outlived the gateway's
 * memory): money taken before money held before anything else. Null for none.
 */
export function mostTelling(payments: readonly GatewayPayment[]): GatewayPayment | null {
  return payments.toSorted((one, other) => telling.indexOf(one.status) - telling.indexOf(other.status))[0] ?? null
}

const telling: readonly GatewayPayment['status'][] = [
  'captured',
  'held',
  'processing',
  'needs_customer',
  'declined',
  'expired',
  'released',
]
