/**
 * Signs somebody in. Nobody learns here whether a login exists: the work and the answer are the same for a name that is
 * unknown, one without a password and one whose password is wrong.
 */
import type { Instant } from '../../domain/calendar.ts'
import { transaction } from '../../postgres/database.ts'
import { findLogin, type LoginRow, lockLogin, type SignInName } from '../../postgres/logins.ts'
import { readOneOfStaff } from '../../postgres/staff.ts'
import type { System } from '../system.ts'
import { type Actor, audit } from './audit.ts'
import { deviceMark } from './device.ts'
import { countCode, countGuess, forgiveGuess, type Guess, type GuessOrigin } from './guesses.ts'
import { type OpenedSession, openSession } from './open-session.ts'
import { isPassword } from './passwords.ts'
import { useCode } from './second-factor.ts'
import { tellSecurity } from './security-events.ts'

export type SignInRefusal =
  /** The name or the password is wrong: which of them is not told. */
  | 'sign_in_failed'
  /** The password is right, and a code is needed too. */
  | 'totp_required'
  /** The code is wrong, too old, or was used before. */
  | 'totp_wrong'
  /** Staff sign in with one-time passwords only, and this one has none yet. */
  | 'totp_not_set_up'

export type SignedIn =
  | (OpenedSession & { readonly loginId: string; readonly device: string })
  | { readonly refused: SignInRefusal }
  | { readonly refused: 'rate_limited'; readonly retryAfterMs: number }

export interface SignInRequest {
  readonly name: SignInName
  readonly password: string
  /** A one-time password or a backup code. */
  readonly code: string | null
  readonly origin: GuessOrigin
  /** Outside the sandbox, staff need one-time passwords. */
  readonly sandbox: boolean
}

export async function signIn(system: System, request: SignInRequest, now: Instant): Promise<SignedIn> {
  const { name, password, origin } = request
  const login = await findLogin(system.db, name)
  const guess = await countGuess(system, name, login?.loginId ?? null, origin)
  if (!guess.counted.allowed) return { refused: 'rate_limited', retryAfterMs: guess.counted.retryAfterMs }
  const right = await isPassword(password, login?.passwordHash ?? null, () => system.random(32))
  const by: Actor = { id: login?.loginId ?? 'nobody', address: origin.address }
  if (!right || login === null) {
    await audit(system, system.db, by, 'sign_in_failed', by.id)
    return { refused: 'sign_in_failed' }
  }
  const code = login.totpOnAt === null || request.code === null ? null : await countCode(system, login.loginId)
  if (code?.counted.allowed === false) {
    await audit(system, system.db, by, 'sign_in_failed', by.id, { code: 'too_many' })
    return { refused: 'rate_limited', retryAfterMs: code.counted.retryAfterMs }
  }
  const signedIn = await enter(system, login, { ...request, code: code && request.code }, by, now)
  if (!('refused' in signedIn)) await forgive(system, guess, code)
  else if (signedIn.refused === 'totp_required') await forgiveGuess(system, guess, false)
  return signedIn
}

/** Everything was right. Wrong codes from before stay counted: who made them may be somebody else. */
async function forgive(system: System, guess: Guess, code: Guess | null): Promise<void> {
  await forgiveGuess(system, guess, true)
  if (code !== null) await forgiveGuess(system, code, false)
}

/** The password was right. A code is counted by now. */
async function enter(
  system: System,
  { loginId, passwordHash }: LoginRow,
  { code, origin, sandbox }: SignInRequest,
  by: Actor,
  now: Instant,
): Promise<SignedIn> {
  return transaction(system.db, async (tx) => {
    const login = await lockLogin(tx, loginId)
    // Meanwhile somebody may have changed it.
    if (login === null || login.passwordHash !== passwordHash) return { refused: 'sign_in_failed' }
    if (login.kind === 'staff') {
      const staff = await readOneOfStaff(tx, loginId)
      if (staff === null || staff.endedAt !== null) return { refused: 'sign_in_failed' }
      if (login.totpOnAt === null && !sandbox) return { refused: 'totp_not_set_up' }
    }
    const used = login.totpOnAt === null || code === null ? null : await useCode(system, tx, login, code)
    if (login.totpOnAt !== null && used === null) {
      if (code === null) return { refused: 'totp_required' }
      await audit(system, tx, by, 'sign_in_failed', loginId, { code: 'wrong' })
      return { refused: 'totp_wrong' }
    }
    if (used === 'backup_code') await tellSecurity(system, tx, login, 'backup_code_used', by, now)
    await audit(system, tx, by, 'signed_in', loginId, { with: used ?? 'password' })
    const opened = await openSession(system, login, origin, tx)
    return { ...opened, loginId, device: deviceMark(system, loginId, origin.device) }
  })
}
