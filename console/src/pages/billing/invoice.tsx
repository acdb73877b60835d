/** A month in full: its sums, what it is made of, and everything that was tried to collect it. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { coveragesQuery, type Invoice, invoiceQuery } from '../../api/queries.ts'
import { decimalMoney, moment, money, month } from '../../format.ts'
import { Rows } from '../../parts/bones.tsx'
import { Section } from '../../parts/section.tsx'
import { PageTitle } from '../../parts/title.tsx'
import { Failed } from '../../shell/broken.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { billingTexts } from '../../texts/billing.ts'
import type { Coverage } from '../payment-settings/page.tsx'
import { RootOnly } from '../payment-settings/root-only.tsx'
import { ChargesTable } from './charges.tsx'
import { InvoiceState } from './months.tsx'

export function Component() {
  const me = useMe()
  const { coverage = '', invoiceId = '' } = useParams()
  return me.kind === 'root' ? (
    <OfInvoice accountId={me.accountId} code={coverage} invoiceId={invoiceId} key={invoiceId} />
  ) : (
    <RootOnly />
  )
}

interface OfInvoiceProps {
  readonly accountId: string
  readonly code: string
  readonly invoiceId: string
}

function OfInvoice({ accountId, code, invoiceId }: OfInvoiceProps) {
  const { data: invoice, error, refetch } = useQuery(invoiceQuery(accountId, invoiceId))
  const { data: coverages } = useQuery(coveragesQuery)
  const coverage = coverages?.items.find((one) => one.coverage === code)
  if (error && !invoice) return <Failed again={() => void refetch()} problem={error} />
  return (
    <>
      <Link className="back" to={`/billing/${code}`}>
        ‹ {billingTexts.title}
      </Link>
      <PageTitle>{invoice ? month(invoice.month) : billingTexts.title}</PageTitle>
      {invoice && coverage ? (
        <div className="ledger">
          <Sums coverage={coverage} invoice={invoice} />
          <Items coverage={coverage} invoice={invoice} />
          <Section title={billingTexts.charges}>
            {invoice.charges.length > 0 ? (
              <ChargesTable charges={invoice.charges} coverage={coverage} />
            ) : (
              <p className="prose">{billingTexts.noCharges}</p>
            )}
          </Section>
          <Section title={billingTexts.files}>
            <a download href={`/api/accounts/${accountId}/invoices/${invoiceId}/fees.csv`}>
              {billingTexts.downloadFees}
            </a>
          </Section>
        </div>
      ) : (
        <Rows count={5} />
      )}
    </>
  )
}

interface InvoiceProps {
  readonly invoice: Invoice
  readonly coverage: Coverage
}

function Sums({ invoice, coverage }: InvoiceProps) {
  const sum = (amountMinor: number) => money(amountMinor, coverage)
  const less = [
    [billingTexts.creditApplied, invoice.creditAppliedMinor],
    [billingTexts.creditNoted, invoice.creditNotedMinor],
    [billingTexts.paidOfIt, invoice.paidMinor],
  ] as const
  return (
    <Section
      note={invoice.firstMonth === invoice.month ? undefined : billingTexts.includes(month(invoice.firstMonth))}
      title={billingTexts.sums}
    >
      <p>
        <InvoiceState invoice={invoice} />
      </p>
      <table className="rows">
        <tbody>
          <tr>
            <th scope="row">{billingTexts.net}</th>
            <td className="number money">{sum(invoice.netMinor)}</td>
          </tr>
          {invoice.taxLines.map(({ taxRateBp, netMinor, taxMinor }) => (
            <tr key={taxRateBp}>
              <th scope="row">{billingTexts.tax(taxRateBp / 100, sum(netMinor))}</th>
              <td className="number money">{sum(taxMinor)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">
              <strong>{billingTexts.total}</strong>
            </th>
            <td className="number money">
              <strong>{sum(invoice.totalMinor)}</strong>
            </td>
          </tr>
          {less.map(([label, amountMinor]) =>
            amountMinor === 0 ? null : (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td className="number money">{sum(-amountMinor)}</td>
              </tr>
            ),
          )}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{billingTexts.due}</th>
            <td className="number money">
              <span className="total">{sum(invoice.dueMinor)}</span>
            </td>
          </tr>
        </tfoot>
      </table>
      {invoice.waivedMinor > 0 ? <p className="small">{billingTexts.waived(sum(invoice.waivedMinor))}</p> : null}
      {invoice.paidAt ? (
        <p className="small">{billingTexts.paidAt(moment(invoice.paidAt, coverage.timeZone))}</p>
      ) : null}
    </Section>
  )
}

/** What the month is made of, the largest first; fees are exact, so their sums have more places than money. */
function Items({ invoice, coverage }: InvoiceProps) {
  const items = invoice.items.toSorted((one, other) => Number(other.amount) - Number(one.amount))
  const most = Math.max(...items.map(({ amount }) => Number(amount)), 0)
  return (
    <Section note={billingTexts.itemsNote} title={billingTexts.items}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{billingTexts.item}</th>
            <th className="number" scope="col">
              {billingTexts.lines}
            </th>
            <th className="number" scope="col">
              {billingTexts.amount}
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ item, lines, amount }) => (
            <tr key={item}>
              <th scope="row">
                {item}
                <svg aria-hidden="true" className="share" preserveAspectRatio="none" viewBox="0 0 100 1">
                  <rect height="1" width={most > 0 ? Math.max(0, (100 * Number(amount)) / most) : 0} x="0" y="0" />
                </svg>
              </th>
              <td className="number">{lines}</td>
              <td className="number money">{decimalMoney(amount, coverage)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  )
}
