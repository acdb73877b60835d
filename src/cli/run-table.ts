/** The invoices of one month by status, with their sums: what every command about a run ends with. */
import type { Month } from '../domain/calendar.ts'
import { sayMoney, sayStatus } from '../operations/say-words.ts'
import type { System } from '../operations/system.ts'
import { type RunProgress, readProgress } from '../postgres/runs.ts'
import { table } from './output.ts'

export interface RunSummary {
  readonly coverage: string
  readonly month: Month
  readonly currency: string
  readonly invoices: readonly RunProgress[]
}

export async function summaryOf(
  system: System,
  run: { readonly coverage: string; readonly month: Month },
): Promise<RunSummary> {
  const currency = system.coverages.get(run.coverage)?.currency ?? ''
  return { ...run, currency, invoices: await readProgress(system.db, run.coverage, run.month) }
}

export function summaryTable({ invoices, currency }: RunSummary): string {
  if (invoices.length === 0) return 'no invoices'
  const sum = (key: 'invoices' | 'totalMinor' | 'dueMinor') => invoices.reduce((total, row) => total + row[key], 0n)
  const line = (name: string, count: bigint, totalMinor: bigint, dueMinor: bigint) => [
    name,
    count.toLocaleString('en-US'),
    sayMoney(totalMinor, currency),
    dueMinor === 0n ? '' : sayMoney(dueMinor, currency),
  ]
  return table(
    ['', 'invoices', 'total', 'due'],
    [
      ...invoices.map((row) => line(sayStatus(row.status), row.invoices, row.totalMinor, row.dueMinor)),
      line('all', sum('invoices'), sum('totalMinor'), sum('dueMinor')),
    ],
    [1, 2, 3],
  )
}
