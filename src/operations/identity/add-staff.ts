/** Takes somebody into the staff, or out of it. The first password is set through a link that is shown once. */
import type { StaffRole } from '../../domain/access.ts'
import { transaction } from '../../postgres/database.ts'
import { clearLogin, insertLogin } from '../../postgres/logins.ts'
import { endSessions } from '../../postgres/sessions.ts'
import { endStaff as endRow, insertStaff, lockAdmins, noteInvitation, readOneOfStaff } from '../../postgres/staff.ts'
import type { System } from '../system.ts'
import { type Actor, audit } from './audit.ts'
import { makeLink } from './password-links.ts'

export interface StaffToAdd {
  readonly name: string
  readonly email: string
  readonly role: StaffRole
}

export type AddedStaff =
  /** `token` sets the first password; whoever has it is this staff member. */
  { readonly staffId: string; readonly token: string } | { readonly refused: 'staff_email_taken' }

export async function addStaff(
  system: System,
  staff: StaffToAdd,
  by: Actor,
  staffId = system.makeId(0, system.wallNow()),
): Promise<AddedStaff> {
  const wall = system.wallNow()
  return transaction(system.db, async (tx) => {
    const login = { loginId: staffId, kind: 'staff' as const, accountId: null, email: staff.email, userName: null }
    // Under an Idempotency-Key, the second request finds what the first one made, and hands out a new link.
    const known = (await readOneOfStaff(tx, staffId)) !== null
    if (!known && !(await insertLogin(tx, login))) return { refused: 'staff_email_taken' }
    if (!known) {
      await insertStaff(tx, { staffId, name: staff.name, role: staff.role, createdAt: wall, createdBy: by.id })
      await audit(system, tx, by, 'staff_added', staffId, { role: staff.role })
    }
    return { staffId, token: await makeLink(system, tx, staffId, 'invitation') }
  })
}

/**
 * For somebody whose first link ran out, or who lost telephone or password: both are set up anew, sessions end. The same
 * invitation again is another link, until one of them was used.
 */
export async function inviteStaff(
  system: System,
  staffId: string,
  by: Actor,
  invitationId = system.makeId(0, system.wallNow()),
): Promise<{ readonly token: string } | { readonly refused: 'not_found' | 'link_not_good' }> {
  return transaction(system.db, async (tx) => {
    const staff = await readOneOfStaff(tx, staffId)
    if (staff === null || staff.endedAt !== null) return { refused: 'not_found' }
    if (staff.invitationId === invitationId && staff.passwordSet) return { refused: 'link_not_good' }
    await noteInvitation(tx, staffId, invitationId)
    await clearLogin(tx, staffId)
    await endSessions(tx, staffId, system.wallNow(), null)
    await audit(system, tx, by, 'staff_invited', staffId)
    return { token: await makeLink(system, tx, staffId, 'invitation') }
  })
}

/** Their sessions end at once. The last admin stays: without one, nobody could let anybody in. */
export async function endStaff(
  system: System,
  staffId: string,
  by: Actor,
): Promise<'ended' | 'last_admin' | 'unknown'> {
  const wall = system.wallNow()
  return transaction(system.db, async (tx) => {
    const admins = await lockAdmins(tx)
    if (admins.length === 1 && admins[0] === staffId) return 'last_admin'
    if (!(await endRow(tx, staffId, wall))) return 'unknown'
    await endSessions(tx, staffId, wall, null)
    await audit(system, tx, by, 'staff_ended', staffId)
    return 'ended'
  })
}
