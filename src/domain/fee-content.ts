/**
 * What a fee says, as one text: two lines under one `externalId` are the same fee when these are equal (B7), and when
 * they are not, these are what the refusal shows.
 */
import type { Fee } from './fee.ts'

export type FeeContent = Omit<Fee, 'externalId' | 'accountId' | 'month' | 'attributes'> & {
  /** JSON text, or the object that PostgreSQL makes of it; the order of names says nothing. */
  readonly attributes: unknown
}

export function contentOf(fee: FeeContent): string {
  const date = fee.wholeMonth ? fee.day.slice(0, 7) : fee.day
  const price =
    fee.unitPrice === null && fee.quantity === null ? '' : ` ${fee.unitPrice ?? '?'} × ${fee.quantity ?? '?'} =`
  const tax = `tax ${fee.taxRateBp / 100} %`
  return [fee.coverage, date, JSON.stringify(fee.item) + price, fee.amount, tax, attributesOf(fee.attributes)]
    .filter((part) => part !== '')
    .join(' ')
}

function attributesOf(attributes: unknown): string {
  if (attributes === null) return ''
  const object: unknown = typeof attributes === 'string' ? JSON.parse(attributes) : attributes
  const entries = Object.entries(object ?? {}).sort(([one], [other]) => (one < other ? -1 : 1))
  return JSON.stringify(Object.fromEntries(entries))
}
