/** A period's payments, refunds and disputes through the in-process face. */
import type { GatewayPayment } from '../ports/card-gateway.ts'
import { type GatewayLists, type ListOutcome, rowsAPage } from '../ports/gateway-lists.ts'
import type { Command } from './core.ts'
import { gatewayDispute } from './gateway-disputes.ts'
import { gatewayRefund } from './gateway-refunds.ts'
import { misfit, type Send } from './gateway-send.ts'
import type { Answer, Payment } from './rows.ts'

export function listsThrough(send: Send, paymentOf: (payment: Payment) => GatewayPayment): GatewayLists {
  const page = async <Row extends { readonly id: string }, Out>(
    command: Command,
    rowsOf: (answer: Answer) => { readonly rows: readonly Row[]; readonly hasMore: boolean } | null,
    show: (row: Row) => Out,
  ): Promise<ListOutcome<Out>> => {
    const answer = await send(command, null, '')
    if ('outcome' in answer) return answer
    const listed = rowsOf(answer)
    if (listed === null) return misfit(answer)
    const next = listed.hasMore ? (listed.rows.at(-1)?.id ?? null) : null
    return { outcome: 'found', rows: listed.rows.map(show), next }
  }
  return {
    listPayments: ({ from, to, cursor }) =>
      page(
        {
          name: 'list_payments',
          kind: 'payment',
          customerId: null,
          from,
          until: to,
          startingAfter: cursor,
          limit: rowsAPage,
        },
        (answer) => (answer.object === 'payments' ? { rows: answer.payments, hasMore: answer.hasMore } : null),
        paymentOf,
      ),
    listRefunds: ({ from, to, cursor }) =>
      page(
        { name: 'list_refunds', paymentId: null, from, until: to, startingAfter: cursor, limit: rowsAPage },
        (answer) => (answer.object === 'refunds' ? { rows: answer.refunds, hasMore: answer.hasMore } : null),
        gatewayRefund,
      ),
    listDisputes: ({ from, to, cursor }) =>
      page(
        { name: 'list_disputes', from, until: to, startingAfter: cursor, limit: rowsAPage },
        (answer) => (answer.object === 'disputes' ? { rows: answer.disputes, hasMore: answer.hasMore } : null),
        gatewayDispute,
      ),
  }
}
