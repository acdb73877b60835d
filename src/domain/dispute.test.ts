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
  fromCreditMinor: 0n,
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

const none = { excessLeftMinor: 0n, creditMinor: 0n }

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
    const effects = decideDisputeSeen(facts, { status, amountMinor: 1000n }, none)
    const parts = effects && [
      ...told(effects),
      ...(effects.creditMinor === 0n ? [] : [`credit ${effects.creditMinor}`]),
      ...(effects.event ? [effects.event] : []),
    ]
    expect(parts?.join(', ') ?? 'nothing').toBe(then)
  })
})

describe('F42 what was taken in excess and became credit goes first, while it is there', () => {
  const half: DisputeFacts = { ...open, fromCreditMinor: 400n }
  const cases: readonly [
    facts: DisputeFacts | null,
    status: DisputeStatus,
    credit: Parameters<typeof decideDisputeSeen>[2],
    then: string,
  ][] = [
    [
      null,
      'open',
      { excessLeftMinor: 400n, creditMinor: 900n },
      'dispute_withdrawn 1000, credit_disputed 400, credit -400',
    ],
    [
      null,
      'open',
      { excessLeftMinor: 400n, creditMinor: 100n },
      'dispute_withdrawn 1000, credit_disputed 100, credit -100',
    ],
    [
      null,
      'open',
      { excessLeftMinor: 2000n, creditMinor: 2000n },
      'dispute_withdrawn 1000, credit_disputed 1000, credit -1000',
    ],
    [null, 'inquiry', { excessLeftMinor: 400n, creditMinor: 400n }, ''],
    [
      inquiry,
      'open',
      { excessLeftMinor: 400n, creditMinor: 400n },
      'dispute_withdrawn 1000, credit_disputed 400, credit -400',
    ],
    [half, 'lost', { excessLeftMinor: 400n, creditMinor: 400n }, ''],
    [half, 'won', none, 'dispute_reinstated 1000, reinstated_as_credit 400, credit 400'],
    [
      { ...half, decision: 'credit_note', returnedMinor: 500n },
      'won',
      none,
      'dispute_reinstated 1000, reinstated_as_credit 900, write_off_undone 100, credit 900',
    ],
    [
      { ...half, status: 'lost', decision: 'reopen', returnedMinor: 600n, ...on({ dueMinor: 600n }) },
      'won',
      none,
      'dispute_reinstated 1000, reinstated_to_invoice 600, reinstated_as_credit 400, invoice -600/0 paid, credit 400',
    ],
  ]
  test.each(cases)('%o, now %s, of %o: %s', (facts, status, credit, then) => {
    const effects = decideDisputeSeen(facts, { status, amountMinor: 1000n }, credit)
    const parts = effects && [
      ...told(effects),
      ...(effects.creditMinor === 0n ? [] : [`credit ${effects.creditMinor}`]),
    ]
    expect(parts?.join(', ')).toBe(then)
    const takenMinor = (facts?.fromCreditMinor ?? 0n) - (effects?.creditMinor ?? 0n)
    if (status !== 'won') expect(effects?.fromCreditMinor).toBe(takenMinor)
    else expect(effects?.fromCreditMinor).toBe(0n)
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
    // What was credit is gone already, and not staff's to decide.
    [
      { ...lost, fromCreditMinor: 400n, ...on({ keptMinor: 600n }) },
      'credit_note',
      'dispute_conceded 600, credit_noted_net 600, invoice 600/600',
    ],
    [{ ...lost, fromCreditMinor: 400n, ...on({ keptMinor: 600n }) }, 'write_off', 'dispute_written_off 600'],
    [{ ...lost, fromCreditMinor: 1000n }, 'credit_note', ''],
    [{ ...lost, fromCreditMinor: 1000n }, 'reopen', 'nothing_to_reopen'],
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
