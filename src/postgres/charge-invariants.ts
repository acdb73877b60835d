/** What was attempted, when and by whom: nothing twice, nothing too often, nothing unrecorded (design sections 4.1-4.5). */
import { sql } from 'kysely'
import { json } from './database.ts'
import type { Invariant } from './invariants.ts'

const automatic = sql`c.trigger in ('run', 'daily_retry')`
const reachedTheIssuer = sql`c.status not in ('not_executed', 'refused', 'expired')`

/** What the networks publish. Settings may be stricter, never laxer. */
const networkCeilings = json([
  { brand: 'visa', attempts: 15, days: 30 },
  { brand: 'mastercard', attempts: 35, days: 30 },
  { brand: 'mastercard', attempts: 10, days: 1 },
])

export const chargeInvariants: readonly Invariant[] = [
  {
    name: 'nothing_charged_twice',
    says: 'No invoice was charged for more than its total, but what became credit of it.',
    sql: sql`
      select i.account_id, i.invoice_id, i.total_minor, c.captures, c.captured_minor, e.excess_minor
      from (
        select bucket, invoice_id, count(*) as captures, sum(captured_minor)::bigint as captured_minor
        from charges where status = 'captured' and invoice_id is not null group by bucket, invoice_id
      ) c join invoices i on i.bucket = c.bucket and i.invoice_id = c.invoice_id
      left join (
        select bucket, invoice_id, sum(amount_minor)::bigint as excess_minor
        from postings where kind = 'captured_in_excess' and invoice_id is not null group by bucket, invoice_id
      ) e on e.bucket = i.bucket and e.invoice_id = i.invoice_id
      where c.captured_minor - coalesce(e.excess_minor, 0) - i.refunded_minor > i.total_minor - i.credit_noted_minor`,
  },
  {
    name: 'one_unsettled_charge',
    says: 'At most one charge of an invoice or an order is unsettled.',
    sql: sql`
      select min(account_id) as account_id, coalesce(invoice_id, order_id) as subject_id, count(*) as unsettled
      from charges where settled_at is null and trigger <> 'verification'
      group by bucket, coalesce(invoice_id, order_id) having count(*) > 1`,
  },
  {
    name: 'captured_only_what_was_held',
    // Not by their times: a clock may have been set back between the two.
    says: 'Nothing was captured without a hold, or for more than it.',
    sql: sql`
      select account_id, charge_id, held_at, captured_at, amount_minor, captured_minor from charges
      where status = 'captured' and (held_at is null or captured_minor > amount_minor)`,
  },
  {
    name: 'verifications_take_nothing',
    says: 'Nobody here asks for the capture of a hold that verifies a card.',
    sql: sql`
      select account_id, charge_id, status, capturing_at, capture_minor from charges
      where trigger = 'verification' and (status = 'capturing' or num_nonnulls(capturing_at, capture_minor) > 0)`,
  },
  {
    name: 'one_automatic_attempt_a_day',
    says: 'No invoice had two automatic attempts on one day of its coverage.',
    sql: sql`
      select min(c.account_id) as account_id, c.invoice_id, c.attempt_on, count(*) as attempts
      from charges c join coverages v on v.coverage = c.coverage
      where ${automatic} and ${reachedTheIssuer}
        and c.attempt_on is not null
      group by c.bucket, c.invoice_id, c.attempt_on
      having count(*) > 1 or bool_or(c.attempt_on <> (c.intended_at at time zone v.time_zone)::date)
      union all
      -- Late news of one that had been closed: its day has another by then, or was skipped.
      select c.account_id, c.invoice_id, c.attempt_on, 1
      from charges c join coverages v on v.coverage = c.coverage
      where ${automatic} and ${reachedTheIssuer} and c.attempt_on is null
        and not exists (select from charges a where a.bucket = c.bucket and a.invoice_id = c.invoice_id
          and a.attempt_on = (c.intended_at at time zone v.time_zone)::date)
        and not exists (select from skips s where s.bucket = c.bucket and s.invoice_id = c.invoice_id
          and s.skipped_on = (c.intended_at at time zone v.time_zone)::date)`,
  },
  {
    name: 'network_counts_are_kept',
    says: 'No card was asked for one amount more often than its network allows.',
    sql: sql`
      select account_id, fingerprint, brand, amount_minor, first_sent_at, attempts as more_than, days as within_days from (
        select c.account_id, c.fingerprint, c.brand, c.amount_minor, c.first_sent_at, n.attempts, n.days,
          lag(c.first_sent_at, n.attempts) over (
            partition by c.bucket, c.account_id, c.coverage, c.fingerprint, c.amount_minor, n.brand, n.days
            order by c.first_sent_at, c.charge_id) as earlier_at
        from charges c
        join json_to_recordset(${networkCeilings}) as n(brand text, attempts integer, days integer) on n.brand = c.brand
        where c.first_sent_at is not null and c.status not in ('not_executed', 'refused')
          and c.trigger not in ('verification', 'order')
      ) tried where earlier_at > first_sent_at - make_interval(days => days)`,
  },
  {
    name: 'skipped_days_have_no_attempt',
    says: 'A day recorded as skipped saw no automatic attempt, unless it was skipped only until an answer came.',
    sql: sql`
      select s.account_id, s.invoice_id, s.skipped_on, s.reason, c.charge_id
      from skips s join charges c on c.bucket = s.bucket and c.invoice_id = s.invoice_id and c.attempt_on = s.skipped_on
      where s.reason <> 'charge_unsettled' and ${automatic}`,
  },
  {
    name: 'claims_have_a_worker',
    says: 'Only a worker we know of holds a charge, and only one that is unsettled.',
    sql: sql`
      select c.account_id, c.charge_id, c.status, c.claimed_by from charges c
      left join workers w on w.worker_id = c.claimed_by
      where c.claimed_by is not null and (w.worker_id is null or c.settled_at is not null)`,
  },
  {
    name: 'outcomes_are_told',
    says: 'Every outcome of a charge is an event, once.',
    sql: sql`
      select c.account_id, c.charge_id, c.status, coalesce(e.told, 0) as events
      from charges c left join (
        select bucket, charge_id, kind, count(*) as told from events where charge_id is not null group by 1, 2, 3
      ) e on e.bucket = c.bucket and e.charge_id = c.charge_id
        and (e.kind = 'charge_' || c.status or c.status = 'not_executed' and e.kind = 'charge_withheld')
      where c.settled_at is not null and coalesce(e.told, 0) <> 1`,
  },
  {
    name: 'staff_know',
    says: 'What the gateway refused, and what it took in excess, is in the staff queue.',
    sql: sql`
      select x.account_id, x.charge_id, x.kind from (
        select bucket, account_id, charge_id, coalesce(invoice_id, order_id, charge_id) as subject_id, 'charge_refused' as kind
        from charges where status = 'refused'
        union all select bucket, account_id, source_id, source_id, 'captured_in_excess' from postings
        where kind = 'captured_in_excess'
      ) x left join staff_queue q on q.bucket = x.bucket and q.subject_id = x.subject_id and q.kind = x.kind
      where q.entry_id is null`,
  },
]
