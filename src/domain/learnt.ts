/**
 * What can be learnt about a charge, what its outcome depends on, and everything that may follow from it: the words in
 * which `outcome.ts` decides.
 */
import type { Instant } from './calendar.ts'
import type { ChargeStatus } from './charge.ts'
import type { DeclineCodes } from './decline.ts'
import type { ChargeEvent, OrderEvent } from './event.ts'
import type { InvoiceStatus } from './invoice.ts'
import type { PostingKind } from './ledger.ts'
import type { Minor } from './money.ts'
import type { OrderStatus } from './order.ts'
import type { Trigger } from './retry.ts'

/** What a call to the gateway, or a look-up, taught us. */
export type Learnt =
  | { readonly kind: 'held'; readonly paymentId: string; readonly expiresAt: Instant | null }
  | { readonly kind: 'needs_customer'; readonly paymentId: string }
  | { readonly kind: 'captured'; readonly paymentId: string; readonly capturedMinor: Minor }
  | { readonly kind: 'declined'; readonly paymentId: string | null; readonly decline: DeclineCodes }
  | { readonly kind: 'released' }
  | { readonly kind: 'expired' }
  /** Never sent after all: what the issuer said of the same card a moment before forbids it. */
  | { readonly kind: 'withheld' }
  /** The gateway has no trace of it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unknown'; readonly reason: string }
  /** It certainly did nothing; the same key may be sent again. */
  | { readonly kind: 'not_executed'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }

export interface ChargeFacts {
  readonly status: ChargeStatus
  readonly trigger: Trigger
  readonly amountMinor: Minor
  readonly cardId: string | null
  readonly brand: string | null
  readonly intendedAt: Instant
  readonly paymentId: string | null
  readonly firstSentAt: Instant | null
  readonly lastSentAt: Instant | null
  readonly sends: number
  /** Since when we have not known for certain; kept until the charge is settled, however much is learnt in between. */
  readonly unknownSince: Instant | null
  /** What a capture that may have been sent was to take. */
  readonly captureMinor: Minor | null
  /** Of a verification that was declined and is being given up: its public code. */
  readonly failureCode?: string | null
  /** What the issuer's last refusal of this card says about trying again; a success takes it off. */
  readonly mark: CardMark['mark']
  /** Null for verifications and orders. */
  readonly invoice: InvoiceFacts | null
  /** Null for verifications and invoices. */
  readonly order: OrderState | null
}

/** The order a charge is for, as its locked row says. */
export interface OrderState {
  readonly status: OrderStatus
  readonly netMinor: Minor
  readonly taxMinor: Minor
  readonly totalMinor: Minor
  readonly capturedMinor: Minor
  /** When it was last to be shipped. */
  readonly shippingAt: Instant | null
  /** The card the account pays this coverage with now; read as for an invoice. */
  readonly cardId: string | null
}

export interface InvoiceFacts {
  readonly status: InvoiceStatus
  readonly dueMinor: Minor
  readonly nextAttemptAt: Instant | null
  /** A payment of it is disputed: nothing more is taken until staff decide. */
  readonly disputed: boolean
  /** Of what is due, what was paid and given back: never asked for by the system itself. */
  readonly reopenedMinor: Minor
  /** The card the account pays this coverage with now, read where it matters: for a charge without a trace. */
  readonly cardId: string | null
  /** Whether the invoice's run is paused; read where it matters, as is the card. */
  readonly runPaused: boolean
  /** When the gateway last refused us a charge for it; read for one that it refuses again. */
  readonly lastRefusedAt: Instant | null
}

/** Everything to be written, and what the same worker does next while it holds the claim. */
export interface Effects {
  readonly next: 'hold' | 'capture' | 'release' | null
  readonly charge: ChargeChange
  readonly invoice: InvoiceChange | null
  readonly order: OrderChange | null
  readonly postings: readonly { readonly kind: PostingKind; readonly amountMinor: Minor }[]
  readonly event: ChargeEvent | null
  readonly cardMark: CardMark | null
  readonly staff: 'charge_unknown' | 'charge_refused' | 'captured_in_excess' | null
  /** What was taken beyond what was due: the account's credit. */
  readonly excessMinor: Minor
}

/** Columns of the charge to set; what is absent stays. */
export interface ChargeChange {
  readonly status: ChargeStatus
  /** Null keeps the claim; an instant gives it back until then; `never` gives it back until somebody's act. */
  readonly parkedUntil: Instant | 'never' | null
  readonly paymentId?: string | null
  readonly holdExpiresAt?: Instant | null
  readonly captureMinor?: Minor
  readonly capturedMinor?: Minor
  readonly failureCode?: string
  readonly decline?: DeclineCodes
  readonly refusedReason?: string
  /** Nothing reached the issuer: the day's automatic attempt is still to be made. */
  readonly attemptUndone?: true
  /** Sent again under the same key, now. */
  readonly sentAgain?: true
  readonly neverSent?: true
}

export interface InvoiceChange {
  readonly status: InvoiceStatus
  readonly capturedMinor: Minor
  readonly nextAttemptAt: Instant | null
  readonly failure: { readonly code: string; readonly declineCode: string | null } | null
}

export interface OrderChange {
  readonly status: OrderStatus
  readonly capturedMinor: Minor
  readonly failure: { readonly code: string; readonly declineCode: string | null } | null
  /** About to ship, its hold is gone: another charge is to be made. */
  readonly wantsCharge: boolean
  readonly event: OrderEvent | null
}

export interface CardMark {
  readonly mark: 'never' | 'customer' | 'after' | null
  readonly code: string
  readonly retryAfter: Instant | null
}
