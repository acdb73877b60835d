/** Changes one's own password, which is asked for once more. Every other session of the login ends. */
import type { Instant } from '../../domain/calendar.ts'
import { type PasswordRefusal, refusePassword } from '../../domain/password.ts'
import { transaction } from '../../postgres/database.ts'
import { readLogin } from '../../postgres/logins.ts'
import type { System } from '../system.ts'
import type { Actor } from './audit.ts'
import { checkPassword, type PasswordChecked } from './check-password.ts'
import type { GuessOrigin } from './guesses.ts'
import { hashPassword } from './passwords.ts'
import { tellSecurity } from './security-events.ts'
import { writeNewPassword } from './write-password.ts'

export interface PasswordChange {
  readonly loginId: string
  /** The session that asks: it goes on. */
  readonly sessionId: string
  readonly password: string
  readonly newPassword: string
  readonly origin: GuessOrigin
}

export type PasswordChanged = { readonly changed: true } | { readonly refused: PasswordRefusal } | NotRight
type NotRight = Exclude<PasswordChecked, { right: true }>

export async function changePassword(
  system: System,
  { loginId, sessionId, password, newPassword, origin }: PasswordChange,
  by: Actor,
  now: Instant,
): Promise<PasswordChanged> {
  const login = await readLogin(system.db, loginId)
  if (login === null) return { refused: 'password_wrong' }
  const checked = await checkPassword(system, login, password, origin)
  if ('refused' in checked) return checked
  const refused = refusePassword(newPassword, [login.email, login.userName, login.accountId])
  if (refused !== null) return { refused }
  const hash = await hashPassword(newPassword)
  await transaction(system.db, async (tx) => {
    await writeNewPassword(system, tx, loginId, hash, sessionId)
    await tellSecurity(system, tx, login, 'password_changed', by, now)
  })
  return { changed: true }
}
