/** Chance, by seed: everything that happens in a simulation is drawn from a row of numbers that the seed decides. */

/** 0 ≤ x < 1. */
export type Chance = () => number

export const pickOne = <T>(chance: Chance, choices: readonly T[]): T => {
  const picked = choices[Math.floor(chance() * choices.length)]
  if (picked === undefined) throw new RangeError('nothing to pick from')
  return picked
}

/** Whether something that happens to a share of everybody happens to this one. */
export const strikes = (chance: Chance, share: number): boolean => chance() < share

/** A few of many, each with the same likelihood, by one number for each that is picked instead of one for everybody. */
export function fewOf<T>(chance: Chance, all: readonly T[], share: number): T[] {
  const picked: T[] = []
  if (share <= 0) return picked
  // How many are passed over until the next one: geometric.
  const step = () => (share >= 1 ? 1 : 1 + Math.floor(Math.log(1 - chance()) / Math.log(1 - share)))
  for (let index = step() - 1; index < all.length; index += step()) {
    const one = all[index]
    if (one !== undefined) picked.push(one)
  }
  return picked
}
