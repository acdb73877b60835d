/** Ending sessions: this one, another of one's own, or all the others. */
import { transaction } from '../../postgres/database.ts'
import { endSession, endSessions } from '../../postgres/sessions.ts'
import type { System } from '../system.ts'
import { type Actor, audit } from './audit.ts'

/** Signing out: the session is over, and its token opens nothing any longer. */
export async function signOut(system: System, loginId: string, sessionId: string, by: Actor): Promise<void> {
  await transaction(system.db, async (tx) => {
    if (await endSession(tx, loginId, sessionId, system.wallNow())) {
      await audit(system, tx, by, 'signed_out', loginId, { sessionId })
    }
  })
}

/** False when it is not this login's. One that is over already is none of its live ones. */
export async function endOwnSession(system: System, loginId: string, sessionId: string, by: Actor): Promise<boolean> {
  return transaction(system.db, async (tx) => {
    if (!(await endSession(tx, loginId, sessionId, system.wallNow()))) return false
    await audit(system, tx, by, 'session_ended', loginId, { sessionId })
    return true
  })
}

/** All but the one that asks. */
export async function endOtherSessions(system: System, loginId: string, sessionId: string, by: Actor): Promise<void> {
  await transaction(system.db, async (tx) => {
    await endSessions(tx, loginId, system.wallNow(), sessionId)
    await audit(system, tx, by, 'session_ended', loginId, { kept: sessionId })
  })
}
