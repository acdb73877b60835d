/** Accounts one at a time, as the platform and staff see them. */
import { sql } from 'kysely'
import type { AccountKind } from '../domain/account.ts'
import type { Instant } from '../domain/calendar.ts'
import { at, type Queries, rowsOf } from './database.ts'

export interface AccountKey {
  readonly bucket: number
  readonly accountId: string
}

export interface Account {
  readonly accountId: string
  readonly kind: AccountKind
  readonly createdAt: Instant
  readonly closedAt: Instant | null
  /** The root user's. */
  readonly email: string | null
  readonly coverages: readonly string[]
}

const accountOf = ({ bucket, accountId }: AccountKey) => sql<Account>`
  select a.account_id as "accountId", a.kind, a.created_at as "createdAt", a.closed_at as "closedAt",
    (select u.email from users u where u.bucket = a.bucket and u.account_id = a.account_id and u.role = 'root') as email,
    array(select s.coverage from payment_settings s where s.bucket = a.bucket and s.account_id = a.account_id
      order by 1) as coverages
  from accounts a where a.bucket = ${bucket} and a.account_id = ${accountId}`

export async function readAccount(queries: Queries, key: AccountKey): Promise<Account | null> {
  const [row] = await rowsOf(queries, accountOf(key))
  return row ?? null
}

/** The same, held until the commit: nobody else changes or closes it meanwhile. */
export async function lockAccount(tx: Queries, key: AccountKey): Promise<Account | null> {
  const [row] = await rowsOf(tx, sql<Account>`${accountOf(key)} for no key update of a`)
  return row ?? null
}

/** Whether the root user of another account signs in with this e-mail. */
export async function emailTaken(queries: Queries, accountId: string, email: string): Promise<boolean> {
  const rows = await rowsOf(
    queries,
    sql`select 1 from logins where kind = 'root' and lower(email) = lower(${email}) and account_id <> ${accountId}`,
  )
  return rows.length > 0
}

/** The root user's e-mail, where mail goes and with which they sign in. Links that went to the former one are no good. */
export async function writeEmail(tx: Queries, { bucket, accountId }: AccountKey, email: string): Promise<void> {
  await sql`
    update users set email = ${email}
    where bucket = ${bucket} and account_id = ${accountId} and role = 'root'`.execute(tx)
  await sql`update logins set email = ${email} where kind = 'root' and account_id = ${accountId}`.execute(tx)
  await sql`
    delete from password_links k using logins l
    where l.kind = 'root' and l.account_id = ${accountId} and k.login_id = l.login_id`.execute(tx)
}

/** Nothing is charged automatically from now on. False when it was closed before. */
export async function writeClosed(tx: Queries, { bucket, accountId }: AccountKey, now: Instant): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    sql`update accounts set closed_at = ${at(now)}
      where bucket = ${bucket} and account_id = ${accountId} and closed_at is null returning 1`,
  )
  return rows.length > 0
}
