-- Who may sign in, and with what. Reference tables: a login is found by its e-mail before its account is known, and staff
-- and API keys belong to no account. Every time here is wall time. Of tokens, codes and keys only hashes are kept; a
-- one-time password's secret is sealed (docs/decisions/0010).

-- A payer's login has the id of its row in `users`, a staff member's that of its row in `staff`.
create table logins (
  login_id uuid primary key,
  kind text not null check (kind in ('root', 'sam', 'staff')),
  account_id text,
  email text,
  user_name text,
  -- Argon2id; null until a first password is set.
  password_hash text check (password_hash like '$argon2id$%'),
  password_changed_at timestamptz,
  -- Begun, and on once a first code was right.
  totp_sealed text,
  totp_begun_at timestamptz,
  totp_on_at timestamptz,
  -- The latest time step whose code was accepted: no code is accepted twice.
  totp_last_step bigint,
  backup_code_hashes text[] not null default '{}',
  check ((kind = 'staff') = (account_id is null)),
  check ((kind = 'sam') = (user_name is not null)),
  check (kind = 'sam' or email is not null),
  check ((password_hash is null) = (password_changed_at is null)),
  check (totp_on_at is null or totp_sealed is not null),
  check ((totp_sealed is null) = (totp_begun_at is null))
);
create unique index logins_emails on logins (kind, lower(email)) where kind <> 'sam';
create unique index logins_one_root on logins (account_id) where kind = 'root';
create unique index logins_user_names on logins (account_id, user_name) where kind = 'sam';

create table staff (
  staff_id uuid primary key,
  name text not null,
  role text not null check (role in ('support', 'billing', 'admin')),
  created_at timestamptz not null,
  created_by text not null,
  ended_at timestamptz,
  -- The request that invited them last: the same one again takes nothing away from who has set up since.
  invitation_id uuid
);

create table sessions (
  session_id uuid primary key,
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  login_id uuid not null references logins,
  started_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- Not seen until then, it is over; and in no case does it outlive `expires_at`.
  idle_until timestamptz not null,
  expires_at timestamptz not null,
  address text not null,
  user_agent text not null,
  ended_at timestamptz
);
create index sessions_by_login on sessions (login_id, started_at);

-- One-time links: to a first password (`invitation`), or to a new one (`reset`).
create table password_links (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  login_id uuid not null references logins,
  purpose text not null check (purpose in ('invitation', 'reset')),
  made_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index password_links_by_login on password_links (login_id);

create table api_keys (
  key_id uuid primary key,
  key_hash text not null unique check (key_hash ~ '^[0-9a-f]{64}$'),
  -- The key before a rotation, good for a while yet.
  former_hash text unique check (former_hash ~ '^[0-9a-f]{64}$'),
  former_good_until timestamptz,
  name text not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  created_at timestamptz not null,
  created_by text not null,
  rotated_at timestamptz,
  -- The request that rotated it last: the same one again replaces the key it made, and spares the one before.
  rotation_id uuid,
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  check ((former_hash is null) = (former_good_until is null))
);

-- What was done how often: the moments at which something was counted against a limit, the oldest forgotten first.
create table rate_limits (
  limited text primary key,
  counted_at timestamptz[] not null default '{}',
  forget_at timestamptz not null
);
create index rate_limits_to_forget on rate_limits (forget_at);

-- What staff did to staff, keys and sign-ins; what concerns an account is among its events instead.
create table audit (
  audit_id uuid primary key,
  happened_at timestamptz not null,
  act text not null,
  who text not null,
  subject text not null,
  address text,
  details jsonb not null
);
create index audit_by_time on audit (happened_at);
