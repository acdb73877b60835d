/** What was done to sign-ins, staff and keys, by whom and from where: only ever appended. Wall time. */
import { sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import { at, type Queries, rowsOf } from './database.ts'

export type AuditedAct =
  | 'signed_in'
  | 'sign_in_failed'
  | 'signed_out'
  | 'session_ended'
  | 'password_changed'
  | 'password_reset_requested'
  | 'password_reset'
  | 'totp_turned_on'
  | 'totp_turned_off'
  | 'backup_code_used'
  | 'staff_added'
  | 'staff_invited'
  | 'staff_ended'
  | 'key_created'
  | 'key_rotated'
  | 'key_revoked'
  | 'reconciliation_asked'

export interface Audited {
  readonly auditId: string
  readonly act: AuditedAct
  /** Who did it: an id of ours, or `nobody`. */
  readonly who: string
  /** To whom or what. */
  readonly subject: string
  readonly address: string | null
  readonly details?: Readonly<Record<string, unknown>>
}

export async function appendAudit(tx: Queries, audited: Audited, wall: Instant): Promise<void> {
  await sql`
    insert into audit (audit_id, happened_at, act, who, subject, address, details)
    values (${audited.auditId}, ${at(wall)}, ${audited.act}, ${audited.who}, ${audited.subject}, ${audited.address},
      ${JSON.stringify(audited.details ?? {})}::jsonb)`.execute(tx)
}

export interface AuditRow {
  readonly auditId: string
  readonly happenedAt: Instant
  readonly act: AuditedAct
  readonly who: string
  readonly subject: string
  readonly address: string | null
  readonly details: Readonly<Record<string, unknown>>
}

/** The latest first; `before` is the last one's of the page before. */
export async function readAudit(
  queries: Queries,
  limit: number,
  before: { readonly happenedAt: Instant; readonly auditId: string } | null,
): Promise<AuditRow[]> {
  return rowsOf(
    queries,
    sql<AuditRow>`
      select audit_id as "auditId", happened_at as "happenedAt", act, who, subject, address, details
      from audit
      where ${before === null ? sql`true` : sql`(happened_at, audit_id) < (${at(before.happenedAt)}, ${before.auditId})`}
      order by happened_at desc, audit_id desc limit ${limit}`,
  )
}
