/** The ledger's accounts and the only ways in which money moves between them. */

export const ledgerAccounts = {
  receivable: 'What accounts owe us, invoice by invoice.',
  revenue: 'Fees invoiced, before tax.',
  tax_payable: 'Tax invoiced, owed to the state.',
  customer_credit: 'What we owe accounts: negative months and money taken in excess.',
  gateway_clearing: 'Captured at the gateway and not yet paid out to the bank.',
  to_refund: 'Money on its way back to accounts: credit set aside, and orders that came back.',
  disputed: 'Captured money that the network has taken back, until it and staff have decided.',
  written_off: 'What we gave up: disputes that were lost, and money given back for which nothing was taken.',
} as const
export type LedgerAccount = keyof typeof ledgerAccounts

export const postingKinds = {
  invoice_net: { debit: 'receivable', credit: 'revenue' },
  invoice_tax: { debit: 'receivable', credit: 'tax_payable' },
  /** Where one tax rate's discounts exceed another's fees, net and tax may have opposite signs. */
  invoice_net_reversed: { debit: 'revenue', credit: 'receivable' },
  invoice_tax_reversed: { debit: 'tax_payable', credit: 'receivable' },
  credit_applied: { debit: 'customer_credit', credit: 'receivable' },
  month_credited_net: { debit: 'revenue', credit: 'customer_credit' },
  month_credited_tax: { debit: 'tax_payable', credit: 'customer_credit' },
  month_credited_net_reversed: { debit: 'customer_credit', credit: 'revenue' },
  month_credited_tax_reversed: { debit: 'customer_credit', credit: 'tax_payable' },
  captured: { debit: 'gateway_clearing', credit: 'receivable' },
  captured_in_excess: { debit: 'gateway_clearing', credit: 'customer_credit' },
  /** An order is paid the moment it is captured; nobody owed it before. */
  order_net: { debit: 'gateway_clearing', credit: 'revenue' },
  order_tax: { debit: 'gateway_clearing', credit: 'tax_payable' },
  /** An invoice's money goes back: it is due again, unless a credit note says that it is not. */
  refunded: { debit: 'receivable', credit: 'gateway_clearing' },
  /** The payer's bank would not have it. */
  refund_returned: { debit: 'gateway_clearing', credit: 'receivable' },
  refund_returned_in_excess: { debit: 'gateway_clearing', credit: 'customer_credit' },
  credit_noted_net: { debit: 'revenue', credit: 'receivable' },
  credit_noted_tax: { debit: 'tax_payable', credit: 'receivable' },
  credit_note_undone_net: { debit: 'receivable', credit: 'revenue' },
  credit_note_undone_tax: { debit: 'receivable', credit: 'tax_payable' },
  /** The same for what an order was paid: no receivable stands between. */
  order_noted_net: { debit: 'revenue', credit: 'to_refund' },
  order_noted_tax: { debit: 'tax_payable', credit: 'to_refund' },
  order_note_undone_net: { debit: 'to_refund', credit: 'revenue' },
  order_note_undone_tax: { debit: 'to_refund', credit: 'tax_payable' },
  /** Credit that is to be paid out cannot be used by an invoice meanwhile (F42). */
  credit_set_aside: { debit: 'customer_credit', credit: 'to_refund' },
  credit_given_back: { debit: 'to_refund', credit: 'customer_credit' },
  paid_back: { debit: 'to_refund', credit: 'gateway_clearing' },
  paid_back_returned: { debit: 'gateway_clearing', credit: 'to_refund' },
  /** A refund that had been closed as never made went out all the same: the credit was no longer set aside. */
  credit_paid_back_late: { debit: 'customer_credit', credit: 'gateway_clearing' },
  /** Given back at the gateway's dashboard beyond all that was taken. */
  refund_lost: { debit: 'written_off', credit: 'gateway_clearing' },
  refund_lost_returned: { debit: 'gateway_clearing', credit: 'written_off' },
  dispute_withdrawn: { debit: 'disputed', credit: 'gateway_clearing' },
  dispute_reinstated: { debit: 'gateway_clearing', credit: 'disputed' },
  /** What was taken in excess is gone with the rest: it cannot stay credit. */
  credit_disputed: { debit: 'customer_credit', credit: 'disputed' },
  /** Staff let the payer have it: the invoice is due again, unless a credit note says that it is not. */
  dispute_conceded: { debit: 'receivable', credit: 'disputed' },
  dispute_conceded_order: { debit: 'to_refund', credit: 'disputed' },
  dispute_written_off: { debit: 'written_off', credit: 'disputed' },
  /** The network gave it back: what was credit is credit again, and what staff had let go belongs to the account. */
  reinstated_to_invoice: { debit: 'disputed', credit: 'receivable' },
  reinstated_as_credit: { debit: 'disputed', credit: 'customer_credit' },
  write_off_undone: { debit: 'disputed', credit: 'written_off' },
} as const satisfies Record<string, { debit: LedgerAccount; credit: LedgerAccount }>
export type PostingKind = keyof typeof postingKinds
