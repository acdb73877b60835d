/** Invoices, charges and fees as the API shows them; to a payer without what only staff may know. */
import { z } from 'zod'
import type { Caller } from '../domain/access.ts'
import type { Month } from '../domain/calendar.ts'
import { readDecline } from '../domain/decline.ts'
import { invoiceStatuses } from '../domain/invoice.ts'
import type { ChargeRow, FeeRow, InvoiceRow, SkipRow } from '../postgres/billing-lists.ts'
import { declineForPayer, declineForStaff } from '../texts/declines.ts'
import { type Language, say } from '../texts/language.ts'
import { skipTexts } from '../texts/skips.ts'
import { currencyOut, instantOut, minorOut, wireInstant, wireInstantOrNull, wireMinor } from './wire.ts'

const invoiceStatusNames = Object.keys(invoiceStatuses) as [keyof typeof invoiceStatuses] // its own keys, one at least
export const invoiceStatus = z.enum(invoiceStatusNames)

export const invoiceOut = z
  .object({
    invoiceId: z.string(),
    coverage: z.string(),
    month: z.string().meta({ description: 'The last month it bills.', example: '2027-01' }),
    firstMonth: z.string().meta({ description: 'Earlier than `month` when small months were carried over.' }),
    status: invoiceStatus.meta({ description: 'See the reference of states.' }),
    currency: currencyOut,
    taxLines: z.array(z.object({ taxRateBp: z.int(), netMinor: minorOut, taxMinor: minorOut })),
    netMinor: minorOut,
    taxMinor: minorOut,
    totalMinor: minorOut,
    waivedMinor: minorOut.meta({ description: 'Fees of trial days: listed, not charged.' }),
    creditAppliedMinor: minorOut,
    creditNotedMinor: minorOut,
    paidMinor: minorOut.meta({ description: 'Captured, less what was refunded.' }),
    dueMinor: minorOut.meta({ description: 'What is still to be paid.' }),
    issuedAt: instantOut,
    paidAt: instantOut.nullable(),
    failureCode: z.string().nullable().meta({ description: 'Public code of the latest failure.' }),
    failedAt: instantOut.nullable(),
    nextAttemptAt: instantOut.nullable().meta({ description: 'When it is tried next by itself; null: not by itself.' }),
  })
  .meta({ id: 'Invoice' })

export const invoiceView = (row: InvoiceRow): z.input<typeof invoiceOut> => ({
  invoiceId: row.invoiceId,
  coverage: row.coverage,
  month: row.month,
  firstMonth: row.firstMonth,
  status: row.status,
  currency: row.currency,
  taxLines: row.taxLines.map(({ taxRateBp, netMinor, taxMinor }) => ({
    taxRateBp,
    netMinor: wireMinor(BigInt(netMinor)),
    taxMinor: wireMinor(BigInt(taxMinor)),
  })),
  netMinor: wireMinor(row.netMinor),
  taxMinor: wireMinor(row.taxMinor),
  totalMinor: wireMinor(row.totalMinor),
  waivedMinor: wireMinor(row.waivedMinor),
  creditAppliedMinor: wireMinor(row.creditAppliedMinor),
  creditNotedMinor: wireMinor(row.creditNotedMinor),
  paidMinor: wireMinor(row.capturedMinor - row.refundedMinor),
  dueMinor: wireMinor(row.dueMinor),
  issuedAt: wireInstant(row.issuedAt),
  paidAt: wireInstantOrNull(row.paidAt),
  failureCode: row.failureCode,
  failedAt: wireInstantOrNull(row.failedAt),
  nextAttemptAt: wireInstantOrNull(row.nextAttemptAt),
})

export const chargeOut = z
  .object({
    chargeId: z.string(),
    coverage: z.string(),
    invoiceId: z.string().nullable(),
    orderId: z.string().nullable(),
    trigger: z.string().meta({ description: 'What caused it: run, daily_retry, activate, card_registered, order, …' }),
    status: z.string().meta({ description: 'See the reference of states.' }),
    amountMinor: minorOut,
    capturedMinor: minorOut,
    currency: currencyOut,
    card: z.object({ brand: z.string(), last4: z.string() }).nullable(),
    intendedAt: instantOut,
    heldAt: instantOut.nullable(),
    capturedAt: instantOut.nullable(),
    releasedAt: instantOut.nullable(),
    settledAt: instantOut.nullable(),
    failure: z
      .object({
        code: z.string().meta({ description: 'The public code.', example: 'card_declined' }),
        reason: z.string().meta({ description: 'In words, in the language asked for.' }),
        issuerCode: z.string().nullable().meta({ description: 'The issuer’s own code; staff only, else null.' }),
      })
      .nullable(),
  })
  .meta({ id: 'Charge' })

export const chargeView = (row: ChargeRow, caller: Caller, language: Language): z.input<typeof chargeOut> => ({
  chargeId: row.chargeId,
  coverage: row.coverage,
  invoiceId: row.invoiceId,
  orderId: row.orderId,
  trigger: row.trigger,
  // Our own fault is not the payer's to see: to them it was not executed.
  status: row.status === 'refused' && caller.kind !== 'staff' ? 'not_executed' : row.status,
  amountMinor: wireMinor(row.amountMinor),
  capturedMinor: wireMinor(row.capturedMinor),
  currency: row.currency,
  card: row.brand && row.last4 ? { brand: row.brand, last4: row.last4 } : null,
  intendedAt: wireInstant(row.intendedAt),
  heldAt: wireInstantOrNull(row.heldAt),
  capturedAt: wireInstantOrNull(row.capturedAt),
  releasedAt: wireInstantOrNull(row.releasedAt),
  settledAt: wireInstantOrNull(row.settledAt),
  failure: failureOf(row, caller, language),
})

function failureOf(row: ChargeRow, caller: Caller, language: Language) {
  if (row.failureCode === null || row.errorCode === null) return null
  const { reason } = readDecline(
    { code: row.errorCode, declineCode: row.declineCode, adviceCode: row.adviceCode, networkCode: row.networkCode },
    row.brand ?? '',
  )
  const card = {
    brand: row.brand ?? '',
    last4: row.last4 ?? '••••',
    expMonth: `${row.expYear ?? 0}-${String(row.expMonth ?? 1).padStart(2, '0')}` as Month, // of a card's own row
  }
  const isStaff = caller.kind === 'staff'
  return {
    code: row.failureCode,
    reason: say(isStaff ? declineForStaff(reason) : declineForPayer(reason), language, card),
    issuerCode: isStaff ? (row.declineCode ?? row.errorCode) : null,
  }
}

export const feeOut = z
  .object({
    externalId: z.string(),
    month: z.string(),
    day: z.string(),
    wholeMonth: z.boolean(),
    item: z.string(),
    unitPrice: z.string().nullable(),
    quantity: z.string().nullable(),
    amount: z.string().meta({ description: 'Exact decimal, major units, before tax.', example: '0.004096' }),
    taxRateBp: z.int(),
  })
  .meta({ id: 'Fee' })

export const feeView = (row: FeeRow): z.input<typeof feeOut> => row

export const skipOut = z.object({
  day: z.string(),
  reason: z.string().meta({ description: 'For programs.' }),
  text: z.string().meta({ description: 'For people.' }),
  until: instantOut.nullable(),
})

export const skipView = (row: SkipRow, zone: string, language: Language): z.input<typeof skipOut> => ({
  day: row.skippedOn,
  reason: row.reason,
  text: say(skipTexts[row.reason], language, { until: row.until, zone }),
  until: wireInstantOrNull(row.until),
})
