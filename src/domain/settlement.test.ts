/** Whose an entry of the gateway's balance is, and what it posts. */
import { expect, test } from 'vitest'
import { parseInstant } from './calendar.ts'
import { amountPostings, decideEntry, type EntryKind, feePostings, windowAfter } from './settlement.ts'

/** `kind amount, what our books posted, and what else is known` → the verdict. */
test.each([
  ['capture 1234', '1234', '', 'ours'],
  ['capture 1234', '1200', '', 'open'],
  ['capture 1234', 'nothing', '', 'open'],
  ['capture 1234', 'nothing', 'stranger', 'platform'],
  ['capture 1234', '1234', 'settled elsewhere', 'open'],
  ['refund -500', '-500', '', 'ours'],
  ['refund -500', '500', '', 'open'],
  ['refund -500', 'nothing', 'stranger', 'platform'],
  ['refund_returned 500', '500', '', 'ours'],
  ['dispute_withdrawn -1234', '-1234', '', 'ours'],
  ['dispute_reinstated 1234', 'nothing', '', 'open'],
  // What our books know of somebody else's payment is a fact: it is compared.
  ['capture 1234', '1234', 'stranger', 'ours'],
  ['fee -200', 'nothing', '', 'platform'],
  ['payout -1168', 'nothing', '', 'platform'],
  ['payout_returned 1168', 'nothing', '', 'platform'],
  ['adjustment 7', 'nothing', '', 'platform'],
])('%s, posted %s %s: %s', (entry, posted, known, expected) => {
  const verdict = decideEntry({
    ...entryOf(entry),
    postedMinor: posted === 'nothing' ? null : BigInt(posted),
    settledElsewhere: known === 'settled elsewhere',
    ofStranger: known === 'stranger',
  })
  expect(verdict).toBe(expected)
})

/** `kind amount fee` → what is posted of the fee, and what of the amount where it is no account's. */
test.each([
  ['capture 1234 66', 'gateway_fee 66', 'adjustment_in 1234'],
  ['capture 1234 0', '', 'adjustment_in 1234'],
  ['refund -500 -15', 'gateway_fee_returned 15', 'adjustment_out 500'],
  ['dispute_withdrawn -1234 1500', 'dispute_fee 1500', 'adjustment_out 1234'],
  ['dispute_reinstated 1234 -1500', 'dispute_fee_returned 1500', 'adjustment_in 1234'],
  ['fee -200 0', '', 'gateway_fee 200'],
  ['fee 200 0', '', 'gateway_fee_returned 200'],
  ['payout -1168 0', '', 'paid_out 1168'],
  // A balance below zero is drawn from the bank.
  ['payout 300 0', '', 'payout_returned 300'],
  ['payout_returned 1168 0', '', 'payout_returned 1168'],
  ['adjustment -7 0', '', 'adjustment_out 7'],
])('%s posts %s and %s', (entry, fee, amount) => {
  const say = (postings: ReturnType<typeof feePostings>) =>
    postings.map(({ kind, amountMinor }) => `${kind} ${amountMinor}`).join()
  expect([say(feePostings(entryOf(entry))), say(amountPostings(entryOf(entry)))]).toEqual([fee, amount])
})

test.each([
  ['2027-02-01T06:00:00Z', '2027-02-01T09:00:00Z', '2027-02-01T09:00:00Z'],
  ['2027-02-01T06:00:00Z', '2027-03-01T09:00:00Z', '2027-02-02T06:00:00Z'],
  ['2027-02-01T06:00:00Z', '2027-02-01T06:00:00Z', '2027-02-01T06:00:00Z'],
  // A clock that was set back reads nothing twice.
  ['2027-02-01T06:00:00Z', '2027-01-01T06:00:00Z', '2027-02-01T06:00:00Z'],
])('F51 read through %s, at %s: up to %s', (readThrough, now, expected) => {
  expect(windowAfter(parseInstant(readThrough), parseInstant(now))).toBe(parseInstant(expected))
})

function entryOf(text: string) {
  const [kind = '', amount = '0', fee = '0'] = text.split(' ')
  return { kind: kind as EntryKind, amountMinor: BigInt(amount), feeMinor: BigInt(fee) } // written in the tables above
}
