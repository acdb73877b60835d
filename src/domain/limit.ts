/** How often something may be done. All times are wall time: limits guard us, they decide nothing about money. */
import { dayMs, hourMs, type Instant, minuteMs, plusMs } from './calendar.ts'

/** `max` in any stretch of `withinMs`. */
export interface Limit {
  readonly max: number
  readonly withinMs: number
}

/** The first `free` at any speed; from then on each one waits twice as long as the one before. */
export interface GrowingLimit {
  readonly free: number
  readonly firstWaitMs: number
  readonly longestWaitMs: number
  /** What is older is forgotten. */
  readonly withinMs: number
}

/** Null: now. `countedAt` in any order. */
export function notBefore(countedAt: readonly Instant[], limit: Limit | GrowingLimit, wall: Instant): Instant | null {
  const counted = countedAt.filter((at) => at > wall - limit.withinMs).toSorted((a, b) => a - b)
  const until = 'max' in limit ? untilOneIsForgotten(counted, limit) : untilTheWaitIsOver(counted, limit)
  return until === null || until <= wall ? null : until
}

function untilOneIsForgotten(counted: readonly Instant[], { max, withinMs }: Limit): Instant | null {
  const toForget = counted[counted.length - max]
  return toForget === undefined ? null : plusMs(toForget, withinMs)
}

function untilTheWaitIsOver(counted: readonly Instant[], limit: GrowingLimit): Instant | null {
  const latest = counted.at(-1)
  const doublings = counted.length - limit.free
  if (latest === undefined || doublings < 0) return null
  return plusMs(latest, Math.min(limit.firstWaitMs * 2 ** Math.min(doublings, 40), limit.longestWaitMs))
}

/** How many moments need keeping to judge by `limit`: more would only say the same. */
export const momentsToKeep = (limit: Limit | GrowingLimit): number =>
  'max' in limit
    ? limit.max
    : limit.free + Math.ceil(Math.log2(Math.max(1, limit.longestWaitMs / limit.firstWaitMs))) + 1

/**
 * Wrong guesses at a login (docs/decisions/0010). Whoever comes from a device or an address that has signed in there
 * before is counted by itself: what strangers do elsewhere never makes the owner wait.
 */
export const guessLimits = {
  /** From one device or address, at one login: 5 mistakes, then a second, two, four, … a quarter of an hour. */
  place: { free: 5, firstWaitMs: 1_000, longestWaitMs: 15 * minuteMs, withinMs: 24 * hourMs },
  /** At one login, from all places that have never signed in there. */
  strangers: { free: 20, firstWaitMs: 1_000, longestWaitMs: 15 * minuteMs, withinMs: 24 * hourMs },
  /** From one address, at whatever logins. */
  address: { free: 50, firstWaitMs: 1_000, longestWaitMs: 15 * minuteMs, withinMs: hourMs },
} as const satisfies Record<string, GrowingLimit>

/**
 * One-time codes and backup codes at one login, from all places together: whoever has the password and the mailbox can
 * make new places at will. A stranger without the password never gets to be counted here.
 */
export const codeLimits = {
  hour: { max: 10, withinMs: hourMs },
  day: { max: 30, withinMs: dayMs },
} as const satisfies Record<string, Limit>

/** Hashing a password is dear: so often may one address, or one login from the devices it knows, make us do it. */
export const hashingLimit = { max: 60, withinMs: minuteMs } as const satisfies Limit
