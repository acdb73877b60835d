/** Sessions: opened at sign-in, found by the hash of their token, ended by their owner. Wall time throughout. */
import { sql } from 'kysely'
import type { StaffRole } from '../domain/access.ts'
import type { Instant } from '../domain/calendar.ts'
import type { LoginKind, SessionTimes } from '../domain/session.ts'
import { at, kept, type Queries, rowsOf } from './database.ts'

export interface NewSession {
  readonly sessionId: string
  readonly tokenHash: string
  readonly loginId: string
  readonly startedAt: Instant
  readonly idleUntil: Instant
  readonly expiresAt: Instant
  readonly address: string
  readonly userAgent: string
}

export async function insertSession(tx: Queries, session: NewSession): Promise<void> {
  await sql`
    insert into sessions (session_id, token_hash, login_id, started_at, last_seen_at, idle_until, expires_at, address, user_agent)
    values (${session.sessionId}, ${session.tokenHash}, ${session.loginId}, ${at(session.startedAt)},
      ${at(session.startedAt)}, ${at(session.idleUntil)}, ${at(session.expiresAt)}, ${session.address}, ${session.userAgent})`.execute(
    tx,
  )
}

/** A session and whose it is. */
export interface FoundSession extends SessionTimes {
  readonly sessionId: string
  readonly loginId: string
  readonly kind: LoginKind
  readonly accountId: string | null
  readonly staffRole: StaffRole | null
  readonly staffName: string | null
  readonly staffEndedAt: Instant | null
}

export async function findSession(queries: Queries, tokenHash: string): Promise<FoundSession | null> {
  const [row] = await rowsOf(
    queries,
    kept(sql<FoundSession>`
      select s.session_id as "sessionId", s.login_id as "loginId", s.last_seen_at as "lastSeenAt",
        s.idle_until as "idleUntil", s.expires_at as "expiresAt", s.ended_at as "endedAt", l.kind,
        l.account_id as "accountId", m.role as "staffRole", m.name as "staffName", m.ended_at as "staffEndedAt"
      from sessions s join logins l on l.login_id = s.login_id left join staff m on m.staff_id = l.login_id
      where s.token_hash = ${tokenHash}`),
  )
  return row ?? null
}

export async function touchSession(
  queries: Queries,
  sessionId: string,
  lastSeenAt: Instant,
  idleUntil: Instant,
): Promise<void> {
  await sql`
    update sessions set last_seen_at = ${at(lastSeenAt)}, idle_until = ${at(idleUntil)}
    where session_id = ${sessionId} and ended_at is null and last_seen_at < ${at(lastSeenAt)}`.execute(queries)
}

export interface ListedSession extends SessionTimes {
  readonly sessionId: string
  readonly startedAt: Instant
  readonly address: string
  readonly userAgent: string
}

/** Sessions of a login that are not over, the latest first. */
export async function readSessions(queries: Queries, loginId: string, wall: Instant): Promise<ListedSession[]> {
  return rowsOf(
    queries,
    sql<ListedSession>`
      select session_id as "sessionId", started_at as "startedAt", last_seen_at as "lastSeenAt",
        idle_until as "idleUntil", expires_at as "expiresAt", ended_at as "endedAt", address, user_agent as "userAgent"
      from sessions
      where login_id = ${loginId} and ended_at is null and idle_until > ${at(wall)} and expires_at > ${at(wall)}
      order by started_at desc, session_id limit 100`,
  )
}

/** False when it is not this login's, or over already. */
export async function endSession(tx: Queries, loginId: string, sessionId: string, wall: Instant): Promise<boolean> {
  const ended = await rowsOf(
    tx,
    sql`update sessions set ended_at = ${at(wall)}
      where session_id = ${sessionId} and login_id = ${loginId} and ended_at is null returning 1`,
  )
  return ended.length > 0
}

/** Ends every session of a login, but for one where `except` names it. */
export async function endSessions(tx: Queries, loginId: string, wall: Instant, except: string | null): Promise<void> {
  await sql`
    update sessions set ended_at = ${at(wall)}
    where login_id = ${loginId} and ended_at is null and session_id is distinct from ${except}::uuid`.execute(tx)
}

/** Whether this login has signed in from this address since `since`. */
export async function hasBeenAt(queries: Queries, loginId: string, address: string, since: Instant): Promise<boolean> {
  const found = await rowsOf(
    queries,
    sql`select 1 from sessions where login_id = ${loginId} and address = ${address} and started_at > ${at(since)} limit 1`,
  )
  return found.length > 0
}
