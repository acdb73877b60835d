/** What must be so when everything is calm again, and the account to look at when it is not. */
import { type RawBuilder, sql } from 'kysely'
import { type Figures, readFigures } from '../../src/demo/figures.ts'
import { type Comparison, compareBooks } from '../../src/demo/gateway-books.ts'
import type { Stage } from '../../src/demo/stage.ts'
import { checkInvariants } from '../../src/postgres/invariants.ts'
import type { Asker, Pressed } from './asking.ts'

export interface Verdict extends Figures, Comparison {
  readonly invariantsBroken: number
  readonly orders: number
  readonly ordersShipped: number
  readonly lookUps: number
  /** Sentences; empty when all is well. */
  readonly wrong: readonly string[]
}

export async function judge(stage: Stage, asker: Asker): Promise<Verdict> {
  const { db } = stage.system
  const [comparison, figures, proofs] = [await compareBooks(stage), await readFigures(db), await checkInvariants(db)]
  const broken = proofs.filter((proof) => proof.broken > 0)
  const { doubleCharges, missedCharges, booksEqual, differingAccount } = comparison
  const books = booksEqual && figures.ledgerBalanced
  const [sums] = (
    await sql<{ orders: number; ordersShipped: number; lookUps: number; unknownLeft: number }>`
      select (select count(*)::int from orders) as orders,
        (select count(*)::int from orders where captured_minor > 0) as "ordersShipped",
        (select count(*)::int from events where kind = 'charge_unknown') as "lookUps",
        (select count(*)::int from charges where unknown_since is not null and settled_at is null) as "unknownLeft"`.execute(
      db,
    )
  ).rows
  return {
    ...figures,
    ...comparison,
    ...(sums ?? { orders: 0, ordersShipped: 0, lookUps: 0, unknownLeft: 0 }),
    invariantsBroken: broken.length,
    wrong: [
      ...(books
        ? []
        : [`the books differ: ${doubleCharges} double, ${missedCharges} missed ${differingAccount ?? ''}`]),
      ...broken.map(({ name, says, examples }) => `${name}: ${says} ${JSON.stringify(examples[0], asText)}`),
      ...(await leftOpen(stage)),
      ...(await effectsOf(stage, asker.pressed)),
      ...asker.wrong,
    ],
  }
}

/** In the end nothing is under way. */
async function leftOpen({ system }: Stage): Promise<string[]> {
  const told = await Promise.all(
    Object.entries(ends).map(async ([says, query]) => {
      const { rows } = await query.execute(system.db)
      return rows.slice(0, 3).map((row) => `${says}: ${JSON.stringify(row, asText)}`)
    }),
  )
  return told.flat()
}

const ends: Readonly<Record<string, RawBuilder<unknown>>> = {
  'a charge is unsettled': sql`
    select account_id, charge_id, trigger, status, next_step_at from charges c where settled_at is null
      and not exists (select from orders o where o.order_id = c.order_id and o.status = 'held' and c.status = 'held')`,
  'an order waits for something that never comes': sql`
    select account_id, order_id, status from orders where status in ('confirming', 'shipping', 'cancelling')`,
  'a run never finished': sql`
    select coverage, month, status, paused_reason from runs where status in ('closing', 'collecting')`,
  'a request was never answered': sql`
    select account_id, invoice_id, requested_trigger from invoices where requested_at is not null`,
  'an invoice was never tried': sql`
    select account_id, invoice_id, month from invoices where status = 'scheduled'`,
}

/** Every request under a key took effect exactly once, or (refused, or never answered) at most once. */
async function effectsOf({ system }: Stage, pressed: readonly Pressed[]): Promise<string[]> {
  const { rows: events } = await sql<{ by: string; kind: string; count: number }>`
    select account_id as by, kind, count(*)::int as count from events
    where kind in ('activated', 'order_confirmed') group by 1, 2`.execute(system.db)
  const { rows: orders } = await sql<{ externalId: string; orderId: string }>`
    select external_id as "externalId", order_id as "orderId" from orders`.execute(system.db)
  const happened = new Map(events.map(({ by, kind, count }) => [`${by} ${kind}`, count]))
  const wrong: string[] = []
  for (const [what, kind] of [
    ['activate', 'activated'],
    ['confirm', 'order_confirmed'],
  ] as const) {
    for (const [by, of] of Map.groupBy(
      pressed.filter((one) => one.what === what),
      ({ by }) => by,
    )) {
      const accepted = of.filter(({ told }) => told !== null && told.status < 300).length
      const unheard = of.filter(({ told }) => told === null).length
      const count = happened.get(`${by} ${kind}`) ?? 0
      // A second press before the first was taken up is accepted, and asks for nothing new.
      const atLeast = what === 'activate' ? Math.min(1, accepted) : accepted
      if (count < atLeast || count > accepted + unheard)
        wrong.push(`${by}: ${count} times ${kind} for ${accepted} accepted and ${unheard} unanswered requests`)
    }
  }
  const quoted = pressed.filter(({ what, told }) => what === 'quote' && told?.status === 201)
  const known = new Map(orders.map(({ externalId, orderId }) => [externalId, orderId]))
  for (const { by, told } of quoted) {
    const { externalId, orderId } = told?.body ?? {}
    if (known.get(String(externalId)) !== orderId)
      wrong.push(`${by}: the quote ${externalId} was answered, and is not there`)
  }
  const most = pressed.filter(({ what, told }) => what === 'quote' && (told === null || told.status === 201)).length
  if (orders.length > most) wrong.push(`${orders.length} orders for ${most} quotes`)
  return wrong
}

const asText = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

/** The account that a sentence is about, if it names one. */
export const accountIn = (sentence: string): string | null => /OP\d{10}/.exec(sentence)?.[0] ?? null
