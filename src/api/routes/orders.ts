/** One-off purchases: the platform quotes and ships, the payer confirms, staff retry what failed (B13). */
import { z } from 'zod'
import type { Caller } from '../../domain/access.ts'
import { bucketOfAccount } from '../../domain/bucket.ts'
import { largestOrderMinor, refuseCard } from '../../domain/order.ts'
import { orderActionsFor } from '../../domain/order-actions.ts'
import { cancelOrder } from '../../operations/orders/cancel-order.ts'
import { confirmOrder, type Ordered, retryOrder } from '../../operations/orders/confirm-order.ts'
import { paymentFactsOf } from '../../operations/orders/order-charge.ts'
import { quoteOrder } from '../../operations/orders/quote-order.ts'
import { returnOrder } from '../../operations/orders/return-order.ts'
import { shipOrder } from '../../operations/orders/ship-order.ts'
import { rulesOf } from '../../operations/system.ts'
import { listCharges } from '../../postgres/billing-lists.ts'
import { listOrders, readOrder } from '../../postgres/order-lists.ts'
import { readOrderPayments } from '../../postgres/orders.ts'
import { pageFrom, readCursor } from '../cursor.ts'
import { Problem } from '../errors.ts'
import { orderDetailOut, orderDetailView, orderOut, orderStatus, orderView } from '../order-views.ts'
import { type Asked, route } from '../route.ts'
import { accountId, coverage, epochMs, ofAccount, ourId, page, pageOf } from '../wire.ts'

const ofOrder = z.object({ accountId, orderId: ourId })
type OfOrder = z.output<typeof ofOrder>

const externalId = z
  .string()
  .min(1)
  .max(200)
  .meta({ description: 'The platform’s own name for the order, unique for the account.', example: 'WEB-2027-000123' })

const itemIn = z.strictObject({
  code: z.string().min(1).max(100).meta({ example: 'SIM-NANO' }),
  name: z.string().min(1).max(200).meta({ example: 'Air SIM card (nano)' }),
  quantity: z.int().min(1).max(1_000_000),
  unitMinor: z
    .int()
    .min(0)
    .max(Number(largestOrderMinor))
    .transform((amount) => BigInt(amount))
    .meta({
      description: 'Price of one in minor units, before tax. Shipping cost is an item like any other.',
      example: 500,
    }),
  taxRateBp: z.int().min(0).max(10_000).meta({ description: 'Basis points: 1000 is 10 %.', example: 1000 }),
})

const orderKey = z.object({ at: epochMs, id: ourId })
const detail = (description: string) => ({ status: 200, description, schema: orderDetailOut }) as const
const accepted = (description: string) => ({ status: 202, description, schema: orderDetailOut }) as const

export const orderRoutes = [
  route({
    operation: 'quoteOrder',
    method: 'POST',
    path: '/accounts/:accountId/orders',
    tag: 'Orders',
    summary: 'Quote an order at the platform’s prices',
    description:
      'Tax is taken once per rate, in the coverage’s rounding. The quote holds for a month. Pushed again with the same content it answers the order that there is; with other content it is refused.',
    params: ofAccount,
    body: z.strictObject({ coverage, externalId, items: z.array(itemIn).min(1).max(100) }),
    answer: { status: 201, description: 'The order, quoted.', schema: orderDetailOut },
    problems: ['account_unknown', 'account_closed', 'order_too_small', 'order_too_large', 'external_id_reused'],
    handle: async (asked) => {
      const { system, params, body, caller, now, createId } = asked
      const request = { ...body, ...params, orderId: createId(), quotedBy: whoIs(caller) }
      const quoted = await quoteOrder(system, request, now)
      if ('refused' in quoted) throw new Problem(quoted.refused)
      return tell(asked, { ...params, orderId: quoted.orderId })
    },
  }),
  route({
    operation: 'listOrders',
    method: 'GET',
    path: '/accounts/:accountId/orders',
    tag: 'Orders',
    summary: 'Orders, newest first',
    params: ofAccount,
    query: z.strictObject({
      ...page,
      coverage: coverage.optional(),
      status: orderStatus.optional(),
      externalId: externalId.optional(),
    }),
    answer: { status: 200, description: 'A page of orders.', schema: pageOf(orderOut) },
    handle: async ({ system, params, query: { limit, cursor, ...filters }, language }) => {
      const after = readCursor(cursor, orderKey)
      const of = { bucket: bucketOfAccount(params.accountId), ...params, ...filters, after, limit: limit + 1 }
      return pageFrom(
        await listOrders(system.db, of),
        limit,
        (row) => ({ at: row.quotedAt, id: row.orderId }),
        (row) => orderView(row, language),
      )
    },
  }),
  route({
    operation: 'readOrder',
    method: 'GET',
    path: '/accounts/:accountId/orders/:orderId',
    tag: 'Orders',
    summary: 'One order with its charges',
    description:
      'Poll it with `If-None-Match` after an act: every act answers at once, and this tells what came of it.',
    params: ofOrder,
    answer: detail('The order.'),
    problems: ['not_found'],
    handle: (asked) => tell(asked, asked.params),
  }),
  route({
    operation: 'confirmOrder',
    method: 'POST',
    path: '/accounts/:accountId/orders/:orderId/confirm',
    tag: 'Orders',
    summary: 'Confirm an order: its total is held on the card',
    description:
      'Pressed twice, one hold is placed. `needsCustomer` names the charge when 3-D Secure asks the payer. A payment that fails is never tried again by itself.',
    params: ofOrder,
    answer: accepted('The hold is on its way, or there already.'),
    problems: [
      ...(['not_found', 'quote_ended', 'order_not_quoted', 'order_failed', 'order_cancelled'] as const),
      ...(['account_closed', 'method_missing', 'method_not_card', 'code_forbids_retry', 'charge_unsettled'] as const),
    ],
    handle: (asked) => acted(asked, confirmOrder(asked.system, asked.params, asked.now)),
  }),
  route({
    operation: 'cancelOrder',
    method: 'POST',
    path: '/accounts/:accountId/orders/:orderId/cancel',
    tag: 'Orders',
    summary: 'Cancel an order: its hold is given up',
    description:
      'The payer can until shipping has begun, the platform and staff until the capture has. What is on its way is remembered and given up when it arrives.',
    params: ofOrder,
    answer: accepted('It is cancelled, or will be once nothing is held.'),
    problems: ['not_found', 'order_already_shipping', 'order_already_shipped', 'order_already_paid'],
    handle: (asked) => {
      const { system, params, caller, now } = asked
      const cancelledBy = caller.kind === 'root' ? null : whoIs(caller)
      return acted(asked, cancelOrder(system, { ...params, by: sideOf(caller), cancelledBy }, now))
    },
  }),
  route({
    operation: 'shipOrder',
    method: 'POST',
    path: '/accounts/:accountId/orders/:orderId/ship',
    tag: 'Orders',
    summary: 'Ask for the capture; ship once it says shipped',
    description:
      'The order is `shipping` until the money is captured, and then `shipped`: nothing should leave before. A hold that ran out meanwhile is replaced first; when that fails, so does the order.',
    params: ofOrder,
    answer: accepted('`shipped`, or `shipping`: ask again in a moment.'),
    problems: [
      ...(['not_found', 'order_not_held', 'order_failed', 'order_cancelled'] as const),
      ...(['order_already_shipped', 'order_given_back'] as const),
    ],
    handle: (asked) => {
      const { system, params, caller, now } = asked
      return acted(asked, shipOrder(system, { ...params, shippedBy: whoIs(caller) }, now))
    },
  }),
  route({
    operation: 'returnOrder',
    method: 'POST',
    path: '/accounts/:accountId/orders/:orderId/return',
    tag: 'Orders',
    summary: 'Record a return: what was captured is refunded',
    params: ofOrder,
    body: z.strictObject({ reason: z.string().min(1).max(500).meta({ example: 'Sent back unopened' }) }),
    description:
      'Of an order that was shipped, or paid at the gateway before that. While its payment is disputed nothing can be given back: `notGivenBack` says so, and staff are called.',
    answer: accepted('It is returned; the refund has a life of its own.'),
    problems: ['not_found', 'order_not_shipped', 'order_cancelled'],
    handle: (asked) => {
      const { system, params, body, caller, now, createId } = asked
      const request = { ...params, ...body, refundId: createId(), returnedBy: whoIs(caller) }
      return acted(asked, returnOrder(system, request, now))
    },
  }),
  route({
    operation: 'retryOrder',
    method: 'POST',
    path: '/accounts/:accountId/orders/:orderId/retry',
    tag: 'Orders',
    summary: 'Try the payment of a failed order again',
    description: 'With the card that is registered now. Obeys do-not-retry codes and the networks’ counts.',
    params: ofOrder,
    answer: accepted('The hold is on its way.'),
    problems: [
      ...(['not_found', 'order_not_failed', 'order_cancelled', 'account_closed'] as const),
      ...([
        'method_missing',
        'method_not_card',
        'code_forbids_retry',
        'network_count_reached',
        'charge_unsettled',
      ] as const),
    ],
    handle: (asked) => {
      const { system, params, caller, now } = asked
      return acted(asked, retryOrder(system, { ...params, retriedBy: whoIs(caller) }, now))
    },
  }),
]

type Telling = Pick<Asked, 'system' | 'caller' | 'language' | 'now'>

/** The order as it is after an act; or the act's problem. */
async function acted(asked: Telling & { readonly params: OfOrder }, act: Promise<Ordered>) {
  const done = await act
  if (!('refused' in done)) return tell(asked, asked.params)
  const until = 'until' in done ? done.until : null
  const row = await readOrder(asked.system.db, { bucket: bucketOfAccount(asked.params.accountId), ...asked.params })
  const zone = row ? rulesOf(asked.system, row.coverage).timeZone : 'UTC'
  throw new Problem(done.refused, { facts: { until, zone } })
}

async function tell({ system, caller, language, now }: Telling, of: OfOrder) {
  const key = { bucket: bucketOfAccount(of.accountId), ...of }
  const [row, charges, [payment]] = await Promise.all([
    readOrder(system.db, key),
    listCharges(system.db, { ...key, after: null, limit: 100 }),
    readOrderPayments(system.db, key.bucket, [of.orderId], now),
  ])
  if (!row || !payment) throw new Problem('not_found')
  const rules = rulesOf(system, row.coverage)
  const cardFor = (trigger: 'order' | 'staff') => refuseCard(trigger, paymentFactsOf(payment), row, rules, now)
  const actions = orderActionsFor(row, sideOf(caller), { confirm: cardFor('order'), retry: cardFor('staff') }, now)
  return orderDetailView(row, charges, actions, caller, language, rules.timeZone)
}

const sideOf = (caller: Caller): 'payer' | 'platform' | 'staff' =>
  caller.kind === 'staff' || caller.kind === 'platform' ? caller.kind : 'payer'

const whoIs = (caller: Caller): string => ('name' in caller ? caller.name : caller.kind)
