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

create table api_keys (
  key_id uuid not null,
  key_hash text not null,
  former_hash text,
  former_good_until timestamp with time zone,
  name text not null,
  scopes text[] not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  rotated_at timestamp with time zone,
  rotation_id uuid,
  last_used_at timestamp with time zone,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (key_id),
  constraint api_keys_former_hash_key UNIQUE (former_hash),
  constraint api_keys_key_hash_key UNIQUE (key_hash),
  constraint api_keys_check CHECK (((former_hash IS NULL) = (former_good_until IS NULL))),
  constraint api_keys_former_hash_check CHECK ((former_hash ~ '^[0-9a-f]{64}$'::text)),
  constraint api_keys_key_hash_check CHECK ((key_hash ~ '^[0-9a-f]{64}$'::text)),
  constraint api_keys_scopes_check CHECK ((cardinality(scopes) > 0))
);

create table audit (
  audit_id uuid not null,
  happened_at timestamp with time zone not null,
  act text not null,
  who text not null,
  subject text not null,
  address text,
  details jsonb not null,
  constraint audit_pkey PRIMARY KEY (audit_id)
);

create table balance_entries (
  coverage text not null,
  entry_id text not null,
  kind text not null,
  verdict text not null,
  amount_minor bigint not null,
  fee_minor bigint not null,
  currency text not null,
  created_at timestamp with time zone not null,
  available_at timestamp with time zone not null,
  gateway_payment_id text,
  gateway_refund_id text,
  gateway_dispute_id text,
  charge_id uuid,
  account_id text,
  of_bucket smallint,
  source_id uuid,
  direction text,
  about_payout_id text,
  payout_id text,
  constraint balance_entries_pkey PRIMARY KEY (coverage, entry_id),
  constraint balance_entries_check CHECK (((verdict <> 'ours'::text) OR (num_nulls(of_bucket, source_id, direction) = 0))),
  constraint balance_entries_direction_check CHECK ((direction = ANY (ARRAY['in'::text, 'out'::text]))),
  constraint balance_entries_entry_id_check CHECK (((length(entry_id) >= 1) AND (length(entry_id) <= 255))),
  constraint balance_entries_kind_known CHECK ((kind = ANY (ARRAY['capture'::text, 'refund'::text, 'refund_returned'::text, 'dispute_withdrawn'::text, 'dispute_reinstated'::text, 'fee'::text, 'payout'::text, 'payout_returned'::text, 'adjustment'::text]))),
  constraint balance_entries_verdict_known CHECK ((verdict = ANY (ARRAY['ours'::text, 'platform'::text, 'open'::text])))
);

create table balance_readings (
  coverage text not null,
  next_read_at timestamp with time zone not null,
  read_through timestamp with time zone not null,
  reading_to timestamp with time zone,
  reading_after text,
  payouts_read_through timestamp with time zone not null,
  told_through timestamp with time zone not null,
  claimed_by uuid,
  constraint balance_readings_pkey PRIMARY KEY (coverage),
  constraint balance_readings_check CHECK (((reading_after IS NULL) OR (reading_to IS NOT NULL)))
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
  expiry_told integer,
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
  begun_from text,
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
  releasing_at timestamp with time zone,
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
CASE
    WHEN (trigger = ANY (ARRAY['verification'::text, 'found'::text])) THEN (num_nonnulls(invoice_id, order_id) = 0)
    WHEN (trigger = 'order'::text) THEN ((order_id IS NOT NULL) AND (invoice_id IS NULL))
    ELSE (num_nonnulls(invoice_id, order_id) = 1)
END),
  constraint charges_name_their_card CHECK (((trigger = 'verification'::text) OR (num_nulls(card_id, gateway_payment_method_id, fingerprint, brand) = 0))),
  constraint charges_priority_check CHECK (((priority >= 0) AND (priority <= 2))),
  constraint charges_sent CHECK (((first_sent_at IS NULL) = (last_sent_at IS NULL))),
  constraint charges_settled_or_not CHECK (((settled_at IS NULL) = (status = ANY (ARRAY['intended'::text, 'held'::text, 'capturing'::text, 'releasing'::text, 'needs_customer'::text, 'unknown'::text])))),
  constraint charges_status_known CHECK ((status = ANY (ARRAY['intended'::text, 'held'::text, 'capturing'::text, 'releasing'::text, 'needs_customer'::text, 'unknown'::text, 'captured'::text, 'declined'::text, 'released'::text, 'expired'::text, 'not_executed'::text, 'refused'::text]))),
  constraint charges_trigger_check CHECK ((trigger = ANY (ARRAY['run'::text, 'daily_retry'::text, 'activate'::text, 'card_registered'::text, 'order'::text, 'verification'::text, 'staff'::text, 'found'::text]))),
  constraint charges_unknown CHECK (((status <> 'unknown'::text) OR (unknown_since IS NOT NULL))),
  constraint charges_verification_takes_nothing CHECK (((trigger <> 'verification'::text) OR ((status <> 'capturing'::text) AND (capturing_at IS NULL) AND (capture_minor IS NULL))))
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
  live_since timestamp with time zone,
  constraint coverages_pkey PRIMARY KEY (coverage),
  constraint coverages_coverage_check CHECK ((coverage ~ '^[a-z][a-z0-9_]{0,15}$'::text)),
  constraint coverages_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
);

create table disputes (
  bucket smallint not null,
  dispute_id uuid not null,
  account_id text not null,
  coverage text not null,
  charge_id uuid not null,
  invoice_id uuid,
  order_id uuid,
  gateway_dispute_id text not null,
  amount_minor bigint not null,
  currency text not null,
  reason text not null,
  status text not null,
  withdrawn_minor bigint not null default 0,
  from_credit_minor bigint not null default 0,
  evidence_due_at timestamp with time zone,
  opened_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  decision text,
  decided_at timestamp with time zone,
  decided_by text,
  decided_why text,
  returned_minor bigint not null default 0,
  note_lines jsonb,
  constraint disputes_pkey PRIMARY KEY (bucket, dispute_id),
  constraint disputes_amount_minor_check CHECK ((amount_minor > 0)),
  constraint disputes_check CHECK (((from_credit_minor >= 0) AND (from_credit_minor <= withdrawn_minor))),
  constraint disputes_decided CHECK ((num_nulls(decision, decided_at, decided_by, decided_why) = ANY (ARRAY[0, 4]))),
  constraint disputes_decision_check CHECK ((decision = ANY (ARRAY['credit_note'::text, 'write_off'::text, 'reopen'::text]))),
  constraint disputes_ended CHECK (((ended_at IS NULL) = (status = ANY (ARRAY['inquiry'::text, 'open'::text, 'under_review'::text])))),
  constraint disputes_of_one_subject CHECK ((num_nonnulls(invoice_id, order_id) <= 1)),
  constraint disputes_returned_minor_check CHECK ((returned_minor >= 0)),
  constraint disputes_status_known CHECK ((status = ANY (ARRAY['inquiry'::text, 'open'::text, 'under_review'::text, 'won'::text, 'lost'::text, 'closed'::text]))),
  constraint disputes_withdrawn_minor_check CHECK ((withdrawn_minor >= 0))
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

create table gateway_events (
  coverage text not null,
  event_id text not null,
  type text not null,
  about jsonb not null,
  received_at_wall timestamp with time zone not null,
  attempts smallint not null default 0,
  next_try_at_wall timestamp with time zone,
  claimed_by uuid,
  handled_at_wall timestamp with time zone,
  outcome text,
  last_problem text,
  constraint gateway_events_pkey PRIMARY KEY (coverage, event_id),
  constraint gateway_events_check CHECK (((handled_at_wall IS NULL) = (outcome IS NULL))),
  constraint gateway_events_check1 CHECK (((handled_at_wall IS NULL) = (next_try_at_wall IS NOT NULL))),
  constraint gateway_events_event_id_check CHECK (((length(event_id) >= 1) AND (length(event_id) <= 255))),
  constraint gateway_events_outcome_check CHECK ((outcome = ANY (ARRAY['recorded'::text, 'known_already'::text, 'nothing_of_ours'::text]))),
  constraint gateway_events_type_check CHECK ((length(type) <= 255))
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

create table gateway_postings (
  coverage text not null,
  entry_id text not null,
  kind text not null,
  debit text not null,
  credit text not null,
  amount_minor bigint not null,
  currency text not null,
  posted_at timestamp with time zone not null,
  constraint gateway_postings_pkey PRIMARY KEY (coverage, entry_id, kind),
  constraint gateway_postings_amount_minor_check CHECK ((amount_minor > 0)),
  constraint gateway_postings_check CHECK ((debit <> credit)),
  constraint gateway_postings_credit_check CHECK ((credit = ANY (ARRAY['gateway_clearing'::text, 'gateway_fees'::text, 'bank'::text, 'gateway_other'::text]))),
  constraint gateway_postings_debit_check CHECK ((debit = ANY (ARRAY['gateway_clearing'::text, 'gateway_fees'::text, 'bank'::text, 'gateway_other'::text])))
);

create table idempotent_requests (
  caller text not null,
  key text not null,
  operation text not null,
  request_hash bytea not null,
  resource_id uuid not null,
  claimed_by uuid,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  status smallint,
  answer text,
  constraint idempotent_requests_pkey PRIMARY KEY (caller, key),
  constraint idempotent_requests_check CHECK ((num_nulls(finished_at, status, answer) = ANY (ARRAY[0, 3]))),
  constraint idempotent_requests_check1 CHECK (((finished_at IS NULL) OR (claimed_by IS NULL)))
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
  overdue_since timestamp with time zone,
  approved_at timestamp with time zone,
  approved_by text,
  paid_at timestamp with time zone,
  disputed_at timestamp with time zone,
  reopened_at timestamp with time zone,
  reopened_minor bigint not null default 0,
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
  constraint invoices_reopened_minor_check CHECK ((reopened_minor >= 0)),
  constraint invoices_requested_trigger_check CHECK ((requested_trigger = ANY (ARRAY['activate'::text, 'card_registered'::text, 'staff'::text]))),
  constraint invoices_status_check CHECK ((status = ANY (ARRAY['awaiting_approval'::text, 'scheduled'::text, 'outstanding'::text, 'paid'::text, 'waived'::text, 'carried_over'::text, 'credited'::text]))),
  constraint invoices_transferred_minor_check CHECK ((transferred_minor >= 0))
) with (fillfactor=70);

create table logins (
  login_id uuid not null,
  kind text not null,
  account_id text,
  email text,
  user_name text,
  password_hash text,
  password_changed_at timestamp with time zone,
  totp_sealed text,
  totp_begun_at timestamp with time zone,
  totp_on_at timestamp with time zone,
  totp_last_step bigint,
  backup_code_hashes text[] not null default '{}'::text[],
  constraint logins_pkey PRIMARY KEY (login_id),
  constraint logins_check CHECK (((kind = 'staff'::text) = (account_id IS NULL))),
  constraint logins_check1 CHECK (((kind = 'sam'::text) = (user_name IS NOT NULL))),
  constraint logins_check2 CHECK (((kind = 'sam'::text) OR (email IS NOT NULL))),
  constraint logins_check3 CHECK (((password_hash IS NULL) = (password_changed_at IS NULL))),
  constraint logins_check4 CHECK (((totp_on_at IS NULL) OR (totp_sealed IS NOT NULL))),
  constraint logins_check5 CHECK (((totp_sealed IS NULL) = (totp_begun_at IS NULL))),
  constraint logins_kind_check CHECK ((kind = ANY (ARRAY['root'::text, 'sam'::text, 'staff'::text]))),
  constraint logins_password_hash_check CHECK ((password_hash ~~ '$argon2id$%'::text))
);

create table mail_outbox (
  bucket smallint not null,
  batch_id uuid not null,
  account_ids text[] not null,
  event_ids uuid[] not null,
  constraint mail_outbox_pkey PRIMARY KEY (bucket, batch_id),
  constraint mail_outbox_check CHECK ((cardinality(account_ids) = cardinality(event_ids)))
);

create table messages (
  bucket smallint not null,
  message_id uuid not null,
  account_id text,
  login_id uuid,
  coverage text,
  kind text not null,
  about text not null,
  event_id uuid,
  invoice_id uuid,
  charge_id uuid,
  details jsonb not null,
  sealed text,
  status text not null,
  happened_at timestamp with time zone not null,
  next_try_at_wall timestamp with time zone,
  not_after_wall timestamp with time zone,
  claimed_by uuid,
  attempts smallint not null default 0,
  last_problem text,
  ended_at_wall timestamp with time zone,
  constraint messages_pkey PRIMARY KEY (bucket, message_id),
  constraint messages_once UNIQUE (bucket, kind, about),
  constraint messages_one_per_event UNIQUE (bucket, event_id),
  constraint messages_check CHECK ((num_nonnulls(account_id, login_id) >= 1)),
  constraint messages_check1 CHECK (((status = 'queued'::text) = (next_try_at_wall IS NOT NULL))),
  constraint messages_check2 CHECK (((status = 'queued'::text) = (ended_at_wall IS NULL))),
  constraint messages_check3 CHECK (((status = 'queued'::text) OR ((claimed_by IS NULL) AND (sealed IS NULL)))),
  constraint messages_kind_known CHECK ((kind = ANY (ARRAY['payment_failed'::text, 'payment_received'::text, 'method_changed'::text, 'trial_ended'::text, 'card_expiring'::text, 'reminder'::text, 'suspended'::text, 'restored'::text, 'password_reset'::text, 'invitation'::text]))),
  constraint messages_status_known CHECK ((status = ANY (ARRAY['queued'::text, 'sent'::text, 'failed'::text, 'dropped'::text])))
) with (fillfactor=80);

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
  external_id text not null,
  status text not null,
  currency text not null,
  items jsonb not null,
  tax_lines jsonb not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  total_minor bigint not null,
  captured_minor bigint not null default 0,
  quoted_at timestamp with time zone not null,
  quote_ends_at timestamp with time zone not null,
  confirmed_at timestamp with time zone,
  held_at timestamp with time zone,
  shipping_at timestamp with time zone,
  shipped_at timestamp with time zone,
  cancelling_at timestamp with time zone,
  cancelled_at timestamp with time zone,
  returned_at timestamp with time zone,
  failed_at timestamp with time zone,
  failure_code text,
  failure_decline_code text,
  charge_wanted_at timestamp with time zone,
  constraint orders_pkey PRIMARY KEY (bucket, order_id),
  constraint orders_once UNIQUE (bucket, account_id, external_id),
  constraint orders_cancelled_are_not CHECK (((status <> ALL (ARRAY['quoted'::text, 'cancelling'::text, 'cancelled'::text, 'failed'::text])) OR (captured_minor = 0))),
  constraint orders_captured CHECK (((captured_minor = 0) OR (captured_minor = total_minor))),
  constraint orders_check CHECK ((total_minor = (net_minor + tax_minor))),
  constraint orders_check1 CHECK (((status = 'failed'::text) = (failure_code IS NOT NULL))),
  constraint orders_check2 CHECK (((failure_code IS NULL) = (failed_at IS NULL))),
  constraint orders_check3 CHECK (((charge_wanted_at IS NULL) OR (status = 'shipping'::text))),
  constraint orders_check4 CHECK (((status <> ALL (ARRAY['confirming'::text, 'held'::text, 'shipping'::text, 'shipped'::text, 'returned'::text, 'failed'::text])) OR (confirmed_at IS NOT NULL))),
  constraint orders_check5 CHECK (((status <> 'shipping'::text) OR (shipping_at IS NOT NULL))),
  constraint orders_check6 CHECK (((status <> 'shipped'::text) OR (shipped_at IS NOT NULL))),
  constraint orders_check7 CHECK (((status = 'cancelled'::text) = (cancelled_at IS NOT NULL))),
  constraint orders_check8 CHECK (((status = 'returned'::text) = (returned_at IS NOT NULL))),
  constraint orders_external_id_check CHECK (((length(external_id) >= 1) AND (length(external_id) <= 200))),
  constraint orders_items_check CHECK (((jsonb_typeof(items) = 'array'::text) AND (jsonb_array_length(items) > 0))),
  constraint orders_net_minor_check CHECK ((net_minor >= 0)),
  constraint orders_shipped_are_paid CHECK (((status <> ALL (ARRAY['shipped'::text, 'returned'::text])) OR (captured_minor = total_minor))),
  constraint orders_status_known CHECK ((status = ANY (ARRAY['quoted'::text, 'confirming'::text, 'held'::text, 'shipping'::text, 'shipped'::text, 'cancelling'::text, 'cancelled'::text, 'failed'::text, 'returned'::text]))),
  constraint orders_tax_minor_check CHECK ((tax_minor >= 0)),
  constraint orders_total_minor_check CHECK ((total_minor > 0))
) with (fillfactor=80);

create table password_links (
  token_hash text not null,
  login_id uuid not null,
  purpose text not null,
  made_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint password_links_pkey PRIMARY KEY (token_hash),
  constraint password_links_purpose_check CHECK ((purpose = ANY (ARRAY['invitation'::text, 'reset'::text]))),
  constraint password_links_token_hash_check CHECK ((token_hash ~ '^[0-9a-f]{64}$'::text))
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

create table payouts (
  coverage text not null,
  payout_id text not null,
  amount_minor bigint not null,
  currency text not null,
  status text not null,
  created_at timestamp with time zone not null,
  arrives_at timestamp with time zone not null,
  entries_known boolean not null,
  entries_after text,
  entries_read_at timestamp with time zone,
  constraint payouts_pkey PRIMARY KEY (coverage, payout_id),
  constraint payouts_payout_id_check CHECK (((length(payout_id) >= 1) AND (length(payout_id) <= 255))),
  constraint payouts_status_known CHECK ((status = ANY (ARRAY['on_its_way'::text, 'paid'::text, 'failed'::text])))
);

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
  constraint postings_credit_check CHECK ((credit = ANY (ARRAY['receivable'::text, 'revenue'::text, 'tax_payable'::text, 'customer_credit'::text, 'gateway_clearing'::text, 'to_refund'::text, 'disputed'::text, 'written_off'::text]))),
  constraint postings_debit_check CHECK ((debit = ANY (ARRAY['receivable'::text, 'revenue'::text, 'tax_payable'::text, 'customer_credit'::text, 'gateway_clearing'::text, 'to_refund'::text, 'disputed'::text, 'written_off'::text])))
);

create table rate_limits (
  limited text not null,
  counted_at timestamp with time zone[] not null default '{}'::timestamp with time zone[],
  forget_at timestamp with time zone not null,
  constraint rate_limits_pkey PRIMARY KEY (limited)
);

create table reconciliation_differences (
  reconciliation_id uuid not null,
  kind text not null,
  object_id text not null,
  coverage text not null,
  account_id text,
  outcome text not null,
  evidence jsonb not null,
  found_at timestamp with time zone not null,
  constraint reconciliation_differences_pkey PRIMARY KEY (reconciliation_id, kind, object_id),
  constraint reconciliation_differences_outcome_check CHECK ((outcome = ANY (ARRAY['repaired'::text, 'queued'::text, 'listed'::text, 'waiting'::text])))
);

create table reconciliation_seen (
  bucket smallint not null,
  reconciliation_id uuid not null,
  object_id uuid not null,
  constraint reconciliation_seen_pkey PRIMARY KEY (bucket, reconciliation_id, object_id)
);

create table reconciliations (
  reconciliation_id uuid not null,
  coverage text not null,
  from_on date not null,
  to_on date not null,
  reason text not null,
  daily_on date,
  requested_by text not null,
  begun_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  stage text not null,
  cursor text,
  claimed_by uuid,
  next_step_at timestamp with time zone,
  payments_read integer not null default 0,
  refunds_read integer not null default 0,
  disputes_read integer not null default 0,
  ours_read integer not null default 0,
  foreign_payments integer not null default 0,
  constraint reconciliations_pkey PRIMARY KEY (reconciliation_id),
  constraint reconciliations_check CHECK ((from_on <= to_on)),
  constraint reconciliations_check1 CHECK (((reason = 'daily'::text) = (daily_on IS NOT NULL))),
  constraint reconciliations_check2 CHECK (((stage = 'done'::text) = (finished_at IS NOT NULL))),
  constraint reconciliations_check3 CHECK (((finished_at IS NULL) = (next_step_at IS NOT NULL))),
  constraint reconciliations_check4 CHECK (((finished_at IS NULL) OR (claimed_by IS NULL))),
  constraint reconciliations_reason_check CHECK ((reason = ANY (ARRAY['asked'::text, 'daily'::text, 'restored'::text]))),
  constraint reconciliations_stage_check CHECK ((stage = ANY (ARRAY['payments'::text, 'refunds'::text, 'disputes'::text, 'our_charges'::text, 'our_refunds'::text, 'our_disputes'::text, 'done'::text])))
);

create table refunds (
  bucket smallint not null,
  refund_id uuid not null,
  account_id text not null,
  coverage text not null,
  charge_id uuid not null,
  invoice_id uuid,
  order_id uuid,
  origin text not null,
  carries text not null,
  status text not null,
  amount_minor bigint not null,
  currency text not null,
  gateway_payment_id text not null,
  api_version text not null,
  reason text not null,
  requested_by text,
  note_lines jsonb,
  intended_at timestamp with time zone not null,
  next_step_at timestamp with time zone,
  claimed_by uuid,
  first_sent_at timestamp with time zone,
  last_sent_at timestamp with time zone,
  sends smallint not null default 0,
  unknown_since timestamp with time zone,
  gateway_refund_id text,
  succeeded_at timestamp with time zone,
  settled_at timestamp with time zone,
  lost_minor bigint not null default 0,
  from_credit_minor bigint not null default 0,
  failed_reason text,
  constraint refunds_pkey PRIMARY KEY (bucket, refund_id),
  constraint refunds_amount_minor_check CHECK ((amount_minor > 0)),
  constraint refunds_carries_check CHECK ((carries = ANY (ARRAY['credit_note'::text, 'reopening'::text, 'credit'::text]))),
  constraint refunds_check CHECK (((lost_minor >= 0) AND (lost_minor <= amount_minor))),
  constraint refunds_from_credit_minor_check CHECK ((from_credit_minor >= 0)),
  constraint refunds_known_to_the_gateway CHECK (((status <> ALL (ARRAY['pending'::text, 'succeeded'::text, 'returned'::text])) OR (gateway_refund_id IS NOT NULL))),
  constraint refunds_of_credit CHECK ((((carries = 'credit'::text) = (from_credit_minor = amount_minor)) AND (from_credit_minor <= amount_minor))),
  constraint refunds_of_one_subject CHECK ((num_nonnulls(invoice_id, order_id) <= 1)),
  constraint refunds_origin_check CHECK ((origin = ANY (ARRAY['staff'::text, 'gateway'::text]))),
  constraint refunds_reopen_an_invoice CHECK (((carries <> 'reopening'::text) OR (invoice_id IS NOT NULL))),
  constraint refunds_requested CHECK (((origin = 'staff'::text) = (requested_by IS NOT NULL))),
  constraint refunds_sent CHECK (((first_sent_at IS NULL) = (last_sent_at IS NULL))),
  constraint refunds_settled_or_not CHECK (((settled_at IS NULL) = (status = ANY (ARRAY['intended'::text, 'pending'::text, 'unknown'::text])))),
  constraint refunds_status_known CHECK ((status = ANY (ARRAY['intended'::text, 'pending'::text, 'unknown'::text, 'succeeded'::text, 'failed'::text, 'returned'::text, 'not_executed'::text, 'refused'::text]))),
  constraint refunds_succeeded CHECK (((succeeded_at IS NOT NULL) = (status = ANY (ARRAY['succeeded'::text, 'returned'::text]))))
) with (fillfactor=80);

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

create table sessions (
  session_id uuid not null,
  token_hash text not null,
  login_id uuid not null,
  started_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  idle_until timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  address text not null,
  user_agent text not null,
  ended_at timestamp with time zone,
  constraint sessions_pkey PRIMARY KEY (session_id),
  constraint sessions_token_hash_key UNIQUE (token_hash),
  constraint sessions_token_hash_check CHECK ((token_hash ~ '^[0-9a-f]{64}$'::text))
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

create table staff (
  staff_id uuid not null,
  name text not null,
  role text not null,
  created_at timestamp with time zone not null,
  created_by text not null,
  ended_at timestamp with time zone,
  invitation_id uuid,
  constraint staff_pkey PRIMARY KEY (staff_id),
  constraint staff_role_check CHECK ((role = ANY (ARRAY['support'::text, 'billing'::text, 'admin'::text])))
);

create table staff_queue (
  bucket smallint not null,
  entry_id uuid not null,
  account_id text not null,
  coverage text not null,
  kind text not null,
  subject_id uuid not null,
  charge_id uuid,
  evidence jsonb not null,
  opened_at timestamp with time zone not null,
  closed_at timestamp with time zone,
  closed_by text,
  constraint staff_queue_pkey PRIMARY KEY (bucket, entry_id),
  constraint staff_queue_check CHECK (((closed_by IS NULL) OR (closed_at IS NOT NULL))),
  constraint staff_queue_kind_check CHECK ((kind = ANY (ARRAY['charge_unknown'::text, 'charge_refused'::text, 'captured_in_excess'::text, 'refund_unknown'::text, 'refund_failed'::text, 'refund_refused'::text, 'refund_at_gateway'::text, 'return_not_refunded'::text, 'dispute_open'::text, 'dispute_reinstated'::text, 'books_differ'::text, 'payment_by_hand'::text, 'payment_unmatched'::text, 'registration_lost'::text, 'settlement_mismatch'::text])))
);

create table standing_versions (
  bucket smallint not null,
  version bigint not null,
  constraint standing_versions_pkey PRIMARY KEY (bucket)
);

create table standings (
  bucket smallint not null,
  account_id text not null,
  coverage text not null,
  status text not null,
  overdue_since timestamp with time zone,
  reminded_on date,
  reminded_after_days smallint,
  suspended_at timestamp with time zone,
  restored_at timestamp with time zone,
  exempt_since timestamp with time zone,
  exempt_until date,
  exempt_by text,
  exempt_note text,
  postponed_until date,
  postponed_at timestamp with time zone,
  postponed_by text,
  postponed_note text,
  next_check_at timestamp with time zone,
  woken_at timestamp with time zone,
  changed_at timestamp with time zone not null,
  version bigint not null default 0,
  constraint standings_pkey PRIMARY KEY (bucket, account_id, coverage),
  constraint standings_check CHECK (((reminded_on IS NULL) = (reminded_after_days IS NULL))),
  constraint standings_check1 CHECK (((exempt_since IS NULL) = (exempt_by IS NULL))),
  constraint standings_check2 CHECK (((exempt_since IS NOT NULL) OR (num_nonnulls(exempt_until, exempt_note) = 0))),
  constraint standings_check3 CHECK ((num_nulls(postponed_until, postponed_at, postponed_by) = ANY (ARRAY[0, 3]))),
  constraint standings_check4 CHECK (((postponed_until IS NOT NULL) OR (postponed_note IS NULL))),
  constraint standings_overdue CHECK (((status = 'good'::text) = (overdue_since IS NULL))),
  constraint standings_reminded CHECK (((status <> 'suspended'::text) OR (reminded_on IS NOT NULL))),
  constraint standings_status_known CHECK ((status = ANY (ARRAY['good'::text, 'overdue'::text, 'suspended'::text]))),
  constraint standings_suspended CHECK (((status = 'suspended'::text) = (suspended_at IS NOT NULL)))
) with (fillfactor=80);

create table users (
  bucket smallint not null,
  user_id uuid not null,
  account_id text not null,
  role text not null,
  email text,
  user_name text,
  created_at timestamp with time zone not null,
  language text,
  constraint users_pkey PRIMARY KEY (bucket, user_id),
  constraint users_check CHECK (
CASE role
    WHEN 'root'::text THEN ((email IS NOT NULL) AND (user_name IS NULL))
    ELSE (user_name IS NOT NULL)
END),
  constraint users_language_check CHECK ((language = ANY (ARRAY['en'::text, 'ja'::text]))),
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

alter table balance_entries add constraint balance_entries_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table balance_readings add constraint balance_readings_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table cards add constraint cards_bucket_account_id_fkey
  FOREIGN KEY (bucket, account_id) REFERENCES accounts(bucket, account_id);
alter table cards add constraint cards_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table gateway_events add constraint gateway_events_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table gateway_pace add constraint gateway_pace_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table gateway_postings add constraint gateway_postings_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table orders add constraint orders_bucket_account_id_coverage_fkey
  FOREIGN KEY (bucket, account_id, coverage) REFERENCES payment_settings(bucket, account_id, coverage);

alter table password_links add constraint password_links_login_id_fkey
  FOREIGN KEY (login_id) REFERENCES logins(login_id);

alter table payment_settings add constraint payment_settings_bucket_account_id_fkey
  FOREIGN KEY (bucket, account_id) REFERENCES accounts(bucket, account_id);
alter table payment_settings add constraint payment_settings_bucket_card_id_fkey
  FOREIGN KEY (bucket, card_id) REFERENCES cards(bucket, card_id);
alter table payment_settings add constraint payment_settings_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table payouts add constraint payouts_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table reconciliation_differences add constraint reconciliation_differences_reconciliation_id_fkey
  FOREIGN KEY (reconciliation_id) REFERENCES reconciliations(reconciliation_id);

alter table reconciliations add constraint reconciliations_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table runs add constraint runs_coverage_fkey
  FOREIGN KEY (coverage) REFERENCES coverages(coverage);

alter table sessions add constraint sessions_login_id_fkey
  FOREIGN KEY (login_id) REFERENCES logins(login_id);

alter table users add constraint users_bucket_account_id_fkey
  FOREIGN KEY (bucket, account_id) REFERENCES accounts(bucket, account_id);

CREATE INDEX audit_by_time ON audit USING btree (happened_at);

CREATE INDEX balance_entries_by_payment ON balance_entries USING btree (coverage, gateway_payment_id) WHERE (gateway_payment_id IS NOT NULL);
CREATE INDEX balance_entries_by_payout ON balance_entries USING btree (coverage, payout_id, created_at, entry_id) WHERE (payout_id IS NOT NULL);
CREATE INDEX balance_entries_open ON balance_entries USING btree (coverage, created_at, entry_id) WHERE (verdict = 'open'::text);
CREATE UNIQUE INDEX balance_entries_settle_once ON balance_entries USING btree (coverage, source_id, direction) WHERE (verdict = 'ours'::text);

CREATE INDEX cards_at_the_gateway ON cards USING btree (bucket, gateway_payment_method_id);
CREATE INDEX cards_by_account ON cards USING btree (bucket, account_id, coverage);
CREATE INDEX cards_expiring ON cards USING btree (bucket, (((exp_year * 12) + exp_month))) WHERE ((replaced_at IS NULL) AND (expiry_told IS DISTINCT FROM ((exp_year * 12) + exp_month)));

CREATE INDEX charges_by_account ON charges USING btree (bucket, account_id, intended_at);
CREATE INDEX charges_by_order ON charges USING btree (bucket, order_id) WHERE (order_id IS NOT NULL);
CREATE INDEX charges_due ON charges USING btree (bucket, next_step_at) WHERE (settled_at IS NULL);
CREATE UNIQUE INDEX charges_one_automatic_a_day ON charges USING btree (bucket, invoice_id, attempt_on) WHERE (attempt_on IS NOT NULL);
CREATE UNIQUE INDEX charges_one_live_verification ON charges USING btree (bucket, account_id, coverage) WHERE ((settled_at IS NULL) AND (releasing_at IS NULL) AND (trigger = 'verification'::text));
CREATE UNIQUE INDEX charges_one_unsettled_per_invoice ON charges USING btree (bucket, invoice_id) WHERE ((settled_at IS NULL) AND (invoice_id IS NOT NULL));
CREATE UNIQUE INDEX charges_one_unsettled_per_order ON charges USING btree (bucket, order_id) WHERE ((settled_at IS NULL) AND (order_id IS NOT NULL));

CREATE INDEX disputes_by_account ON disputes USING btree (bucket, account_id, dispute_id);
CREATE INDEX disputes_by_charge ON disputes USING btree (bucket, charge_id);
CREATE UNIQUE INDEX disputes_once ON disputes USING btree (bucket, gateway_dispute_id);

CREATE INDEX fees_by_billing_month ON fees USING btree (bucket, coverage, billing_month, account_id);

CREATE INDEX gateway_events_due ON gateway_events USING btree (next_try_at_wall) WHERE (handled_at_wall IS NULL);

CREATE INDEX idempotent_requests_by_age ON idempotent_requests USING btree (started_at);

CREATE INDEX invoices_by_account ON invoices USING btree (bucket, account_id, month);
CREATE INDEX invoices_due ON invoices USING btree (bucket, next_attempt_at) WHERE (next_attempt_at IS NOT NULL);
CREATE INDEX invoices_requested ON invoices USING btree (bucket, requested_at) WHERE (requested_at IS NOT NULL);

CREATE UNIQUE INDEX logins_emails ON logins USING btree (kind, lower(email)) WHERE (kind <> 'sam'::text);
CREATE UNIQUE INDEX logins_one_root ON logins USING btree (account_id) WHERE (kind = 'root'::text);
CREATE UNIQUE INDEX logins_user_names ON logins USING btree (account_id, user_name) WHERE (kind = 'sam'::text);

CREATE INDEX messages_due ON messages USING btree (bucket, next_try_at_wall) WHERE (status = 'queued'::text);
CREATE INDEX messages_failed ON messages USING btree (bucket, message_id) WHERE (status = 'failed'::text);

CREATE INDEX orders_by_account ON orders USING btree (bucket, account_id, quoted_at, order_id);
CREATE INDEX orders_wanting ON orders USING btree (bucket, charge_wanted_at) WHERE (charge_wanted_at IS NOT NULL);

CREATE INDEX password_links_by_login ON password_links USING btree (login_id);

CREATE INDEX payment_settings_by_customer ON payment_settings USING btree (bucket, gateway_customer_id) WHERE (gateway_customer_id IS NOT NULL);
CREATE INDEX payment_settings_trials ON payment_settings USING btree (bucket, trial_ends_on) WHERE (method = 'trial'::text);

CREATE INDEX payouts_by_time ON payouts USING btree (coverage, created_at, payout_id);
CREATE INDEX payouts_to_read ON payouts USING btree (coverage, created_at) WHERE (entries_known AND (entries_read_at IS NULL));

CREATE INDEX rate_limits_to_forget ON rate_limits USING btree (forget_at);

CREATE INDEX reconciliation_differences_by_object ON reconciliation_differences USING btree (coverage, object_id);

CREATE INDEX reconciliations_by_coverage ON reconciliations USING btree (coverage, begun_at);
CREATE UNIQUE INDEX reconciliations_one_a_day ON reconciliations USING btree (coverage, daily_on) WHERE (daily_on IS NOT NULL);
CREATE UNIQUE INDEX reconciliations_one_restoring ON reconciliations USING btree (coverage) WHERE ((reason = 'restored'::text) AND (finished_at IS NULL));
CREATE INDEX reconciliations_unfinished ON reconciliations USING btree (next_step_at) WHERE (finished_at IS NULL);

CREATE INDEX refunds_by_account ON refunds USING btree (bucket, account_id, refund_id);
CREATE INDEX refunds_by_charge ON refunds USING btree (bucket, charge_id);
CREATE INDEX refunds_due ON refunds USING btree (bucket, next_step_at) WHERE (settled_at IS NULL);
CREATE UNIQUE INDEX refunds_once_at_the_gateway ON refunds USING btree (bucket, gateway_refund_id) WHERE (gateway_refund_id IS NOT NULL);

CREATE INDEX sessions_by_login ON sessions USING btree (login_id, started_at);

CREATE UNIQUE INDEX staff_queue_once ON staff_queue USING btree (bucket, kind, subject_id);
CREATE INDEX staff_queue_open ON staff_queue USING btree (bucket, opened_at, entry_id) WHERE (closed_at IS NULL);

CREATE INDEX standings_changed ON standings USING btree (bucket, version) WHERE (version > 0);
CREATE INDEX standings_due ON standings USING btree (bucket, next_check_at) WHERE (next_check_at IS NOT NULL);
CREATE INDEX standings_woken ON standings USING btree (bucket, woken_at) WHERE (woken_at IS NOT NULL);

CREATE UNIQUE INDEX users_names ON users USING btree (bucket, account_id, user_name) WHERE (role = 'sam'::text);
CREATE UNIQUE INDEX users_one_root ON users USING btree (bucket, account_id) WHERE (role = 'root'::text);
