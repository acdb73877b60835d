/** Bugs in what follows from a refusal: the daily retry, the networks' rules, marks, dunning. */
import type { Mutation } from './mutation.ts'

const retry = 'src/domain/retry.ts'
const attempts = 'src/postgres/attempts.ts'

export const retrying: readonly Mutation[] = [
  {
    name: 'the network’s count is off by one',
    inProduction: 'One attempt too many each month, for which the network fines the platform.',
    edits: [
      {
        file: retry,
        find: 'within[within.length - limit.attempts]',
        replace: 'within[within.length - limit.attempts - 1]',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'due means within the last hour',
    inProduction: 'Whoever was due while the workers were down is never tried again (F25).',
    edits: [
      {
        file: attempts,
        find: 'i.bucket = b and i.next_attempt_at <= ${at(now)}',
        replace:
          'i.bucket = b and i.next_attempt_at <= ${at(now)} and i.next_attempt_at > ${at(plusMs(now, -3_600_000))}',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'the next retry is on the same day',
    inProduction: 'A declined card is asked again and again within the hour (F36).',
    edits: [
      {
        file: 'src/domain/coverage.ts',
        find: 'instantOn(addDays(dayAt(at, rules.timeZone), 1), rules.retryAt, rules.timeZone)',
        replace: 'instant(at + 3_600_000)',
      },
      {
        file: 'src/domain/coverage.ts',
        find: 'import { addDays, type Day,',
        replace: 'import { instant, type Day, addDays,',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'a skipped day is not recorded',
    inProduction: 'Nobody can say why an invoice was not tried on a day.',
    edits: [
      {
        file: 'src/postgres/skips.ts',
        find: 'skipped_on, account_id, reason, until, ${at(now)} from d\n',
        replace: 'skipped_on, account_id, reason, until, ${at(now)} from d where d.starts_clock\n',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'a code that forbids another try is ignored',
    inProduction: 'A card reported lost or stolen is asked again every day (F36).',
    edits: [{ file: retry, find: "  if (card.mark === 'never') return skip('code_forbids_retry')\n", replace: '' }],
    foundBy: 'test/failure-cases/stuck.test.ts',
    named: 'F36 ',
  },
  {
    name: 'Activate moves the daily schedule',
    inProduction: 'A payer who tries by hand at night loses the attempt of the next morning (B10).',
    edits: [
      {
        file: 'src/domain/next-attempt.ts',
        find: '  if (!isAutomatic(charge.trigger) && invoice.nextAttemptAt !== null) return invoice.nextAttemptAt\n',
        replace: '',
      },
    ],
    foundBy: 'src/domain/outcome.test.ts',
    named: 'B9 B10 ',
  },
  {
    name: 'our own fault counts as a decline',
    inProduction: 'A wrong key at the gateway tells thousands of payers that their cards were declined.',
    edits: [
      {
        file: 'src/domain/outcome.ts',
        find: 'return refused(charge, learnt.reason, rules, now)',
        replace:
          'return declined(charge, null, { code: learnt.reason, declineCode: null, adviceCode: null, networkCode: null }, rules, now)',
      },
    ],
    foundBy: 'src/domain/outcome.test.ts',
    named: 'our own fault is not a decline',
  },
  {
    name: 'what a payer tries by hand counts towards suspension',
    inProduction: 'A payer who presses Activate an hour before the run is told and suspended too early (F28).',
    edits: [
      {
        file: 'src/postgres/outcomes.ts',
        find: 'failed_by_itself: invoice.failure !== null && isAutomatic(trigger)',
        replace: 'failed_by_itself: invoice.failure !== null && isAutomatic(trigger) !== null',
      },
    ],
    foundBy: 'test/operations/standing.test.ts',
    named: 'F28 ',
  },
  {
    name: 'paying does not lift the suspension',
    inProduction: 'The money is there and the service stays off (F32).',
    edits: [
      {
        file: 'src/postgres/standing-wakes.ts',
        find: 'c.ended and not exists',
        replace: 'c.ended and c.started and not exists',
      },
    ],
    foundBy: 'simulation',
  },
  {
    name: 'a dispute does not stop collection',
    inProduction: 'Who objects to a charge is charged for the same invoice while the bank decides.',
    edits: [{ file: retry, find: "  if (facts.disputed) return skip('payment_disputed')\n", replace: '' }],
    foundBy: 'test/operations/disputes.test.ts',
    named: 'B18 a dispute stops',
  },
]
