-- What failures lead to: where an account stands with a coverage. An account that never failed has no row.

create table standings (
  bucket smallint not null,
  account_id text not null,
  coverage text not null,
  status text not null,
  -- When collecting the oldest overdue invoice first failed by itself.
  overdue_since timestamptz,
  -- The latest reminder: its day, counted as `dunning.at` parts days, and after how many days it was due.
  reminded_on date,
  reminded_after_days smallint,
  suspended_at timestamptz,
  restored_at timestamptz,

  -- Neither reminded nor suspended through `exempt_until`; null there is until staff end it.
  exempt_since timestamptz,
  exempt_until date,
  exempt_by text,
  exempt_note text,
  -- Not suspended before this day.
  postponed_until date,
  postponed_at timestamptz,
  postponed_by text,
  postponed_note text,

  -- When time alone may next change something.
  next_check_at timestamptz,
  -- Something happened that it depends on: looked at as soon as possible, whatever the time. Whoever makes an invoice
  -- overdue, paid, disputed or given up sets it in the same transaction, so that no check can be lost.
  woken_at timestamptz,
  changed_at timestamptz not null,
  -- In the order of commits within a bucket, for those who poll; 0: nothing to be told yet.
  version bigint not null default 0,

  primary key (bucket, account_id, coverage),
  constraint standings_status_known check (status in ('good', 'overdue', 'suspended')),
  constraint standings_overdue check ((status = 'good') = (overdue_since is null)),
  constraint standings_suspended check ((status = 'suspended') = (suspended_at is not null)),
  -- Nobody is suspended who was not reminded before.
  constraint standings_reminded check (status <> 'suspended' or reminded_on is not null),
  check ((reminded_on is null) = (reminded_after_days is null)),
  check ((exempt_since is null) = (exempt_by is null)),
  check (exempt_since is not null or num_nonnulls(exempt_until, exempt_note) = 0),
  check (num_nulls(postponed_until, postponed_at, postponed_by) in (0, 3)),
  check (postponed_until is not null or postponed_note is null)
) with (fillfactor = 80);
create index standings_due on standings (bucket, next_check_at) where next_check_at is not null;
create index standings_woken on standings (bucket, woken_at) where woken_at is not null;
create index standings_changed on standings (bucket, version) where version > 0;

-- The latest version given in a bucket. Its row stays locked until the commit, so a reader never sees a version while a
-- smaller one is still to come.
create table standing_versions (
  bucket smallint primary key,
  version bigint not null
);
