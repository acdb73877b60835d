/** Deals seeds out to as many processes as there are cores: one plays a seed while another plays the next. */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Deal, Told } from './player.ts'
import type { Ending } from './simulate.ts'

export interface Played {
  readonly ending: Ending
  readonly seconds: number
}

/** Plays all of `deals`, `jobs` at a time; `onDay` is told how far the seeds under way have come, from 0 to 1 each. */
export async function playAll(
  deals: Iterable<Deal>,
  jobs: number,
  on: { readonly played: (played: Played) => void; readonly day: (underWay: number) => void },
): Promise<void> {
  const left = deals[Symbol.iterator]()
  const progress = new Map<ChildProcess, number>()
  const player = async (): Promise<void> => {
    const child = fork(join(import.meta.dirname, 'player.ts'))
    try {
      for (let next = left.next(); !next.done; next = left.next()) {
        const played = await playIn(child, next.value, (share) => {
          progress.set(child, share)
          on.day([...progress.values()].reduce((sum, one) => sum + one, 0))
        })
        progress.delete(child)
        on.played(played)
      }
    } finally {
      if (child.connected) child.disconnect()
    }
  }
  await Promise.all(Array.from({ length: jobs }, player))
}

function playIn(child: ChildProcess, deal: Deal, onDay: (share: number) => void): Promise<Played> {
  return new Promise((resolve, reject) => {
    const over = (end: () => void) => {
      child.off('message', hear)
      child.off('exit', fail)
      end()
    }
    const hear = (told: Told) => ('day' in told ? onDay(told.day / told.days) : over(() => resolve(told)))
    const fail = (code: number | null) =>
      over(() => reject(new Error(`the player of seed ${deal.seed} ended (${code})`)))
    child.on('message', hear)
    child.on('exit', fail)
    child.send(deal)
  })
}
