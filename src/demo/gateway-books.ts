/**
 * The two books compared: what the card network says it took, from its own records, against what our tables say was
 * paid; per payment, per invoice and order, to the cent.
 */
import { sql } from 'kysely'
import { type Queries, rowsOf } from '../postgres/database.ts'
import type { Stage } from './stage.ts'

export interface Comparison {
  /** Payments that the network took beyond the one that an invoice or an order may cost, or for a mere verification. */
  readonly doubleCharges: number
  /** Payments taken there and not recorded here with the same sum, or recorded here and not taken there. */
  readonly missedCharges: number
  /** Money still held there for a charge that is settled here. */
  readonly holdsLeft: number
  /** Payments that the network took. */
  readonly captures: number
  /** Every payment, invoice and order is the same in both, and so are the sums by coverage. */
  readonly booksEqual: boolean
  /** An account whose books are not, for its story to be told. */
  readonly differingAccount: string | null
}

/** The same words on both sides: where, in which currency, how much. */
type Taken = string
const taken = (coverage: string, currency: string, minor: bigint): Taken => `${coverage} ${currency} ${minor}`

type Books = Pick<Stage, 'system'> & { readonly simulator: Pick<Stage['simulator'], 'payments'> }

export async function compareBooks({ system, simulator }: Books): Promise<Comparison> {
  const charges = await readCharges(system.db)
  const invoices = await readInvoices(system.db)
  const captures = new Map<string, Taken[]>()
  const perInvoice = new Map<string, { accountId: string | null; count: number; sumMinor: bigint }>()
  const sums = new Map<string, bigint>()
  let holdsLeft = 0
  let astray = 0
  const differing = new Set<string | null>()

  for await (const payment of simulator.payments()) {
    const { chargeId, subjectId, account, currency, status, capturedMinor, refundedMinor } = payment
    const charge = chargeId === null ? undefined : charges.get(chargeId)
    if (status === 'requires_capture' && charge?.settled !== false) {
      holdsLeft += 1
      differing.add(payment.accountId)
    }
    if (status !== 'succeeded' || payment.kind !== 'payment') continue
    const netMinor = capturedMinor - refundedMinor
    add(sums, account, netMinor)
    if (chargeId === null || !charge) {
      astray += 1
      differing.add(payment.accountId)
    } else captures.set(chargeId, [...(captures.get(chargeId) ?? []), taken(account, currency, netMinor)])
    const subject = subjectId ?? payment.id
    const { count, sumMinor } = perInvoice.get(subject) ?? { count: 0, sumMinor: 0n }
    perInvoice.set(subject, { accountId: payment.accountId, count: count + 1, sumMinor: sumMinor + netMinor })
  }

  // An invoice may be paid in parts; more than it comes to is what must never happen.
  const doubles = [...perInvoice].map(([invoiceId, { accountId, count, sumMinor }]) => {
    const invoice = invoices.get(invoiceId)
    const doubled = !invoice ? count : sumMinor > invoice.owedMinor ? Math.max(1, count - 1) : 0
    if (doubled > 0) differing.add(accountId)
    return doubled
  })
  const unequal = [...charges].map(([chargeId, charge]) => {
    const there = captures.get(chargeId) ?? []
    const here = charge.capturedMinor === 0n ? [] : [taken(charge.coverage, charge.currency, charge.capturedMinor)]
    if (there.join() === here.join()) return 0
    differing.add(charge.accountId)
    return Math.max(1, Math.abs(there.length - here.length))
  })
  for (const { coverage, capturedMinor } of charges.values()) add(sums, coverage, -capturedMinor)
  const invoicesEqual = [...invoices].every(
    ([invoiceId, { capturedMinor }]) => capturedMinor === (perInvoice.get(invoiceId)?.sumMinor ?? 0n),
  )
  const doubleCharges = total(doubles)
  const missedCharges = total(unequal) + astray
  return {
    doubleCharges,
    missedCharges,
    holdsLeft,
    captures: total([...perInvoice.values()].map(({ count }) => count)),
    differingAccount: [...differing].find((accountId) => accountId !== null) ?? null,
    booksEqual:
      doubleCharges === 0 &&
      missedCharges === 0 &&
      holdsLeft === 0 &&
      invoicesEqual &&
      [...sums.values()].every((left) => left === 0n),
  }
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
const add = (sums: Map<string, bigint>, key: string, minor: bigint) => sums.set(key, (sums.get(key) ?? 0n) + minor)

interface OurCharge {
  readonly chargeId: string
  readonly accountId: string
  readonly coverage: string
  readonly currency: string
  readonly capturedMinor: bigint
  readonly settled: boolean
}
async function readCharges(queries: Queries): Promise<Map<string, OurCharge>> {
  const rows = await rowsOf(
    queries,
    sql<OurCharge>`select charge_id as "chargeId", account_id as "accountId", coverage, currency, captured_minor as "capturedMinor",
      settled_at is not null as settled from charges`,
  )
  return new Map(rows.map((row) => [row.chargeId, row]))
}

interface OurInvoice {
  readonly invoiceId: string
  readonly owedMinor: bigint
  readonly capturedMinor: bigint
}
/** Orders among them: each may cost its total once. */
async function readInvoices(queries: Queries): Promise<Map<string, OurInvoice>> {
  const rows = await rowsOf(
    queries,
    sql<OurInvoice>`select invoice_id as "invoiceId", captured_minor as "capturedMinor",
      total_minor - credit_applied_minor - credit_noted_minor - transferred_minor as "owedMinor" from invoices
      union all select order_id, captured_minor, total_minor from orders`,
  )
  return new Map(rows.map((row) => [row.invoiceId, row]))
}
