/**
 * Whoever makes an invoice overdue, or ends its being so, wakes its account's standing in the same transaction: however
 * the process dies, and whatever the clock says, somebody looks at it again (F32).
 */
import { type RawBuilder, sql } from 'kysely'
import type { Instant } from '../domain/calendar.ts'
import { at, type Queries, table } from './database.ts'

/** What counts as overdue of `i`: collecting it failed by itself, some of it was never paid, and nobody disputes it. */
export const isOverdue = sql`(i.status = 'outstanding' and i.overdue_since is not null
  and i.due_minor > i.reopened_minor and i.disputed_at is null)`

/** The clock of an invoice `i` after it failed by itself, where `fails` says it did: it starts once. */
export const clockAfter = (fails: RawBuilder<unknown>, now: Instant): RawBuilder<unknown> =>
  sql`case when ${fails} and (i.overdue_since is null or i.overdue_since <= i.reopened_at) then ${at(now)}
    else i.overdue_since end`

/**
 * Parts of a `with`, for a part `changed` with an invoice's account_id and coverage, and whether its clock `started`
 * or its being overdue may have `ended`. `lifted` answers a row for each standing that was woken by an end. An account
 * with both is woken once: one statement must not touch a row twice.
 */
export const wakes = (bucket: number, changed: string, now: Instant): RawBuilder<unknown> => sql`
  locked as materialized (
    select from standings s where s.bucket = ${bucket} and (s.account_id, s.coverage) in (
        select account_id, coverage from ${sql.table(changed)} where started or ended)
    order by s.account_id, s.coverage for no key update
  ), started as (
    insert into standings (bucket, account_id, coverage, status, woken_at, changed_at)
    select distinct ${bucket}::smallint, account_id, coverage, 'good', ${at(now)}, ${at(now)}
    from ${sql.table(changed)} where started and (select count(*) from locked) >= 0 order by 2, 3
    on conflict (bucket, account_id, coverage) do update set woken_at = excluded.woken_at
  ), lifted as (
    update standings s set woken_at = ${at(now)} from (
      select distinct c.account_id, c.coverage from ${sql.table(changed)} c where c.ended and not exists (
        select from ${sql.table(changed)} o where o.started and o.account_id = c.account_id and o.coverage = c.coverage)
    ) d
    where s.bucket = ${bucket} and s.account_id = d.account_id and s.coverage = d.coverage and ${mayChange}
      and (select count(*) from locked) >= 0
    returning 1
  )`

// One about to be looked at for the first time is good still, and may be on its way to something else.
const mayChange = sql`(s.status <> 'good' or s.woken_at is not null)`

/** For acts on invoices elsewhere: a credit note, a dispute and its end, a transfer, a re-opening. */
export async function wakeStandings(
  tx: Queries,
  bucket: number,
  keys: readonly { readonly account_id: string; readonly coverage: string }[],
  now: Instant,
): Promise<void> {
  if (keys.length === 0) return
  await sql`
    update standings s set woken_at = ${at(now)} from ${table(keys, { account_id: 'text', coverage: 'text' })}
    where s.bucket = ${bucket} and s.account_id = d.account_id and s.coverage = d.coverage`.execute(tx)
}
