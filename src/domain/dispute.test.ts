import { describe, expect, test } from 'vitest'
import {
  type Decision,
  type DisputeFacts,
  type DisputeStatus,
  decideDispute,
  decideDisputeSeen,
  stopsCollection,
} from './dispute.ts'
import type { InvoiceRepair, Posting } from './refund-outcome.ts'

const open: DisputeFacts = {
  status: 'open',
  amountMinor: 1000n,
  withdrawnMinor: 1000n,
  decision: null,
  returnedMinor: 0n,
  subject: {
    of: 'invoice',
    status: 'paid',
    dueMinor: 0n,
    reopenedMinor: 0n,
    keptMinor: 1000n,
    taxLines: [{ taxRateBp: 0, netMinor: 1000n, taxMinor: 0n }],
    noted: [],
  },
}
const lost: DisputeFacts = { ...open, status: 'lost' }
const inquiry: DisputeFacts = { ...open, status: 'inquiry', withdrawnMinor: 0n }
const on = (change: Partial<NonNullable<DisputeFacts['subject']>>): Pick<DisputeFacts, 'subject'> => ({
  subject: { ...open.subject, ...change } as NonNullable<DisputeFacts['subject']>, // filled in from a whole one
})

const told = (effects: { postings: readonly Posting[]; invoice: InvoiceRepair | null }): string[] => [
  ...effects.postings.map(({ kind, amountMinor }) => `${kind} ${amountMinor}`),
  ...(effects.invoice
    ? [
        `invoice ${effects.invoice.refundedMinor}/${effects.invoice.creditNotedMinor}${effects.invoice.becomes ? ` ${effects.invoice.becomes}` : ''}`,
      ]
    : []),
]

describe('what the network says', () => {
  const cases: readonly [facts: DisputeFacts | null, status: DisputeStatus, then: string][] = [
    [null, 'inquiry', 'dispute_opened'],
    [null, 'open', 'dispute_withdrawn 1000, dispute_opened'],
    [null, 'lost', 'dispute_withdrawn 1000, dispute_lost'],
    [null, 'won', 'dispute_won'],
    [inquiry, 'inquiry', 'nothing'],
    [inquiry, 'open', 'dispute_withdrawn 1000'],
    [inquiry, 'closed', 'dispute_closed'],
    [open, 'open', 'nothing'],
    [open, 'inquiry', 'nothing'],
    [open, 'under_review', ''],
    [open, 'won', 'dispute_reinstated 1000, dispute_won'],
    [open, 'lost', 'dispute_lost'],
    [lost, 'open', 'nothing'],
    [lost, 'won', 'dispute_reinstated 1000, dispute_won'],
    [{ ...open, status: 'won', withdrawnMinor: 0n }, 'lost', 'nothing'],
    // The money comes back after staff had let it go.
    [{ ...open, decision: 'write_off' }, 'won', 'dispute_reinstated 1000, write_off_undone 1000, dispute_reinstated'],
    [
      { ...open, decision: 'credit_note', returnedMinor: 1000n },
      'won',
      'dispute_reinstated 1000, reinstated_as_credit 1000, credit 1000, dispute_reinstated',
    ],
    [
      { ...lost, decision: 'reopen', returnedMinor: 1000n, ...on({ dueMinor: 1000n }) },
      'won',
      'dispute_reinstated 1000, reinstated_to_invoice 1000, invoice -1000/0 paid, dispute_reinstated',
    ],
    [
      { ...lost, decision: 'reopen', returnedMinor: 1000n },
      'won',
      'dispute_reinstated 1000, reinstated_as_credit 1000, credit 1000, dispute_reinstated',
    ],
  ]
  test.each(cases)('%o, now %s: %s', (facts, status, then) => {
    const effects = decideDisputeSeen(facts, { status, amountMinor: 1000n })
    const parts = effects && [
      ...told(effects),
      ...(effects.creditMinor === 0n ? [] : [`credit ${effects.creditMinor}`]),
      ...(effects.event ? [effects.event] : []),
    ]
    expect(parts?.join(', ') ?? 'nothing').toBe(then)
  })
})

describe('what staff decide', () => {
  const order = on({ of: 'order', status: null })
  const cases: readonly [facts: DisputeFacts, decision: Decision, then: string][] = [
    [open, 'credit_note', 'dispute_conceded 1000, credit_noted_net 1000, invoice 1000/1000'],
    [open, 'write_off', 'dispute_written_off 1000'],
    [open, 'reopen', 'dispute_not_lost'],
    [lost, 'reopen', 'dispute_conceded 1000, invoice 1000/0 reopened'],
    // What was given back before the dispute is not given back again.
    [
      { ...lost, ...on({ keptMinor: 400n }) },
      'credit_note',
      'dispute_conceded 400, credit_noted_net 400, dispute_written_off 600, invoice 400/400',
    ],
    [{ ...lost, ...on({ keptMinor: 0n }) }, 'reopen', 'dispute_written_off 1000'],
    [{ ...lost, ...order }, 'credit_note', 'dispute_conceded_order 1000, order_noted_net 1000'],
    [{ ...lost, ...order }, 'reopen', 'nothing_to_reopen'],
    [{ ...lost, subject: null }, 'credit_note', 'dispute_written_off 1000'],
    [inquiry, 'write_off', 'dispute_took_nothing'],
    [{ ...open, status: 'won', withdrawnMinor: 0n }, 'write_off', 'dispute_over'],
    [{ ...lost, decision: 'write_off' }, 'credit_note', 'dispute_decided_already'],
  ]
  test.each(cases)('%o, %s: %s', (facts, decision, then) => {
    const decided = decideDispute(facts, decision)
    expect('refused' in decided ? decided.refused : told(decided).join(', ')).toBe(then)
  })

  test('collection stops until the network gives in or staff decide', () => {
    const stops = (status: DisputeStatus, decision: Decision | null = null) => stopsCollection({ status, decision })
    expect(
      ['inquiry', 'open', 'under_review', 'lost', 'won', 'closed'].map((status) => stops(status as DisputeStatus)),
    ).toEqual([true, true, true, true, false, false])
    expect(stops('lost', 'write_off')).toBe(false)
  })
})
