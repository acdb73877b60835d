/**
 * Chance without randomness: a number drawn from words, so that an issuer's mood or a fault depends on who and when
 * (seed, card, day, attempt), never on the order in which calls arrive.
 */

/** 0 ≤ x < 1, always the same for the same text (cyrb53, 53 bits). */
export function chance(text: string): number {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    high = Math.imul(high ^ unit, 2654435761)
    low = Math.imul(low ^ unit, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return (4294967296 * (2097151 & low) + (high >>> 0)) / 2 ** 53
}

/** One of `choices`, by weight; `roll` is 0 ≤ roll < 1. Null when there are none. */
export function pick<T extends { readonly weight: number }>(choices: readonly T[], roll: number): T | null {
  const total = choices.reduce((sum, choice) => sum + choice.weight, 0)
  let left = roll * total
  for (const choice of choices) {
    left -= choice.weight
    if (left < 0) return choice
  }
  return choices.at(-1) ?? null
}
