-- One usage line. `billing_month` is decided once, at import: the month of its day while that is open, else the next
-- open one (docs/decisions/0005); so a close reads fees and never writes them.
create table fees (
  bucket smallint not null,
  account_id text not null,
  external_id text not null check (length(external_id) between 1 and 200),
  coverage text not null,
  billing_month text not null check (length(billing_month) = 7 and substr(billing_month, 5, 1) = '-'),
  -- A line that concerns a whole month (a free tier, a discount) stands on the month's last day.
  day date not null,
  whole_month boolean not null,
  item text not null,
  unit_price numeric,
  quantity numeric,
  -- Major units of the coverage's currency, before tax; discounts are negative.
  amount numeric not null,
  -- Basis points: 1000 is 10 %. The rate of the fee's own day.
  tax_rate_bp integer not null check (tax_rate_bp between 0 and 10000),
  attributes jsonb,
  imported_at timestamptz not null,
  primary key (bucket, account_id, external_id),
  check (scale(amount) <= 12)
);
create index fees_by_billing_month on fees (bucket, coverage, billing_month, account_id);
