/**
 * Who goes next. Whatever several workers and servers do at once is a row of effects (a statement, a call to the
 * gateway), and of those that wait the seed picks one at a time. So races really race, in another order for every seed,
 * and the same seed races the same way again.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import type { Chance } from '../chance.ts'

export interface Turns {
  /** Runs `act` when it is its turn; `of`: whose it is, by number, and the connection that a statement goes over. */
  take(act: () => Promise<unknown>, of: { readonly actor: number; readonly pid: number | null }): void
}

/** What only the server knows about a connection, asked on another one. */
export interface Watcher {
  /** Whether any other connection has a transaction open, for whose locks a statement may have to wait. */
  mayWait(pid: number): boolean
  isWaiting(pid: number): Promise<boolean>
  /** Ends a statement that waits, as the server does with one of two that wait for each other. */
  breakDeadlock(pid: number): Promise<void>
}

interface Effect {
  readonly act: () => Promise<unknown>
  readonly actor: number
  readonly pid: number | null
}
/** A statement that waits for somebody's lock. */
interface Stuck {
  readonly pid: number
  readonly done: Promise<unknown>
  over: boolean
}

export function seededTurns(chance: Chance, watcher: Watcher): Turns {
  const waiting: Effect[] = []
  const stuck: Stuck[] = []
  let playing = false
  // Whoever comes first starts the play, and must not lend it the mark of a transaction.
  const outside = AsyncLocalStorage.snapshot()

  async function play(): Promise<void> {
    playing = true
    for (;;) {
      // Everybody who can go on without the outside has done so, and waits here.
      await turn()
      const next = pick()
      if (next) await perform(next)
      else if (stuck.length > 0) await watcher.breakDeadlock(stuck.at(-1)?.pid ?? 0)
      else break
      await seeWhoGoesOn()
    }
    playing = false
  }

  /** By number: of two that were let go on by the same commit, either may have come here first. */
  function pick(): Effect | undefined {
    if (waiting.length < 2) return waiting.pop()
    waiting.sort((one, other) => one.actor - other.actor)
    return waiting.splice(Math.floor(chance() * waiting.length), 1)[0]
  }

  async function perform({ act, pid }: Effect): Promise<void> {
    const done = act()
    if (pid === null || !watcher.mayWait(pid)) return void (await done)
    const statement: Stuck = { pid, done, over: false }
    void done.then(() => {
      statement.over = true
    })
    if (await goesOn(statement)) return
    stuck.push(statement)
  }

  /** Waits until it is over, or certainly waits for a lock. */
  async function goesOn(statement: Stuck): Promise<boolean> {
    for (;;) {
      await Promise.race([statement.done, delay(20)])
      if (statement.over) return true
      if (await watcher.isWaiting(statement.pid)) return false
    }
  }

  async function seeWhoGoesOn(): Promise<void> {
    for (const statement of [...stuck]) {
      if (await goesOn(statement)) stuck.splice(stuck.indexOf(statement), 1)
    }
  }

  return {
    take(act, of) {
      const inContext = AsyncLocalStorage.snapshot()
      waiting.push({ act: () => inContext(act), ...of })
      if (!playing) void outside(play)
    },
  }
}
