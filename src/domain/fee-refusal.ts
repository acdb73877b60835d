/**
 * Every reason why a line of fees, or a file of them, is refused. Each carries what its sentence in texts/fee-errors.ts
 * needs to say what would be right; a reason without a sentence does not compile.
 */
import type { Month } from './calendar.ts'
import type { DecimalRefusal } from './decimal.ts'

export const feeFields = [
  'externalId',
  'accountId',
  'coverage',
  'date',
  'item',
  'unitPrice',
  'quantity',
  'amount',
  'currency',
  'taxCategory',
  'attributes',
] as const
export type FeeField = (typeof feeFields)[number]
export type NumberField = 'unitPrice' | 'quantity' | 'amount'

/** What the content of a line says by itself. */
export type ContentRefusal =
  | { readonly code: 'missing' | 'not_text' | 'control_character' | 'not_unicode'; readonly field: FeeField }
  | { readonly code: 'too_long'; readonly field: FeeField; readonly limit: number }
  | { readonly code: 'account_malformed'; readonly field: 'accountId'; readonly value: string }
  | Listed<'coverage_not_configured', 'coverage'>
  | { readonly code: 'date_malformed'; readonly field: 'date'; readonly value: string }
  | { readonly code: 'date_too_late'; readonly field: 'date'; readonly value: string; readonly latest: Month }
  | (DecimalRefusal & { readonly field: NumberField; readonly value: string })
  | { readonly code: 'currency_differs'; readonly field: 'currency'; readonly value: string; readonly right: string }
  | Listed<'tax_category_unknown', 'taxCategory'>
  | { readonly code: 'attributes_malformed'; readonly field: 'attributes' }

interface Listed<Code, Field> {
  readonly code: Code
  readonly field: Field
  readonly value: string
  readonly known: readonly string[]
}

/** A line that is no record. */
export type RecordRefusal =
  | { readonly code: 'line_not_utf8' | 'quote_open' | 'quote_stray' }
  | { readonly code: 'line_too_long'; readonly limit: number }
  | { readonly code: 'json_malformed'; readonly found: string }
  | { readonly code: 'field_unknown'; readonly found: string; readonly known: readonly string[] }
  | { readonly code: 'cells_differ'; readonly found: number; readonly expected: number }

/** What only the database knows. */
export type KnownRefusal =
  | { readonly code: 'account_unknown'; readonly field: 'accountId'; readonly value: string }
  | {
      readonly code: 'coverage_not_enabled'
      readonly field: 'coverage'
      readonly value: string
      readonly accountId: string
    }
  | {
      readonly code: 'account_closed'
      readonly field: 'date'
      readonly value: string
      readonly accountId: string
      readonly closedOn: string
    }
  /** `known` and `sent` are the two contents, in the one form that compares. */
  | {
      readonly code: 'content_differs'
      readonly field: 'externalId'
      readonly value: string
      readonly known: string
      readonly sent: string
    }

export type FeeRefusal = ContentRefusal | RecordRefusal | KnownRefusal

/** What is wrong with a file as a whole: no line of it can be read. */
export type FeeFileProblem =
  | { readonly code: 'column_missing'; readonly missing: readonly FeeField[]; readonly found: readonly string[] }
  | { readonly code: 'column_twice'; readonly name: string }
  | { readonly code: 'header_unreadable' | 'account_needed' | 'gzip_broken' }
