/** Random bytes by the pool: asking the system for each id's nine would cost more than the rest of making it. */
import { randomFillSync } from 'node:crypto'

const poolBytes = 16_384

/** Fresh bytes, valid until the next call; `size` is at most 16 KiB. */
export function randomBytesPool(): (size: number) => Uint8Array {
  const pool = new Uint8Array(poolBytes)
  let used = poolBytes
  return (size) => {
    if (used + size > poolBytes) {
      randomFillSync(pool)
      used = 0
    }
    used += size
    return pool.subarray(used - size, used)
  }
}
