/** Bugs on the way from an invoice to its money: keys, outcomes, guards, claims. */
import type { Mutation } from './mutation.ts'

const outcome = 'src/domain/outcome.ts'
const attempts = 'src/postgres/attempts.ts'
const schema = 'migrations/0004_money.sql'

export const collecting: readonly Mutation[] = [
  {
    name: 'a new idempotency key for every send of a hold',
    inProduction: 'A request that was only slow, and the one sent after it, both hold and take the money (F3).',
    edits: [
      {
        file: 'src/simulator/as-gateway.ts',
        find: '`${chargeId}:hold`',
        replace: '`${chargeId}:hold:${Math.random()}`',
      },
    ],
    foundBy: 'test/failure-cases/charging-twice.test.ts',
    named: 'F7 ',
  },
  {
    name: 'an unknown outcome counts as failed',
    inProduction: 'The answer to a hold gets lost, the next day charges again, and both are taken (F10).',
    edits: [
      {
        file: outcome,
        find: "    case 'unknown':\n      return unknown(charge, rules, now)",
        replace:
          "    case 'unknown':\n      return declined(charge, null, { code: 'processing_error', declineCode: null, adviceCode: null, networkCode: null }, rules, now)",
      },
    ],
    foundBy: 'src/domain/outcome.test.ts',
    named: 'F10 F20 ',
  },
  {
    name: 'an unknown outcome counts as not executed at once',
    inProduction: 'A new charge follows within the hour although the first may have gone through (F10).',
    edits: [
      {
        file: outcome,
        find: "    case 'unknown':\n      return unknown(charge, rules, now)",
        replace:
          "    case 'unknown':\n      return charge.status === 'intended' || charge.status === 'unknown' ? undone(charge, 'give_up', now, { event: 'charge_not_executed' }) : unknown(charge, rules, now)",
      },
    ],
    foundBy: 'src/domain/outcome.test.ts',
    named: 'F10 F20 ',
  },
  {
    name: 'what the gateway has no trace of is given up at once',
    inProduction: 'A request still on its way arrives after its charge was closed, and nobody expects its money.',
    edits: [
      {
        file: 'src/domain/charge.ts',
        find: 'absentForMs = 10 * minuteMs',
        replace: 'absentForMs = 0 * minuteMs',
      },
      { file: 'src/domain/charge.ts', find: 'sendsAtMost = 3', replace: 'sendsAtMost = 1' },
    ],
    foundBy: 'src/domain/outcome.test.ts',
    named: 'F3 F5 F19 ',
  },
  {
    name: 'a key is replayed after the gateway has pruned it',
    inProduction: 'The gateway no longer knows the key, and charges a second time (F5).',
    edits: [
      { file: 'src/domain/charge.ts', find: 'replayWithinMs = 20 * hourMs', replace: 'replayWithinMs = 2000 * hourMs' },
    ],
    foundBy: 'src/domain/charge.test.ts',
    named: 'F5 ',
  },
  {
    name: 'capture without reading the invoice again',
    inProduction: 'What was paid by transfer or disputed since the hold is taken from the card all the same (F16).',
    edits: [
      {
        file: outcome,
        find: 'const dueMinor = !invoice ? wantedMinor : invoice.disputed ? 0n : collectableMinor(invoice, charge.trigger)',
        replace: 'const dueMinor = !invoice ? wantedMinor : charge.amountMinor',
      },
    ],
    foundBy: 'test/failure-cases/charging-twice.test.ts',
    named: 'F16 ',
  },
  {
    name: 'the index that allows one unsettled charge for an invoice is gone',
    inProduction: 'Two workers that meet at the same invoice both charge it (F11).',
    edits: [
      {
        file: schema,
        find: 'create unique index charges_one_unsettled_per_invoice on charges (bucket, invoice_id)',
        replace: 'create index charges_one_unsettled_per_invoice on charges (bucket, invoice_id)',
      },
    ],
    foundBy: 'src/postgres/invariants.test.ts',
  },
  {
    name: 'the guard forgets credit that was applied',
    inProduction: 'Who has credit is charged the whole invoice.',
    edits: [
      {
        file: schema,
        find: 'then total_minor - credit_noted_minor - credit_applied_minor - captured_minor',
        replace: 'then total_minor - credit_noted_minor - captured_minor',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'a retry charges the total instead of what is due',
    inProduction: 'After a credit note or a part payment the card is asked for too much (F14).',
    edits: [{ file: attempts, find: 'i.due_minor as "dueMinor", i.re', replace: 'i.total_minor as "dueMinor", i.re' }],
    foundBy: 'test/failure-cases/charging-twice.test.ts',
    named: 'F14 ',
  },
  {
    name: 'money above what is due is not recorded',
    inProduction: 'The payer paid too much, and nothing says so: no credit, nobody called.',
    edits: [
      {
        file: outcome,
        find: 'postCapture(appliedMinor, capturedMinor - appliedMinor)',
        replace: 'postCapture(appliedMinor, 0n)',
      },
    ],
    foundBy: 'src/domain/outcome.test.ts',
    named: 'F18 ',
  },
  {
    name: 'an answer is recorded without asking whose claim it is',
    inProduction: 'A worker that was declared dead writes over what another has learnt since.',
    edits: [
      {
        file: 'src/postgres/outcomes.ts',
        find: 'c.charge_id = d.charge_id and c.claimed_by = ${workerId} and c.settled_at is null',
        replace: 'c.charge_id = d.charge_id and ${workerId}::uuid is not null',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'what a dead worker had sent is not looked up',
    inProduction: 'The money was taken, the charge is closed as never made, and the invoice is charged again (F8, F9).',
    edits: [
      {
        file: 'src/domain/charge.ts',
        find: "return charge.status === 'intended' && charge.firstSentAt === null ? 'hold' : 'look_up'",
        replace: "return charge.status === 'intended' ? 'hold' : 'look_up'",
      },
      { file: 'src/domain/charge.ts', find: 'sendsAtMost = 3', replace: 'sendsAtMost = 1' },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'what dead workers held is never taken over',
    inProduction: 'A crash leaves its charges lying for ever, and their invoices with them (F21, F26).',
    edits: [
      {
        file: 'src/postgres/charges.ts',
        find: 'sql`c.settled_at is null and c.next_step_at is not null and c.claimed_by is not null',
        replace: 'sql`false and c.settled_at is null and c.next_step_at is not null and c.claimed_by is not null',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'a charge is sent again with a card that was replaced',
    inProduction: 'The old card, perhaps stolen, is charged after the payer registered another (F34).',
    edits: [
      {
        file: outcome,
        find: 'if (invoice === null || invoice.disputed || invoice.cardId !== cardId) return false',
        replace: 'if (invoice === null || invoice.disputed) return false',
      },
    ],
    foundBy: 'src/domain/outcome.test.ts',
    named: 'F3 F5 F19 ',
  },
  {
    name: 'the capture is not in the ledger',
    inProduction: 'The invoice is paid and the books still show it as owed.',
    edits: [
      {
        file: outcome,
        find: "if (appliedMinor > 0n) postings.push({ kind: 'captured', amountMinor: appliedMinor })",
        replace: "if (appliedMinor > 1_000n) postings.push({ kind: 'captured', amountMinor: appliedMinor })",
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'a paused run goes on',
    inProduction: 'Staff stop a run because something is wrong, and cards are charged all the same.',
    edits: [
      {
        file: attempts,
        find: "(u.charge_id is null or u.status = 'unknown')\n        and not exists (select from runs r where r.coverage = i.coverage and r.month = i.month and r.paused_at is not null)",
        replace: "(u.charge_id is null or u.status = 'unknown')",
      },
      {
        file: attempts,
        find: 'i.bucket = b and i.next_attempt_at <= ${at(now)}\n    and not exists (select from runs r where r.coverage = i.coverage and r.month = i.month and r.paused_at is not null)',
        replace: 'i.bucket = b and i.next_attempt_at <= ${at(now)}',
      },
    ],
    foundBy: 'test/operations/retries.test.ts',
    named: 'a refusing gateway pauses',
  },
]
