/**
 * Deletes what nobody can use any longer and nobody needs to look up. Kept: sessions for 90 days after their end, by which
 * an owner's address is known; links for a month; the audit for two years (docs/decisions/0010). Wall time.
 */
import { sql } from 'kysely'
import { dayMs, type Instant, plusMs } from '../domain/calendar.ts'
import { at, type Queries } from './database.ts'
import { forgetOldCounts } from './rate-limits.ts'

const sessionsKeptMs = 90 * dayMs
const linksKeptMs = 30 * dayMs
const auditKeptMs = 730 * dayMs

export async function forgetOldIdentity(queries: Queries, wall: Instant): Promise<void> {
  await forgetOldCounts(queries, wall)
  await sql`delete from sessions where expires_at < ${at(plusMs(wall, -sessionsKeptMs))}`.execute(queries)
  await sql`delete from password_links where expires_at < ${at(plusMs(wall, -linksKeptMs))}`.execute(queries)
  await sql`delete from audit where happened_at < ${at(plusMs(wall, -auditKeptMs))}`.execute(queries)
}
