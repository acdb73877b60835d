/** What changes when the network has updated a registered card: a new expiry, or a new number in the old one's place. */

export interface CardRow {
  readonly fingerprint: string
  readonly brand: string
  readonly last4: string
  readonly expMonth: number
  readonly expYear: number
  readonly mark: 'never' | 'customer' | 'after' | null
}

/** Null: nothing is new. `clearsMark`: what stood in the way of retries is over, so that they go on (B9). */
export function decideCardUpdate(known: CardRow, seen: Omit<CardRow, 'mark'>): { readonly clearsMark: boolean } | null {
  const renewed = seen.expMonth !== known.expMonth || seen.expYear !== known.expYear
  const replaced = seen.fingerprint !== known.fingerprint || seen.last4 !== known.last4
  if (!renewed && !replaced && seen.brand === known.brand) return null
  // A number that its issuer closed stays closed whatever its expiry; another number is another card.
  return { clearsMark: known.mark !== null && (replaced || (renewed && known.mark !== 'never')) }
}
