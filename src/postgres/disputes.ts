/** Disputes: what the gateway said of each, and what staff decided. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { Decision, DisputeDecided, DisputeEffects, DisputeFacts, DisputeStatus } from '../domain/dispute.ts'
import type { Minor } from '../domain/money.ts'
import { at, type Queries, rowsOf } from './database.ts'
import { type RepairedCharge, writtenLines } from './repairs.ts'
import { wakeStandings } from './standing-wakes.ts'

export interface LockedDispute extends Omit<DisputeFacts, 'subject'> {
  readonly disputeId: string
  readonly chargeId: string
  readonly accountId: string
}

const columns = sql`dispute_id as "disputeId", charge_id as "chargeId", account_id as "accountId", status,
  amount_minor as "amountMinor", withdrawn_minor as "withdrawnMinor", from_credit_minor as "fromCreditMinor", decision, returned_minor as "returnedMinor"`

/** The dispute as it stays until the commit, its charge being locked already; null when we do not know it. */
export async function lockDispute(
  tx: Queries,
  bucket: number,
  by: { readonly disputeId: string } | { readonly gatewayDisputeId: string },
): Promise<LockedDispute | null> {
  const which = 'disputeId' in by ? sql`dispute_id = ${by.disputeId}` : sql`gateway_dispute_id = ${by.gatewayDisputeId}`
  const [row] = await rowsOf(
    tx,
    sql<LockedDispute>`select ${columns} from disputes where bucket = ${bucket} and ${which} for no key update`,
  )
  return row ?? null
}

export async function chargeOfDispute(queries: Queries, bucket: number, disputeId: string): Promise<string | null> {
  const [row] = await rowsOf(
    queries,
    sql<{ chargeId: string }>`select charge_id as "chargeId" from disputes
      where bucket = ${bucket} and dispute_id = ${disputeId}`,
  )
  return row?.chargeId ?? null
}

export interface SeenDispute {
  readonly disputeId: string
  readonly gatewayDisputeId: string
  readonly amountMinor: Minor
  readonly reason: string
  readonly evidenceDueAt: Instant | null
  readonly createdAt: Instant
}

/** Writes what the gateway said; the first time, the row. */
export async function writeDispute(
  tx: Queries,
  { bucket, accountId, coverage, chargeId, invoiceId, orderId, currency }: RepairedCharge,
  seen: SeenDispute,
  { status, withdrawnMinor, fromCreditMinor }: DisputeEffects,
  now: Instant,
): Promise<void> {
  const evidenceDueAt = seen.evidenceDueAt === null ? sql`null` : at(seen.evidenceDueAt)
  const endedAt = hasEnded(status) ? at(now) : sql`null`
  await sql`
    insert into disputes (bucket, dispute_id, account_id, coverage, charge_id, invoice_id, order_id, gateway_dispute_id,
      amount_minor, currency, reason, status, withdrawn_minor, from_credit_minor, evidence_due_at, opened_at, ended_at)
    values (${bucket}, ${seen.disputeId}, ${accountId}, ${coverage}, ${chargeId}, ${invoiceId}, ${orderId},
      ${seen.gatewayDisputeId}, ${seen.amountMinor}, ${currency}, ${seen.reason}, ${status}, ${withdrawnMinor},
      ${fromCreditMinor}, ${evidenceDueAt}, ${at(seen.createdAt)}, ${endedAt})
    on conflict (bucket, dispute_id) do update set status = excluded.status, ended_at = excluded.ended_at,
      withdrawn_minor = excluded.withdrawn_minor, from_credit_minor = excluded.from_credit_minor, evidence_due_at = excluded.evidence_due_at`.execute(
    tx,
  )
}

const hasEnded = (status: DisputeStatus): boolean => status === 'won' || status === 'lost' || status === 'closed'

export async function writeDecision(
  tx: Queries,
  bucket: number,
  disputeId: string,
  decision: { readonly decision: Decision; readonly decidedBy: string; readonly why: string },
  { returnedMinor, noteLines }: DisputeDecided,
  now: Instant,
): Promise<void> {
  await sql`
    update disputes set decision = ${decision.decision}, decided_at = ${at(now)}, decided_by = ${decision.decidedBy},
      decided_why = ${decision.why}, returned_minor = ${returnedMinor}, note_lines = ${writtenLines(noteLines)}::jsonb
    where bucket = ${bucket} and dispute_id = ${disputeId}`.execute(tx)
}

/** Stops collecting the invoice while any of its disputes waits to be decided, and lets it go on after the last. */
export async function markDisputed(
  tx: Queries,
  { bucket, invoiceId, accountId, coverage }: RepairedCharge,
  now: Instant,
): Promise<void> {
  if (invoiceId === null) return
  await sql`
    update invoices i set disputed_at = case when ${undecided(bucket, accountId, invoiceId)}
      then coalesce(i.disputed_at, ${at(now)}) end
    where i.bucket = ${bucket} and i.invoice_id = ${invoiceId}`.execute(tx)
  await wakeStandings(tx, bucket, [{ account_id: accountId, coverage }], now)
}

const undecided = (bucket: number, accountId: string, invoiceId: string) => sql`exists (
  select from disputes d where d.bucket = ${bucket} and d.account_id = ${accountId} and d.invoice_id = ${invoiceId}
    and d.decision is null and d.status in ('inquiry', 'open', 'under_review', 'lost'))`
