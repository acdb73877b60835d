-- What is owed and every attempt to collect it. Constraints here hold section 4 of the design: what must never happen.
-- There is no foreign key between the hot tables: an invoice is made from its payment settings and a charge from its
-- invoice while that row is locked, nothing is ever deleted, and `kessai check` proves that none is missing; checking
-- it again row by row was the dearest part of a close (docs/decisions/0009).

create table invoices (
  bucket smallint not null,
  invoice_id uuid not null,
  account_id text not null,
  coverage text not null,
  month text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  -- Earlier than `month` when the invoice includes months carried over.
  first_month text not null,
  status text not null check (status in
    ('awaiting_approval', 'scheduled', 'outstanding', 'paid', 'waived', 'carried_over', 'credited')),
  currency text not null,
  -- [{ taxRateBp, netMinor, taxMinor }], one per tax rate.
  tax_lines jsonb not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  total_minor bigint not null,
  waived_minor bigint not null default 0,
  credit_applied_minor bigint not null default 0 check (credit_applied_minor >= 0),
  credit_noted_minor bigint not null default 0 check (credit_noted_minor >= 0),
  captured_minor bigint not null default 0 check (captured_minor >= 0),
  refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  transferred_minor bigint not null default 0 check (transferred_minor >= 0),
  due_minor bigint not null generated always as (
    case when status in ('awaiting_approval', 'scheduled', 'outstanding', 'paid')
      then total_minor - credit_noted_minor - credit_applied_minor - captured_minor + refunded_minor - transferred_minor
      else 0
    end) stored,
  issued_at timestamptz not null,
  -- When the system tries by itself; null when it will not.
  next_attempt_at timestamptz,
  -- An attempt somebody's act asked for, made as soon as no other charge is unsettled.
  requested_trigger text check (requested_trigger in ('activate', 'card_registered', 'staff')),
  requested_at timestamptz,
  -- Why the latest attempt failed: the public code, and the issuer's own for staff.
  failure_code text,
  failure_decline_code text,
  failed_at timestamptz,
  -- When collecting it first failed by itself (src/domain/standing.ts); neither part payments nor more failures move it.
  overdue_since timestamptz,
  approved_at timestamptz,
  approved_by text,
  paid_at timestamptz,
  -- A dispute stops its collection until staff decide.
  disputed_at timestamptz,
  -- When money was given back and made due again while nothing else was: tried only when somebody asks.
  reopened_at timestamptz,
  -- All that was ever given back and made due again, paid once more or not: the system by itself asks for the rest alone.
  reopened_minor bigint not null default 0 check (reopened_minor >= 0),
  primary key (bucket, invoice_id),
  -- One invoice per account, coverage and month, however often and wherever a close runs.
  constraint invoices_one_per_month unique (bucket, coverage, month, account_id),
  check (first_month <= month),
  check (total_minor = net_minor + tax_minor),
  check (due_minor >= 0),
  check (status <> 'paid' or paid_at is not null),
  check (status in ('scheduled', 'outstanding') or (next_attempt_at is null and requested_at is null)),
  check ((requested_trigger is null) = (requested_at is null)),
  check ((failure_code is null) = (failed_at is null))
) with (fillfactor = 70);
create index invoices_due on invoices (bucket, next_attempt_at) where next_attempt_at is not null;
create index invoices_requested on invoices (bucket, requested_at) where requested_at is not null;
create index invoices_by_account on invoices (bucket, account_id, month);

-- One attempt to take money by card. Everything the gateway is sent is frozen here before it is sent.
create table charges (
  bucket smallint not null,
  charge_id uuid not null,
  account_id text not null,
  coverage text not null,
  invoice_id uuid,
  order_id uuid,
  trigger text not null check (trigger in
    ('run', 'daily_retry', 'activate', 'card_registered', 'order', 'verification', 'staff', 'found')),
  status text not null,
  -- 0 a person waits, 1 an order, 2 the run.
  priority smallint not null check (priority between 0 and 2),

  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null,
  gateway_customer_id text not null,
  -- Null while a verification has not met its card.
  card_id uuid,
  gateway_payment_method_id text,
  fingerprint text,
  brand text,
  off_session boolean not null,
  api_version text not null,

  -- The coverage's calendar day of an automatic attempt; cleared when nothing reached the issuer.
  attempt_on date,
  intended_at timestamptz not null,
  -- The network from which a payer began a registration, against which its decline counts; null where we began it ourselves.
  begun_from text,
  -- Business time at which this charge is next to be worked on; null when only somebody's act moves it.
  next_step_at timestamptz,
  claimed_by uuid,
  first_sent_at timestamptz,
  last_sent_at timestamptz,
  sends smallint not null default 0,
  unknown_since timestamptz,

  gateway_payment_id text,
  held_at timestamptz,
  hold_expires_at timestamptz,
  capturing_at timestamptz,
  -- When we began to give it up; of a closed verification that is open again, when it had been closed.
  releasing_at timestamptz,
  -- What the capture takes, frozen before it is sent: never more than was held.
  capture_minor bigint check (capture_minor > 0 and capture_minor <= amount_minor),
  captured_at timestamptz,
  captured_minor bigint not null default 0 check (captured_minor >= 0),
  released_at timestamptz,
  settled_at timestamptz,

  failure_code text,
  error_code text,
  decline_code text,
  advice_code text,
  network_code text,
  refused_reason text,

  primary key (bucket, charge_id),
  constraint charges_status_known check (status in (
    'intended', 'held', 'capturing', 'releasing', 'needs_customer', 'unknown',
    'captured', 'declined', 'released', 'expired', 'not_executed', 'refused')),
  constraint charges_settled_or_not check ((settled_at is null) = (status in
    ('intended', 'held', 'capturing', 'releasing', 'needs_customer', 'unknown'))),
  constraint charges_have_one_subject check (
    case when trigger in ('verification', 'found') then num_nonnulls(invoice_id, order_id) = 0
      when trigger = 'order' then order_id is not null and invoice_id is null
      else num_nonnulls(invoice_id, order_id) = 1 end),
  -- We never ask for its capture. That somebody captured it at the gateway by hand is a fact all the same.
  constraint charges_verification_takes_nothing check (
    trigger <> 'verification' or (status <> 'capturing' and capturing_at is null and capture_minor is null)),
  constraint charges_name_their_card check (
    trigger = 'verification' or num_nulls(card_id, gateway_payment_method_id, fingerprint, brand) = 0),
  constraint charges_amount check (trigger = 'verification' or amount_minor > 0),
  constraint charges_sent check ((first_sent_at is null) = (last_sent_at is null)),
  constraint charges_captured check ((status = 'captured') = (captured_at is not null)),
  constraint charges_captured_amount check ((captured_at is null) = (captured_minor = 0)),
  constraint charges_unknown check (status <> 'unknown' or unknown_since is not null)
) with (fillfactor = 45);
-- At most one unsettled charge per invoice and per order; at most one live verification per account and coverage. One
-- that is being given up is no longer live, however long that takes: the payer may register the next.
create unique index charges_one_unsettled_per_invoice on charges (bucket, invoice_id)
  where settled_at is null and invoice_id is not null;
create unique index charges_one_unsettled_per_order on charges (bucket, order_id)
  where settled_at is null and order_id is not null;
create unique index charges_one_live_verification on charges (bucket, account_id, coverage)
  where settled_at is null and releasing_at is null and trigger = 'verification';
-- One automatic attempt per invoice and calendar day of its coverage.
create unique index charges_one_automatic_a_day on charges (bucket, invoice_id, attempt_on)
  where attempt_on is not null;
create index charges_due on charges (bucket, next_step_at) where settled_at is null;
create index charges_by_account on charges (bucket, account_id, intended_at);

-- A day on which the system did not try by itself, and why.
create table skips (
  bucket smallint not null,
  invoice_id uuid not null,
  skipped_on date not null,
  account_id text not null,
  reason text not null,
  -- When the reason ends, as far as that is known.
  until timestamptz,
  skipped_at timestamptz not null,
  primary key (bucket, invoice_id, skipped_on)
);

-- The ledger: one line debits one account and credits another, so that it balances by construction.
-- Its key is what caused it and how, so that nothing is ever posted twice.
create table postings (
  bucket smallint not null,
  account_id text not null,
  source_id uuid not null,
  kind text not null,
  coverage text not null,
  invoice_id uuid,
  debit text not null check (debit in
    ('receivable', 'revenue', 'tax_payable', 'customer_credit', 'gateway_clearing', 'to_refund', 'disputed', 'written_off')),
  credit text not null check (credit in
    ('receivable', 'revenue', 'tax_payable', 'customer_credit', 'gateway_clearing', 'to_refund', 'disputed', 'written_off')),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  posted_at timestamptz not null,
  primary key (bucket, account_id, source_id, kind),
  check (debit <> credit),
  check ('receivable' not in (debit, credit) or invoice_id is not null)
);

-- What happened, appended in the transaction that did it.
create table events (
  bucket smallint not null,
  account_id text not null,
  event_id uuid not null,
  coverage text,
  kind text not null,
  invoice_id uuid,
  charge_id uuid,
  details jsonb not null,
  happened_at timestamptz not null,
  primary key (bucket, account_id, event_id)
);

-- What needs a person.
create table staff_queue (
  bucket smallint not null,
  entry_id uuid not null,
  account_id text not null,
  coverage text not null,
  kind text not null check (kind in ('charge_unknown', 'charge_refused', 'captured_in_excess', 'refund_unknown',
    'refund_failed', 'refund_refused', 'refund_at_gateway', 'return_not_refunded', 'dispute_open', 'dispute_reinstated',
    'books_differ', 'payment_by_hand', 'payment_unmatched', 'registration_lost', 'settlement_mismatch')),
  -- What it is about: a charge, a refund or a dispute.
  subject_id uuid not null,
  charge_id uuid,
  evidence jsonb not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  -- Null where what it was about ended by itself.
  closed_by text,
  primary key (bucket, entry_id),
  check (closed_by is null or closed_at is not null)
);
create unique index staff_queue_once on staff_queue (bucket, kind, subject_id);
create index staff_queue_open on staff_queue (bucket, opened_at, entry_id) where closed_at is null;
