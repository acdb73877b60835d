/** Staff let an unusually large invoice be collected. Until then no money moves for it. */
import { bucketOf } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import { type InvoiceStatus, usualAfter } from '../domain/invoice.ts'
import { approve, lockForApproval, writeUsual } from '../postgres/approvals.ts'
import { transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import type { System } from './system.ts'

export type Approved =
  | { readonly status: 'scheduled'; readonly accountId: string; readonly coverage: string; readonly dueMinor: bigint }
  | { readonly refused: 'invoice_unknown' }
  /** Only what waits for approval can be approved; this is what it is instead. */
  | { readonly refused: 'not_awaiting_approval'; readonly status: InvoiceStatus }

/** From now on it is collected like any other. `approvedBy` names the person. */
export async function approveInvoice(
  system: System,
  invoiceId: string,
  approvedBy: string,
  now: Instant,
): Promise<Approved> {
  const bucket = bucketOf(invoiceId)
  return transaction(system.db, async (tx): Promise<Approved> => {
    const invoice = await lockForApproval(tx, bucket, invoiceId)
    if (!invoice) return { refused: 'invoice_unknown' }
    if (invoice.status !== 'awaiting_approval') return { refused: 'not_awaiting_approval', status: invoice.status }
    await approve(tx, bucket, invoiceId, approvedBy, now)
    const { accountId, coverage, dueMinor } = invoice
    // What staff approve is from now on part of what this account usually owes.
    await writeUsual(tx, { bucket, accountId, coverage }, usualAfter(invoice.usualMinor, invoice.totalMinor))
    await appendEvents(
      tx,
      bucket,
      [
        {
          event_id: system.makeId(bucket, now),
          account_id: accountId,
          coverage,
          kind: 'invoice_approved',
          invoice_id: invoiceId,
          details: { approvedBy, dueMinor },
        },
      ],
      now,
    )
    return { status: 'scheduled', accountId, coverage, dueMinor }
  })
}
