-- The migrated database, as its catalog has it. Written by `npm run schema`; a test holds it to the migrations.

create table accounts (
  bucket smallint not null,
  account_id text not null,
  kind text not null,
  created_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  activated_at_wall timestamp with time zone[] not null default '{}'::timestamp with time zone[],
  constraint accounts_pkey PRIMARY KEY (bucket, account_id),
  constraint accounts_account_id_check CHECK ((account_id ~ '^OP[0-9]{10}$'::text)),
  constraint accounts_bucket_check CHECK (((bucket >= 0) AND (bucket <= 63))),
  constraint accounts_bucket_is_the_hash CHECK (((bucket)::numeric = floor((mod(((substr(account_id, 3))::numeric * ('2654435761'::bigint)::numeric), ('4294967296'::bigint)::numeric) / (67108864)::numeric)))),
  constraint accounts_kind_check CHECK ((kind = ANY (ARRAY['individual'::text, 'business'::text])))
);

create table cards (
  bucket smallint not null,
  card_id uuid not null,
  account_id text not null,
  coverage text not null,
  gateway_payment_method_id text not null,
  fingerprint text not null,
  brand text not null,
  last4 text not null,
  exp_month smallint not null,
  exp_year smallint not null,
  registered_at timestamp with time zone not null,
  replaced_at timestamp with time zone,
  mark text,
  mark_code text,
  marked_at timestamp with time zone,
  retry_after timestamp with time zone,
  constraint cards_pkey PRIMARY KEY (bucket, card_id),
  constraint cards_check CHECK ((num_nulls(mark, mark_code, marked_at) = ANY (ARRAY[0, 3]))),
  constraint cards_check1 CHECK (((NOT (mark IS DISTINCT FROM 'after'::text)) = (retry_after IS NOT NULL))),
  constraint cards_exp_month_check CHECK (((exp_month >= 1) AND (exp_month <= 12))),
  constraint cards_last4_check CHECK ((last4 ~ '^[0-9]{4}$'::text)),
  constraint cards_mark_check CHECK ((mark = ANY (ARRAY['never'::text, 'customer'::text, 'after'::text])))
);

create table charges (
  bucket smallint not null,
  charge_id uuid not null,
  account_id text not null,
  coverage text not null,
  invoice_id uuid,
  order_id uuid,
  trigger text not null,
  status text not null,
  priority smallint not null,
  amount_minor bigint not null,
  currency text not null,
  gateway_customer_id text not null,
  card_id uuid,
  gateway_payment_method_id text,
  fingerprint text,
  brand text,
  off_session boolean not null,
  api_version text not null,
  attempt_on date,
  intended_at timestamp with time zone not null,
  next_step_at timestamp with time zone,
  claimed_by uuid,
  first_sent_at timestamp with time zone,
  last_sent_at timestamp with time zone,
  sends smallint not null default 0,
  unknown_since timestamp with time zone,
  gateway_payment_id text,
  held_at timestamp with time zone,
  hold_expires_at timestamp with time zone,
  capturing_at timestamp with time zone,
  capture_minor bigint,
  captured_at timestamp with time zone,
  captured_minor bigint not null default 0,
  released_at timestamp with time zone,
  settled_at timestamp with time zone,
  failure_code text,
  error_code text,
  decline_code text,
  advice_code text,
  network_code text,
  refused_reason text,
  constraint charges_pkey PRIMARY KEY (bucket, charge_id),
  constraint charges_amount CHECK (((trigger = 'verification'::text) OR (amount_minor > 0))),
  constraint charges_amount_minor_check CHECK ((amount_minor >= 0)),
  constraint charges_captured CHECK (((status = 'captured'::text) = (captured_at IS NOT NULL))),
  constraint charges_captured_amount CHECK (((captured_at IS NULL) = (captured_minor = 0))),
  constraint charges_captured_minor_check CHECK ((captured_minor >= 0)),
  constraint charges_check CHECK (((capture_minor > 0) AND (capture_minor <= amount_minor))),
  constraint charges_have_one_subject CHECK (
CASE trigger
    WHEN 'verification'::text THEN (num_nonnulls(invoice_id, order_id) = 0)
    WHEN 'order'::text THEN ((order_id IS NOT NULL) AND (invoice_id IS NULL))
    ELSE (num_nonnulls(invoice_id, order_id) = 1)
END),
  constraint charges_name_their_card CHECK (((trigger = 'verification'::text) OR (num_nulls(card_id, gateway_payment_method_id, fingerprint, brand) = 0))),
  constraint charges_priority_check CHECK (((priority >= 0) AND (priority <= 2))),
  constraint charges_sent CHECK (((first_sent_at IS NULL) = (last_sent_at IS NULL))),
  constraint charges_settled_or_not CHECK (((settled_at IS NULL) = (status = ANY (ARRAY['intended'::text, 'held'::text, 'capturing'::text, 'releasing'::text, 'needs_customer'::text, 'unknown'::text])))),
  constraint charges_status_known CHECK ((status = ANY (ARRAY['intended'::text, 'held'::text, 'capturing'::text, 'releasing'::text, 'needs_customer'::text, 'unknown'::text, 'captured'::text, 'declined'::text, 'released'::text, 'expired'::text, 'not_executed'::text, 'refused'::text]))),
  constraint charges_trigger_check CHECK ((trigger = ANY (ARRAY['run'::text, 'daily_retry'::text, 'activate'::text, 'card_registered'::text, 'order'::text, 'verification'::text, 'staff'::text]))),
  constraint charges_unknown CHECK (((status <> 'unknown'::text) OR (unknown_since IS NOT NULL))),
  constraint charges_verification_takes_nothing CHECK (((trigger <> 'verification'::text) OR ((status <> ALL (ARRAY['capturing'::text, 'captured'::text])) AND (captured_minor = 0))))
) with (fillfactor=45);

create table clock (
  only_row boolean not null,
  frozen_at timestamp with time zone,
  offset_ms bigint,
  constraint clock_pkey PRIMARY KEY (only_row),
  constraint clock_check CHECK ((num_nonnulls(frozen_at, offset_ms) = 1)),
  constraint clock_only_row_check CHECK (only_row)
);

create table coverages (
  coverage text not null,
  currency text not null,
  time_zone text not null,
  constraint coverages_pkey PRIMARY KEY (coverage),
  constraint coverages_coverage_check CHECK ((coverage ~ '^[a-z][a-z0-9_]{0,15}$'::text)),
  constraint coverages_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
);

create table events (
  bucket smallint not null,
  account_id text not null,
  event_id uuid not null,
  coverage text,
  kind text not null,
  invoice_id uuid,
  charge_id uuid,
  details jsonb not null,
  happened_at timestamp with time zone not null,
  constraint events_pkey PRIMARY KEY (bucket, account_id, event_id)
);

create table fees (
  bucket smallint not null,
  account_id text not null,
  external_id text not null,
  coverage text not null,
  billing_month text not null,
  day date not null,
  whole_month boolean not null,
  item text not null,
  unit_price numeric,
  quantity numeric,
  amount numeric not null,
  tax_rate_bp integer not null,
  attributes jsonb,
  imported_at timestamp with time zone not null,
  constraint fees_pkey PRIMARY KEY (bucket, account_id, external_id),
  constraint fees_amount_check CHECK ((scale(amount) <= 12)),
  constraint fees_billing_month_check CHECK (((length(billing_month) = 7) AND (substr(billing_month, 5, 1) = '-'::text))),
  constraint fees_external_id_check CHECK (((length(external_id) >= 1) AND (length(external_id) <= 200))),
  constraint fees_tax_rate_bp_check CHECK (((tax_rate_bp >= 0) AND (tax_rate_bp <= 10000)))
);

create table gateway_pace (
  coverage text not null,
  endpoint text not null,
  taken_until timestamp with time zone not null,
  factor double precision not null default 1,
  slowed_at timestamp with time zone,
  constraint gateway_pace_pkey PRIMARY KEY (coverage, endpoint),
  constraint gateway_pace_check CHECK (((factor = (1)::double precision) OR (slowed_at IS NOT NULL))),
  constraint gateway_pace_factor_check CHECK (((factor > (0)::double precision) AND (factor <= (1)::double precision)))
);

create table invoices (
  bucket smallint not null,
  invoice_id uuid not null,
  account_id text not null,
  coverage text not null,
  month text not null,
  first_month text not null,
  status text not null,
  currency text not null,
  tax_lines jsonb not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  total_minor bigint not null,
  waived_minor bigint not null default 0,
  credit_applied_minor bigint not null default 0,
  credit_noted_minor bigint not null default 0,
  captured_minor bigint not null default 0,
  refunded_minor bigint not null default 0,
  transferred_minor bigint not null default 0,
  due_minor bigint not null generated always as (
CASE
    WHEN (status = ANY (ARRAY['awaiting_approval'::text, 'scheduled'::text, 'outstanding'::text, 'paid'::text])) THEN (((((total_minor - credit_noted_minor) - credit_applied_minor) - captured_minor) + refunded_minor) - transferred_minor)
    ELSE (0)::bigint
END) stored,
  issued_at timestamp with time zone not null,
  next_attempt_at timestamp with time zone,
  requested_trigger text,
  requested_at timestamp with time zone,
  failure_code text,
  failure_decline_code text,
  failed_at timestamp with time zone,
  approved_at timestamp with time zone,
  approved_by text,
  paid_at timestamp with time zone,
  constraint invoices_pkey PRIMARY KEY (bucket, invoice_id),
  constraint invoices_one_per_month UNIQUE (bucket, coverage, month, account_id),
  constraint invoices_captured_minor_check CHECK ((captured_minor >= 0)),
  constraint invoices_check CHECK ((first_month <= month)),
  constraint invoices_check1 CHECK ((total_minor = (net_minor + tax_minor))),
  constraint invoices_check2 CHECK (((status <> 'paid'::text) OR (paid_at IS NOT NULL))),
  constraint invoices_check3 CHECK (((status = ANY (ARRAY['scheduled'::text, 'outstanding'::text])) OR ((next_attempt_at IS NULL) AND (requested_at IS NULL)))),
  constraint invoices_check4 CHECK (((requested_trigger IS NULL) = (requested_at IS NULL))),
  constraint invoices_check5 CHECK (((failure_code IS NULL) = (failed_at IS NULL))),
  constraint invoices_credit_applied_minor_check CHECK ((credit_applied_minor >= 0)),
  constraint invoices_credit_noted_minor_check CHECK ((credit_noted_minor >= 0)),
  constraint invoices_due_minor_check CHECK ((due_minor >= 0)),
  constraint invoices_month_check CHECK ((month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text)),
  constraint invoices_refunded_minor_check CHECK ((refunded_minor >= 0)),
  constraint invoices_requested_trigger_check CHECK ((requested_trigger = ANY (ARRAY['activate'::text, 'card_registered'::text, 'staff'::text]))),
  constraint invoices_status_check CHECK ((status = ANY (ARRAY['awaiting_approval'::text, 'scheduled'::text, 'outstanding'::text, 'paid'::text, 'waived'::text, 'carried_over'::text, 'credited'::text]))),
  constraint invoices_transferred_minor_check CHECK ((transferred_minor >= 0))
) with (fillfactor=70);

create table migrations (
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null,
  constraint migrations_pkey PRIMARY KEY (name)
);

create table orders (
  bucket smallint not null,
  order_id uuid not null,
  account_id text not null,
  coverage text not null,
  status text not null,
  currency text not null,
  items jsonb not null,
  total_minor bigint not null,
  quoted_at timestamp with time zone not null,
  confirmed_at timestamp with time zone,
  shipped_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  constraint orders_pkey PRIMARY KEY (bucket, order_id),
  constraint orders_status_check CHECK ((status = ANY (ARRAY['quoted'::text, 'confirmed'::text, 'held'::text, 'shipped'::text, 'returned'::text, 'cancelled'::text, 'failed'::text]))),
  constraint orders_total_minor_check CHECK ((total_minor > 0))
);

create table payment_settings (
  bucket smallint not null,
  account_id text not null,
  coverage text not null,
  method text not null,
  card_id uuid,
  gateway_customer_id text,
  trial_ends_on date,
  trial_days datemultirange not null default '{}'::datemultirange,
  credit_minor bigint not null default 0,
  usual_minor bigint,
  closed_through text,
  carried_from text,
  updated_at timestamp with time zone not null,
  constraint payment_settings_pkey PRIMARY KEY (bucket, account_id, coverage),
  constraint payment_settings_carried_from_check CHECK ((carried_from ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text)),
  constraint payment_settings_check CHECK (((method = 'card'::text) = (card_id IS NOT NULL))),
  constraint payment_settings_check1 CHECK (((method = 'trial'::text) = (trial_ends_on IS NOT NULL))),
  constraint payment_settings_closed_through_check CHECK ((closed_through ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text)),
  constraint payment_settings_credit_minor_check CHECK ((credit_minor >= 0)),
  constraint payment_settings_method_check CHECK ((method = ANY (ARRAY['none'::text, 'trial'::text, 'card'::text, 'bank_transfer'::text]))),
  constraint payment_settings_usual_minor_check CHECK ((usual_minor >= 0))
) with (fillfactor=80);

create table postings (
  bucket smallint not null,
  account_id text not null,
  source_id uuid not null,
  kind text not null,
  coverage text not null,
  invoice_id uuid,
  debit text not null,
  credit text not null,
  amount_minor bigint not null,
  currency text not null,
  posted_at timestamp with time zone not null,
  constraint postings_pkey PRIMARY KEY (bucket, account_id, source_id, kind),
  constraint postings_amount_minor_check CHECK ((amount_minor > 0)),
  constraint postings_check CHECK ((debit <> credit)),
  constraint postings_check1 CHECK (((('receivable'::text <> debit) AND ('receivable'::text <> credit)) OR (invoice_id IS NOT NULL))),
  constraint postings_credit_check CHECK ((credit = ANY (ARRAY['receivable'::text, 'revenue'::text, 'tax_payable'::text, 'customer_credit'::text, 'gateway_clearing'::text]))),
  constraint postings_debit_check CHECK ((debit = ANY (ARRAY['receivable'::text, 'revenue'::text, 'tax_payable'::text, 'customer_credit'::text, 'gateway_clearing'::text])))
);

create table runs (
  coverage text not null,
  month text not null,
  status text not null,
  fees_complete_at timestamp with time zone,
  closing_at timestamp with time zone,
  collecting_at timestamp with time zone,
  finished_at timestamp with time zone,
  paused_at timestamp with time zone,
  paused_reason text,
  constraint runs_pkey PRIMARY KEY (coverage, month),
  constraint runs_check CHECK (((paused_at IS NULL) = (paused_reason IS NULL))),
  constraint runs_check1 CHECK (((status = 'open'::text) OR (closing_at IS NOT NULL))),
  constraint runs_check2 CHECK (((status = ANY (ARRAY['open'::text, 'closing'::text])) OR (collecting_at IS NOT NULL))),
  constraint runs_check3 CHECK (((status = 'finished'::text) = (finished_at IS NOT NULL))),
  constraint runs_month_check CHECK ((month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text)),
  constraint runs_status_check CHECK ((status = ANY (ARRAY['open'::text, 'closing'::text, 'collecting'::text, 'finished'::text])))
);

create table skips (
  bucket smallint not null,
  invoice_id uuid not null,
  skipped_on date not null,
  account_id text not null,
  reason text not null,
  until timestamp with time zone,
  skipped_at timestamp with time zone not null,
  constraint skips_pkey PRIMARY KEY (bucket, invoice_id, skipped_on)
);

create table staff_queue (
  bucket smallint not null,
  entry_id uuid not null,
  account_id text not null,
  coverage text not null,
  kind text not null,
  charge_id uuid not null,
  evidence jsonb not null,
  opened_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  constraint staff_queue_pkey PRIMARY KEY (bucket, entry_id),
  constraint staff_queue_kind_check CHECK ((kind = ANY (ARRAY['charge_unknown'::text, 'charge_refused'::text, 'captured_in_excess'::text])))
);

create table users (
  bucket smallint not null,
  user_id uuid not null,
  account_id text not null,
  role text not null,
  email text,
  user_name text,
  created_at timestamp with time zone not null,
  constraint users_pkey PRIMARY KEY (bucket, user_id),
  constraint users_check CHECK (
CASE role
    WHEN 'root'::text THEN ((email IS NOT NULL) AND (user_name IS NULL))
    ELSE (user_name IS NOT NULL)
END),
  constraint users_role_check CHECK ((role = ANY (ARRAY['root'::text, 'sam'::text])))
);

create table workers (
  worker_id uuid not null,
  host text not null,
  pid integer not null,
  started_at timestamp with time zone not null,
  heartbeat_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint workers_pkey PRIMARY KEY (worker_id)
);

alter table cards add constraint cards_bucket_account_id_fkey
  FOREIGN KEY (bucket, account_id) REFERENCES accounts(bucket, account_id);
alter table cards add constraint cards_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table gateway_pace add constraint gateway_pace_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table orders add constraint orders_bucket_account_id_coverage_fkey
  FOREIGN KEY (bucket, account_id, coverage) REFERENCES payment_settings(bucket, account_id, coverage);

alter table payment_settings add constraint payment_settings_bucket_account_id_fkey
  FOREIGN KEY (bucket, account_id) REFERENCES accounts(bucket, account_id);
alter table payment_settings add constraint payment_settings_bucket_card_id_fkey
  FOREIGN KEY (bucket, card_id) REFERENCES cards(bucket, card_id);
alter table payment_settings add constraint payment_settings_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table runs add constraint runs_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table users add constraint users_bucket_account_id_fkey
  FOREIGN KEY (bucket, account_id) REFERENCES accounts(bucket, account_id);

CREATE INDEX cards_by_account ON cards USING btree (bucket, account_id, coverage);

CREATE INDEX charges_by_account ON charges USING btree (bucket, account_id, intended_at);
CREATE INDEX charges_due ON charges USING btree (bucket, next_step_at) WHERE (settled_at IS NULL);
CREATE UNIQUE INDEX charges_one_automatic_a_day ON charges USING btree (bucket, invoice_id, attempt_on) WHERE (attempt_on IS NOT NULL);
CREATE UNIQUE INDEX charges_one_live_verification ON charges USING btree (bucket, account_id, coverage) WHERE ((settled_at IS NULL) AND (held_at IS NULL) AND (trigger = 'verification'::text));
CREATE UNIQUE INDEX charges_one_unsettled_per_invoice ON charges USING btree (bucket, invoice_id) WHERE ((settled_at IS NULL) AND (invoice_id IS NOT NULL));
CREATE UNIQUE INDEX charges_one_unsettled_per_order ON charges USING btree (bucket, order_id) WHERE ((settled_at IS NULL) AND (order_id IS NOT NULL));

CREATE INDEX fees_by_billing_month ON fees USING btree (bucket, coverage, billing_month, account_id);

CREATE INDEX invoices_due ON invoices USING btree (bucket, next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE INDEX invoices_outstanding ON invoices USING btree (bucket, account_id, coverage) WHERE (status = 'outstanding'::text);
CREATE INDEX invoices_requested ON invoices USING btree (bucket, requested_at) WHERE (requested_at IS NOT NULL);

CREATE UNIQUE INDEX staff_queue_once ON staff_queue USING btree (bucket, kind, charge_id);

CREATE UNIQUE INDEX users_names ON users USING btree (bucket, account_id, user_name) WHERE (role = 'sam'::text);
CREATE UNIQUE INDEX users_one_root ON users USING btree (bucket, account_id) WHERE (role = 'root'::text);
