import { describe, expect, test } from 'vitest'
import { failureAbout, type MessageKind, mayBeTold, messageFor, nextTryAfterMs, type TellableEvent } from './message.ts'

const declined: TellableEvent = {
  eventId: 'event',
  kind: 'charge_declined',
  trigger: 'run',
  invoiceId: 'invoice',
  madeInvoice: 'outstanding',
  invoiceIsNow: 'outstanding',
  retry: 'daily',
  toldBefore: [],
}
const captured: TellableEvent = {
  ...declined,
  kind: 'charge_captured',
  madeInvoice: 'paid',
  invoiceIsNow: 'paid',
  retry: null,
}
const plain: TellableEvent = { ...captured, trigger: null, invoiceId: null, madeInvoice: null, invoiceIsNow: null }
const passing = failureAbout('invoice', 'passing')
const customer = failureAbout('invoice', 'customer')

describe('F35 one event makes one message at most', () => {
  const cases: [what: string, event: TellableEvent, told: [MessageKind, about: string] | null][] = [
    ['the first failure', declined, ['payment_failed', passing]],
    [
      'the first failure, which only the customer can help',
      { ...declined, retry: 'customer' },
      ['payment_failed', customer],
    ],
    ['a card that may never be tried again', { ...declined, retry: 'never' }, ['payment_failed', customer]],
    ['a prescribed delay passes by itself', { ...declined, retry: 'after' }, ['payment_failed', passing]],
    ['the same failure, the next day', { ...declined, trigger: 'daily_retry', toldBefore: ['passing'] }, null],
    [
      'now only the customer can help',
      { ...declined, trigger: 'daily_retry', retry: 'never', toldBefore: ['passing'] },
      ['payment_failed', customer],
    ],
    ['told that already', { ...declined, trigger: 'daily_retry', retry: 'never', toldBefore: ['customer'] }, null],
    ['told the worse already', { ...declined, trigger: 'daily_retry', toldBefore: ['customer'] }, null],
    ['tried by staff', { ...declined, trigger: 'staff' }, ['payment_failed', passing]],
    ['the payer who pressed Activate sees it', { ...declined, trigger: 'activate' }, null],
    ['the payer who registers a card sees it', { ...declined, trigger: 'card_registered' }, null],
    ['a verification', { ...declined, trigger: 'verification', invoiceId: null, invoiceIsNow: null }, null],
    ['an order', { ...declined, trigger: 'order', invoiceId: null, invoiceIsNow: null }, null],
    ['paid before it could be told', { ...declined, invoiceIsNow: 'paid' }, null],
    ['paid', captured, ['payment_received', 'event']],
    ['paid by the payer who is present', { ...captured, trigger: 'activate' }, ['payment_received', 'event']],
    ['paid in part', { ...captured, madeInvoice: 'outstanding', invoiceIsNow: 'outstanding' }, null],
    ['money for an order', { ...captured, invoiceId: null, madeInvoice: null, invoiceIsNow: null }, null],
    ['a new card', { ...plain, kind: 'card_registered' }, ['method_changed', 'event']],
    ['a trial that ended', { ...plain, kind: 'trial_ended' }, ['trial_ended', 'event']],
    ['a card that expires soon', { ...plain, kind: 'card_expiring' }, ['card_expiring', 'event']],
    ['a trial that began', { ...plain, kind: 'trial_granted' }, null],
    ['no answer yet', { ...declined, kind: 'charge_unknown' }, null],
    ['an invoice', { ...plain, kind: 'invoice_issued' }, null],
  ]
  test.each(cases)('%s', (_, event, told) => {
    const [kind, about] = told ?? []
    expect(messageFor(event)).toEqual(told === null ? null : { kind, about })
    if (told) expect(mayBeTold(event.kind)).toBe(true)
  })
})

test('an e-mail is tried for two days, less and less often', () => {
  const waits: number[] = []
  for (let wait = nextTryAfterMs(1); wait !== null; wait = nextTryAfterMs(waits.length + 1)) waits.push(wait)
  expect(waits).toEqual(waits.toSorted((one, other) => one - other))
  expect(waits.reduce((total, wait) => total + wait, 0) / 3_600_000).toBeCloseTo(46.35, 2)
})
