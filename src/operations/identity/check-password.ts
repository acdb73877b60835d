/** Asks somebody who is signed in for the password again, before what a borrowed session must not do. Guesses count. */
import type { LoginRow } from '../../postgres/logins.ts'
import type { System } from '../system.ts'
import { countGuess, forgiveGuess, type GuessOrigin } from './guesses.ts'
import { isPassword } from './passwords.ts'

export type PasswordChecked =
  | { readonly right: true }
  | { readonly refused: 'password_wrong' }
  | { readonly refused: 'rate_limited'; readonly retryAfterMs: number }

export async function checkPassword(
  system: System,
  login: LoginRow,
  password: string,
  origin: GuessOrigin,
): Promise<PasswordChecked> {
  const guess = await countGuess(system, nameOf(login), login.loginId, origin)
  if (!guess.counted.allowed) return { refused: 'rate_limited', retryAfterMs: guess.counted.retryAfterMs }
  if (!(await isPassword(password, login.passwordHash, () => system.random(32)))) return { refused: 'password_wrong' }
  await forgiveGuess(system, guess, false)
  return { right: true }
}

function nameOf({ kind, accountId, email, userName }: LoginRow): Parameters<typeof countGuess>[1] {
  if (kind === 'sam') return { kind, accountId: accountId ?? '', userName: userName ?? '' }
  return { kind, email: email ?? '' }
}
