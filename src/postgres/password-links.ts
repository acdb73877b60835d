/** One-time links to a password, found by the hash of their token. Wall time. */
import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import { at, type Queries, rowsOf } from './database.ts'

export type LinkPurpose = 'invitation' | 'reset'

export interface LinkRow {
  readonly loginId: string
  readonly purpose: LinkPurpose
  readonly expiresAt: Instant
  readonly usedAt: Instant | null
}

/** The one that is made replaces those before it: only the latest e-mail's link works. */
export async function insertLink(
  tx: Queries,
  link: {
    readonly tokenHash: string
    readonly loginId: string
    readonly purpose: LinkPurpose
    readonly expiresAt: Instant
  },
  wall: Instant,
): Promise<void> {
  await useLinks(tx, link.loginId, wall)
  await sql`
    insert into password_links (token_hash, login_id, purpose, made_at, expires_at)
    values (${link.tokenHash}, ${link.loginId}, ${link.purpose}, ${at(wall)}, ${at(link.expiresAt)})`.execute(tx)
}

export const lockLink = (tx: Queries, tokenHash: string): Promise<LinkRow | null> =>
  readLink(tx, tokenHash, sql`for update`)

export async function readLink(
  queries: Queries,
  tokenHash: string,
  lock: RawBuilder<unknown> = sql``,
): Promise<LinkRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<LinkRow>`
      select login_id as "loginId", purpose, expires_at as "expiresAt", used_at as "usedAt"
      from password_links where token_hash = ${tokenHash} ${lock}`,
  )
  return row ?? null
}

/** None of a login's links works any longer. */
export async function useLinks(tx: Queries, loginId: string, wall: Instant): Promise<void> {
  await sql`
    update password_links set used_at = ${at(wall)} where login_id = ${loginId} and used_at is null`.execute(tx)
}
