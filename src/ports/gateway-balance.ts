/**
 * What the gateway holds of ours, and what it sends to our bank: every movement of the balance with its fee, and the
 * payouts. In pages, newest first, as the other lists are.
 */
import type { Instant } from '../domain/calendar.ts'
import type { ListOutcome, PeriodPage } from './gateway-lists.ts'

export interface GatewayBalance {
  listBalance(page: BalancePage): Promise<ListOutcome<GatewayBalanceEntry>>
  /** By when they were made. */
  listPayouts(page: PeriodPage): Promise<ListOutcome<GatewayPayout>>
}

export interface BalancePage {
  /** What was entered in [from, to), or what one payout took with it: itself included. */
  readonly of: { readonly from: Instant; readonly to: Instant } | { readonly payoutId: string }
  /** ISO 4217, upper case: entries in other currencies are another balance. */
  readonly currency: string
  /** `next` of the page before; null for the first. */
  readonly cursor: string | null
}

/** One movement of the balance, never changed afterwards. What it leaves there is `amountMinor` − `feeMinor`. */
export interface GatewayBalanceEntry {
  readonly entryId: string
  /** `fee`: billed by itself. `adjustment`: anything that is none of the others. */
  readonly kind:
    | 'capture'
    | 'refund'
    | 'refund_returned'
    | 'dispute_withdrawn'
    | 'dispute_reinstated'
    | 'fee'
    | 'payout'
    | 'payout_returned'
    | 'adjustment'
  /** The gateway's payment that it is about, of captures, refunds and disputes. */
  readonly paymentId: string | null
  /** Our ids from the metadata; null where there are none: a dashboard's refund, somebody else's payment. */
  readonly chargeId: string | null
  readonly refundId: string | null
  readonly accountId: string | null
  readonly gatewayRefundId: string | null
  readonly gatewayDisputeId: string | null
  /** Of a payout, or of one that came back. */
  readonly payoutId: string | null
  /** Before the fee; below zero what left. */
  readonly amountMinor: bigint
  /** Below zero a fee that was given back. */
  readonly feeMinor: bigint
  readonly currency: string
  readonly createdAt: Instant
  readonly availableAt: Instant
}

export interface GatewayPayout {
  readonly payoutId: string
  /** Below zero: taken from our bank, as the balance was. */
  readonly amountMinor: bigint
  readonly currency: string
  /** `paid` is not for ever: a bank may send it back for some days. */
  readonly status: 'on_its_way' | 'paid' | 'failed'
  readonly createdAt: Instant
  readonly arrivesAt: Instant
  /** Whether it is settled which entries it took with it; never for one that was asked for by hand. */
  readonly entriesKnown: boolean
}
