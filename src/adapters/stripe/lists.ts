/** A period's payments, refunds and disputes through Stripe, a hundred a page. */
import type Stripe from 'stripe'
import type { Instant } from '../../domain/calendar.ts'
import { type GatewayLists, type ListOutcome, type PeriodPage, rowsAPage } from '../../ports/gateway-lists.ts'
import { notDoneOf } from './outcome-of.ts'
import { inList, paymentOf } from './payment-of.ts'
import { seenDispute } from './reading.ts'
import { seenRefund } from './refunds.ts'

export function listsOf(stripe: Stripe, apiVersion: string): GatewayLists {
  const reading = { apiVersion }
  return {
    listPayments: (page) =>
      read(() => stripe.paymentIntents.list({ ...queryOf(page), expand: inList }, reading), paymentOf),
    listRefunds: (page) => read(() => stripe.refunds.list(queryOf(page), reading), seenRefund),
    listDisputes: (page) => read(() => stripe.disputes.list(queryOf(page), reading), seenDispute),
  }
}

/** `show` answers null for rows that are about no payment intent: nothing of ours was ever taken without one. */
async function read<Row extends { readonly id: string }, Out>(
  ask: () => Promise<Stripe.ApiList<Row>>,
  show: (row: Row) => Out | null,
): Promise<ListOutcome<Out>> {
  try {
    const { data, has_more: hasMore } = await ask()
    const rows = data.map(show).filter((row) => row !== null)
    return { outcome: 'found', rows, next: hasMore ? (data.at(-1)?.id ?? null) : null }
  } catch (problem) {
    return notDoneOf(problem)
  }
}

const queryOf = ({ from, to, cursor }: PeriodPage) => ({
  created: { gte: ceilSeconds(from), lt: ceilSeconds(to) },
  limit: rowsAPage,
  ...(cursor === null ? {} : { starting_after: cursor }),
})

const ceilSeconds = (at: Instant): number => Math.ceil(at / 1000)
