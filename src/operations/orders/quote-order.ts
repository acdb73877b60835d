/** The platform offers items at its prices (B13). Nothing is asked of any card until the payer confirms. */
import { bucketOfAccount } from '../../domain/bucket.ts'
import type { Instant } from '../../domain/calendar.ts'
import { decideQuote, type OrderItem, type QuoteRefusal } from '../../domain/order.ts'
import { transaction } from '../../postgres/database.ts'
import { findQuoted, insertOrder } from '../../postgres/orders.ts'
import { lockSettings } from '../../postgres/payment-settings.ts'
import { rulesOf, type System } from '../system.ts'
import { tellOrder } from './tell-order.ts'

export interface QuoteRequest {
  readonly orderId: string
  readonly accountId: string
  readonly coverage: string
  /** The platform's own name for the order, unique for the account. */
  readonly externalId: string
  readonly items: readonly OrderItem[]
  readonly quotedBy: string
}

export type Quoted =
  | { readonly orderId: string; readonly created: boolean }
  | { readonly refused: QuoteRefusal | 'external_id_reused' }

/** Pushed again with the same content it answers the order that there is; with other content it is refused. */
export async function quoteOrder(system: System, request: QuoteRequest, now: Instant): Promise<Quoted> {
  const { accountId, coverage, orderId } = request
  if (!system.coverages.has(coverage)) return { refused: 'account_unknown' }
  const rules = rulesOf(system, coverage)
  const bucket = bucketOfAccount(accountId)
  return transaction(system.db, async (tx): Promise<Quoted> => {
    const settings = await lockSettings(tx, { bucket, accountId, coverage })
    if (!settings) return { refused: 'account_unknown' }
    const quote = decideQuote(request.items, rules, now)
    if ('refused' in quote) return quote
    const order = { ...request, ...quote, bucket, currency: rules.currency }
    const known = await findQuoted(tx, order)
    if (known) return known.same ? { orderId: known.orderId, created: false } : { refused: 'external_id_reused' }
    if (settings.accountClosed) return { refused: 'account_closed' }
    if (!(await insertOrder(tx, order, now))) throw new Error(`order ${orderId} could not be kept`)
    const details = { amountMinor: quote.totalMinor, externalId: request.externalId, who: request.quotedBy }
    await tellOrder(system, tx, { bucket, accountId, orderId }, coverage, 'order_quoted', details, now)
    return { orderId, created: true }
  })
}
