/** What the gateway holds and pays out: each entry of its balance is in our books, and ours are in its, to the cent. */
import { sql } from 'kysely'
import type { Invariant } from './invariants.ts'
import { clearingOf, movements } from './settlement-lists.ts'

export const settlementInvariants: readonly Invariant[] = [
  {
    name: 'clearing_is_the_balance',
    says: 'The clearing account is the gateway’s balance, but for what one of them does not know yet.',
    sql: sql`
      select c.* from (${clearingOf(sql`r.coverage is not null`)}) c
      where c."clearingMinor" - c."unsettledMinor" <> c."balanceMinor" - c."openMinor"`,
  },
  {
    name: 'settled_is_in_the_ledger',
    says: 'What an entry of the balance settles is in the ledger, with the same amount.',
    sql: sql`
      select e.coverage, e.entry_id, e.account_id, e.source_id, e.amount_minor, m.amount_minor as ledger_minor
      from balance_entries e left join (${movements}) m
        on m.bucket = e.of_bucket and m.source_id = e.source_id and m.direction = e.direction and m.coverage = e.coverage
      where e.verdict = 'ours' and e.amount_minor is distinct from m.amount_minor`,
  },
  {
    name: 'entries_are_posted',
    says: 'The gateway’s fees, payouts and whatever else is no account’s are posted, entry by entry.',
    sql: sql`
      select e.coverage, e.entry_id, e.kind, e.verdict, e.amount_minor, e.fee_minor, g.moved_minor
      from balance_entries e left join (
        select coverage, entry_id,
          sum(case when debit = 'gateway_clearing' then amount_minor else -amount_minor end)::bigint as moved_minor
        from gateway_postings group by 1, 2
      ) g on g.coverage = e.coverage and g.entry_id = e.entry_id
      where coalesce(g.moved_minor, 0)
        <> case e.verdict when 'platform' then e.amount_minor else 0 end - e.fee_minor`,
  },
  {
    name: 'payouts_are_their_entries',
    says: 'A payout is what its entries come to.',
    sql: sql`
      select p.coverage, p.payout_id, p.amount_minor, e.net_minor from payouts p left join (
        select coverage, payout_id, sum(amount_minor - fee_minor)::bigint as net_minor from balance_entries
        where payout_id is not null and about_payout_id is distinct from payout_id group by 1, 2
      ) e on e.coverage = p.coverage and e.payout_id = p.payout_id
      where p.entries_read_at is not null and p.amount_minor <> coalesce(e.net_minor, 0)`,
  },
  {
    name: 'unsettled_is_told',
    says: 'What was captured or given back, and stays without an entry of the balance, is told to the staff.',
    sql: sql`
      select m.coverage, m.account_id, m.source_id, m.direction, m.amount_minor, m.posted_at
      from (${movements}) m join balance_readings r on r.coverage = m.coverage and m.posted_at < r.told_through
      left join balance_entries e on e.coverage = m.coverage and e.source_id = m.source_id
        and e.direction = m.direction and e.verdict = 'ours'
      left join staff_queue q on q.bucket = m.bucket and q.kind = 'settlement_mismatch' and q.subject_id = m.source_id
      where e.entry_id is null and q.entry_id is null`,
  },
]
