/**
 * An index from one key to the ids under it. Nearly every charge has one payment and every card one payment method, so a
 * lone id is kept without a list around it: with some hundred thousand payments that halves what the indexes weigh.
 */
export type Many = Map<string, string | string[]>

export function addTo(index: Many, key: string, id: string): void {
  const known = index.get(key)
  if (known === undefined) index.set(key, id)
  else if (typeof known === 'string') index.set(key, [known, id])
  else known.push(id)
}

/** The ids under `key`, oldest first. */
export function idsOf(index: Many, key: string): readonly string[] {
  const known = index.get(key)
  if (known === undefined) return none
  return typeof known === 'string' ? [known] : known
}

const none: readonly string[] = []
