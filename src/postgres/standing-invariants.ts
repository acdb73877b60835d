/** Where accounts stand follows what is overdue, and nobody stays suspended who has paid (F32). */
import { sql } from 'kysely'
import type { Invariant } from './invariants.ts'
import { isOverdue } from './standing-wakes.ts'

export const standingInvariants: readonly Invariant[] = [
  {
    name: 'nobody_stays_overdue_who_owes_nothing',
    says: 'An account is overdue or suspended only while something is overdue, or it is about to be looked at.',
    sql: sql`
      select s.account_id, s.coverage, s.status, s.overdue_since from standings s
      where s.status <> 'good' and s.woken_at is null and not exists (
        select from invoices i where i.bucket = s.bucket and i.account_id = s.account_id and i.coverage = s.coverage
          and ${isOverdue})`,
  },
  {
    name: 'overdue_is_looked_at',
    says: 'Whoever has an overdue invoice has a standing that says so, since no later than that invoice, or is about to be looked at.',
    sql: sql`
      select i.account_id, i.coverage, i.invoice_id, i.overdue_since, s.status from invoices i
      left join standings s on s.bucket = i.bucket and s.account_id = i.account_id and s.coverage = i.coverage
      where ${isOverdue} and (s.account_id is null or s.woken_at is null and (s.status = 'good' or s.overdue_since > i.overdue_since))`,
  },
  {
    name: 'standing_versions_are_given_once',
    says: 'Each change of a standing has a version of its own in its bucket, none above the latest given.',
    sql: sql`
      select s.bucket, s.version, count(*) as standings, max(v.version) as latest from standings s
      left join standing_versions v on v.bucket = s.bucket
      where s.version > 0 group by s.bucket, s.version having count(*) > 1 or s.version > coalesce(max(v.version), 0)`,
  },
]
