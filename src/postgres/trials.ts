/** Trials on the payment settings: days whose fees are waived, granted by staff, ended by time or by a method. */
import { sql } from 'kysely'
import type { Day, Instant } from '../domain/calendar.ts'
import { bucketsWhere } from './attempts.ts'
import { at, json, type Queries, rowsOf } from './database.ts'

/** Grants `from`-`to`, both days included, in place of what was granted from there on. False when the account has another method than none or trial. */
export async function writeTrial(
  tx: Queries,
  key: { readonly bucket: number; readonly accountId: string; readonly coverage: string },
  days: { readonly from: Day; readonly to: Day },
  now: Instant,
): Promise<boolean> {
  const rows = await rowsOf(
    tx,
    sql`
      update payment_settings set method = 'trial', trial_ends_on = ${days.to},
        trial_days = trial_days - datemultirange(daterange(${days.from}::date, null))
          + datemultirange(daterange(${days.from}::date, ${days.to}::date, '[]')), updated_at = ${at(now)}
      where bucket = ${key.bucket} and account_id = ${key.accountId} and coverage = ${key.coverage}
        and method in ('none', 'trial')
      returning 1`,
  )
  return rows.length > 0
}

/** The calendar day it is now in each coverage. */
export interface CoverageDay {
  readonly coverage: string
  readonly today: Day
}

export const bucketsWithEndedTrials = (queries: Queries, days: readonly CoverageDay[]): Promise<number[]> =>
  bucketsWhere(
    queries,
    sql`select from payment_settings s join json_to_recordset(${json(days)}) as d(coverage text, today date)
      on d.coverage = s.coverage where s.bucket = b and s.method = 'trial' and s.trial_ends_on < d.today`,
  )

/** The accounts whose trial ended without a method. */
export const endTrialsIn = (
  tx: Queries,
  bucket: number,
  days: readonly CoverageDay[],
  now: Instant,
): Promise<{ accountId: string; coverage: string }[]> =>
  rowsOf(
    tx,
    sql<{ accountId: string; coverage: string }>`
      update payment_settings s set method = 'none', trial_ends_on = null, updated_at = ${at(now)}
      from (
        select s.account_id, s.coverage from payment_settings s
        join json_to_recordset(${json(days)}) as d(coverage text, today date) on d.coverage = s.coverage
        where s.bucket = ${bucket} and s.method = 'trial' and s.trial_ends_on < d.today
        for no key update of s skip locked
      ) d
      where s.bucket = ${bucket} and s.account_id = d.account_id and s.coverage = d.coverage
      returning s.account_id as "accountId", s.coverage`,
  )
