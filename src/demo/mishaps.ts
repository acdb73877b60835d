/**
 * Workers that are killed (`kill -9`) while they work, at moments drawn from the seed; each is replaced at once.
 *
 * One kill per moment of business time: a charge is sent at most three times under its key, and with more kills at one
 * moment its fate, and so the figures, would depend on where exactly they struck.
 */
import type { Scene } from './month.ts'
import type { Kept } from './processes.ts'
import { chance } from './seeded.ts'

/** To be told of every scene's progress. `settled` resolves when all kills so far are done. */
export interface Mishaps {
  onScene(scene: Scene, share: number): void
  settled(): Promise<number>
}

export function mishaps(workers: readonly Kept[], seed: string): Mishaps {
  const struck = new Map<Scene, Promise<void>>()
  return {
    onScene(scene, share) {
      if (struck.has(scene) || !isMeantToStrike(scene, seed) || share < momentOf(scene, seed)) return
      const victim = workers[Math.floor(chance(seed, 'victim', scene) * workers.length)]
      struck.set(scene, victim ? victim.kill() : Promise.resolve())
    },
    async settled() {
      await Promise.all(struck.values())
      return struck.size
    },
  }
}

const isMeantToStrike = (scene: Scene, seed: string): boolean =>
  scene === 'registering' || scene === 'collecting' || chance(seed, 'strikes', scene) < 0.5

/** At the end of a scene at the latest. */
const momentOf = (scene: Scene, seed: string): number => 0.1 + 0.8 * chance(seed, 'moment', scene)
