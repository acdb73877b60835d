/** The ledger's accounts and the only ways in which money moves between them. */

export const ledgerAccounts = {
  receivable: 'What accounts owe us, invoice by invoice.',
  revenue: 'Fees invoiced, before tax.',
  tax_payable: 'Tax invoiced, owed to the state.',
  customer_credit: 'What we owe accounts: negative months and money taken in excess.',
  gateway_clearing: 'Captured at the gateway and not yet paid out to the bank.',
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
} as const satisfies Record<string, { debit: LedgerAccount; credit: LedgerAccount }>
export type PostingKind = keyof typeof postingKinds
