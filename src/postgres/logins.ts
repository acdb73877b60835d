/** Logins: who can sign in, found by what they sign in with. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import type { LoginKind } from '../domain/session.ts'
import { at, json, type Queries, rowsOf } from './database.ts'

export interface LoginRow {
  readonly loginId: string
  readonly kind: LoginKind
  readonly accountId: string | null
  readonly email: string | null
  readonly userName: string | null
  readonly passwordHash: string | null
  readonly totpSealed: string | null
  readonly totpBegunAt: Instant | null
  readonly totpOnAt: Instant | null
  readonly totpLastStep: bigint | null
  readonly backupCodeHashes: readonly string[]
}

const columns = sql`login_id as "loginId", kind, account_id as "accountId", email, user_name as "userName",
  password_hash as "passwordHash", totp_sealed as "totpSealed", totp_begun_at as "totpBegunAt", totp_on_at as "totpOnAt",
  totp_last_step as "totpLastStep", backup_code_hashes as "backupCodeHashes"`

/** What somebody says that they are. */
export type SignInName =
  | { readonly kind: 'root' | 'staff'; readonly email: string }
  | { readonly kind: 'sam'; readonly accountId: string; readonly userName: string }

export async function findLogin(queries: Queries, name: SignInName): Promise<LoginRow | null> {
  const found =
    name.kind === 'sam'
      ? sql<LoginRow>`select ${columns} from logins
          where kind = 'sam' and account_id = ${name.accountId} and user_name = ${name.userName}`
      : sql<LoginRow>`select ${columns} from logins
          where kind <> 'sam' and kind = ${name.kind} and lower(email) = lower(${name.email})`
  return (await rowsOf(queries, found))[0] ?? null
}

export async function readLogin(queries: Queries, loginId: string): Promise<LoginRow | null> {
  const [row] = await rowsOf(queries, sql<LoginRow>`select ${columns} from logins where login_id = ${loginId}`)
  return row ?? null
}

/** Holds a login's row, so that a code or a password is used by one request only. */
export async function lockLogin(tx: Queries, loginId: string): Promise<LoginRow | null> {
  const [row] = await rowsOf(
    tx,
    sql<LoginRow>`select ${columns} from logins where login_id = ${loginId} for no key update`,
  )
  return row ?? null
}

/** The root user's of an account. */
export async function readRootLogin(queries: Queries, accountId: string): Promise<LoginRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<LoginRow>`select ${columns} from logins where account_id = ${accountId} and kind = 'root'`,
  )
  return row ?? null
}

/**
 * Logins for the root users of these accounts. An e-mail that another account's root has signs in there only: the second
 * account has no login until its e-mail is another.
 */
export async function insertRootLogins(
  tx: Queries,
  accounts: readonly { readonly bucket: number; readonly account_id: string }[],
): Promise<void> {
  await sql`
    insert into logins (login_id, kind, account_id, email)
    select u.user_id, 'root', u.account_id, u.email
    from json_populate_recordset(null::accounts, ${json(accounts)}) a
    join users u on u.bucket = a.bucket and u.account_id = a.account_id and u.role = 'root'
    on conflict do nothing`.execute(tx)
}

export interface NewLogin {
  readonly loginId: string
  readonly kind: LoginKind
  readonly accountId: string | null
  readonly email: string | null
  readonly userName: string | null
}

/** False when somebody has that e-mail or user name already. */
export async function insertLogin(tx: Queries, login: NewLogin): Promise<boolean> {
  const inserted = await rowsOf(
    tx,
    sql`insert into logins (login_id, kind, account_id, email, user_name)
      values (${login.loginId}, ${login.kind}, ${login.accountId}, ${login.email}, ${login.userName})
      on conflict do nothing returning 1`,
  )
  return inserted.length > 0
}

export async function writePassword(tx: Queries, loginId: string, hash: string, wall: Instant): Promise<boolean> {
  const written = await rowsOf(
    tx,
    sql`update logins set password_hash = ${hash}, password_changed_at = ${at(wall)}
      where login_id = ${loginId} returning 1`,
  )
  return written.length > 0
}

export async function writeTotpStep(tx: Queries, loginId: string, step: bigint): Promise<void> {
  await sql`update logins set totp_last_step = ${step} where login_id = ${loginId}`.execute(tx)
}

export async function writeBackupCodes(tx: Queries, loginId: string, hashes: readonly string[]): Promise<void> {
  await sql`update logins set backup_code_hashes = ${[...hashes]}::text[] where login_id = ${loginId}`.execute(tx)
}

/** A secret that is not in force until a first code was right. */
export async function beginTotp(tx: Queries, loginId: string, sealed: string, wall: Instant): Promise<void> {
  await sql`
    update logins set totp_sealed = ${sealed}, totp_begun_at = ${at(wall)}, totp_last_step = null
    where login_id = ${loginId} and totp_on_at is null`.execute(tx)
}

export async function turnTotpOn(tx: Queries, loginId: string, wall: Instant): Promise<void> {
  await sql`update logins set totp_on_at = ${at(wall)} where login_id = ${loginId}`.execute(tx)
}

export async function turnTotpOff(tx: Queries, loginId: string): Promise<void> {
  await sql`
    update logins set totp_sealed = null, totp_begun_at = null, totp_on_at = null, totp_last_step = null,
      backup_code_hashes = '{}'
    where login_id = ${loginId}`.execute(tx)
}

/** As before its first invitation: no password, no one-time passwords. */
export async function clearLogin(tx: Queries, loginId: string): Promise<void> {
  await turnTotpOff(tx, loginId)
  await sql`
    update logins set password_hash = null, password_changed_at = null where login_id = ${loginId}`.execute(tx)
}
