-- Our books and the gateway's, compared both ways (docs/decisions/0016).

create table reconciliations (
  reconciliation_id uuid primary key,
  coverage text not null references coverages,
  -- Calendar days of the coverage's zone, both included.
  from_on date not null,
  to_on date not null,
  -- `daily`: by the timetable, one for each day. `restored`: the gateway knew charges that our rows did not.
  reason text not null check (reason in ('asked', 'daily', 'restored')),
  daily_on date,
  requested_by text not null,
  begun_at timestamptz not null,
  finished_at timestamptz,
  -- How far it has come: what is read, and from where on; null from its beginning.
  stage text not null check (stage in
    ('payments', 'refunds', 'disputes', 'our_charges', 'our_refunds', 'our_disputes', 'done')),
  cursor text,
  claimed_by uuid,
  next_step_at timestamptz,
  payments_read integer not null default 0,
  refunds_read integer not null default 0,
  disputes_read integer not null default 0,
  ours_read integer not null default 0,
  -- Of another platform on the same gateway account, or of nobody we know.
  foreign_payments integer not null default 0,
  check (from_on <= to_on),
  check ((reason = 'daily') = (daily_on is not null)),
  check ((stage = 'done') = (finished_at is not null)),
  check ((finished_at is null) = (next_step_at is not null)),
  check (finished_at is null or claimed_by is null)
);
create unique index reconciliations_one_a_day on reconciliations (coverage, daily_on) where daily_on is not null;
create unique index reconciliations_one_restoring on reconciliations (coverage)
  where reason = 'restored' and finished_at is null;
create index reconciliations_by_coverage on reconciliations (coverage, begun_at);
create index reconciliations_unfinished on reconciliations (next_step_at) where finished_at is null;

-- Where the two differed, and what came of it.
create table reconciliation_differences (
  reconciliation_id uuid not null references reconciliations,
  kind text not null,
  -- The gateway's id of the payment, refund or dispute; else ours.
  object_id text not null,
  coverage text not null,
  account_id text,
  outcome text not null check (outcome in ('repaired', 'queued', 'listed', 'waiting')),
  evidence jsonb not null,
  found_at timestamptz not null,
  primary key (reconciliation_id, kind, object_id)
);
create index reconciliation_differences_by_object on reconciliation_differences (coverage, object_id);

-- What of ours the gateway mentioned, while a reconciliation goes on: what is left is looked up.
create table reconciliation_seen (
  bucket smallint not null,
  reconciliation_id uuid not null,
  object_id uuid not null,
  primary key (bucket, reconciliation_id, object_id)
);

-- Payments that bear no id of ours are asked whose customer they are of.
create index payment_settings_by_customer on payment_settings (bucket, gateway_customer_id)
  where gateway_customer_id is not null;
