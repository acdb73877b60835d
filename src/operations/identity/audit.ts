/** Who did what to sign-ins, staff and keys: one line for each act, in the transaction that did it. */
import type { Caller } from '../../domain/access.ts'
import { type AuditedAct, appendAudit } from '../../postgres/audit.ts'
import type { Queries } from '../../postgres/database.ts'
import type { System } from '../system.ts'

/** Who acts, and from where. */
export interface Actor {
  /** An id of ours; `nobody` before sign-in, `operator` on the command line. */
  readonly id: string
  readonly address: string | null
}

export const operator: Actor = { id: 'operator', address: null }

export function actorOf(caller: Caller, address: string | null): Actor {
  switch (caller.kind) {
    case 'nobody':
      return { id: 'nobody', address }
    case 'staff':
      return { id: caller.staffId, address }
    case 'platform':
      return { id: caller.keyId, address }
    default:
      return { id: caller.userId, address }
  }
}

export async function audit(
  system: System,
  tx: Queries,
  by: Actor,
  act: AuditedAct,
  subject: string,
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const wall = system.wallNow()
  const auditId = system.makeId(0, wall)
  await appendAudit(tx, { auditId, act, who: by.id, subject, address: by.address, details }, wall)
}
