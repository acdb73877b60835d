/**
 * How fast we may call a gateway, decided for all our processes together.
 *
 * A pace is a line of places in time, one every `1000 / limit` milliseconds, and all it remembers is up to when they
 * are taken. A process draws the next few places for calls that wait already and makes each call at its place, so the
 * wire sees an even stream, whoever sends. What nobody draws is there for the next who asks: shares lend themselves.
 *
 * A call needs a place in two lines, its endpoint's and that of all endpoints. Times are wall milliseconds of one
 * clock, the database's. Over any stretch of t seconds no more than `limit × t + allowance` places are given, see
 * `allowanceMs`; a gateway forgives about a second's worth.
 */

/** Requests a second that the gateway allows one account: over all endpoints, and for each. */
export interface PaceLimits {
  readonly perSecond: number
  readonly perEndpointPerSecond: number
}

/**
 * What a gateway counts separately. Holds and registrations create payments, which is one endpoint; refunds made
 * and refunds listed are another.
 */
export type Endpoint =
  | 'customer'
  | 'hold'
  | 'capture'
  | 'release'
  | 'look_up'
  | 'list'
  | 'refund'
  | 'dispute'
  | 'card'
  | 'balance'

/** One line of places. */
export interface Pace {
  /** Every place before this moment is taken. */
  readonly takenUntilMs: number
  /** The share of the limit that was in use right after `slowedAtMs`; 1 when nothing slows us. */
  readonly factor: number
  readonly slowedAtMs: number | null
}

export interface Draw {
  /** How many calls wait, those of people included. */
  readonly want: number
  /** For how many of them a person waits. */
  readonly people: number
}

/** `count` places, `spacingMs` apart. */
export interface Places {
  readonly count: number
  /** From now to the first; negative for places that are overdue, whose calls may be made at once. */
  readonly startsInMs: number
  readonly spacingMs: number
  /** When it is worth asking again if `count` is 0. */
  readonly againInMs: number
}

/** What went badly: a call the gateway turned away, or answers that take much longer than they did. */
export interface Trouble {
  readonly kind: 'turned_away' | 'slower'
  /** The gateway's own word on when to come back. */
  readonly retryAfterMs: number | null
}

/** Places are given this far ahead: enough that the wire never idles, little enough that nobody hoards. */
export const leaseMs = 300
/** A person's call may be placed further ahead, so that there is always room for it, just behind the others'. */
const leaseForPeopleMs = 500
/** Places nobody took are kept this long, so that a process that asked a moment late makes up for it. */
const keptMs = 250
/** How much earlier than it was used a place may have been counted, at most: the burst that a gateway may see. */
export const allowanceMs = keptMs + leaseForPeopleMs

const slowerTo = 0.7
const lowest: Readonly<Record<Trouble['kind'], number>> = { turned_away: 0.05, slower: 0.5 }
/** Full speed returns by itself within a minute of the last trouble. */
const recoveryPerSecond = 0.02
/** Answers to calls made before we slowed down say nothing new. */
const oneTroubleMs = 1_000
const longestRestMs = 60_000
/** Further ahead no place was ever given: the longest rest, and a place of the slowest pace. */
const furthestAheadMs = 2 * longestRestMs

export const untouched = (nowMs: number): Pace => ({ takenUntilMs: nowMs, factor: 1, slowedAtMs: null })

/**
 * Gives out places in both lines at once, as many as are wanted and free. Answers the lines as they are afterwards:
 * untouched when no place is free.
 */
export function decideDraw(
  before: { readonly all: Pace; readonly endpoint: Pace },
  limits: PaceLimits,
  { want, people }: Draw,
  nowMs: number,
): { readonly places: Places; readonly all: Pace; readonly endpoint: Pace } {
  const lines = { all: believed(before.all, nowMs), endpoint: believed(before.endpoint, nowMs) }
  const all = openFrom(lines.all, limits.perSecond, nowMs)
  const endpoint = openFrom(lines.endpoint, limits.perEndpointPerSecond, nowMs)
  const startsAtMs = Math.max(all.fromMs, endpoint.fromMs)
  const spacingMs = Math.max(all.spacingMs, endpoint.spacingMs)
  const roomWithin = (ms: number) => Math.max(0, Math.ceil((nowMs + ms - startsAtMs) / spacingMs))
  const count = Math.max(Math.min(want, roomWithin(leaseMs)), Math.min(people, roomWithin(leaseForPeopleMs)))
  const againInMs = Math.max(0, startsAtMs - (nowMs + leaseMs)) + leaseMs / 6
  const places = { count, startsInMs: startsAtMs - nowMs, spacingMs, againInMs }
  if (count === 0) return { places, ...before }
  return { places, all: taken(lines.all, all, count, nowMs), endpoint: taken(lines.endpoint, endpoint, count, nowMs) }
}

/** Whatever a clock that was put back left in the future: nobody waits for an hour to come round again. */
const believed = (line: Pace, nowMs: number): Pace => ({
  ...line,
  takenUntilMs: line.takenUntilMs > nowMs + furthestAheadMs ? nowMs : line.takenUntilMs,
  slowedAtMs: line.slowedAtMs === null ? null : Math.min(line.slowedAtMs, nowMs),
})

interface Open {
  readonly fromMs: number
  readonly spacingMs: number
}

const openFrom = (line: Pace, perSecond: number, nowMs: number): Open => ({
  fromMs: Math.max(line.takenUntilMs, nowMs - keptMs),
  spacingMs: 1_000 / (perSecond * factorAt(line, nowMs)),
})

function taken(line: Pace, { fromMs, spacingMs }: Open, count: number, nowMs: number): Pace {
  const takenUntilMs = fromMs + count * spacingMs
  return factorAt(line, nowMs) === 1 ? untouched(takenUntilMs) : { ...line, takenUntilMs }
}

/** The share of the limit in use: what it fell to, and what came back since. */
export function factorAt({ factor, slowedAtMs }: Pace, nowMs: number): number {
  if (slowedAtMs === null) return factor
  return Math.min(1, factor + (Math.max(0, nowMs - slowedAtMs) / 1_000) * recoveryPerSecond)
}

/**
 * Slows a line down for every process. Only its own: if it was the limit over all endpoints that was exceeded, each
 * endpoint that is used learns so by itself. Slower answers alone never take more than half of the speed.
 */
export function decideSlowDown(before: Pace, { kind, retryAfterMs }: Trouble, nowMs: number): Pace {
  const line = believed(before, nowMs)
  const restMs = Math.min(longestRestMs, retryAfterMs ?? 0)
  const takenUntilMs = Math.max(line.takenUntilMs, nowMs + restMs)
  const known = line.slowedAtMs !== null && nowMs - line.slowedAtMs < oneTroubleMs
  if (known) return { ...line, takenUntilMs }
  const current = factorAt(line, nowMs)
  const factor = Math.min(current, Math.max(lowest[kind], current * slowerTo))
  return { takenUntilMs, factor, slowedAtMs: nowMs }
}

/** How long answers of one endpoint take, as one process sees it. */
export interface Latency {
  readonly answers: number
  readonly usualMs: number
  readonly recentMs: number
}

export const noLatency: Latency = { answers: 0, usualMs: 0, recentMs: 0 }

/** Adds one answer. The usual time follows slowly, so that what is slow for an hour becomes the usual. */
export function withAnswer({ answers, usualMs, recentMs }: Latency, tookMs: number): Latency {
  const weight = (slowest: number) => Math.max(slowest, 1 / (answers + 1))
  return {
    answers: answers + 1,
    usualMs: usualMs + (tookMs - usualMs) * weight(0.005),
    recentMs: recentMs + (tookMs - recentMs) * weight(0.1),
  }
}

/** Sharply slower than usual, on enough answers to tell. Half a second more is no trouble, whatever the ratio. */
export const isSlower = ({ answers, usualMs, recentMs }: Latency): boolean =>
  answers >= 30 && recentMs > 3 * usualMs && recentMs > usualMs + 500
