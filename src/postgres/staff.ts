/** The platform's own people. Their passwords and codes are in `logins`, under the same id. Wall time. */
import { sql } from 'kysely'
import type { StaffRole } from '../domain/access.ts'
import type { Instant } from '../domain/calendar.ts'
import { at, type Queries, rowsOf } from './database.ts'

export interface StaffRow {
  readonly staffId: string
  readonly name: string
  readonly email: string
  readonly role: StaffRole
  readonly createdAt: Instant
  readonly endedAt: Instant | null
  readonly totpOn: boolean
  readonly passwordSet: boolean
  /** The request that invited them last, after the first time. */
  readonly invitationId: string | null
}

const columns = sql`m.staff_id as "staffId", m.name, l.email, m.role, m.created_at as "createdAt",
  m.ended_at as "endedAt", l.totp_on_at is not null as "totpOn", l.password_hash is not null as "passwordSet",
  m.invitation_id as "invitationId"`

export async function insertStaff(
  tx: Queries,
  staff: {
    readonly staffId: string
    readonly name: string
    readonly role: StaffRole
    readonly createdAt: Instant
    readonly createdBy: string
  },
): Promise<void> {
  await sql`
    insert into staff (staff_id, name, role, created_at, created_by)
    values (${staff.staffId}, ${staff.name}, ${staff.role}, ${at(staff.createdAt)}, ${staff.createdBy})`.execute(tx)
}

export async function readStaff(queries: Queries): Promise<StaffRow[]> {
  return rowsOf(
    queries,
    sql<StaffRow>`
      select ${columns} from staff m join logins l on l.login_id = m.staff_id order by m.created_at, m.staff_id limit 500`,
  )
}

export async function readOneOfStaff(queries: Queries, staffId: string): Promise<StaffRow | null> {
  const [row] = await rowsOf(
    queries,
    sql<StaffRow>`select ${columns} from staff m join logins l on l.login_id = m.staff_id where m.staff_id = ${staffId}`,
  )
  return row ?? null
}

export async function noteInvitation(tx: Queries, staffId: string, invitationId: string): Promise<void> {
  await sql`update staff set invitation_id = ${invitationId} where staff_id = ${staffId}`.execute(tx)
}

/** Holds every live admin's row: two of them cannot end each other and leave none. */
export async function lockAdmins(tx: Queries): Promise<string[]> {
  const rows = await rowsOf(
    tx,
    sql<{ id: string }>`
      select staff_id as id from staff where role = 'admin' and ended_at is null order by staff_id for update`,
  )
  return rows.map(({ id }) => id)
}

/** False when there is no such staff member, or no longer. */
export async function endStaff(tx: Queries, staffId: string, wall: Instant): Promise<boolean> {
  const ended = await rowsOf(
    tx,
    sql`update staff set ended_at = ${at(wall)} where staff_id = ${staffId} and ended_at is null returning 1`,
  )
  return ended.length > 0
}
