/** Standings to be looked at, with what they depend on, and what was decided about them: set-based, one bucket each. */
import { type RawBuilder, sql } from 'kysely'
import type { Day, Instant } from '../domain/calendar.ts'
import type { OverdueInvoice, StandingDecision, StandingState } from '../domain/standing.ts'
import { bucketsWhere } from './attempts.ts'
import { at, type Queries, rowsOf, table } from './database.ts'
import type { SettingsKey } from './payment-settings.ts'
import { isOverdue } from './standing-wakes.ts'

/** One account and coverage as it stands. */
export interface StandingRow extends StandingState {
  readonly accountId: string
  readonly coverage: string
  readonly overdueSince: Instant | null
  readonly remindedAfterDays: number | null
}

export const stateColumns = sql`s.account_id as "accountId", s.coverage, s.status, s.overdue_since as "overdueSince",
  s.reminded_on as "remindedOn", s.reminded_after_days as "remindedAfterDays", s.postponed_until as "postponedUntil",
  case when s.exempt_since is not null then coalesce(s.exempt_until::text, 'always') end as "exemptUntil",
  (select a.closed_at is not null from accounts a where a.bucket = s.bucket and a.account_id = s.account_id) as "accountClosed"`

/** Buckets in which a standing was woken, or time has come for one. */
export const bucketsWithDueStandings = (queries: Queries, now: Instant): Promise<number[]> =>
  bucketsWhere(
    queries,
    sql`select from standings s where s.bucket = b and s.woken_at is not null
      union all select from standings s where s.bucket = b and s.next_check_at <= ${at(now)}`,
  )

/** Locks standings whose time has come, and those that were woken. Two workers never get the same. */
export async function lockDueStandings(
  tx: Queries,
  bucket: number,
  now: Instant,
  limit: number,
): Promise<StandingRow[]> {
  const due = await lockWhere(tx, bucket, sql`s.next_check_at <= ${at(now)} order by s.next_check_at limit ${limit}`)
  if (due.length === limit) return due
  const known = due.map(({ accountId, coverage }) => `${accountId} ${coverage}`)
  const woken = sql`s.woken_at is not null and s.account_id || ' ' || s.coverage <> all(${known}::text[])
    order by s.woken_at limit ${limit - due.length}`
  return [...due, ...(await lockWhere(tx, bucket, woken))]
}

const lockWhere = (tx: Queries, bucket: number, where: RawBuilder<unknown>): Promise<StandingRow[]> =>
  rowsOf(
    tx,
    sql<StandingRow>`select ${stateColumns} from standings s where s.bucket = ${bucket} and ${where}
      for no key update of s skip locked`,
  )

/** Locks what was woken of these, in the order of everybody who locks several. */
export const lockWoken = (
  tx: Queries,
  bucket: number,
  keys: readonly { readonly account_id: string; readonly coverage: string }[],
): Promise<StandingRow[]> =>
  rowsOf(
    tx,
    sql<StandingRow>`select ${stateColumns} from standings s
      where s.bucket = ${bucket} and s.woken_at is not null and (s.account_id, s.coverage) in (
        select account_id, coverage from ${table(keys, { account_id: 'text', coverage: 'text' })})
      order by s.account_id, s.coverage for no key update of s`,
  )

/** The overdue invoices of these standings, read after they were locked: what is paid by now is not among them. */
export async function readOverdue(
  queries: Queries,
  bucket: number,
  standings: readonly Pick<StandingRow, 'accountId' | 'coverage'>[],
  now: Instant,
): Promise<Map<string, OverdueInvoice[]>> {
  const keys = standings.map(({ accountId, coverage }) => ({ account_id: accountId, coverage }))
  const rows = await rowsOf(
    queries,
    sql<OverdueInvoice & { accountId: string; coverage: string }>`
      select i.account_id as "accountId", i.coverage, i.invoice_id as "invoiceId", i.month, i.due_minor as "dueMinor",
        i.overdue_since as "overdueSince",
        i.next_attempt_at <= ${at(now)} or i.requested_at is not null or exists (
          select from charges u where u.bucket = ${bucket} and u.invoice_id = i.invoice_id and u.settled_at is null
            and u.status <> 'needs_customer') as busy
      from ${table(keys, { account_id: 'text', coverage: 'text' })}
      join invoices i on i.bucket = ${bucket} and i.account_id = d.account_id and i.coverage = d.coverage
      where ${isOverdue} order by i.account_id, i.coverage, i.month`,
  )
  return Map.groupBy(rows, keyOf)
}

export const keyOf = ({ accountId, coverage }: { readonly accountId: string; readonly coverage: string }): string =>
  `${accountId} ${coverage}`

/** A locked standing and what was decided about it. */
export interface Judged {
  readonly row: StandingRow
  readonly decision: StandingDecision
  /** Somebody who polls is to see it. */
  readonly changed: boolean
}

/** Writes what was decided; what changed gets the bucket's next versions, in one statement. */
export async function writeJudged(tx: Queries, bucket: number, judged: readonly Judged[], now: Instant): Promise<void> {
  let nth = 0
  const rows = judged.map(({ row, decision, changed }) => ({
    account_id: row.accountId,
    coverage: row.coverage,
    status: decision.status,
    overdue_since: iso(decision.overdueSince),
    reminded_on: decision.remindedOn,
    reminded_after_days: remindedAfterDays(row, decision),
    next_check_at: iso(decision.nextCheckAt),
    nth: changed ? ++nth : null,
  }))
  await sql`
    with counted as (
      insert into standing_versions (bucket, version) select ${bucket}, ${nth} where ${nth} > 0
      on conflict (bucket) do update set version = standing_versions.version + excluded.version
      returning version
    )
    update standings s set status = d.status, overdue_since = d.overdue_since, reminded_on = d.reminded_on,
      reminded_after_days = d.reminded_after_days, next_check_at = d.next_check_at, woken_at = null,
      suspended_at = case when d.status = 'suspended' then coalesce(s.suspended_at, ${at(now)}) end,
      restored_at = case when s.status = 'suspended' and d.status <> 'suspended' then ${at(now)} else s.restored_at end,
      changed_at = case when d.nth is null then s.changed_at else ${at(now)} end,
      version = case when d.nth is null then s.version else (select version from counted) - ${nth} + d.nth end
    from ${table(rows, judgedColumns)}
    where s.bucket = ${bucket} and s.account_id = d.account_id and s.coverage = d.coverage`.execute(tx)
}

const judgedColumns = {
  account_id: 'text',
  coverage: 'text',
  status: 'text',
  overdue_since: 'timestamptz',
  reminded_on: 'date',
  reminded_after_days: 'smallint',
  next_check_at: 'timestamptz',
  nth: 'integer',
} as const

const remindedAfterDays = (row: StandingRow, { announce, remindedOn }: StandingDecision): number | null =>
  announce?.kind === 'reminded' ? announce.afterDays : remindedOn === null ? null : row.remindedAfterDays

const iso = (instant: Instant | null): string | null => (instant === null ? null : new Date(instant).toISOString())

/** Locks one standing for an act of staff; makes its row where there is none. Null: the account does not use this coverage. */
export async function lockStanding(tx: Queries, key: SettingsKey, now: Instant): Promise<StandingRow | null> {
  await sql`
    insert into standings (bucket, account_id, coverage, status, changed_at)
    select bucket, account_id, coverage, 'good', ${at(now)} from payment_settings
    where bucket = ${key.bucket} and account_id = ${key.accountId} and coverage = ${key.coverage}
    on conflict do nothing`.execute(tx)
  const [row] = await rowsOf(
    tx,
    sql<StandingRow>`select ${stateColumns} from standings s
      where s.bucket = ${key.bucket} and s.account_id = ${key.accountId} and s.coverage = ${key.coverage}
      for no key update of s`,
  )
  return row ?? null
}

/** Who arranged it, until when and why. */
export interface Arrangement {
  readonly until: Day | null
  readonly by: string
  readonly note: string | null
}

/** Null ends the exemption. */
export async function writeExemption(
  tx: Queries,
  key: SettingsKey,
  exemption: Arrangement | null,
  now: Instant,
): Promise<void> {
  await sql`
    update standings set exempt_since = ${exemption === null ? null : at(now)}, exempt_until = ${exemption?.until ?? null}::date,
      exempt_by = ${exemption?.by ?? null}, exempt_note = ${exemption?.note ?? null}
    where bucket = ${key.bucket} and account_id = ${key.accountId} and coverage = ${key.coverage}`.execute(tx)
}

export async function writePostponement(
  tx: Queries,
  key: SettingsKey,
  postponement: Arrangement & { readonly until: Day },
  now: Instant,
): Promise<void> {
  await sql`
    update standings set postponed_until = ${postponement.until}::date, postponed_at = ${at(now)},
      postponed_by = ${postponement.by}, postponed_note = ${postponement.note}
    where bucket = ${key.bucket} and account_id = ${key.accountId} and coverage = ${key.coverage}`.execute(tx)
}
