/**
 * Chance without randomness: everything the demonstration makes up is drawn from its seed and the name of the thing,
 * so that the same seed makes the same platform in whatever order it is asked for.
 */
import { createHash } from 'node:crypto'

/** 0 ≤ x < 1, always the same for the same words. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join('|')).digest().readUIntBE(0, 6) / 2 ** 48
}

/**
 * 0 ≤ x < 1 for the index-th of many, spread evenly: even thirty accounts get each of the kinds that a share is meant
 * for, where independent draws would leave some out. Each `what` walks in its own irrational steps, so that one kind of
 * thing does not go with another.
 */
export const spread = (index: number, what: keyof typeof steps, ...words: readonly (string | number)[]): number =>
  (chance(what, ...words) + index * steps[what]) % 1

const steps = {
  kind: Math.sqrt(2),
  places: Math.sqrt(3),
  begins: Math.sqrt(5),
  use: Math.sqrt(7),
  plot: Math.sqrt(11),
}

/** One of `choices` by weight. Throws a RangeError when there are none. */
export function pick<T>(choices: readonly (readonly [weight: number, value: T])[], roll: number): T {
  const total = choices.reduce((sum, [weight]) => sum + weight, 0)
  let left = roll * total
  for (const [weight, value] of choices) {
    left -= weight
    if (left < 0) return value
  }
  throw new RangeError('nothing to pick from')
}

/** A whole number from `from` to `to`, both included. */
export const between = (from: number, to: number, roll: number): number => from + Math.floor(roll * (to - from + 1))
