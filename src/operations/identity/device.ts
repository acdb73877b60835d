/**
 * The mark a browser is given when it signs in: it proves later that this login has been used there, so that its mistakes
 * are counted by themselves (docs/decisions/0010). It opens nothing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { System } from '../system.ts'

const nonceBytes = 16

/** The mark that a browser has, if it is this login's; else a new one. */
export function deviceMark(system: Pick<System, 'random' | 'secret'>, loginId: string, shown: string | null): string {
  if (shown !== null && deviceOf(system, loginId, shown) !== null) return shown
  const nonce = Buffer.from(system.random(nonceBytes)).toString('base64url')
  return `${nonce}.${proof(system, loginId, nonce)}`
}

/** The device's own name in limits; null when the mark is not this login's. */
export function deviceOf(system: Pick<System, 'secret'>, loginId: string, mark: string | null): string | null {
  const [nonce, shown] = /^([\w-]{22})\.([\w-]{43})$/.exec(mark ?? '')?.slice(1) ?? []
  if (nonce === undefined || shown === undefined) return null
  return timingSafeEqual(Buffer.from(shown), Buffer.from(proof(system, loginId, nonce))) ? nonce : null
}

const proof = ({ secret }: Pick<System, 'secret'>, loginId: string, nonce: string): string =>
  createHmac('sha256', secret).update(`kessai device ${loginId} ${nonce}`).digest('base64url')
