-- What belongs to no single account: small tables that every statement may join.

create table coverages (
  coverage text primary key check (coverage ~ '^[a-z][a-z0-9_]{0,15}$'),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  time_zone text not null,
  -- Since when real cards are charged for it, in wall time: nothing simulated serves it any more.
  live_since timestamptz
);

-- Business time in the sandbox: either stands still or runs at an offset to the wall. No row: the wall's own time.
create table clock (
  only_row boolean primary key check (only_row),
  frozen_at timestamptz,
  offset_ms bigint,
  check (num_nonnulls(frozen_at, offset_ms) = 1)
);

-- The month of one coverage: open for fees, then closed into invoices, then collected.
-- Its row is what an import and a close lock against each other: see docs/decisions/0005.
create table runs (
  coverage text not null references coverages,
  month text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  status text not null check (status in ('open', 'closing', 'collecting', 'finished')),
  fees_complete_at timestamptz,
  closing_at timestamptz,
  collecting_at timestamptz,
  finished_at timestamptz,
  paused_at timestamptz,
  paused_reason text,
  primary key (coverage, month),
  check ((paused_at is null) = (paused_reason is null)),
  check (status = 'open' or closing_at is not null),
  check (status in ('open', 'closing') or collecting_at is not null),
  check ((status = 'finished') = (finished_at is not null))
);

-- Live processes that claim work. Wall time throughout.
create table workers (
  worker_id uuid primary key,
  host text not null,
  pid integer not null,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  ended_at timestamptz
);

-- The gateway's rate limit, shared by every process that calls it: a line of places in time per coverage for all
-- endpoints together and for each. Wall time throughout. See docs/decisions/0007.
create table gateway_pace (
  coverage text not null references coverages,
  endpoint text not null,
  -- Every place before this moment is taken.
  taken_until timestamptz not null,
  -- The share of the limit in use after the gateway turned us away or slowed; domain/pace.ts raises it again with time.
  factor double precision not null default 1 check (factor > 0 and factor <= 1),
  slowed_at timestamptz,
  primary key (coverage, endpoint),
  check (factor = 1 or slowed_at is not null)
);
