/** Invoices, ledger and what the gateway took say the same, to the last minor unit (design sections 4.2, 4.6, 4.7). */
import { sql } from 'kysely'
import { postingKinds } from '../domain/ledger.ts'
import { json } from './database.ts'
import type { Invariant } from './invariants.ts'

const kinds = json(Object.entries(postingKinds).map(([kind, sides]) => ({ kind, ...sides })))

export const moneyInvariants: readonly Invariant[] = [
  {
    name: 'receivable_is_what_is_due',
    says: 'For every invoice the ledger’s receivable is what is still due.',
    sql: sql`
      select i.account_id, i.invoice_id, i.status, i.due_minor, coalesce(l.open_minor, 0) as receivable_minor
      from invoices i left join (
        select bucket, invoice_id,
          sum(case when debit = 'receivable' then amount_minor else -amount_minor end)::bigint as open_minor
        from postings where debit = 'receivable' or credit = 'receivable' group by bucket, invoice_id
      ) l on l.bucket = i.bucket and l.invoice_id = i.invoice_id
      where i.due_minor <> coalesce(l.open_minor, 0)`,
  },
  {
    name: 'postings_are_of_a_known_kind',
    says: 'Money moves in the ledger only in the ways there are.',
    sql: sql`
      select p.account_id, p.source_id, p.kind, p.debit, p.credit from postings p
      left join json_to_recordset(${kinds}) as k(kind text, debit text, credit text) on k.kind = p.kind
      where k.kind is null or (k.debit, k.credit) <> (p.debit, p.credit)`,
  },
  {
    name: 'captures_are_posted',
    says: 'What the gateway captured for a charge is in the ledger, to the last unit, once.',
    sql: sql`
      select coalesce(c.account_id, p.account_id) as account_id, coalesce(c.charge_id, p.source_id) as charge_id,
        c.captured_minor, p.posted_minor
      from (select bucket, account_id, charge_id, captured_minor from charges where status = 'captured') c
      full join (
        select bucket, account_id, source_id, sum(amount_minor)::bigint as posted_minor
        from postings where kind in ('captured', 'captured_in_excess', 'order_net', 'order_tax') group by bucket, account_id, source_id
      ) p on p.bucket = c.bucket and p.source_id = c.charge_id and p.account_id = c.account_id
      where c.captured_minor is distinct from p.posted_minor`,
  },
  {
    name: 'captures_reach_their_invoice',
    says: 'An invoice’s captured sum is what its charges captured, less what was in excess.',
    sql: sql`
      select i.account_id, i.invoice_id, i.captured_minor, coalesce(c.captured_minor, 0) as charges_minor,
        coalesce(e.excess_minor, 0) as excess_minor
      from invoices i
      left join (
        select bucket, invoice_id, sum(captured_minor)::bigint as captured_minor
        from charges where status = 'captured' and invoice_id is not null group by bucket, invoice_id
      ) c on c.bucket = i.bucket and c.invoice_id = i.invoice_id
      left join (
        select bucket, invoice_id, sum(amount_minor)::bigint as excess_minor
        from postings where kind = 'captured_in_excess' and invoice_id is not null group by bucket, invoice_id
      ) e on e.bucket = i.bucket and e.invoice_id = i.invoice_id
      where i.captured_minor <> coalesce(c.captured_minor, 0) - coalesce(e.excess_minor, 0)`,
  },
  {
    name: 'credit_is_in_the_ledger',
    says: 'An account’s credit is what the ledger owes it.',
    sql: sql`
      select coalesce(s.account_id, l.account_id) as account_id, coalesce(s.coverage, l.coverage) as coverage,
        coalesce(s.credit_minor, 0) as credit_minor, coalesce(l.owed_minor, 0) as ledger_minor
      from (select bucket, account_id, coverage, credit_minor from payment_settings) s
      full join (
        select bucket, account_id, coverage,
          sum(case when credit = 'customer_credit' then amount_minor else -amount_minor end)::bigint as owed_minor
        from postings where debit = 'customer_credit' or credit = 'customer_credit' group by bucket, account_id, coverage
      ) l on l.bucket = s.bucket and l.account_id = s.account_id and l.coverage = s.coverage
      where coalesce(s.credit_minor, 0) <> coalesce(l.owed_minor, 0)`,
  },
  {
    name: 'paid_means_nothing_due',
    says: 'An invoice is paid exactly when nothing of it is due.',
    sql: sql`
      select account_id, invoice_id, status, due_minor, total_minor from invoices
      where (status = 'paid' and due_minor <> 0)
        or (status in ('awaiting_approval', 'scheduled', 'outstanding') and due_minor <= 0)`,
  },
  {
    name: 'one_currency_each',
    says: 'Every sum of a coverage is in its one currency.',
    sql: sql`
      select v.coverage, v.currency, x.what, x.currency as found, x.sums
      from coverages v join (
        select 'invoices' as what, coverage, currency, count(*) as sums from invoices group by coverage, currency
        union all select 'charges', coverage, currency, count(*) from charges group by coverage, currency
        union all select 'orders', coverage, currency, count(*) from orders group by coverage, currency
        union all select 'postings', coverage, currency, count(*) from postings group by coverage, currency
      ) x on x.coverage = v.coverage where x.currency <> v.currency`,
  },
]
