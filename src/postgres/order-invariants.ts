/** An order and its charges say the same: shipped is paid once, cancelled is not paid, failed is left alone (B13). */
import { sql } from 'kysely'
import type { Invariant } from './invariants.ts'

const charges = sql`
  select bucket, order_id, count(*) filter (where settled_at is null) as unsettled,
    count(*) filter (where settled_at is null and status = 'unknown') as reopened,
    count(*) filter (where status in ('expired', 'released')) as gone
  from charges where order_id is not null group by bucket, order_id`

/** What charges of an order were taken as its payment, not as credit. */
const payments = sql`
  select c.bucket, c.order_id, count(distinct c.charge_id) as charges, sum(p.amount_minor)::bigint as paid_minor
  from charges c join postings p on p.bucket = c.bucket and p.account_id = c.account_id and p.source_id = c.charge_id
    and p.kind in ('order_net', 'order_tax')
  where c.order_id is not null group by c.bucket, c.order_id`

export const orderInvariants: readonly Invariant[] = [
  {
    name: 'orders_are_paid_once',
    says: 'A shipped order has exactly one captured charge of its total; what else was captured is credit.',
    sql: sql`
      select o.account_id, o.order_id, o.status, o.total_minor, o.captured_minor, p.charges, p.paid_minor
      from orders o left join (${payments}) p on p.bucket = o.bucket and p.order_id = o.order_id
      where o.captured_minor <> coalesce(p.paid_minor, 0) or coalesce(p.charges, 0) > 1
        or (o.status in ('shipped', 'returned') and o.captured_minor <> o.total_minor)`,
  },
  {
    name: 'orders_wait_for_their_charge',
    says: 'An order has a charge at work exactly while it waits for one, or the gateway had late news of it.',
    sql: sql`
      select o.account_id, o.order_id, o.status, coalesce(c.unsettled, 0) as unsettled, o.charge_wanted_at
      from orders o left join (${charges}) c on c.bucket = o.bucket and c.order_id = o.order_id
      where case
        when o.status in ('confirming', 'cancelling') then coalesce(c.unsettled, 0) <> 1
        when o.status = 'shipping' then coalesce(c.unsettled, 0) + (o.charge_wanted_at is not null)::int <> 1
        -- Waiting to be shipped, it may have been paid at the gateway already, or its hold may have gone.
        when o.status = 'held' then coalesce(c.unsettled, 0) <> 1 and o.captured_minor = 0 and coalesce(c.gone, 0) = 0
        else coalesce(c.unsettled, 0) > coalesce(c.reopened, 0) end`,
  },
  {
    name: 'orders_are_summed_up',
    says: 'An order’s total is what its items and its taxes come to.',
    sql: sql`
      select o.account_id, o.order_id, o.net_minor, o.tax_minor, i.net_minor as of_items, t.net_minor as of_lines
      from orders o,
        lateral (select sum((item->>'quantity')::bigint * (item->>'unitMinor')::bigint)::bigint as net_minor
          from jsonb_array_elements(o.items) item) i,
        lateral (select sum((line->>'netMinor')::bigint)::bigint as net_minor,
          sum((line->>'taxMinor')::bigint)::bigint as tax_minor from jsonb_array_elements(o.tax_lines) line) t
      where o.net_minor <> i.net_minor or o.net_minor <> t.net_minor or o.tax_minor <> t.tax_minor`,
  },
  {
    name: 'failed_orders_are_left_alone',
    says: 'After a charge of an order was declined, only staff make another.',
    sql: sql`
      select account_id, order_id, charge_id, trigger, intended_at, declined_at from (
        select account_id, order_id, charge_id, trigger, intended_at,
          min(intended_at) filter (where status = 'declined') over same_order as declined_at,
          min(intended_at) filter (where trigger = 'staff') over same_order as retried_at
        from charges where order_id is not null window same_order as (partition by bucket, order_id)
      ) c where trigger <> 'staff' and declined_at < intended_at and (retried_at is null or retried_at > intended_at)`,
  },
]
