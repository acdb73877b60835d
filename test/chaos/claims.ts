/** How long what a dead worker had claimed stays with it: looked at, in wall time, until somebody has taken it over. */
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database } from '../../src/postgres/database.ts'

export interface ClaimWatch {
  /** The process was killed just now, and nobody has told the database. */
  died(pid: number): void
  /** The database could be asked by nobody for so long; a worker is then missed for as long less. */
  wasAway(forMs: number): void
  /** The longest that a claim was seen with a worker after its death. */
  longestMs(): number
  /** How many dead workers had any. */
  readonly left: () => number
  stop(): Promise<void>
}

const lookEveryMs = 200

export function watchClaims(db: Database): ClaimWatch {
  const deaths = new Map<number, { atMs: number; awayMs: number; seenMs: number }>()
  let over = false

  async function look(): Promise<void> {
    const { rows } = await sql<{ pid: number }>`
      select distinct w.pid from charges c join workers w on w.worker_id = c.claimed_by
      where c.settled_at is null and w.pid = any(${[...deaths.keys()]}::int[])`.execute(db)
    for (const { pid } of rows) {
      const death = deaths.get(pid)
      if (death) death.seenMs = Math.max(death.seenMs, performance.now() - death.atMs - death.awayMs)
    }
  }
  async function watch(): Promise<void> {
    while (!over) {
      // While the database is away there is nothing to be seen.
      if (deaths.size > 0) await look().catch(() => undefined)
      await delay(lookEveryMs)
    }
  }
  const watching = watch()
  const seen = () => [...deaths.values()].map(({ seenMs }) => seenMs)
  return {
    died: (pid) => void deaths.set(pid, { atMs: performance.now(), awayMs: 0, seenMs: 0 }),
    wasAway(forMs) {
      for (const death of deaths.values()) death.awayMs += forMs
    },
    longestMs: () => Math.max(0, ...seen()),
    left: () => seen().filter((ms) => ms > 0).length,
    async stop() {
      over = true
      await watching
    },
  }
}
