/** Which limits a guess at a login counts against (docs/decisions/0010). */
import { dayMs, plusMs } from '../../domain/calendar.ts'
import { codeLimits, guessLimits, hashingLimit } from '../../domain/limit.ts'
import { networkOf } from '../../domain/network.ts'
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
  // By its id where there is one: whatever spelling finds the same login counts against the same limit.
  const who = loginId === noLogin ? hashOf(wordOf(name).toLowerCase()) : loginId
  const device = deviceOf(system, loginId, origin.device)
  const since = plusMs(system.wallNow(), -knownForMs)
  const known = await hasBeenAt(system.db, loginId, origin.address, since)
  // Apart from its address: what others there make us hash does not keep the owner out.
  if (device !== null) {
    return { [`sign_in ${who} device ${device}`]: guessLimits.place, [`hashing for ${who}`]: hashingLimit }
  }
  const network = networkOf(origin.address)
  return {
    [`sign_in ${who} from ${network}`]: guessLimits.place,
    [`sign_in from ${network}`]: guessLimits.address,
    ...hashingFrom(origin.address),
    ...(known ? {} : { [`sign_in ${who} by strangers`]: guessLimits.strangers }),
  }
}

/** Nothing but the name goes into the limit's key, whatever else an object carries. */
const wordOf = (name: SignInName): string =>
  name.kind === 'sam' ? `sam ${name.accountId} ${name.userName}` : `${name.kind} ${name.email}`

/** It was no mistake: it is taken back, and with full success the earlier mistakes of this place are forgotten. */
export async function forgiveGuess(system: System, { keys, counted }: Guess, signedIn: boolean): Promise<void> {
  if (!counted.allowed) return
  // The hash was worked out in any case.
  const guesses = Object.keys(keys).filter((key) => keys[key] !== hashingLimit)
  await takeBackCount(system.db, guesses, counted.countedAt)
  if (!signedIn) return
  const places = Object.keys(keys).filter((key) => keys[key] === guessLimits.place)
  await forgetCounts(system.db, places)
}

const hashingFrom = (address: string): CountedKeys => ({ [`hashing from ${networkOf(address)}`]: hashingLimit })

/** Counted before a password is hashed for whoever holds a link: signing in counts the same. */
export const countHashing = (system: System, address: string): Promise<Counted> =>
  countAgainst(system, hashingFrom(address))

/** A code is guessed at: counted before it is looked at, once the password was right. */
export async function countCode(system: System, loginId: string): Promise<Guess> {
  const keys = { [`code ${loginId}`]: codeLimits.hour, [`code ${loginId} day`]: codeLimits.day }
  return { keys, counted: await countAgainst(system, keys) }
}
