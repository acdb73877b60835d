/** Bugs between a fee and its invoice: closing, sums, credit, currencies. */
import type { Mutation } from './mutation.ts'

const invoice = 'src/domain/invoice.ts'
const closing = 'src/postgres/closing.ts'

export const billing: readonly Mutation[] = [
  {
    name: 'fees are taken in without looking at their names',
    inProduction: 'A file that is sent twice is billed twice.',
    edits: [
      {
        file: 'migrations/0003_fees.sql',
        find: 'primary key (bucket, account_id, external_id),\n  check (scale',
        replace: 'primary key (bucket, account_id, external_id, imported_at),\n  check (scale',
      },
    ],
    foundBy: 'test/failure-cases/fees.test.ts',
    named: 'F52 ',
  },
  {
    name: 'a fee with a known name and other content is ignored',
    inProduction: 'The platform corrects a price, is told that all is well, and the old one is billed.',
    edits: [
      { file: 'src/operations/fees/import-batch.ts', find: 'if (known === sent) return []', replace: 'return []' },
    ],
    foundBy: 'src/operations/import-fees.test.ts',
    named: 'what only the database knows',
  },
  {
    name: 'a late fee goes to its own, closed month',
    inProduction: 'It is on no invoice, and nobody ever pays it (F52).',
    edits: [
      {
        file: 'src/domain/billing-month.ts',
        find: 'while (!(states.get(candidate) ?? candidate > closedThrough))',
        replace: 'while (!(states.has(candidate) || candidate > closedThrough))',
      },
    ],
    foundBy: 'src/domain/billing-month.test.ts',
    named: 'F52 ',
  },
  {
    name: 'a month may be closed twice',
    inProduction: 'Two closings that meet make two invoices of the same fees, and both are charged (F12).',
    edits: [
      {
        file: 'migrations/0004_money.sql',
        find: '  constraint invoices_one_per_month unique (bucket, coverage, month, account_id),\n',
        replace: '',
      },
      { file: closing, find: '      for no key update skip locked`', replace: '`' },
    ],
    foundBy: 'test/failure-cases/charging-twice.test.ts',
    named: 'F12 ',
  },
  {
    name: 'credit is applied and kept',
    inProduction: 'The same credit pays every month.',
    edits: [{ file: invoice, find: 'creditMinor: creditMinor - creditAppliedMinor', replace: 'creditMinor' }],
    foundBy: 'simulation',
  },
  {
    name: 'fees are rounded one by one',
    inProduction: 'A hundred thousand calls at a hundredth of a cent cost a thousand dollars (F40).',
    edits: [
      {
        file: closing,
        find: 'as waived, sum(f.amount) as amount',
        replace: 'as waived, sum(ceil(f.amount * 100) / 100) as amount',
      },
    ],
    foundBy: 'test/failure-cases/fees.test.ts',
    named: 'F40 ',
  },
  {
    name: 'yen have cents',
    inProduction: 'Everybody in Japan is charged a hundred times what they owe (F38).',
    edits: [{ file: 'src/domain/money.ts', find: "    'JPY',\n", replace: '' }],
    foundBy: 'test/failure-cases/money.test.ts',
    named: 'F38 ',
  },
  {
    name: 'what was carried over is forgotten',
    inProduction: 'Months below the minimum are never billed (F43).',
    edits: [
      {
        file: closing,
        find: 'if (carried.length === 0) return',
        replace: 'if (carried.length >= 0) return',
      },
    ],
    foundBy: 'test/failure-cases/money.test.ts',
    named: 'F43 B7 ',
  },
]
