/** Which limits a guess at a login counts against (docs/decisions/0010). */
import { dayMs, plusMs } from '../../domain/calendar.ts'
import { guessLimits } from '../../domain/limit.ts'
import type { SignInName } from '../../postgres/logins.ts'
import { forgetCounts, takeBackCount } from '../../postgres/rate-limits.ts'
import { hasBeenAt } from '../../postgres/sessions.ts'
import { type Counted, type CountedKeys, countAgainst } from '../count-against.ts'
import type { System } from '../system.ts'
import { deviceOf } from './device.ts'
import type { Origin } from './open-session.ts'
import { hashOf } from './tokens.ts'

export interface GuessOrigin extends Origin {
  /** The mark this browser was given at an earlier sign-in; null when it has none. */
  readonly device: string | null
}

/** An address is remembered as its owner's for so long after a sign-in. */
const knownForMs = 90 * dayMs
/** Nobody's: so that a login which does not exist is asked about in the same way. */
const noLogin = '00000000-0000-7000-8000-000000000000'

export interface Guess {
  readonly counted: Counted
  readonly keys: CountedKeys
}

/** Counted before the password is looked at, so that many at once count as many. */
export async function countGuess(
  system: System,
  name: SignInName,
  loginId: string | null,
  origin: GuessOrigin,
): Promise<Guess> {
  const keys = await keysOf(system, name, loginId ?? noLogin, origin)
  return { keys, counted: await countAgainst(system, keys) }
}

async function keysOf(system: System, name: SignInName, loginId: string, origin: GuessOrigin): Promise<CountedKeys> {
  const who = hashOf(wordOf(name).toLowerCase())
  const device = deviceOf(system, loginId, origin.device)
  const since = plusMs(system.wallNow(), -knownForMs)
  const known = await hasBeenAt(system.db, loginId, origin.address, since)
  if (device !== null) return { [`sign_in ${who} device ${device}`]: guessLimits.place }
  const network = networkOf(origin.address)
  return {
    [`sign_in ${who} from ${network}`]: guessLimits.place,
    [`sign_in from ${network}`]: guessLimits.address,
    ...(known ? {} : { [`sign_in ${who} by strangers`]: guessLimits.strangers }),
  }
}

/** Nothing but the name goes into the limit's key, whatever else an object carries. */
const wordOf = (name: SignInName): string =>
  name.kind === 'sam' ? `sam ${name.accountId} ${name.userName}` : `${name.kind} ${name.email}`

/** It was no mistake: it is taken back, and with full success the earlier mistakes of this place are forgotten. */
export async function forgiveGuess(system: System, { keys, counted }: Guess, signedIn: boolean): Promise<void> {
  if (!counted.allowed) return
  await takeBackCount(system.db, Object.keys(keys), counted.countedAt)
  if (!signedIn) return
  const places = Object.keys(keys).filter((key) => keys[key] === guessLimits.place)
  await forgetCounts(system.db, places)
}

/** Whoever has one IPv6 address has the 2^64 beside it. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length)
  const all = [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...(tail ? tail.split(':') : [])]
  return `${all.slice(0, 4).join(':')}::/64`
}
