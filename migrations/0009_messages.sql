-- E-mail. Events are the outbox: a transaction whose events somebody may have to be told of leaves one row that names
-- them, whatever their number; from these rows messages are written, and from the messages mail is sent
-- (docs/decisions/0012).

create table mail_outbox (
  bucket smallint not null,
  batch_id uuid not null,
  -- The keys of the events, side by side.
  account_ids text[] not null,
  event_ids uuid[] not null,
  primary key (bucket, batch_id),
  check (cardinality(account_ids) = cardinality(event_ids))
);

-- One e-mail. Neither its address nor its words are kept: both are read when it is sent.
create table messages (
  bucket smallint not null,
  message_id uuid not null,
  -- Its root user is written to; null for staff, whose address is their login's.
  account_id text,
  login_id uuid,
  coverage text,
  kind text not null constraint messages_kind_known check (kind in (
    'payment_failed', 'payment_received', 'method_changed', 'trial_ended', 'card_expiring',
    'reminder', 'suspended', 'restored', 'password_reset', 'invitation')),
  -- What it is about, in a word: nothing is told twice.
  about text not null,
  event_id uuid,
  invoice_id uuid,
  charge_id uuid,
  details jsonb not null,
  -- The secret of a one-time link, sealed with the system's key; gone once the message has ended.
  sealed text,
  status text not null constraint messages_status_known check (status in ('queued', 'sent', 'failed', 'dropped')),
  -- When what it tells happened.
  happened_at timestamptz not null,
  -- From here on wall time.
  next_try_at_wall timestamptz,
  not_after_wall timestamptz,
  claimed_by uuid,
  attempts smallint not null default 0,
  last_problem text,
  ended_at_wall timestamptz,
  primary key (bucket, message_id),
  constraint messages_once unique (bucket, kind, about),
  constraint messages_one_per_event unique (bucket, event_id),
  check (num_nonnulls(account_id, login_id) >= 1),
  check ((status = 'queued') = (next_try_at_wall is not null)),
  check ((status = 'queued') = (ended_at_wall is null)),
  check (status = 'queued' or (claimed_by is null and sealed is null))
) with (fillfactor = 80);
create index messages_due on messages (bucket, next_try_at_wall) where status = 'queued';
create index messages_failed on messages (bucket, message_id) where status = 'failed';

-- The language a user reads; null: that of the coverage an e-mail is about.
alter table users add column language text check (language in ('en', 'ja'));

-- The expiry (year × 12 + month) whose approach the payer has been told of.
alter table cards add column expiry_told integer;
create index cards_expiring on cards (bucket, (exp_year * 12 + exp_month))
  where replaced_at is null and expiry_told is distinct from exp_year * 12 + exp_month;
