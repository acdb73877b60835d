/** What was given or taken back: every unit of it is in the ledger, and reaches what was owed (B18). */
import { sql } from 'kysely'
import type { Invariant } from './invariants.ts'

/** Sums of `amount_minor` by source, of postings with one of these kinds. */
const postedBySource = (kinds: readonly string[]) => sql`
  select bucket, account_id, source_id, sum(amount_minor)::bigint as posted_minor from postings
  where kind = any(${kinds}::text[]) group by 1, 2, 3`

const given = ['refunded', 'paid_back', 'credit_paid_back_late', 'refund_lost']
const cameBack = ['refund_returned', 'refund_returned_in_excess', 'paid_back_returned', 'refund_lost_returned']
const noted = sql`kind in ('credit_noted_net', 'credit_noted_tax')`
const undone = sql`kind in ('credit_note_undone_net', 'credit_note_undone_tax')`

export const repairInvariants: readonly Invariant[] = [
  {
    name: 'refunds_are_posted',
    says: 'What was given back is in the ledger, to the last unit, once; and so is what came back of it.',
    sql: sql`
      select coalesce(r.account_id, p.account_id, b.account_id) as account_id, r.refund_id, r.status, r.amount_minor,
        p.posted_minor, b.posted_minor as came_back_minor
      from refunds r
      full join (${postedBySource(given)}) p on p.bucket = r.bucket and p.source_id = r.refund_id
      full join (${postedBySource(cameBack)}) b on b.bucket = r.bucket and b.source_id = r.refund_id
      where coalesce(p.posted_minor, 0) <> case when r.status in ('succeeded', 'returned') then r.amount_minor else 0 end
        or coalesce(b.posted_minor, 0) <> case when r.status = 'returned' then r.amount_minor else 0 end`,
  },
  {
    name: 'refunds_reach_their_invoice',
    says: 'An invoice’s refunded sum and credit notes are what the ledger has of them.',
    sql: sql`
      select i.account_id, i.invoice_id, i.refunded_minor, i.credit_noted_minor, p.refunded_minor as ledger_minor,
        p.noted_minor as ledger_noted_minor
      from invoices i left join (
        select bucket, invoice_id,
          (coalesce(sum(amount_minor) filter (where kind in ('refunded', 'dispute_conceded')), 0)
            - coalesce(sum(amount_minor) filter (where kind in ('refund_returned', 'reinstated_to_invoice')), 0))::bigint
            as refunded_minor,
          (coalesce(sum(amount_minor) filter (where ${noted}), 0)
            - coalesce(sum(amount_minor) filter (where ${undone}), 0))::bigint as noted_minor
        from postings where invoice_id is not null group by 1, 2
      ) p on p.bucket = i.bucket and p.invoice_id = i.invoice_id
      where (i.refunded_minor, i.credit_noted_minor) <> (coalesce(p.refunded_minor, 0), coalesce(p.noted_minor, 0))`,
  },
  {
    name: 'nothing_given_back_twice',
    says: 'No more was given back of a charge than was taken, but what is written down as lost.',
    sql: sql`
      select c.account_id, c.charge_id, c.captured_minor, r.given_minor
      from charges c join (
        select bucket, charge_id, sum(amount_minor - lost_minor)::bigint as given_minor from refunds
        where status in ('intended', 'pending', 'unknown', 'succeeded') group by 1, 2
      ) r on r.bucket = c.bucket and r.charge_id = c.charge_id where r.given_minor > c.captured_minor`,
  },
  {
    name: 'money_on_its_way_is_a_refund',
    says: 'Credit set aside to be paid out belongs to refunds that are under way.',
    sql: sql`
      select coalesce(p.account_id, r.account_id) as account_id, coalesce(p.coverage, r.coverage) as coverage,
        p.aside_minor, r.under_way_minor
      from (
        select bucket, account_id, coverage,
          sum(case when credit = 'to_refund' then amount_minor else -amount_minor end)::bigint as aside_minor
        from postings where 'to_refund' in (debit, credit) group by 1, 2, 3
      ) p full join (
        select bucket, account_id, coverage, sum(from_credit_minor)::bigint as under_way_minor from refunds
        where from_credit_minor > 0 and status in ('intended', 'pending', 'unknown') group by 1, 2, 3
      ) r on r.bucket = p.bucket and r.account_id = p.account_id and r.coverage = p.coverage
      where coalesce(p.aside_minor, 0) <> coalesce(r.under_way_minor, 0)`,
  },
  {
    name: 'disputed_money_is_in_the_ledger',
    says: 'What the network holds because of a dispute that nobody has decided is in the ledger as disputed, but what was credit.',
    sql: sql`
      select d.account_id, d.dispute_id, d.status, d.decision, d.withdrawn_minor, d.from_credit_minor, p.held_minor
      from disputes d left join (
        select bucket, source_id,
          sum(case when debit = 'disputed' then amount_minor else -amount_minor end)::bigint as held_minor
        from postings where 'disputed' in (debit, credit) group by 1, 2
      ) p on p.bucket = d.bucket and p.source_id = d.dispute_id
      where coalesce(p.held_minor, 0) <> case when d.decision is null then d.withdrawn_minor - d.from_credit_minor else 0 end`,
  },
  {
    name: 'disputes_stop_collection',
    says: 'An invoice is marked as disputed exactly while one of its disputes waits for the network or for staff.',
    sql: sql`
      select i.account_id, i.invoice_id, i.status, i.disputed_at, d.open
      from invoices i left join (
        select bucket, invoice_id, count(*) as open from disputes
        where decision is null and status in ('inquiry', 'open', 'under_review', 'lost') group by 1, 2
      ) d on d.bucket = i.bucket and d.invoice_id = i.invoice_id
      where (i.disputed_at is not null) <> (d.open is not null)`,
  },
  {
    name: 'reopened_is_left_to_people',
    says: 'What is due again because money was given back is never tried by the system itself.',
    sql: sql`
      select account_id, invoice_id, status, due_minor, reopened_minor, next_attempt_at from invoices
      where reopened_minor > 0 and due_minor <= reopened_minor and next_attempt_at is not null`,
  },
]
