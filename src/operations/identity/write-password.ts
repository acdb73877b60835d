/** A new password ends what the old one began: other sessions, and links that would set yet another. */
import type { Queries } from '../../postgres/database.ts'
import { readRootLogin, writePassword } from '../../postgres/logins.ts'
import { useLinks } from '../../postgres/password-links.ts'
import { endSessions } from '../../postgres/sessions.ts'
import type { System } from '../system.ts'
import { hashPassword } from './passwords.ts'

/** `keepSession` is the one that changes it. False when the login is gone. */
export async function writeNewPassword(
  system: Pick<System, 'wallNow'>,
  tx: Queries,
  loginId: string,
  hash: string,
  keepSession: string | null,
): Promise<boolean> {
  const wall = system.wallNow()
  if (!(await writePassword(tx, loginId, hash, wall))) return false
  await endSessions(tx, loginId, wall, keepSession)
  await useLinks(tx, loginId, wall)
  return true
}

/** Sets the root user's password without a link: for demonstrations and tests. False when there is no such root user. */
export async function setRootPassword(system: System, accountId: string, password: string): Promise<boolean> {
  const login = await readRootLogin(system.db, accountId)
  return login !== null && writeNewPassword(system, system.db, login.loginId, await hashPassword(password), null)
}
