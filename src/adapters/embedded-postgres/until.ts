/** Waits for a condition that nobody announces: a file that appears, a process that ends. */
import { setTimeout } from 'node:timers/promises'

const pollMs = 15

/** Resolves when `condition` holds. Wall time passes while it does not. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(pollMs)
}
