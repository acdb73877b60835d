/** What a simulation knows while it lives, and how people reach its servers. */
import type { Day } from '../../src/domain/calendar.ts'
import type { CoverageRules } from '../../src/domain/coverage.ts'
import type { System } from '../../src/operations/system.ts'
import type { Chance } from './chance.ts'
import { died, type Fate } from './stage/actor.ts'
import type { Stage } from './stage/stage.ts'
import type { Person } from './world.ts'

export interface Live {
  readonly stage: Stage
  readonly chance: Chance
  readonly markets: ReadonlyMap<string, CoverageRules>
  readonly persons: readonly Person[]
  readonly personOf: ReadonlyMap<string, Person>
  /** Newcomers who have come. */
  readonly arrived: Set<string>
  /** Accounts that are closed, or about to be. */
  readonly gone: Set<string>
  /** Days on which nobody worked: an unpaid invoice may have nothing on them. */
  readonly daysOff: Set<Day>
  /**
   * A server does what a person asks, and may die over it. The impatient then leave it at that, as often as not; the
   * insistent ask until they have an answer.
   */
  ask(work: (system: System) => Promise<unknown>, manner?: 'impatient' | 'insistent'): Promise<void>
  /** The same asked of both servers at once: somebody pressed twice. */
  askTwice(work: (system: System) => Promise<unknown>): Promise<void>
}

export function live(parts: Omit<Live, 'ask' | 'askTwice'>): Live {
  const { stage, chance } = parts
  const reach = async (index: 0 | 1, work: (system: System) => Promise<unknown>): Promise<boolean> => {
    const answer = await stage.servers[index].run(work, mostlySpared(chance, 0.03)).catch(rethrowUnlessCut)
    return answer !== died && answer !== cutOff
  }
  return {
    ...parts,
    async ask(work, manner = 'impatient') {
      while (!(await reach(0, work))) {
        if (manner === 'impatient' && chance() < 0.5) return
      }
    },
    async askTwice(work) {
      await Promise.all([reach(0, work), reach(1, work)])
    },
  }
}

const cutOff = Symbol('cut off')
/** A server answers 500 to what its database was taken away from. */
function rethrowUnlessCut(problem: unknown): typeof cutOff {
  if (problem instanceof Error && problem.message.startsWith('Connection terminated')) return cutOff
  throw problem
}

const fates: readonly Fate[] = [
  'dies before',
  'dies after',
  'dies before',
  'dies after',
  'cut off before',
  'cut off after',
]

/** Doomed with likelihood `share`, and then at any of its effects, of some sooner and of some later. */
export function mostlySpared(chance: Chance, share: number): (effect: string) => Fate {
  if (chance() >= share) return () => null
  const frailty = 0.02 + chance() * 0.4
  let over = false
  return (effect) => {
    // Reads leave nothing behind.
    if (over || effect === 'read' || chance() >= frailty) return null
    over = true
    return fates[Math.floor(chance() * fates.length)] ?? null
  }
}
