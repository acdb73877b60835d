import { describe, expect, test } from 'vitest'
import { dayMs, hourMs, instant, minuteMs, plusMs } from './calendar.ts'
import {
  decideFound,
  decideRefund,
  type RefundableFacts,
  type RefundWish,
  refundStatuses,
  splitLeft,
} from './refund.ts'
import { decideRefundOutcome, type RefundFacts, type RefundLearnt } from './refund-outcome.ts'

const now = instant(Date.parse('2027-02-01T06:00:00Z'))

const captured: RefundableFacts = {
  status: 'captured',
  currency: 'USD',
  appliedLeftMinor: 1000n,
  excessLeftMinor: 0n,
  creditMinor: 0n,
  disputed: false,
  ofInvoice: true,
}
const excess = { appliedLeftMinor: 0n, excessLeftMinor: 300n, creditMinor: 300n, ofInvoice: false }

describe('may so much be given back?', () => {
  const cases: readonly [facts: Partial<RefundableFacts>, wish: Partial<RefundWish>, answer: string][] = [
    [{}, {}, 'credit_note 1000'],
    [{}, { amountMinor: 1n }, 'credit_note 1'],
    [{}, { carries: 'reopening' }, 'reopening 1000'],
    [{}, { amountMinor: 1001n }, 'refund_above_captured'],
    [{}, { amountMinor: 0n }, 'refund_above_credit'],
    [{}, { currency: 'USD' }, 'credit_note 1000'],
    [{}, { currency: 'JPY' }, 'refund_currency_differs'],
    [{ appliedLeftMinor: 0n }, {}, 'refunded_already'],
    [{ appliedLeftMinor: 0n }, { carries: 'reopening' }, 'refunded_already'],
    [{ ofInvoice: false }, { carries: 'reopening' }, 'nothing_to_reopen'],
    [{ status: 'declined', appliedLeftMinor: 0n }, {}, 'charge_not_captured'],
    [{ status: 'unknown', appliedLeftMinor: 0n }, {}, 'charge_not_captured'],
    [{ disputed: true }, {}, 'charge_disputed'],
    [excess, {}, 'credit 300'],
    [{ ...excess, creditMinor: 200n }, {}, 'credit 200'],
    [{ ...excess, creditMinor: 200n }, { amountMinor: 201n }, 'refund_above_credit'],
    [{ ...excess, creditMinor: 0n }, {}, 'refund_above_credit'],
    [excess, { amountMinor: 301n }, 'refund_above_captured'],
    [{ ...excess, excessLeftMinor: 0n }, {}, 'refunded_already'],
  ]
  test.each(cases)('%o, asked for %o: %s', (facts, wish, answer) => {
    const decision = decideRefund(
      { ...captured, ...facts },
      { amountMinor: null, currency: null, carries: null, ...wish },
    )
    expect('refused' in decision ? decision.refused : `${decision.carries} ${decision.amountMinor}`).toBe(answer)
  })
  test('the most basic refusal comes first', () => {
    const all = { ...captured, status: 'declined', disputed: true, appliedLeftMinor: 0n } as const
    const wish = { amountMinor: 5n, currency: 'JPY', carries: null }
    expect(decideRefund(all, wish)).toMatchObject({ refused: 'charge_not_captured' })
    expect(decideRefund({ ...all, status: 'captured' }, wish)).toMatchObject({ refused: 'charge_disputed' })
  })
  test('F42 one made at the gateway’s dashboard takes the excess first, while that is credit; the rest is a credit note', () => {
    const found = (facts: Partial<RefundableFacts>, amountMinor: bigint): string => {
      const { carries, fromCreditMinor } = decideFound({ ...captured, ...facts }, amountMinor)
      return `${carries} ${fromCreditMinor}`
    }
    expect(found({}, 1000n)).toBe('credit_note 0')
    expect(found(excess, 300n)).toBe('credit 300')
    expect(found({ ...excess, creditMinor: 299n }, 300n)).toBe('credit_note 299')
    expect(found({ ...excess, appliedLeftMinor: 1000n }, 200n)).toBe('credit 200')
    expect(found({ ...excess, appliedLeftMinor: 1000n }, 1300n)).toBe('credit_note 300')
    expect(found({ ...excess, creditMinor: 0n }, 1n)).toBe('credit_note 0')
  })
  test('what is left of a charge: credit is never more than what is left', () => {
    const left = (capturedMinor: bigint, givenMinor: bigint, withdrawnMinor: bigint, creditedMinor: bigint): string => {
      const { appliedLeftMinor, excessLeftMinor } = splitLeft({
        capturedMinor,
        givenMinor,
        withdrawnMinor,
        creditedMinor,
      })
      return `${appliedLeftMinor} + ${excessLeftMinor}`
    }
    expect(left(100n, 0n, 0n, 0n)).toBe('100 + 0')
    expect(left(100n, 0n, 0n, 40n)).toBe('60 + 40')
    expect(left(100n, 40n, 0n, 0n)).toBe('60 + 0')
    // Used before the dispute came: nothing of it can be given back any more.
    expect(left(100n, 0n, 100n, 40n)).toBe('0 + 0')
    expect(left(100n, 0n, 70n, 40n)).toBe('0 + 30')
    expect(left(100n, 60n, 70n, 40n)).toBe('-30 + 0')
  })
})

const refund: RefundFacts = {
  status: 'intended',
  carries: 'credit_note',
  amountMinor: 1100n,
  fromCreditMinor: 0n,
  creditLeftMinor: 0n,
  firstSentAt: now,
  lastSentAt: now,
  sends: 1,
  unknownSince: null,
  gatewayRefundId: null,
  noteLines: [],
  lostMinor: 0n,
  subject: {
    of: 'invoice',
    status: 'paid',
    dueMinor: 0n,
    reopenedMinor: 0n,
    keptMinor: 1100n,
    taxLines: [{ taxRateBp: 1000, netMinor: 1000n, taxMinor: 100n }],
    noted: [],
  },
}
const subject = (change: Partial<NonNullable<RefundFacts['subject']>>) => ({ ...refund.subject, ...change }) as never // filled in
const found = (status: 'pending' | 'succeeded' | 'failed'): RefundLearnt => ({
  kind: 'found',
  gatewayRefundId: 're_1',
  status,
})
const credit = { carries: 'credit', fromCreditMinor: 1100n, subject: null } as const
const succeeded = { status: 'succeeded', gatewayRefundId: 're_1', noteLines: refund.subject?.taxLines ?? [] } as const

/** Status, then postings, then what it does to the invoice and to credit, event and staff. */
function outcome(change: Partial<RefundFacts>, learnt: RefundLearnt, at = now): string {
  const effects = decideRefundOutcome({ ...refund, ...change }, learnt, at)
  if (!effects) return 'nothing'
  const { invoice } = effects
  return [
    effects.status,
    effects.next,
    ...effects.postings.map(({ kind, amountMinor }) => `${kind} ${amountMinor}`),
    invoice &&
      `invoice ${invoice.refundedMinor}/${invoice.creditNotedMinor}${invoice.becomes ? ` ${invoice.becomes}` : ''}`,
    effects.creditMinor === 0n ? null : `credit ${effects.creditMinor}`,
    effects.event,
    effects.staff && `staff: ${effects.staff}`,
  ]
    .filter((part) => part !== null)
    .join(', ')
}

describe('what follows from an answer', () => {
  const unknown = { kind: 'unknown', reason: 'time-out' } as const
  const absent = { kind: 'absent' } as const
  const later = plusMs(now, 11 * minuteMs)
  const note = 'credit_noted_net 1000, credit_noted_tax 100'
  const undone = 'credit_note_undone_net 1000, credit_note_undone_tax 100'
  const cases: readonly [
    name: string,
    change: Partial<RefundFacts>,
    learnt: RefundLearnt,
    at: typeof now,
    then: string,
  ][] = [
    [
      'credit note',
      {},
      found('succeeded'),
      now,
      `succeeded, refunded 1100, ${note}, invoice 1100/1100, refund_succeeded`,
    ],
    [
      're-opening',
      { carries: 'reopening' },
      found('succeeded'),
      now,
      'succeeded, refunded 1100, invoice 1100/0 reopened, refund_succeeded',
    ],
    ['credit', credit, found('succeeded'), now, 'succeeded, paid_back 1100, refund_succeeded'],
    [
      'order',
      { subject: subject({ of: 'order', status: null }) },
      found('succeeded'),
      now,
      'succeeded, paid_back 1100, order_noted_net 1000, order_noted_tax 100, refund_succeeded',
    ],
    [
      'beyond all that was taken',
      { subject: subject({ keptMinor: 550n }) },
      found('succeeded'),
      now,
      'succeeded, refunded 550, credit_noted_net 500, credit_noted_tax 50, refund_lost 550, invoice 550/550, refund_succeeded, staff: refund_at_gateway',
    ],
    ['pending', {}, found('pending'), now, 'pending'],
    ['failed', {}, found('failed'), now, 'failed, refund_failed, staff: refund_failed'],
    [
      'failed credit',
      credit,
      found('failed'),
      now,
      'failed, credit_given_back 1100, credit 1100, refund_failed, staff: refund_failed',
    ],
    [
      'refused by the gateway',
      {},
      { kind: 'declined', reason: 'disputed' },
      now,
      'failed, refund_failed, staff: refund_failed',
    ],
    ['our fault', {}, { kind: 'refused', reason: '401' }, now, 'refused, refund_refused, staff: refund_refused'],
    ['our fault, sent before', { sends: 2 }, { kind: 'refused', reason: '401' }, now, 'unknown, refund_unknown'],
    ['429', {}, { kind: 'not_executed', reason: '429' }, now, 'intended'],
    ['no answer', {}, unknown, now, 'unknown, refund_unknown'],
    [
      'no answer for a day',
      { status: 'unknown', unknownSince: now },
      unknown,
      plusMs(now, dayMs),
      'unknown, staff: refund_unknown',
    ],
    ['no trace', {}, absent, now, 'intended, send'],
    ['no trace after three sends', { sends: 3 }, absent, now, 'intended'],
    [
      'no trace for ten minutes',
      { sends: 3 },
      absent,
      later,
      'not_executed, refund_not_executed, staff: refund_failed',
    ],
    [
      'no trace, too old to be sent again',
      { status: 'unknown' },
      absent,
      plusMs(now, 21 * hourMs),
      'not_executed, refund_not_executed, staff: refund_failed',
    ],
    [
      'no trace of what was accepted',
      { status: 'pending', gatewayRefundId: 're_1' },
      absent,
      later,
      'unknown, refund_unknown',
    ],
    ['known already', succeeded, found('succeeded'), now, 'nothing'],
    ['older news', succeeded, found('pending'), now, 'nothing'],
    ['an answer that was lost, after it is known', succeeded, unknown, now, 'nothing'],
    ['failed long ago', { status: 'failed' }, found('failed'), now, 'nothing'],
    [
      'closed as never made, and made all the same',
      { status: 'not_executed' },
      found('succeeded'),
      now,
      `succeeded, refunded 1100, ${note}, invoice 1100/1100, refund_succeeded`,
    ],
    [
      'its credit given back, and made all the same',
      { status: 'not_executed', ...credit },
      found('succeeded'),
      now,
      'succeeded, refund_lost 1100, refund_succeeded, staff: refund_at_gateway',
    ],
    [
      'F42 the same while the credit is still there, or some of it',
      { status: 'not_executed', ...credit, creditLeftMinor: 1000n },
      found('succeeded'),
      now,
      'succeeded, credit_paid_back_late 1000, refund_lost 100, credit -1000, refund_succeeded, staff: refund_at_gateway',
    ],
    [
      'F42 found: the excess out of the credit, the rest with a credit note',
      { fromCreditMinor: 100n, subject: subject({ keptMinor: 1000n }) },
      found('succeeded'),
      now,
      'succeeded, paid_back 100, refunded 1000, credit_noted_net 909, credit_noted_tax 91, invoice 1000/1000, refund_succeeded',
    ],
    [
      'found and failed: the excess is credit again',
      { fromCreditMinor: 100n },
      found('failed'),
      now,
      'failed, credit_given_back 100, credit 100, refund_failed, staff: refund_failed',
    ],
    [
      'found and returned: the excess is credit again',
      { ...succeeded, fromCreditMinor: 100n, amountMinor: 1300n, lostMinor: 100n },
      found('failed'),
      now,
      `returned, refund_returned 1100, ${undone}, refund_returned_in_excess 100, refund_lost_returned 100, invoice -1100/-1100, credit 100, refund_returned, staff: refund_failed`,
    ],
    [
      'an order’s excess and its payment, found together',
      { amountMinor: 1200n, fromCreditMinor: 100n, subject: subject({ of: 'order', status: null }) },
      found('succeeded'),
      now,
      'succeeded, paid_back 1200, order_noted_net 1000, order_noted_tax 100, refund_succeeded',
    ],
    [
      'returned',
      succeeded,
      found('failed'),
      now,
      `returned, refund_returned 1100, ${undone}, invoice -1100/-1100, refund_returned, staff: refund_failed`,
    ],
    [
      'returned, due again',
      { ...succeeded, carries: 'reopening', noteLines: [], subject: subject({ dueMinor: 1100n }) },
      found('failed'),
      now,
      'returned, refund_returned 1100, invoice -1100/0 paid, refund_returned, staff: refund_failed',
    ],
    [
      'returned, paid again meanwhile',
      { ...succeeded, carries: 'reopening', noteLines: [] },
      found('failed'),
      now,
      'returned, refund_returned_in_excess 1100, invoice 0/0, credit 1100, refund_returned, staff: refund_failed',
    ],
    [
      'credit returned',
      { ...succeeded, ...credit, noteLines: [] },
      found('failed'),
      now,
      'returned, refund_returned_in_excess 1100, credit 1100, refund_returned, staff: refund_failed',
    ],
  ]
  test.each(cases)('%s', (_name, change, learnt, at, then) => {
    expect(outcome(change, learnt, at)).toBe(then)
  })

  test('nothing that is learnt of any state throws, and what ends is never moved by not knowing', () => {
    const all = [
      found('pending'),
      found('succeeded'),
      found('failed'),
      unknown,
      absent,
      { kind: 'declined', reason: '' },
    ] as const
    for (const status of Object.keys(refundStatuses) as (keyof typeof refundStatuses)[]) {
      for (const learnt of all) {
        const effects = decideRefundOutcome({ ...refund, status }, learnt, now)
        const knows = learnt.kind === 'found'
        if (!knows && !['intended', 'pending', 'unknown'].includes(status)) expect(effects, status).toBeNull()
      }
    }
  })
})
