/** What staff and the shop do of a day: approve, retry, refund, decide disputes, pause and resume, ship and cancel. */
import { type RawBuilder, sql } from 'kysely'
import { bucketOf, bucketOfAccount } from '../../src/domain/bucket.ts'
import { addDays, dayAt } from '../../src/domain/calendar.ts'
import type { Decision } from '../../src/domain/dispute.ts'
import type { OrderStatus } from '../../src/domain/order.ts'
import type { Carries } from '../../src/domain/refund.ts'
import { approveInvoice } from '../../src/operations/approve-invoice.ts'
import { exemptStanding, postponeStanding } from '../../src/operations/arrange-standing.ts'
import { decideDisputeBy } from '../../src/operations/decide-dispute.ts'
import { cancelOrder } from '../../src/operations/orders/cancel-order.ts'
import { confirmOrder, retryOrder } from '../../src/operations/orders/confirm-order.ts'
import { returnOrder } from '../../src/operations/orders/return-order.ts'
import { shipOrder } from '../../src/operations/orders/ship-order.ts'
import { requestRefund } from '../../src/operations/request-refund.ts'
import { resumeCollection } from '../../src/operations/resume-collection.ts'
import { retryInvoice } from '../../src/operations/retry-invoice.ts'
import type { System } from '../../src/operations/system.ts'
import { pauseRuns } from '../../src/postgres/runs.ts'
import { fewOf, pickOne, strikes } from './chance.ts'
import type { Live } from './live.ts'

type Act = () => Promise<void>

/** Every morning they approve what waits, and resume what was paused; now and then they pause a run themselves. */
export async function staffOpen(live: Live): Promise<void> {
  const { stage, chance, markets } = live
  const { db } = stage.onlooker
  const { rows: paused } = await sql<{ coverage: string }>`
    select distinct coverage from runs where paused_at is not null order by 1`.execute(db)
  for (const { coverage } of paused)
    await live.ask((system) => resumeCollection(system, { coverage }, stage.now()), 'insistent')
  const waiting = await sql<{ invoiceId: string }>`
    select invoice_id as "invoiceId" from invoices where status = 'awaiting_approval' order by account_id, month`.execute(
    db,
  )
  for (const { invoiceId } of waiting.rows) {
    await live.ask((system) => approveInvoice(system, invoiceId, 'staff', stage.now()), 'insistent')
  }
  if (!strikes(chance, 0.01)) return
  const coverage = pickOne(chance, [...markets.keys()])
  await live.ask((system) => pauseRuns(system.db, coverage, 'staff looked into something', stage.now()))
}

/** What staff wish to do this day, each as an act of its own. */
export async function staffWish(live: Live): Promise<Act[]> {
  return [...(await refunds(live)), ...(await decisions(live)), ...(await favours(live)), ...(await orders(live))]
}

async function refunds(live: Live): Promise<Act[]> {
  const captured = await asked<{ chargeId: string; accountId: string; amountMinor: bigint }>(
    live,
    sql`
    select charge_id as "chargeId", account_id as "accountId", captured_minor as "amountMinor" from charges
    where status = 'captured' and captured_at > ${daysAgo(live, 40)} order by captured_at, account_id, charge_id`,
  )
  return fewOf(live.chance, captured, 0.0015).map(({ amountMinor, ...charge }) => async () => {
    const wish = {
      amountMinor: pickOne(live.chance, [null, amountMinor / 3n + 1n, amountMinor]),
      carries: pickOne<Carries | null>(live.chance, [null, 'credit_note', 'reopening', 'credit']),
    }
    const refundId = live.stage.onlooker.makeId(bucketOf(charge.chargeId), live.stage.now())
    const request = { ...charge, ...wish, refundId, reason: 'goodwill', requestedBy: 'staff' }
    await live.ask((system) => requestRefund(system, request, live.stage.now()), 'insistent')
  })
}

async function decisions(live: Live): Promise<Act[]> {
  const open = await asked<{ accountId: string; disputeId: string }>(
    live,
    sql`
    select account_id as "accountId", dispute_id as "disputeId" from disputes where decision is null
    order by account_id, opened_at, dispute_id`,
  )
  return fewOf(live.chance, open, 0.1).map((dispute) => () => {
    const decision = pickOne<Decision>(live.chance, ['credit_note', 'write_off', 'reopen'])
    const why = { decision, decidedBy: 'staff', why: 'looked into' }
    return live.ask((system) => decideDisputeBy(system, { ...dispute, ...why }, live.stage.now()))
  })
}

/** For somebody who owes: one more try, an exemption, a postponement. */
async function favours(live: Live): Promise<Act[]> {
  const owing = await asked<{ accountId: string; coverage: string; invoiceId: string }>(
    live,
    sql`
    select account_id as "accountId", coverage, invoice_id as "invoiceId" from invoices where status = 'outstanding'
    order by account_id, coverage, month`,
  )
  return fewOf(live.chance, owing, 0.01).map((of) => () => {
    const until = addDays(dayAt(live.stage.now(), 'UTC'), 5)
    const by = { by: 'staff', note: null, until }
    const favour = pickOne<(system: System) => Promise<unknown>>(live.chance, [
      (system) => retryInvoice(system, of, 'staff', live.stage.now()),
      (system) => retryInvoice(system, of, 'staff', live.stage.now()),
      (system) => exemptStanding(system, { ...of, ...by }, live.stage.now()),
      (system) => postponeStanding(system, { ...of, ...by }, live.stage.now()),
    ])
    return live.ask(favour)
  })
}

type OrderAct = 'confirm' | 'cancel' | 'ship' | 'return' | 'retry'
/** How likely each act is on a day, whether or not the order allows it. */
const habits: Readonly<Record<OrderStatus, Readonly<Partial<Record<OrderAct, number>>>>> = {
  quoted: { confirm: 0.1, cancel: 0.05, ship: 0.02 },
  confirming: { confirm: 0.3, cancel: 0.1 },
  held: { ship: 0.25, cancel: 0.05, confirm: 0.02 },
  shipping: { ship: 0.3, cancel: 0.2 },
  shipped: { return: 0.03, ship: 0.02 },
  cancelling: { ship: 0.1, cancel: 0.1 },
  cancelled: {},
  failed: { retry: 0.2, cancel: 0.1, confirm: 0.05 },
  returned: {},
}

async function orders(live: Live): Promise<Act[]> {
  const open = await asked<{ accountId: string; orderId: string; status: OrderStatus }>(
    live,
    sql`
    select account_id as "accountId", order_id as "orderId", status from orders
    where status not in ('cancelled', 'returned') and (status not in ('quoted', 'shipped') or quoted_at > ${daysAgo(live, 20)})
    order by quoted_at, order_id`,
  )
  return open.flatMap(({ status, ...order }) =>
    Object.entries(habits[status])
      .filter(([, likely]) => strikes(live.chance, likely))
      .map(([act]): Act => {
        const press = live.chance() < 0.05 ? live.askTwice : live.ask
        return () => press((system) => orderActs[act as OrderAct](system, live, order)) // a key of the table above
      }),
  )
}

interface Order {
  readonly accountId: string
  readonly orderId: string
}
const orderActs: Readonly<Record<OrderAct, (system: System, live: Live, order: Order) => Promise<unknown>>> = {
  confirm: (system, { stage }, order) => confirmOrder(system, order, stage.now()),
  cancel: (system, { stage }, order) =>
    cancelOrder(system, { ...order, by: 'staff', cancelledBy: 'staff' }, stage.now()),
  ship: (system, { stage }, order) => shipOrder(system, { ...order, shippedBy: 'shop' }, stage.now()),
  retry: (system, { stage }, order) => retryOrder(system, { ...order, retriedBy: 'staff' }, stage.now()),
  return: (system, { stage }, order) => {
    const refundId = system.makeId(bucketOfAccount(order.accountId), stage.now())
    return returnOrder(system, { ...order, refundId, reason: 'sent back', returnedBy: 'shop' }, stage.now())
  },
}

const asked = async <Row>({ stage }: Live, query: RawBuilder<unknown>): Promise<Row[]> =>
  (await query.execute(stage.onlooker.db)).rows as Row[] // the columns are named as the row's

const daysAgo = ({ stage }: Live, days: number) => sql`${new Date(stage.now() - days * 86_400_000)}::timestamptz`
