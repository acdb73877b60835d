/** The last months at a glance, and the way to all of them. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { invoicesQuery } from '../../api/queries.ts'
import { Rows } from '../../parts/bones.tsx'
import { Section } from '../../parts/section.tsx'
import { billingTexts } from '../../texts/billing.ts'
import { MonthsChart, MonthsTable } from '../billing/months.tsx'
import type { Coverage } from './page.tsx'

const shown = 6

export function HistorySection({ accountId, coverage }: { readonly accountId: string; readonly coverage: Coverage }) {
  const { data, error } = useInfiniteQuery(invoicesQuery(accountId, coverage.coverage))
  const invoices = data?.pages[0]?.items
  return (
    <Section title={billingTexts.title}>
      <div className="stack">
        {invoices === undefined && !error ? <Rows count={3} /> : null}
        {invoices?.length === 0 ? <p className="prose">{billingTexts.noMonths}</p> : null}
        {invoices && invoices.length > 0 ? (
          <>
            <MonthsChart coverage={coverage} invoices={invoices} />
            <MonthsTable coverage={coverage} invoices={invoices.slice(0, shown)} />
          </>
        ) : null}
        <p>
          <Link to={`/billing/${coverage.coverage}`}>{billingTexts.all}</Link>
        </p>
      </div>
    </Section>
  )
}
