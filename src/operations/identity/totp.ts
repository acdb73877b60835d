/** One-time passwords: begun with a secret, on with a first right code, off with the password and a code. */
import { type Instant, minuteMs } from '../../domain/calendar.ts'
import { type Queries, transaction } from '../../postgres/database.ts'
import {
  beginTotp as begin,
  type LoginRow,
  lockLogin,
  readLogin,
  readRootLogin,
  turnTotpOff,
  turnTotpOn,
  writeBackupCodes,
  writeTotpStep,
} from '../../postgres/logins.ts'
import type { System } from '../system.ts'
import type { Actor } from './audit.ts'
import { checkPassword, type PasswordChecked } from './check-password.ts'
import { countCode, forgiveGuess, type GuessOrigin } from './guesses.ts'
import { hashOfBackupCode, newBackupCodes, newTotp, stepOfCode } from './one-time-codes.ts'
import { useCode } from './second-factor.ts'
import { tellSecurity } from './security-events.ts'

/** On already: it is turned off first. */
type OnAlready = { readonly refused: 'totp_on_already' }
type Waits = { readonly refused: 'rate_limited'; readonly retryAfterMs: number }

export type TotpBegun =
  | { readonly secret: string; readonly uri: string }
  | { readonly refused: 'password_wrong' }
  | OnAlready
  | Exclude<PasswordChecked, { right: true }>

/**
 * The secret is shown now, and nothing is asked for it until `confirmTotp`. Asked again, it is another one. The password
 * is asked for: whoever borrowed a session could otherwise lock its owner out for good.
 */
export async function beginTotp(
  system: System,
  { loginId, password, origin }: { readonly loginId: string; readonly password: string; readonly origin: GuessOrigin },
): Promise<TotpBegun> {
  const known = await readLogin(system.db, loginId)
  if (known === null) return { refused: 'password_wrong' }
  const checked = await checkPassword(system, known, password, origin)
  if ('refused' in checked) return checked
  return transaction(system.db, async (tx) => {
    const login = await lockLogin(tx, loginId)
    if (login === null || login.totpOnAt !== null) return { refused: 'totp_on_already' }
    const { sealed, secret, uri } = newTotp(system, loginId, login.email ?? `${login.accountId} ${login.userName}`)
    await begin(tx, loginId, sealed, system.wallNow())
    return { secret, uri }
  })
}

export type TotpConfirmed =
  /** Shown once: only their hashes stay. */
  | { readonly backupCodes: readonly string[] }
  | { readonly refused: 'code_wrong' | 'totp_not_begun' }
  | OnAlready
  | Waits

/** A secret that was begun and left lying is nobody's to confirm later. */
const begunForMs = 15 * minuteMs

const isBegun = (system: System, { totpSealed, totpBegunAt }: LoginRow): boolean =>
  totpSealed !== null && totpBegunAt !== null && system.wallNow() < totpBegunAt + begunForMs

export async function confirmTotp(
  system: System,
  loginId: string,
  code: string,
  by: Actor,
  now: Instant,
): Promise<TotpConfirmed> {
  const guess = await countCode(system, loginId)
  if (!guess.counted.allowed) return { refused: 'rate_limited', retryAfterMs: guess.counted.retryAfterMs }
  const confirmed = await transaction(system.db, async (tx): Promise<TotpConfirmed> => {
    const login = await lockLogin(tx, loginId)
    if (login !== null && login.totpOnAt !== null) return { refused: 'totp_on_already' }
    if (login === null || !isBegun(system, login)) return { refused: 'totp_not_begun' }
    const backupCodes = await confirmUnder(system, tx, login, code, by, now)
    return backupCodes === null ? { refused: 'code_wrong' } : { backupCodes }
  })
  // Only a wrong code is a guess.
  if (!('refused' in confirmed) || confirmed.refused !== 'code_wrong') await forgiveGuess(system, guess, false)
  return confirmed
}

/** Under the lock of its login. Null when the code is wrong, or the secret's time is over. */
export async function confirmUnder(
  system: System,
  tx: Queries,
  login: LoginRow,
  code: string,
  by: Actor,
  now: Instant,
): Promise<string[] | null> {
  if (!isBegun(system, login)) return null
  const step = stepOfCode(system, login, code, system.wallNow())
  if (step === null) return null
  const backupCodes = newBackupCodes(system)
  await turnTotpOn(tx, login.loginId, system.wallNow())
  await writeTotpStep(tx, login.loginId, step)
  await writeBackupCodes(tx, login.loginId, backupCodes.map(hashOfBackupCode))
  await tellSecurity(system, tx, login, 'totp_turned_on', by, now)
  return backupCodes
}

export type TotpRemoved =
  | { readonly off: true }
  | { readonly refused: 'code_wrong' | 'totp_not_on' | 'password_wrong' }
  | Waits
  | Exclude<PasswordChecked, { right: true }>

export async function removeTotp(
  system: System,
  request: { readonly loginId: string; readonly password: string; readonly code: string; readonly origin: GuessOrigin },
  by: Actor,
  now: Instant,
): Promise<TotpRemoved> {
  const { loginId, password, code, origin } = request
  const known = await readLogin(system.db, loginId)
  if (known === null || known.totpOnAt === null) return { refused: 'totp_not_on' }
  const checked = await checkPassword(system, known, password, origin)
  if ('refused' in checked) return checked
  const guess = await countCode(system, loginId)
  if (!guess.counted.allowed) return { refused: 'rate_limited', retryAfterMs: guess.counted.retryAfterMs }
  const off = await transaction(system.db, async (tx) => {
    const login = await lockLogin(tx, loginId)
    if (login === null || (await useCode(system, tx, login, code)) === null) return false
    await turnTotpOff(tx, loginId)
    await tellSecurity(system, tx, login, 'totp_turned_off', by, now)
    return true
  })
  if (!off) return { refused: 'code_wrong' }
  await forgiveGuess(system, guess, false)
  return { off: true }
}

/** An admin's act for a root user who lost both telephone and backup codes, after finding out who is asking. */
export async function removeRootTotp(system: System, accountId: string, by: Actor, now: Instant): Promise<boolean> {
  return transaction(system.db, async (tx) => {
    const found = await readRootLogin(tx, accountId)
    const login = found === null ? null : await lockLogin(tx, found.loginId)
    if (login === null || login.totpOnAt === null) return false
    await turnTotpOff(tx, login.loginId)
    await tellSecurity(system, tx, login, 'totp_turned_off', by, now)
    return true
  })
}
