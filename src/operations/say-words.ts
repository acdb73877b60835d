/** The counterpart of `read-words.ts`: what commands print of what the system knows. */
import type { InvoiceStatus } from '../domain/invoice.ts'
import type { Minor } from '../domain/money.ts'
import { formatMoney } from '../texts/format.ts'
import type { Language } from '../texts/language.ts'
import { invoiceStatusTexts } from '../texts/story.ts'

export const sayMoney = (amountMinor: Minor, currency: string, language: Language = 'en'): string =>
  formatMoney(amountMinor, currency, language)

export const sayStatus = (status: InvoiceStatus, language: Language = 'en'): string =>
  invoiceStatusTexts[status][language]
