-- Who owes, and how they pay. Every table from here on is owned by an account and starts with its bucket
-- (docs/decisions/0003): `bucket` is a fixed hash of the account id and the first column of every key.

create table accounts (
  bucket smallint not null check (bucket between 0 and 63),
  account_id text not null check (account_id ~ '^OP[0-9]{10}$'),
  kind text not null check (kind in ('individual', 'business')),
  created_at timestamptz not null,
  closed_at timestamptz,
  -- Wall times of the latest presses of Activate, for the limit per hour.
  activated_at_wall timestamptz[] not null default '{}',
  primary key (bucket, account_id),
  constraint accounts_bucket_is_the_hash check (
    bucket = floor(mod(substr(account_id, 3)::numeric * 2654435761, 4294967296) / 67108864)
  )
);

create table users (
  bucket smallint not null,
  user_id uuid not null,
  account_id text not null,
  role text not null check (role in ('root', 'sam')),
  email text,
  user_name text,
  created_at timestamptz not null,
  primary key (bucket, user_id),
  foreign key (bucket, account_id) references accounts,
  check (case role when 'root' then email is not null and user_name is null else user_name is not null end)
);
create unique index users_one_root on users (bucket, account_id) where role = 'root';
create unique index users_names on users (bucket, account_id, user_name) where role = 'sam';

-- A card as the gateway shows it: never a number.
create table cards (
  bucket smallint not null,
  card_id uuid not null,
  account_id text not null,
  coverage text not null references coverages,
  gateway_payment_method_id text not null,
  fingerprint text not null,
  brand text not null,
  last4 text not null check (last4 ~ '^[0-9]{4}$'),
  exp_month smallint not null check (exp_month between 1 and 12),
  exp_year smallint not null,
  registered_at timestamptz not null,
  replaced_at timestamptz,
  -- What the issuer's last refusal said about trying again; a newly registered card has no mark.
  mark text check (mark in ('never', 'customer', 'after')),
  mark_code text,
  marked_at timestamptz,
  retry_after timestamptz,
  primary key (bucket, card_id),
  foreign key (bucket, account_id) references accounts,
  check (num_nulls(mark, mark_code, marked_at) in (0, 3)),
  check ((mark is not distinct from 'after') = (retry_after is not null))
);
create index cards_by_account on cards (bucket, account_id, coverage);

create table payment_settings (
  bucket smallint not null,
  account_id text not null,
  coverage text not null references coverages,
  method text not null check (method in ('none', 'trial', 'card', 'bank_transfer')),
  card_id uuid,
  gateway_customer_id text,
  trial_ends_on date,
  -- Every day that a trial has covered or will cover; fees of these days are invoiced as waived.
  trial_days datemultirange not null default '{}',
  credit_minor bigint not null default 0 check (credit_minor >= 0),
  -- A running mean of the account's invoices; an invoice far above it waits for approval.
  usual_minor bigint check (usual_minor >= 0),
  -- The latest month closed for this account; the months since `carried_from` await the next invoice.
  closed_through text check (closed_through ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  carried_from text check (carried_from ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  updated_at timestamptz not null,
  primary key (bucket, account_id, coverage),
  foreign key (bucket, account_id) references accounts,
  foreign key (bucket, card_id) references cards,
  check ((method = 'card') = (card_id is not null)),
  check ((method = 'trial') = (trial_ends_on is not null))
) with (fillfactor = 80);
-- Trials that end, without reading everybody who has none.
create index payment_settings_trials on payment_settings (bucket, trial_ends_on) where method = 'trial';
