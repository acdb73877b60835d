-- What the gateway holds of ours and sends to our bank. Belongs to coverages, not to accounts, so no bucket leads: an
-- entry names the bucket of what it settles, and is written by one reader per coverage.

-- How far the balance of each coverage's gateway account has been read. Business time.
create table balance_readings (
  coverage text primary key references coverages,
  next_read_at timestamptz not null,
  -- Every entry that the gateway made before this moment is in.
  read_through timestamptz not null,
  -- The part being read, from `read_through` on, and after which entry the next page begins.
  reading_to timestamptz,
  reading_after text,
  payouts_read_through timestamptz not null,
  -- What our own books moved before this moment has its entry, or staff were told.
  told_through timestamptz not null,
  claimed_by uuid,
  check (reading_after is null or reading_to is not null)
);

-- One movement of a balance, as the gateway entered it. What it leaves there is amount − fee.
create table balance_entries (
  coverage text not null references coverages,
  entry_id text not null check (length(entry_id) between 1 and 255),
  kind text not null constraint balance_entries_kind_known check (kind in ('capture', 'refund', 'refund_returned',
    'dispute_withdrawn', 'dispute_reinstated', 'fee', 'payout', 'payout_returned', 'adjustment')),
  -- domain/settlement.ts
  verdict text not null constraint balance_entries_verdict_known check (verdict in ('ours', 'platform', 'open')),
  amount_minor bigint not null,
  fee_minor bigint not null,
  currency text not null,
  created_at timestamptz not null,
  available_at timestamptz not null,
  gateway_payment_id text,
  gateway_refund_id text,
  gateway_dispute_id text,
  -- Ours, as its metadata says.
  charge_id uuid,
  account_id text,
  -- What of ours it settles: a charge, a refund or a dispute, and on which side of the clearing account.
  of_bucket smallint,
  source_id uuid,
  direction text check (direction in ('in', 'out')),
  -- The payout that it is, or that came back.
  about_payout_id text,
  -- The payout that took it along.
  payout_id text,
  primary key (coverage, entry_id),
  check (verdict <> 'ours' or num_nulls(of_bucket, source_id, direction) = 0)
);
-- What we did is settled once.
create unique index balance_entries_settle_once on balance_entries (coverage, source_id, direction)
  where verdict = 'ours';
create index balance_entries_open on balance_entries (coverage, created_at, entry_id) where verdict = 'open';
create index balance_entries_by_payout on balance_entries (coverage, payout_id, created_at, entry_id)
  where payout_id is not null;
create index balance_entries_by_payment on balance_entries (coverage, gateway_payment_id)
  where gateway_payment_id is not null;

-- The ledger's lines that belong to no account: domain/settlement.ts.
create table gateway_postings (
  coverage text not null references coverages,
  entry_id text not null,
  kind text not null,
  debit text not null check (debit in ('gateway_clearing', 'gateway_fees', 'bank', 'gateway_other')),
  credit text not null check (credit in ('gateway_clearing', 'gateway_fees', 'bank', 'gateway_other')),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  posted_at timestamptz not null,
  primary key (coverage, entry_id, kind),
  check (debit <> credit)
);

create table payouts (
  coverage text not null references coverages,
  payout_id text not null check (length(payout_id) between 1 and 255),
  amount_minor bigint not null,
  currency text not null,
  status text not null constraint payouts_status_known check (status in ('on_its_way', 'paid', 'failed')),
  created_at timestamptz not null,
  arrives_at timestamptz not null,
  -- The gateway has settled which entries went along; never for what was paid out by hand.
  entries_known boolean not null,
  -- After which entry the next page begins, until all of them are in.
  entries_after text,
  entries_read_at timestamptz,
  primary key (coverage, payout_id)
);
create index payouts_by_time on payouts (coverage, created_at, payout_id);
create index payouts_to_read on payouts (coverage, created_at) where entries_known and entries_read_at is null;
