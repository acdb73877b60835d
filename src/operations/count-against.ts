/**
 * Counts something against limits that hold for all processes and survive a restart: guesses at passwords, attempts with
 * cards, requests for e-mail. Wall time.
 */
import { type Instant, plusMs } from '../domain/calendar.ts'
import { type GrowingLimit, type Limit, momentsToKeep, notBefore } from '../domain/limit.ts'
import { type Queries, transaction } from '../postgres/database.ts'
import { lockCounts, writeCounts } from '../postgres/rate-limits.ts'
import type { System } from './system.ts'

export type Counted =
  | { readonly allowed: true; readonly countedAt: Instant }
  /** Nothing was counted: who waits is not made to wait longer. */
  | { readonly allowed: false; readonly retryAfterMs: number }

/** What is limited (`registration account OP…`; an e-mail is hashed first), and how. */
export type CountedKeys = Readonly<Record<string, Limit | GrowingLimit>>

/** Counted against every one of `keys`, or, when one of them is used up, against none. */
export const countAgainst = (system: Pick<System, 'db' | 'wallNow'>, keys: CountedKeys): Promise<Counted> =>
  transaction(system.db, (tx) => countWithin(tx, keys, system.wallNow()))

/** The same as part of a transaction that is under way. */
export async function countWithin(tx: Queries, keys: CountedKeys, wall: Instant): Promise<Counted> {
  const counts = await lockCounts(tx, Object.keys(keys), wall)
  const judged = judge(counts, keys, wall)
  if (!judged.allowed) return judged
  for (const [key, limit] of Object.entries(keys)) {
    const fresh = (counts.get(key) ?? []).filter((moment) => moment > wall - limit.withinMs)
    await writeCounts(tx, key, [...fresh, wall].slice(-momentsToKeep(limit)), plusMs(wall, limit.withinMs))
  }
  return judged
}

function judge(counts: ReadonlyMap<string, readonly Instant[]>, keys: CountedKeys, wall: Instant): Counted {
  const waits = Object.entries(keys).map(
    ([key, limit]) => (notBefore(counts.get(key) ?? [], limit, wall) ?? wall) - wall,
  )
  const retryAfterMs = Math.max(0, ...waits)
  return retryAfterMs > 0 ? { allowed: false, retryAfterMs } : { allowed: true, countedAt: wall }
}
