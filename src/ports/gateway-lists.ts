/**
 * What the gateway has of a period, in pages: for reconciliation, which trusts neither our rows nor the events that may
 * have been lost.
 *
 * Newest first, as gateways list. A page begins after the last row of the one before, so what is created meanwhile moves
 * nothing: at most it is missing, and the next reconciliation's period has it.
 */
import type { Instant } from '../domain/calendar.ts'
import type { GatewayDispute, GatewayPayment, GatewayRefund, NotDone } from './card-gateway.ts'

export interface GatewayLists {
  /** Without zero checks, which hold and take nothing. */
  listPayments(page: PeriodPage): Promise<ListOutcome<GatewayPayment>>
  /** Ours, and those made at the gateway's own dashboard. */
  listRefunds(page: PeriodPage): Promise<ListOutcome<GatewayRefund>>
  listDisputes(page: PeriodPage): Promise<ListOutcome<GatewayDispute>>
}

/** What was created in [from, to). */
export interface PeriodPage {
  readonly from: Instant
  readonly to: Instant
  /** `next` of the page before; null for the first. */
  readonly cursor: string | null
}

export type ListOutcome<Row> =
  | { readonly outcome: 'found'; readonly rows: readonly Row[]; readonly next: string | null }
  | NotDone

/** How many rows a page has. */
export const rowsAPage = 100
