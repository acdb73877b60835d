/** Staff ask for one invoice to be tried now, whatever came of it before (F37); networks' rules hold for them, too. */
import { bucketOfAccount } from '../domain/bucket.ts'
import type { Instant } from '../domain/calendar.ts'
import type { Minor } from '../domain/money.ts'
import { decideAttempt, type SkipReason } from '../domain/retry.ts'
import { requestStaffAttempt } from '../postgres/approvals.ts'
import { readOutstanding } from '../postgres/attempts.ts'
import { transaction } from '../postgres/database.ts'
import { appendEvents } from '../postgres/events.ts'
import { lockSettings } from '../postgres/payment-settings.ts'
import { factsOf } from './attempt-invoices.ts'
import { rulesOf, type System } from './system.ts'

export type InvoiceRetried =
  | { readonly dueMinor: Minor; readonly currency: string }
  | { readonly refused: 'not_outstanding' }
  | { readonly refused: SkipReason; readonly until: Instant | null }

/** Answers at once; what becomes of the attempt is read from the invoice. `requestedBy` names the person. */
export async function retryInvoice(
  system: System,
  of: { readonly accountId: string; readonly coverage: string; readonly invoiceId: string },
  requestedBy: string,
  now: Instant,
): Promise<InvoiceRetried> {
  const { accountId, coverage, invoiceId } = of
  const rules = rulesOf(system, coverage)
  const bucket = bucketOfAccount(accountId)
  return transaction(system.db, async (tx): Promise<InvoiceRetried> => {
    await lockSettings(tx, { bucket, accountId, coverage })
    const outstanding = await readOutstanding(tx, bucket, accountId, coverage, now)
    const invoice = outstanding.find((row) => row.invoiceId === invoiceId)
    if (!invoice) return { refused: 'not_outstanding' }
    const decision = decideAttempt('staff', factsOf(invoice), rules, now)
    if (!decision.attempt) return { refused: decision.reason, until: decision.until }
    if (!(await requestStaffAttempt(tx, bucket, invoiceId, now))) return { refused: 'charge_unsettled', until: null }
    const event = { account_id: accountId, coverage, kind: 'invoice_retried' as const, invoice_id: invoiceId }
    const details = { requestedBy, dueMinor: invoice.dueMinor }
    await appendEvents(tx, bucket, [{ event_id: system.makeId(bucket, now), ...event, details }], now)
    return { dueMinor: invoice.dueMinor, currency: rules.currency }
  })
}
