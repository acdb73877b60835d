/** What needs a person: each kind, and what a person can safely do about it. */

export const staffQueueKinds = {
  charge_unknown: 'The gateway has not told for a day what became of a charge. The look-ups go on.',
  charge_refused: 'The gateway refused our request for a charge: a key or a setting of ours is wrong.',
  captured_in_excess: 'More was taken than was due; the rest is the account’s credit.',
  refund_unknown: 'The gateway has not told for a day what became of a refund. The look-ups go on.',
  refund_failed: 'A refund failed, or the payer’s bank sent it back.',
  refund_refused: 'The gateway refused our request for a refund: a key or a setting of ours is wrong.',
  refund_at_gateway: 'Money was given back at the gateway’s own dashboard; it is in the books as it was found.',
  return_not_refunded: 'An order came back, and its money could not be asked back: its payment is disputed.',
  dispute_open: 'A payment is disputed; its invoice is not collected until the network or staff decide.',
  dispute_reinstated: 'The network gave disputed money back after staff had decided.',
  books_differ: 'Our books and the gateway’s differ about a payment, refund or dispute, and nothing was changed.',
  payment_by_hand: 'A customer of ours paid, or has money held, by a payment that was made at the gateway without us.',
  payment_unmatched: 'The gateway took money for an account or card that our books do not have.',
  registration_lost: 'The gateway knows of a card that the payer registered, and our books do not.',
  settlement_mismatch: 'The gateway’s balance and our books differ about a charge, a refund or a dispute, for days.',
} as const
export type StaffQueueKind = keyof typeof staffQueueKinds

/** Operations of the API that help; `closeStaffQueueEntry` where looking at it was all. */
export const safeActs = {
  charge_unknown: ['readCharge'],
  charge_refused: ['readCharge', 'retryInvoice', 'closeStaffQueueEntry'],
  captured_in_excess: ['readRefundable', 'requestRefund', 'closeStaffQueueEntry'],
  refund_unknown: ['readRefund'],
  refund_failed: ['readRefund', 'requestRefund', 'closeStaffQueueEntry'],
  refund_refused: ['readRefund', 'requestRefund', 'closeStaffQueueEntry'],
  refund_at_gateway: ['readRefund', 'closeStaffQueueEntry'],
  return_not_refunded: ['readOrder', 'readRefundable', 'requestRefund', 'closeStaffQueueEntry'],
  dispute_open: ['readDispute', 'decideDispute'],
  dispute_reinstated: ['readDispute', 'closeStaffQueueEntry'],
  books_differ: ['readCharge', 'listReconciliations', 'closeStaffQueueEntry'],
  payment_by_hand: ['listReconciliations', 'closeStaffQueueEntry'],
  payment_unmatched: ['putAccount', 'listReconciliations', 'closeStaffQueueEntry'],
  registration_lost: ['readPaymentSettings', 'closeStaffQueueEntry'],
  settlement_mismatch: ['readCharge', 'closeStaffQueueEntry'],
} as const satisfies Record<StaffQueueKind, readonly string[]>

/** What goes on by itself, or waits for a decision, is not closed by having been looked at. */
export const mayClose = (kind: StaffQueueKind): boolean =>
  (safeActs[kind] as readonly string[]).includes('closeStaffQueueEntry')
