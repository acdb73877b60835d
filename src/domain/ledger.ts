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
  credit_applied: { debit: 'customer_credit', credit: 'receivable' },
  month_credited_net: { debit: 'revenue', credit: 'customer_credit' },
  month_credited_tax: { debit: 'tax_payable', credit: 'customer_credit' },
  captured: { debit: 'gateway_clearing', credit: 'receivable' },
  captured_in_excess: { debit: 'gateway_clearing', credit: 'customer_credit' },
} as const satisfies Record<string, { debit: LedgerAccount; credit: LedgerAccount }>
export type PostingKind = keyof typeof postingKinds
