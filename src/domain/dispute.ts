/**
 * Disputes: a payer objects at the issuer, and the network takes the money back until it is decided. Both are facts and
 * are recorded as they are; what is staff's is what becomes of the debt. Until they decide, the invoice is not collected.
 */
import { creditNoteLines } from './credit-note.ts'
import type { DisputeEvent } from './event.ts'
import type { TaxLine } from './invoice.ts'
import { type Minor, smaller } from './money.ts'
import { fromCredit, type RefundableFacts } from './refund.ts'
import { type InvoiceRepair, noteOf, type Posting, posted, type RefundSubject, reopening } from './refund-outcome.ts'

export const disputeStatuses = {
  inquiry: 'The bank only asks; no money has moved. Collection of the invoice stops.',
  open: 'The amount was taken back until it is decided. Evidence can be handed in at the gateway.',
  under_review: 'Evidence was handed in; the network decides.',
  closed: 'The inquiry ended without a dispute; nothing was taken.',
  lost: 'The amount is gone. Staff decide what that means for the invoice; it stays stopped until then.',
  won: 'The amount came back. All is as before, unless staff had decided already.',
} as const
export type DisputeStatus = keyof typeof disputeStatuses

/** The gateway is read at several moments by several workers: what is known already, or older, is behind. */
const order: readonly DisputeStatus[] = ['inquiry', 'open', 'under_review', 'closed', 'lost', 'won']
const isNews = (status: DisputeStatus, known: DisputeStatus | null): boolean =>
  known === null || order.indexOf(status) > order.indexOf(known)

export const decisionMeanings = {
  credit_note: 'The payer has it: a credit note takes the amount off the invoice or the order.',
  write_off: 'The payer has it, and still owed it: the invoice stays as it is, the amount is our loss.',
  reopen:
    'The invoice is due again for the amount. The system does not charge that by itself: the payer can Activate, staff can retry.',
} as const
export type Decision = keyof typeof decisionMeanings
export const decisions = ['credit_note', 'write_off', 'reopen'] as const satisfies readonly Decision[]

export interface DisputeFacts {
  readonly status: DisputeStatus
  readonly amountMinor: Minor
  /** What the network holds of ours. */
  readonly withdrawnMinor: Minor
  /** What of that came out of the account's credit: excess of this very charge. Staff decide about the rest. */
  readonly fromCreditMinor: Minor
  readonly decision: Decision | null
  /** What the decision gave to the invoice or order; the rest was written off. */
  readonly returnedMinor: Minor
  readonly subject: RefundSubject | null
}

/** Whether an invoice with it is left alone. */
export const stopsCollection = (dispute: Pick<DisputeFacts, 'status' | 'decision'>): boolean =>
  dispute.decision === null && dispute.status !== 'won' && dispute.status !== 'closed'

export interface DisputeEffects {
  readonly status: DisputeStatus
  readonly withdrawnMinor: Minor
  readonly fromCreditMinor: Minor
  readonly postings: readonly Posting[]
  readonly invoice: InvoiceRepair | null
  /** Change of the account's credit. */
  readonly creditMinor: Minor
  readonly event: DisputeEvent | null
  readonly staff: 'dispute_open' | 'dispute_reinstated' | null
}

/**
 * What the gateway says of a dispute now. Null: nothing new. `facts` is null for one we did not know; `credit` is what of
 * the charge is the account's credit, which goes first: it must not stay usable when its money is gone.
 */
export function decideDisputeSeen(
  facts: DisputeFacts | null,
  seen: { readonly status: DisputeStatus; readonly amountMinor: Minor },
  credit: Pick<RefundableFacts, 'excessLeftMinor' | 'creditMinor'>,
): DisputeEffects | null {
  if (!isNews(seen.status, facts?.status ?? null)) return null
  const heldMinor = facts?.withdrawnMinor ?? 0n
  const withdrawnMinor = takesMoney(seen.status) ? (heldMinor > 0n ? heldMinor : seen.amountMinor) : 0n
  const backMinor = withdrawnMinor === 0n ? heldMinor : 0n
  const takenMinor = withdrawnMinor - heldMinor + backMinor
  const creditTakenMinor = fromCredit(credit, takenMinor)
  const creditBackMinor = backMinor > 0n ? (facts?.fromCreditMinor ?? 0n) : 0n
  const decided = facts?.decision && backMinor > 0n ? reinstated(facts, backMinor - creditBackMinor) : null
  return {
    status: seen.status,
    withdrawnMinor,
    fromCreditMinor: (facts?.fromCreditMinor ?? 0n) + creditTakenMinor - creditBackMinor,
    postings: posted(
      ['dispute_withdrawn', takenMinor],
      ['credit_disputed', creditTakenMinor],
      ['dispute_reinstated', backMinor],
      ['reinstated_to_invoice', decided?.appliedMinor ?? 0n],
      ['reinstated_as_credit', creditBackMinor + (decided?.creditMinor ?? 0n)],
      ['write_off_undone', decided?.foundMinor ?? 0n],
    ),
    invoice: decided?.invoice ?? null,
    creditMinor: creditBackMinor + (decided?.creditMinor ?? 0n) - creditTakenMinor,
    event: decided ? 'dispute_reinstated' : eventOf(seen.status, facts),
    staff: decided ? 'dispute_reinstated' : seen.status === 'won' || seen.status === 'closed' ? null : 'dispute_open',
  }
}

const takesMoney = (status: DisputeStatus): boolean =>
  status === 'open' || status === 'under_review' || status === 'lost'

function eventOf(status: DisputeStatus, facts: DisputeFacts | null): DisputeEvent | null {
  if (status === 'won' || status === 'lost' || status === 'closed') return `dispute_${status}`
  return facts === null ? 'dispute_opened' : null
}

/** The money came back after staff had let it go: to the invoice while it is due, else to the account as credit. */
function reinstated({ decision, returnedMinor, subject }: DisputeFacts, backMinor: Minor) {
  const noted = smaller(returnedMinor, backMinor)
  const dueMinor = decision === 'reopen' && subject?.of === 'invoice' ? subject.dueMinor : 0n
  const appliedMinor = smaller(noted, dueMinor)
  const becomes = appliedMinor === dueMinor ? 'paid' : null
  const invoice: InvoiceRepair = { refundedMinor: -appliedMinor, creditNotedMinor: 0n, becomes }
  return {
    appliedMinor,
    creditMinor: noted - appliedMinor,
    /** It had been written off. */
    foundMinor: backMinor - noted,
    invoice: appliedMinor > 0n ? invoice : null,
  }
}

export const disputeRefusals = [
  'dispute_decided_already',
  'dispute_over',
  'dispute_took_nothing',
  'dispute_not_lost',
  'nothing_to_reopen',
] as const
export type DisputeRefusal = (typeof disputeRefusals)[number]

export interface DisputeDecided {
  readonly returnedMinor: Minor
  readonly noteLines: readonly TaxLine[] | null
  readonly postings: readonly Posting[]
  readonly invoice: InvoiceRepair | null
}

/** Why staff may not decide so now; null when they may. Also what `allowedActions` answers. */
export function refuseDecision(
  facts: Pick<DisputeFacts, 'decision' | 'status' | 'withdrawnMinor' | 'fromCreditMinor'> & {
    readonly ofInvoice: boolean
  },
  decision: Decision,
): DisputeRefusal | null {
  if (facts.decision !== null) return 'dispute_decided_already'
  if (facts.status === 'won' || facts.status === 'closed') return 'dispute_over'
  if (facts.withdrawnMinor === 0n) return 'dispute_took_nothing'
  const paidAnInvoice = facts.ofInvoice && facts.fromCreditMinor < facts.withdrawnMinor
  if (decision === 'reopen' && !paidAnInvoice) return 'nothing_to_reopen'
  // While the network may still give the money back, charging the payer again could take it twice.
  if (decision === 'reopen' && facts.status !== 'lost') return 'dispute_not_lost'
  return null
}

export function decideDispute(
  facts: DisputeFacts,
  decision: Decision,
): DisputeDecided | { readonly refused: DisputeRefusal } {
  const refused = refuseDecision({ ...facts, ofInvoice: facts.subject?.of === 'invoice' }, decision)
  if (refused) return { refused }
  const { subject } = facts
  const atStakeMinor = facts.withdrawnMinor - facts.fromCreditMinor
  if (decision === 'write_off' || !subject || subject.keptMinor <= 0n || atStakeMinor === 0n) {
    return {
      returnedMinor: 0n,
      noteLines: null,
      postings: posted(['dispute_written_off', atStakeMinor]),
      invoice: null,
    }
  }
  const returnedMinor = smaller(atStakeMinor, subject.keptMinor)
  const noteLines = decision === 'credit_note' ? creditNoteLines(subject.taxLines, subject.noted, returnedMinor) : null
  return {
    returnedMinor,
    noteLines,
    postings: posted(
      [subject.of === 'invoice' ? 'dispute_conceded' : 'dispute_conceded_order', returnedMinor],
      ...(noteLines ? noteOf(subject.of, noteLines) : []),
      ['dispute_written_off', atStakeMinor - returnedMinor],
    ),
    invoice:
      subject.of === 'invoice'
        ? {
            refundedMinor: returnedMinor,
            creditNotedMinor: noteLines ? returnedMinor : 0n,
            becomes: decision === 'reopen' ? reopening(subject) : null,
          }
        : null,
  }
}
