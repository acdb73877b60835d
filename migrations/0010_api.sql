-- Requests that carry an Idempotency-Key, so that the same one is done once and answered twice. Wall time throughout.
create table idempotent_requests (
  -- Who asked: two callers may use the same key.
  caller text not null,
  key text not null,
  operation text not null,
  -- Of address and body: the same key for another request is refused.
  request_hash bytea not null,
  -- The id of whatever the request creates: the same however often it is begun.
  resource_id uuid not null,
  -- The process at work on it; null when nobody is, or it is done.
  claimed_by uuid,
  started_at timestamptz not null,
  finished_at timestamptz,
  status smallint,
  answer text,
  primary key (caller, key),
  check (num_nulls(finished_at, status, answer) in (0, 3)),
  check (finished_at is null or claimed_by is null)
);
create index idempotent_requests_by_age on idempotent_requests (started_at);
