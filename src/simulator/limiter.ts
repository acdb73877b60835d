/** The gateway's rate limits: a bucket of one second's worth of requests for all endpoints and one for each (wall time). */

export interface Limits {
  /** Requests a second over all endpoints; null is unlimited. */
  readonly perSecond: number | null
  /** Requests a second for each endpoint; null is unlimited. */
  readonly perEndpointPerSecond: number | null
}

export interface Limiter {
  /** Takes a place for one request, or says no. */
  admit(endpoint: string, limits: Limits): boolean
}

/** `wallMs` is a monotonic clock in milliseconds. */
export function createLimiter(wallMs: () => number): Limiter {
  const buckets = new Map<string, Bucket>()
  return {
    admit(endpoint, limits) {
      const now = wallMs()
      const wanted = [
        { bucket: bucketOf(buckets, 'all', limits.perSecond, now), perSecond: limits.perSecond },
        {
          bucket: bucketOf(buckets, endpoint, limits.perEndpointPerSecond, now),
          perSecond: limits.perEndpointPerSecond,
        },
      ]
      for (const { bucket, perSecond } of wanted) refill(bucket, perSecond, now)
      if (wanted.some(({ bucket, perSecond }) => perSecond !== null && bucket.left < 1)) return false
      for (const { bucket } of wanted) bucket.left -= 1
      return true
    },
  }
}

interface Bucket {
  left: number
  at: number
}

function bucketOf(buckets: Map<string, Bucket>, name: string, perSecond: number | null, now: number): Bucket {
  const bucket = buckets.get(name) ?? { left: perSecond ?? 0, at: now }
  buckets.set(name, bucket)
  return bucket
}

function refill(bucket: Bucket, perSecond: number | null, now: number): void {
  if (perSecond === null) return
  bucket.left = Math.min(perSecond, Math.max(0, bucket.left) + ((now - bucket.at) / 1000) * perSecond)
  bucket.at = now
}
