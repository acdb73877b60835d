/**
 * What must hold at every moment (design section 4), as questions to a live database. Each answers the rows that break
 * it, so an empty answer is the proof. All are asked of one snapshot and change nothing; each reads whole tables, set by
 * set, and names a bucket in every join.
 *
 * Some are held by constraints too. They are asked all the same: a restored dump or a repaired row may have got past.
 */
import { type RawBuilder, sql } from 'kysely'
import { type Instant, minuteMs, plusMs } from '../domain/calendar.ts'
import { exponentOf } from '../domain/money.ts'
import { bucketInvariants } from './bucket-invariants.ts'
import { chargeInvariants } from './charge-invariants.ts'
import { at, type Database, json, type Queries, rowsOf } from './database.ts'
import { feeInvariants } from './fee-invariants.ts'
import { moneyInvariants } from './money-invariants.ts'
import { orderInvariants } from './order-invariants.ts'
import { repairInvariants } from './repair-invariants.ts'
import { settlementInvariants } from './settlement-invariants.ts'
import { standingInvariants } from './standing-invariants.ts'

export interface Invariant {
  readonly name: string
  /** The sentence that is proven. */
  readonly says: string
  /** Selects the rows that break it. */
  readonly sql: RawBuilder<unknown>
}

export interface Proof {
  readonly name: string
  readonly says: string
  /** How many rows break it: 0 is a proof. */
  readonly broken: number
  /** The first ten of them. */
  readonly examples: readonly Readonly<Record<string, unknown>>[]
}

/** Asks for all of them in one snapshot; `onProof` is told of each as it is known. */
export function checkInvariants(db: Database, onProof: (proof: Proof) => void = () => {}): Promise<Proof[]> {
  const snapshot = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
  return snapshot.execute((tx) => proveInvariants(tx, onProof))
}

/** The same within the caller's transaction. */
export async function proveInvariants(tx: Queries, onProof: (proof: Proof) => void = () => {}): Promise<Proof[]> {
  // Whole tables are summed up: in memory, as far as that goes.
  await sql`set local work_mem = '128MB'`.execute(tx)
  const proofs: Proof[] = []
  for (const invariant of [
    ...moneyInvariants,
    ...chargeInvariants,
    ...orderInvariants,
    ...repairInvariants,
    ...feeInvariants(await readExponents(tx)),
    ...bucketInvariants,
    ...standingInvariants,
    ...settlementInvariants,
  ]) {
    const proof = await prove(tx, invariant)
    proofs.push(proof)
    onProof(proof)
  }
  return proofs
}

async function prove(tx: Queries, { name, says, sql: breaking }: Invariant): Promise<Proof> {
  const rows = await rowsOf(
    tx,
    sql<Record<string, unknown> & { broken: bigint }>`
      select count(*) over () as broken, b.* from (${breaking}) b limit 10`,
  )
  return { name, says, broken: Number(rows[0]?.broken ?? 0n), examples: rows.map(({ broken: _, ...row }) => row) }
}

async function readExponents(tx: Queries): Promise<RawBuilder<unknown>> {
  const coverages = await tx.selectFrom('coverages').select(['coverage', 'currency']).execute()
  return json(coverages.map(({ coverage, currency }) => ({ coverage, exponent: exponentOf(currency) })))
}

/** Work that has waited at least ten minutes of business time although nothing holds it back: is any worker alive? */
export async function countOverdue(queries: Queries, now: Instant): Promise<{ invoices: number; charges: number }> {
  const before = at(plusMs(now, -10 * minuteMs))
  const [row] = await rowsOf(
    queries,
    sql<{ invoices: bigint; charges: bigint }>`
      select
        (select count(*) from generate_series(0, 63) b join invoices i on i.bucket = b and i.next_attempt_at <= ${before}
          where not exists (select from runs r
            where r.coverage = i.coverage and r.month = i.month and r.paused_at is not null)
          and not exists (select from charges u
            where u.bucket = b and u.invoice_id = i.invoice_id and u.settled_at is null)) as invoices,
        (select count(*) from generate_series(0, 63) b
          join charges c on c.bucket = b and c.next_step_at <= ${before} and c.settled_at is null
          where c.claimed_by is null) as charges`,
  )
  return { invoices: Number(row?.invoices ?? 0n), charges: Number(row?.charges ?? 0n) }
}
