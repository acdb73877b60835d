-- One-off purchases (B13). What their states mean and who moves them is `src/domain/order.ts`.
create table orders (
  bucket smallint not null,
  order_id uuid not null,
  account_id text not null,
  coverage text not null,
  -- The platform's name for it: the same again with the same content is ignored, other content refused.
  external_id text not null check (length(external_id) between 1 and 200),
  status text not null,
  currency text not null,
  -- [{ code, name, quantity, unitMinor, taxRateBp }] as the platform priced them, before tax.
  items jsonb not null check (jsonb_typeof(items) = 'array' and jsonb_array_length(items) > 0),
  -- [{ taxRateBp, netMinor, taxMinor }], one per tax rate.
  tax_lines jsonb not null,
  net_minor bigint not null check (net_minor >= 0),
  tax_minor bigint not null check (tax_minor >= 0),
  total_minor bigint not null check (total_minor > 0),
  -- What counts as paid for it: nothing, or all of it.
  captured_minor bigint not null default 0,
  quoted_at timestamptz not null,
  quote_ends_at timestamptz not null,
  -- The latest time of each.
  confirmed_at timestamptz,
  held_at timestamptz,
  shipping_at timestamptz,
  shipped_at timestamptz,
  cancelling_at timestamptz,
  cancelled_at timestamptz,
  returned_at timestamptz,
  failed_at timestamptz,
  -- Why the payment failed: the public code, and the issuer's own for staff.
  failure_code text,
  failure_decline_code text,
  -- About to ship without a hold: since when a charge is to be made.
  charge_wanted_at timestamptz,
  primary key (bucket, order_id),
  constraint orders_once unique (bucket, account_id, external_id),
  foreign key (bucket, account_id, coverage) references payment_settings,
  constraint orders_status_known check (status in (
    'quoted', 'confirming', 'held', 'shipping', 'shipped', 'cancelling', 'cancelled', 'failed', 'returned')),
  check (total_minor = net_minor + tax_minor),
  constraint orders_captured check (captured_minor in (0, total_minor)),
  constraint orders_shipped_are_paid check (status not in ('shipped', 'returned') or captured_minor = total_minor),
  constraint orders_cancelled_are_not check (status not in ('quoted', 'cancelling', 'cancelled', 'failed') or captured_minor = 0),
  check ((status = 'failed') = (failure_code is not null)),
  check ((failure_code is null) = (failed_at is null)),
  check (charge_wanted_at is null or status = 'shipping'),
  check (status not in ('confirming', 'held', 'shipping', 'shipped', 'returned', 'failed') or confirmed_at is not null),
  check (status not in ('shipping') or shipping_at is not null),
  check (status <> 'shipped' or shipped_at is not null),
  check ((status = 'cancelled') = (cancelled_at is not null)),
  check ((status = 'returned') = (returned_at is not null))
) with (fillfactor = 80);
create index orders_by_account on orders (bucket, account_id, quoted_at, order_id);
create index orders_wanting on orders (bucket, charge_wanted_at) where charge_wanted_at is not null;
create index charges_by_order on charges (bucket, order_id) where order_id is not null;
