/** Refunds and disputes as the API shows them; to a payer without what staff wrote. */
import { z } from 'zod'
import { type Caller, refuseAccess } from '../domain/access.ts'
import { decisions, disputeStatuses, refuseDecision } from '../domain/dispute.ts'
import { type Carries, carriesMeanings, refundStatuses } from '../domain/refund.ts'
import type { DisputeRow, RefundRow } from '../postgres/repair-lists.ts'
import { type Language, say } from '../texts/language.ts'
import { decisionLabels, disputeStatusTexts, refundStatusTexts, repairRefusalTexts } from '../texts/refunds.ts'
import { currencyOut, instantOut, minorOut, wireInstant, wireInstantOrNull, wireMinor } from './wire.ts'

/** How a refund and a decision name the person behind them. */
export const whoIs = (caller: Caller): string => ('name' in caller ? caller.name : caller.kind)

const meanings = (words: Readonly<Record<string, string>>): string =>
  Object.entries(words)
    .map(([word, meaning]) => `\`${word}\`: ${meaning}`)
    .join(' ')

const refundStatusNames = Object.keys(refundStatuses) as [keyof typeof refundStatuses] // its own keys, one at least
const disputeStatusNames = Object.keys(disputeStatuses) as [keyof typeof disputeStatuses] // likewise
const carriesNames = Object.keys(carriesMeanings) as [Carries] // likewise

export const carries = z.enum(carriesNames).meta({ description: meanings(carriesMeanings) })

const subject = {
  coverage: z.string(),
  chargeId: z.string(),
  invoiceId: z.string().nullable(),
  orderId: z.string().nullable(),
}
const staffOnly = (what: string) =>
  z
    .string()
    .nullable()
    .meta({ description: `${what} Staff only, else null.` })

export const refundOut = z
  .object({
    refundId: z.string(),
    ...subject,
    status: z.enum(refundStatusNames).meta({ description: meanings(refundStatuses) }),
    statusText: z.string().meta({ description: 'In words, in the language asked for.' }),
    carries,
    origin: z
      .enum(['staff', 'gateway'])
      .meta({ description: '`gateway`: made at the gateway’s own dashboard and found there.' }),
    amountMinor: minorOut,
    fromCreditMinor: minorOut.meta({ description: 'What of it is paid out of the account’s credit.' }),
    currency: currencyOut,
    creditNote: z
      .array(z.object({ taxRateBp: z.int(), netMinor: minorOut, taxMinor: minorOut }))
      .meta({ description: 'What the credit note takes off, by tax rate; empty when there is none, or not yet.' }),
    requestedAt: instantOut,
    succeededAt: instantOut.nullable(),
    settledAt: instantOut.nullable().meta({ description: 'Null while its end is not known.' }),
    reason: staffOnly('Why it was asked for.'),
    requestedBy: staffOnly('Who asked for it.'),
    failedReason: staffOnly('Why it failed, in the gateway’s words.'),
  })
  .meta({ id: 'Refund' })

export function refundView(row: RefundRow, caller: Caller, language: Language): z.input<typeof refundOut> {
  const forStaff = (text: string | null) => (caller.kind === 'staff' ? text : null)
  const { refundId, coverage, chargeId, invoiceId, orderId, status, origin, currency } = row
  return {
    refundId,
    coverage,
    chargeId,
    invoiceId,
    orderId,
    status,
    statusText: say(refundStatusTexts[status], language, {}),
    carries: row.carries,
    origin,
    amountMinor: wireMinor(row.amountMinor),
    fromCreditMinor: wireMinor(row.fromCreditMinor),
    currency,
    creditNote: row.noteLines.map(({ taxRateBp, netMinor, taxMinor }) => ({
      taxRateBp,
      netMinor: wireMinor(netMinor),
      taxMinor: wireMinor(taxMinor),
    })),
    requestedAt: wireInstant(row.intendedAt),
    succeededAt: wireInstantOrNull(row.succeededAt),
    settledAt: wireInstantOrNull(row.settledAt),
    reason: forStaff(row.reason),
    requestedBy: forStaff(row.requestedBy),
    failedReason: forStaff(row.failedReason),
  }
}

export const reasonOut = z.object({ code: z.string(), text: z.string() }).nullable()
export const reasonView = (code: keyof typeof repairRefusalTexts | null, language: Language) =>
  code === null ? null : { code, text: say(repairRefusalTexts[code], language, {}) }

export const decision = z.enum(decisions)

export const disputeOut = z
  .object({
    disputeId: z.string(),
    ...subject,
    status: z.enum(disputeStatusNames).meta({ description: meanings(disputeStatuses) }),
    statusText: z.string().meta({ description: 'In words, in the language asked for.' }),
    amountMinor: minorOut,
    withdrawnMinor: minorOut.meta({ description: 'What the network has taken back of it, as things stand.' }),
    fromCreditMinor: minorOut.meta({
      description:
        'What of that came out of the account’s credit, having been taken in excess; staff decide about the rest.',
    }),
    currency: currencyOut,
    openedAt: instantOut,
    endedAt: instantOut.nullable().meta({ description: 'When the network had decided.' }),
    evidenceDueAt: instantOut.nullable().meta({ description: 'Until then evidence can be handed in at the gateway.' }),
    decision: decision.nullable().meta({ description: 'What staff made of it; null: not decided.' }),
    decidedAt: instantOut.nullable(),
    returnedMinor: minorOut.meta({
      description: 'What of it the payer does not owe, or owes again; the rest was credit, or was lost.',
    }),
    networkReason: staffOnly('The network’s reason, such as `fraudulent`.'),
    gatewayDisputeId: staffOnly('The gateway’s own id.'),
    decidedBy: staffOnly('Who decided.'),
    decidedWhy: staffOnly('Why.'),
    allowedActions: z
      .array(z.object({ action: decision, label: z.string(), allowed: z.boolean(), reason: reasonOut }))
      .meta({ description: 'What this caller’s role may decide, now or at another time, and why not now.' }),
  })
  .meta({ id: 'Dispute' })

export function disputeView(row: DisputeRow, caller: Caller, language: Language): z.input<typeof disputeOut> {
  const forStaff = (text: string | null) => (caller.kind === 'staff' ? text : null)
  const mayDecide = refuseAccess('decideDispute', caller, null) === null
  const { disputeId, coverage, chargeId, invoiceId, orderId, status, currency } = row
  return {
    disputeId,
    coverage,
    chargeId,
    invoiceId,
    orderId,
    status,
    statusText: say(disputeStatusTexts[status], language, {}),
    amountMinor: wireMinor(row.amountMinor),
    withdrawnMinor: wireMinor(row.withdrawnMinor),
    fromCreditMinor: wireMinor(row.fromCreditMinor),
    currency,
    openedAt: wireInstant(row.openedAt),
    endedAt: wireInstantOrNull(row.endedAt),
    evidenceDueAt: wireInstantOrNull(row.evidenceDueAt),
    decision: row.decision,
    decidedAt: wireInstantOrNull(row.decidedAt),
    returnedMinor: wireMinor(row.returnedMinor),
    networkReason: forStaff(row.reason),
    gatewayDisputeId: forStaff(row.gatewayDisputeId),
    decidedBy: forStaff(row.decidedBy),
    decidedWhy: forStaff(row.decidedWhy),
    allowedActions: mayDecide ? decisions.map((action) => actionView(row, action, language)) : [],
  }
}

function actionView(row: DisputeRow, action: (typeof decisions)[number], language: Language) {
  const refusal = refuseDecision({ ...row, ofInvoice: row.invoiceId !== null }, action)
  const label = say(decisionLabels[action], language, {})
  return { action, label, allowed: refusal === null, reason: reasonView(refusal, language) }
}
