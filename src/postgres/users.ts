/** The users of an account: its root and its SAM users. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import { at, type Queries, rowsOf } from './database.ts'

export interface UserRow {
  readonly userId: string
  readonly role: 'root' | 'sam'
  readonly userName: string | null
  readonly email: string | null
  /** Business time. */
  readonly createdAt: Instant
  readonly passwordSet: boolean
  readonly totpOn: boolean
}

/** Root first, then by name; `after` is the name of the last one of the page before, null for root. */
export async function readUsers(
  queries: Queries,
  account: { readonly bucket: number; readonly accountId: string },
  limit: number,
  after: { readonly name: string | null } | null,
): Promise<UserRow[]> {
  return rowsOf(
    queries,
    sql<UserRow>`
      select u.user_id as "userId", u.role, u.user_name as "userName", u.email, u.created_at as "createdAt",
        l.password_hash is not null as "passwordSet", l.totp_on_at is not null as "totpOn"
      from users u left join logins l on l.login_id = u.user_id
      where u.bucket = ${account.bucket} and u.account_id = ${account.accountId}
        and ${after === null ? sql`true` : sql`u.role = 'sam' and u.user_name collate "C" > ${after.name ?? ''}`}
      order by u.role, u.user_name collate "C" limit ${limit}`,
  )
}

/** False when the account has a SAM user of that name. */
export async function insertSamUser(
  tx: Queries,
  user: {
    readonly bucket: number
    readonly accountId: string
    readonly userId: string
    readonly userName: string
    readonly email: string | null
  },
  now: Instant,
): Promise<boolean> {
  const inserted = await rowsOf(
    tx,
    sql`insert into users (bucket, user_id, account_id, role, email, user_name, created_at)
      values (${user.bucket}, ${user.userId}, ${user.accountId}, 'sam', ${user.email}, ${user.userName}, ${at(now)})
      on conflict do nothing returning 1`,
  )
  return inserted.length > 0
}

/** Removes a SAM user of this account with its login; answers its name, or null when there is none. */
export async function deleteSamUser(
  tx: Queries,
  account: { readonly bucket: number; readonly accountId: string },
  userId: string,
): Promise<string | null> {
  const [row] = await rowsOf(
    tx,
    sql<{ userName: string }>`
      delete from users
      where bucket = ${account.bucket} and user_id = ${userId} and account_id = ${account.accountId} and role = 'sam'
      returning user_name as "userName"`,
  )
  if (!row) return null
  await sql`delete from sessions where login_id = ${userId}`.execute(tx)
  await sql`delete from password_links where login_id = ${userId}`.execute(tx)
  await sql`delete from logins where login_id = ${userId}`.execute(tx)
  return row.userName
}

export async function accountExists(
  queries: Queries,
  account: { readonly bucket: number; readonly accountId: string },
): Promise<boolean> {
  const found = await rowsOf(
    queries,
    sql`select 1 from accounts where bucket = ${account.bucket} and account_id = ${account.accountId}`,
  )
  return found.length > 0
}
