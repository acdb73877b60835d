/** The SAM users of an account: made and removed by its root user or the platform, never with a say in payment. */
import { bucketOfAccount } from '../../domain/bucket.ts'
import type { Instant } from '../../domain/calendar.ts'
import { transaction } from '../../postgres/database.ts'
import { insertLogin, readLogin } from '../../postgres/logins.ts'
import { accountExists, deleteSamUser, insertSamUser } from '../../postgres/users.ts'
import type { System } from '../system.ts'
import type { Actor } from './audit.ts'
import { hashPassword } from './passwords.ts'
import { tellAccountEvent } from './security-events.ts'
import { writeNewPassword } from './write-password.ts'

export interface SamUserToAdd {
  readonly accountId: string
  readonly userName: string
  /** Null: the user cannot sign in until one is set. */
  readonly password: string | null
}

export type AddedSamUser = { readonly userId: string } | { readonly refused: 'not_found' | 'user_name_taken' }

export async function addSamUser(
  system: System,
  { accountId, userName, password }: SamUserToAdd,
  by: Actor,
  now: Instant,
  userId = system.makeId(bucketOfAccount(accountId), now),
): Promise<AddedSamUser> {
  const bucket = bucketOfAccount(accountId)
  const hash = password === null ? null : await hashPassword(password)
  return transaction(system.db, async (tx) => {
    if (!(await accountExists(tx, { bucket, accountId }))) return { refused: 'not_found' }
    const known = await readLogin(tx, userId)
    if (known?.accountId === accountId) return { userId } // this very request, once more
    if (!(await insertSamUser(tx, { bucket, accountId, userId, userName, email: null }, now))) {
      return { refused: 'user_name_taken' }
    }
    await insertLogin(tx, { loginId: userId, kind: 'sam', accountId, email: null, userName })
    if (hash !== null) await writeNewPassword(system, tx, userId, hash, null)
    await tellAccountEvent(system, tx, accountId, 'user_added', userName, by, now)
    return { userId }
  })
}

/** Sessions and password go with the user. False when the account has no such SAM user. */
export async function removeSamUser(
  system: System,
  { accountId, userId }: { readonly accountId: string; readonly userId: string },
  by: Actor,
  now: Instant,
): Promise<boolean> {
  const bucket = bucketOfAccount(accountId)
  return transaction(system.db, async (tx) => {
    const userName = await deleteSamUser(tx, { bucket, accountId }, userId)
    if (userName === null) return false
    await tellAccountEvent(system, tx, accountId, 'user_removed', userName, by, now)
    return true
  })
}

/** Root sets a SAM user's password; whoever is signed in as that user is so no longer. */
export async function setSamPassword(
  system: System,
  { accountId, userId, password }: { readonly accountId: string; readonly userId: string; readonly password: string },
  by: Actor,
  now: Instant,
): Promise<boolean> {
  const login = await readLogin(system.db, userId)
  if (login?.accountId !== accountId || login.kind !== 'sam') return false
  const hash = await hashPassword(password)
  return transaction(system.db, async (tx) => {
    if (!(await writeNewPassword(system, tx, userId, hash, null))) return false
    await tellAccountEvent(system, tx, accountId, 'password_changed', login.userName, by, now)
    return true
  })
}
