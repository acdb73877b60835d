/** What reading one page of a reconciliation comes to, and the words that its parts share. */
import { bucketOf } from '../../domain/bucket.ts'
import type { Instant } from '../../domain/calendar.ts'
import type { TheirPayment } from '../../domain/reconciliation.ts'
import type { GatewayPayment } from '../../ports/card-gateway.ts'
import type { FoundDifference, Reconciliation } from '../../postgres/reconciliations.ts'
import type { Seen } from '../../postgres/reconciling.ts'
import type { System } from '../system.ts'

export interface Reading {
  readonly system: System
  readonly reconciliation: Reconciliation
  /** The period: [from, to). */
  readonly from: Instant
  readonly to: Instant
  readonly now: Instant
}

export interface Page {
  /** Where the next page begins; null: the stage is over. */
  readonly next: string | null
  readonly rows: number
  readonly foreign?: number
  /** What of ours the gateway mentioned. */
  readonly seen: readonly Seen[]
  readonly found: readonly FoundDifference[]
}

/** The gateway could not be read: nothing is concluded from that. */
export class Unread extends Error {}

export const theirsOf = (payment: GatewayPayment): TheirPayment => ({
  ...payment,
  hasCard: payment.card !== null && payment.customerId !== null,
})

/** Null for ids that we did not make. */
export function bucketOfOurs(id: string | null): number | null {
  try {
    return id === null ? null : bucketOf(id)
  } catch {
    return null
  }
}
