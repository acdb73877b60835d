/**
 * Every fee is billed once: what an invoice says is what its fees come to, and no fee of a closed month is left out or
 * in two invoices (design section 4; B7).
 *
 * An invoice covers the billing months `first_month`-`month`. A month that was carried over has a row of its own and is
 * in the next invoice as well, so it is the invoices other than `carried_over` that share the fees out among them. The
 * days of a trial are those of `trial_days`, of which past days never change.
 */
import { type RawBuilder, sql } from 'kysely'
import type { Invariant } from './invariants.ts'

/** `exponents`: JSON of `{ coverage, exponent }`, decimals between the major and minor unit. */
export const feeInvariants = (exponents: RawBuilder<unknown>): readonly Invariant[] => {
  const inMinor = sql`f.amount * 10 ^ x.exponent::numeric`
  // Exact sums of fees that are not waived, in minor units, by account, coverage, billing month and tax rate.
  const sums = sql`
    select f.bucket, f.account_id, f.coverage, f.billing_month, f.tax_rate_bp, sum(${inMinor}) as exact_minor
    from fees f
    join payment_settings s on s.bucket = f.bucket and s.account_id = f.account_id and s.coverage = f.coverage
    join json_to_recordset(${exponents}) as x(coverage text, exponent integer) on x.coverage = f.coverage
    where f.billing_month <= s.closed_through and not s.trial_days @> f.day
    group by 1, 2, 3, 4, 5`
  const ofInvoice = sql`i.bucket = f.bucket and i.account_id = f.account_id and i.coverage = f.coverage`
  return [
    {
      name: 'invoices_add_up',
      says: 'An invoice’s net and tax are the sums of its lines, one to a tax rate.',
      sql: sql`
        select i.account_id, i.invoice_id, i.net_minor, i.tax_minor, l.net_minor as lines_net_minor,
          l.tax_minor as lines_tax_minor
        from invoices i cross join lateral (
          select coalesce(sum((line->>'netMinor')::bigint), 0)::bigint as net_minor,
            coalesce(sum((line->>'taxMinor')::bigint), 0)::bigint as tax_minor,
            count(*) - count(distinct line->>'taxRateBp') as repeated
          from jsonb_array_elements(i.tax_lines) line
        ) l where (i.net_minor, i.tax_minor, 0) <> (l.net_minor, l.tax_minor, l.repeated)`,
    },
    {
      name: 'invoices_are_their_fees',
      says: 'An invoice’s line is the sum of its fees at that tax rate, rounded once.',
      sql: sql`
        with sums as materialized (${sums}), billed as (
          select bucket, invoice_id, tax_rate_bp, sum(exact_minor) as exact_minor from (
            select i.bucket, i.invoice_id, f.tax_rate_bp, f.exact_minor
            from sums f join invoices i on ${ofInvoice} and i.month = f.billing_month
            union all
            select i.bucket, i.invoice_id, f.tax_rate_bp, f.exact_minor
            from invoices i join sums f on ${ofInvoice} and f.billing_month >= i.first_month and f.billing_month < i.month
            where i.first_month < i.month
          ) covered group by 1, 2, 3
        ), lines as (
          select i.bucket, i.invoice_id, (line->>'taxRateBp')::integer as tax_rate_bp, (line->>'netMinor')::numeric as net_minor
          from invoices i cross join jsonb_array_elements(i.tax_lines) line
        )
        select bucket, invoice_id, tax_rate_bp, l.net_minor, b.exact_minor
        from lines l full join billed b using (bucket, invoice_id, tax_rate_bp)
        where abs(coalesce(l.net_minor, 0) - coalesce(b.exact_minor, 0)) >= 1`,
    },
    {
      name: 'no_month_in_two_invoices',
      says: 'No month of an account is in two invoices.',
      sql: sql`
        select account_id, coverage, invoice_id, first_month, month, earlier_month from (
          select account_id, coverage, invoice_id, first_month, month,
            lag(month) over (partition by bucket, account_id, coverage order by month) as earlier_month
          from invoices where status <> 'carried_over'
        ) i where earlier_month >= first_month`,
    },
    {
      name: 'no_fee_left_out',
      says: 'Fees of closed months that no invoice covers, and that none will, come to nothing.',
      sql: sql`
        with sums as materialized (${sums}), left_out as (
          select f.* from sums f
          join payment_settings s on s.bucket = f.bucket and s.account_id = f.account_id and s.coverage = f.coverage
          where (s.carried_from is null or f.billing_month < s.carried_from) and not exists (
            select from invoices i where ${ofInvoice} and i.status <> 'carried_over'
              and f.billing_month = i.month)
          and not exists (
            select from invoices i where ${ofInvoice} and i.status <> 'carried_over' and i.first_month < i.month
              and f.billing_month between i.first_month and i.month)
        )
        select account_id, coverage, min(billing_month) as from_month, max(billing_month) as to_month,
          sum(exact_minor * (10000 + tax_rate_bp) / 10000) as left_minor
        from left_out group by bucket, account_id, coverage
        having abs(sum(exact_minor * (10000 + tax_rate_bp) / 10000)) >= 2 * count(*)`,
    },
  ]
}
