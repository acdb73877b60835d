/** How long a sign-in lasts. Wall time: whoever moves business time signs nobody out. */
import { dayMs, hourMs, type Instant, minuteMs, plusMs } from './calendar.ts'

export type LoginKind = 'root' | 'sam' | 'staff'

interface Lifetime {
  /** Without a request for so long, it is over. */
  readonly idleMs: number
  /** After so long it is over in any case. */
  readonly atMostMs: number
}

export const lifetimes = {
  root: { idleMs: 12 * hourMs, atMostMs: 7 * dayMs },
  sam: { idleMs: 12 * hourMs, atMostMs: 7 * dayMs },
  staff: { idleMs: 2 * hourMs, atMostMs: 12 * hourMs },
} as const satisfies Record<LoginKind, Lifetime>

/** A session's times are written at most this often, so that a request which only reads writes nothing. */
export const touchEveryMs = minuteMs

export interface SessionTimes {
  readonly lastSeenAt: Instant
  readonly idleUntil: Instant
  readonly expiresAt: Instant
  readonly endedAt: Instant | null
}

export const startOfSession = (kind: LoginKind, wall: Instant) => ({
  lastSeenAt: wall,
  idleUntil: plusMs(wall, lifetimes[kind].idleMs),
  expiresAt: plusMs(wall, lifetimes[kind].atMostMs),
})

export const isLive = (session: SessionTimes, wall: Instant): boolean =>
  session.endedAt === null && wall < session.idleUntil && wall < session.expiresAt

export const wantsTouch = (session: SessionTimes, wall: Instant): boolean => wall >= session.lastSeenAt + touchEveryMs
