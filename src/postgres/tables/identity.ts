/** The tables of migrations/0005_identity.sql. Wall time throughout. */
import type { ColumnType, Generated } from 'kysely'
import type { Instant } from '../../domain/calendar.ts'

type At = ColumnType<Instant, Date, Date>
type MaybeAt = ColumnType<Instant | null, Date | null | undefined, Date | null>

export interface IdentityTables {
  logins: {
    login_id: string
    kind: 'root' | 'sam' | 'staff'
    account_id: string | null
    email: string | null
    user_name: string | null
    password_hash: string | null
    password_changed_at: MaybeAt
    totp_sealed: string | null
    totp_begun_at: MaybeAt
    totp_on_at: MaybeAt
    totp_last_step: bigint | null
    backup_code_hashes: Generated<string[]>
  }
  staff: {
    staff_id: string
    name: string
    role: 'support' | 'billing' | 'admin'
    created_at: At
    created_by: string
    ended_at: MaybeAt
    invitation_id: string | null
  }
  sessions: {
    session_id: string
    token_hash: string
    login_id: string
    started_at: At
    last_seen_at: At
    idle_until: At
    expires_at: At
    address: string
    user_agent: string
    ended_at: MaybeAt
  }
  password_links: {
    token_hash: string
    login_id: string
    purpose: 'invitation' | 'reset'
    made_at: At
    expires_at: At
    used_at: MaybeAt
  }
  api_keys: {
    key_id: string
    key_hash: string
    former_hash: string | null
    former_good_until: MaybeAt
    name: string
    scopes: string[]
    created_at: At
    created_by: string
    rotated_at: MaybeAt
    rotation_id: string | null
    last_used_at: MaybeAt
    expires_at: MaybeAt
    revoked_at: MaybeAt
  }
  rate_limits: { limited: string; counted_at: Generated<Instant[]>; forget_at: At }
  audit: {
    audit_id: string
    happened_at: At
    act: string
    who: string
    subject: string
    address: string | null
    details: ColumnType<unknown, string, string>
  }
}
