/** Billing & payment history of one coverage: every month, its orders, and the files to keep. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { coveragesQuery, invoicesQuery, ordersQuery } from '../../api/queries.ts'
import { day, money } from '../../format.ts'
import { Rows } from '../../parts/bones.tsx'
import { Button } from '../../parts/button.tsx'
import { Section } from '../../parts/section.tsx'
import { PageTitle } from '../../parts/title.tsx'
import { Failed } from '../../shell/broken.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { billingTexts } from '../../texts/billing.ts'
import { registerTexts } from '../../texts/register-card.tsx'
import type { Coverage } from '../payment-settings/page.tsx'
import { RootOnly } from '../payment-settings/root-only.tsx'
import { MonthsChart, MonthsTable } from './months.tsx'

export function Component() {
  const me = useMe()
  const { coverage: code = '' } = useParams()
  const { data } = useQuery(coveragesQuery)
  const coverage = data?.items.find((one) => one.coverage === code)
  if (me.kind !== 'root') return <RootOnly />
  return (
    <>
      <Link className="back" to={`/payment-settings/${code}`}>
        ‹ {registerTexts.back(coverage?.name ?? code)}
      </Link>
      <PageTitle>{billingTexts.title}</PageTitle>
      {coverage ? (
        <div className="ledger">
          <Months accountId={me.accountId} coverage={coverage} />
          <Orders accountId={me.accountId} coverage={coverage} />
        </div>
      ) : null}
    </>
  )
}

interface OfCoverage {
  readonly accountId: string
  readonly coverage: Coverage
}

function Months({ accountId, coverage }: OfCoverage) {
  const query = useInfiniteQuery(invoicesQuery(accountId, coverage.coverage))
  const invoices = query.data?.pages.flatMap(({ items }) => items)
  return (
    <Section note={billingTexts.monthsNote(coverage.name)} title={billingTexts.months}>
      <div className="stack">
        {query.error && !invoices ? <Failed again={() => void query.refetch()} problem={query.error} /> : null}
        {invoices === undefined && !query.error ? <Rows count={4} /> : null}
        {invoices?.length === 0 ? <p className="prose">{billingTexts.noMonths}</p> : null}
        {invoices && invoices.length > 0 ? (
          <>
            <MonthsChart coverage={coverage} invoices={invoices} />
            <MonthsTable coverage={coverage} invoices={invoices} />
            <div className="buttons">
              {query.hasNextPage ? (
                <Button busy={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
                  {billingTexts.more}
                </Button>
              ) : null}
            </div>
            <p>
              <a download href={`/api/accounts/${accountId}/invoices.csv?coverage=${coverage.coverage}`}>
                {billingTexts.download}
              </a>
            </p>
          </>
        ) : null}
      </div>
    </Section>
  )
}

function Orders({ accountId, coverage }: OfCoverage) {
  const query = useInfiniteQuery(ordersQuery(accountId, coverage.coverage))
  const orders = query.data?.pages.flatMap(({ items }) => items)
  return (
    <Section note={billingTexts.ordersNote} title={billingTexts.orders}>
      <div className="stack">
        {orders === undefined ? <Rows count={1} /> : null}
        {orders?.length === 0 ? <p className="prose">{billingTexts.noOrders}</p> : null}
        {orders && orders.length > 0 ? (
          <table className="rows">
            <thead>
              <tr>
                <th scope="col">{billingTexts.order}</th>
                <th scope="col">{billingTexts.state}</th>
                <th className="number" scope="col">
                  {billingTexts.amount}
                </th>
              </tr>
            </thead>
            <tbody>
              {orders.map(({ orderId, externalId, status, statusText, totalMinor, quotedAt }) => (
                <tr key={orderId}>
                  <th scope="row">
                    <Link to={`/billing/${coverage.coverage}/orders/${orderId}`}>{externalId}</Link>
                    <span className="small carried">{day(quotedAt.slice(0, 10))}</span>
                  </th>
                  <td>
                    <span
                      className={`state ${status === 'failed' ? 'failed' : status === 'shipped' ? 'paid' : 'quiet'}`}
                    >
                      {statusText}
                    </span>
                  </td>
                  <td className="number money">{money(totalMinor, coverage)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : null}
        {query.hasNextPage ? (
          <Button busy={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {billingTexts.more}
          </Button>
        ) : null}
      </div>
    </Section>
  )
}
