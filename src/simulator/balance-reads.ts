/** What can be asked of an account's balance: its entries and payouts, newest first, as the gateway lists. */
import type { BalanceEntry } from './balance.ts'
import type { AccountBooks } from './books.ts'
import type { Answer } from './rows.ts'

interface Listed {
  /** Created in here (epoch ms): `from` included, `until` excluded. */
  readonly from: number | null
  readonly until: number | null
  readonly startingAfter: string | null
  readonly limit: number
}
export interface ListBalance extends Listed {
  readonly name: 'list_balance'
  /** Only what this payout took with it. */
  readonly payoutId: string | null
  readonly currency: string | null
}
export interface ListPayouts extends Listed {
  readonly name: 'list_payouts'
}

export function listBalance({ balance }: AccountBooks, query: ListBalance): Answer {
  const of = query.payoutId === null ? balance.entries : (balance.entriesOf.get(query.payoutId) ?? [])
  const { items: entries, hasMore } = page(of, query, ({ currency }: BalanceEntry) =>
    query.currency === null ? true : currency === query.currency,
  )
  return { object: 'balance', entries, hasMore }
}

export function listPayouts({ balance }: AccountBooks, query: ListPayouts): Answer {
  const { items: payouts, hasMore } = page([...balance.payouts.values()], query, () => true)
  return { object: 'payouts', payouts, hasMore }
}

/** From the end, beginning behind the cursor. */
function page<Row extends { readonly id: string; readonly createdAt: number }>(
  rows: readonly Row[],
  { from, until, startingAfter, limit }: Listed,
  wanted: (row: Row) => boolean,
): { readonly items: Row[]; readonly hasMore: boolean } {
  const items: Row[] = []
  const after = startingAfter === null ? rows.length : rows.findLastIndex(({ id }) => id === startingAfter)
  for (let index = after - 1; index >= 0; index--) {
    const row = rows[index]
    if (row === undefined || (from !== null && row.createdAt < from)) break
    if ((until !== null && row.createdAt >= until) || !wanted(row)) continue
    if (items.length === limit) return { items, hasMore: true }
    items.push(row)
  }
  return { items, hasMore: false }
}
