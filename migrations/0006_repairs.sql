-- Money given back or taken back, and what the gateway tells us by itself.

-- Money given back: an intent with a key and outcomes of its own, as a charge has. Everything the gateway is sent is
-- frozen here before it is sent.
create table refunds (
  bucket smallint not null,
  refund_id uuid not null,
  account_id text not null,
  coverage text not null,
  charge_id uuid not null,
  invoice_id uuid,
  order_id uuid,
  -- `gateway`: made at the gateway's own dashboard; we learnt of it afterwards.
  origin text not null check (origin in ('staff', 'gateway')),
  -- What it means for the books: domain/refund.ts.
  carries text not null check (carries in ('credit_note', 'reopening', 'credit')),
  status text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  gateway_payment_id text not null,
  api_version text not null,
  reason text not null,
  requested_by text,
  -- The credit note's lines by tax rate, [{ taxRateBp, netMinor, taxMinor }], once the refund has succeeded.
  note_lines jsonb,

  intended_at timestamptz not null,
  -- Business time at which it is next to be worked on.
  next_step_at timestamptz,
  claimed_by uuid,
  first_sent_at timestamptz,
  last_sent_at timestamptz,
  sends smallint not null default 0,
  unknown_since timestamptz,
  gateway_refund_id text,
  succeeded_at timestamptz,
  settled_at timestamptz,
  -- Given back beyond all that was taken of this charge: a fact at the gateway, and our loss.
  lost_minor bigint not null default 0 check (lost_minor between 0 and amount_minor),
  -- What of it is paid out of the account's credit: all of one that carries credit, the excess of one found.
  from_credit_minor bigint not null default 0 check (from_credit_minor >= 0),
  -- Why it failed, in the gateway’s words; for staff.
  failed_reason text,

  primary key (bucket, refund_id),
  constraint refunds_status_known check (status in (
    'intended', 'pending', 'unknown', 'succeeded', 'failed', 'returned', 'not_executed', 'refused')),
  constraint refunds_settled_or_not check ((settled_at is null) = (status in ('intended', 'pending', 'unknown'))),
  constraint refunds_succeeded check ((succeeded_at is not null) = (status in ('succeeded', 'returned'))),
  constraint refunds_of_one_subject check (num_nonnulls(invoice_id, order_id) <= 1),
  constraint refunds_reopen_an_invoice check (carries <> 'reopening' or invoice_id is not null),
  constraint refunds_of_credit check (
    (carries = 'credit') = (from_credit_minor = amount_minor) and from_credit_minor <= amount_minor),
  constraint refunds_sent check ((first_sent_at is null) = (last_sent_at is null)),
  constraint refunds_known_to_the_gateway check (
    status not in ('pending', 'succeeded', 'returned') or gateway_refund_id is not null),
  constraint refunds_requested check ((origin = 'staff') = (requested_by is not null))
) with (fillfactor = 80);
create unique index refunds_once_at_the_gateway on refunds (bucket, gateway_refund_id)
  where gateway_refund_id is not null;
create index refunds_due on refunds (bucket, next_step_at) where settled_at is null;
create index refunds_by_charge on refunds (bucket, charge_id);
create index refunds_by_account on refunds (bucket, account_id, refund_id);

-- A payer's objection at the issuer. The network takes the money back until it is decided.
create table disputes (
  bucket smallint not null,
  dispute_id uuid not null,
  account_id text not null,
  coverage text not null,
  charge_id uuid not null,
  invoice_id uuid,
  order_id uuid,
  gateway_dispute_id text not null,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  -- The network's reason, such as `fraudulent`.
  reason text not null,
  status text not null,
  -- What the network holds of ours because of it.
  withdrawn_minor bigint not null default 0 check (withdrawn_minor >= 0),
  -- What of that came out of the account's credit: excess of the charge itself.
  from_credit_minor bigint not null default 0 check (from_credit_minor between 0 and withdrawn_minor),
  evidence_due_at timestamptz,
  opened_at timestamptz not null,
  ended_at timestamptz,
  -- What staff decided: domain/dispute.ts. Until then the invoice is not collected.
  decision text check (decision in ('credit_note', 'write_off', 'reopen')),
  decided_at timestamptz,
  decided_by text,
  decided_why text,
  -- As the decision split it: noted or reopened, and written off.
  returned_minor bigint not null default 0 check (returned_minor >= 0),
  note_lines jsonb,
  primary key (bucket, dispute_id),
  constraint disputes_status_known check (status in ('inquiry', 'open', 'under_review', 'won', 'lost', 'closed')),
  constraint disputes_ended check ((ended_at is null) = (status in ('inquiry', 'open', 'under_review'))),
  constraint disputes_decided check (num_nulls(decision, decided_at, decided_by, decided_why) in (0, 4)),
  constraint disputes_of_one_subject check (num_nonnulls(invoice_id, order_id) <= 1)
);
create unique index disputes_once on disputes (bucket, gateway_dispute_id);
create index disputes_by_charge on disputes (bucket, charge_id);
create index disputes_by_account on disputes (bucket, account_id, dispute_id);
-- What the account's card expiry and marks are found by when the gateway says that a card was updated.
create index cards_at_the_gateway on cards (bucket, gateway_payment_method_id);

-- What the gateway told us, kept before it is acknowledged: a hint to read the gateway, never the truth, so only ids
-- are kept. Belongs to no account until it has been read. Wall time throughout.
create table gateway_events (
  coverage text not null references coverages,
  event_id text not null check (length(event_id) between 1 and 255),
  type text not null check (length(type) <= 255),
  about jsonb not null,
  received_at_wall timestamptz not null,
  attempts smallint not null default 0,
  next_try_at_wall timestamptz,
  claimed_by uuid,
  handled_at_wall timestamptz,
  -- `recorded`, or why there was nothing to do.
  outcome text check (outcome in ('recorded', 'known_already', 'nothing_of_ours')),
  last_problem text,
  primary key (coverage, event_id),
  check ((handled_at_wall is null) = (outcome is null)),
  check ((handled_at_wall is null) = (next_try_at_wall is not null))
);
create index gateway_events_due on gateway_events (next_try_at_wall) where handled_at_wall is null;
