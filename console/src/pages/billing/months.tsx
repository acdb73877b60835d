/** Months as a table, newest first, and the last of them as a chart: the table is the data, the chart only shows its shape. */
import { Link } from 'react-router'
import type { Schemas } from '../../api/client.ts'
import { money, month, shortMonth } from '../../format.ts'
import { billingTexts } from '../../texts/billing.ts'
import type { Coverage } from '../payment-settings/page.tsx'
import './billing.css'

export type InvoiceLine = Schemas['Invoice']

interface MonthsProps {
  readonly invoices: readonly InvoiceLine[]
  readonly coverage: Coverage
}

/** What a month cost: nothing, where its fees went into a later one. */
const costOf = ({ status, totalMinor }: InvoiceLine): number =>
  status === 'carried_over' || status === 'waived' ? 0 : Math.max(0, totalMinor)

export function MonthsTable({ invoices, coverage }: MonthsProps) {
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{billingTexts.month}</th>
          <th scope="col">{billingTexts.state}</th>
          <th className="number" scope="col">
            {billingTexts.amount}
          </th>
        </tr>
      </thead>
      <tbody>
        {invoices.map((invoice) => (
          <tr key={invoice.invoiceId}>
            <th scope="row">
              <Link to={`/billing/${coverage.coverage}/invoices/${invoice.invoiceId}`}>{month(invoice.month)}</Link>
              {invoice.firstMonth === invoice.month ? null : (
                <span className="small carried">{billingTexts.includes(month(invoice.firstMonth))}</span>
              )}
            </th>
            <td>
              <InvoiceState invoice={invoice} />
            </td>
            <td className="number money">
              {invoice.status === 'carried_over' ? '–' : money(invoice.totalMinor, coverage)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** A square and a word; green is for money that arrived, vermilion for what waits for the payer. */
export function InvoiceState({ invoice }: { readonly invoice: InvoiceLine }) {
  const { status } = invoice
  const state = status === 'outstanding' && invoice.failureCode === null ? 'processing' : (faces[status] ?? 'quiet')
  return <span className={`state ${state}`}>{billingTexts.states[status]}</span>
}

const faces: Readonly<Partial<Record<InvoiceLine['status'], string>>> = {
  paid: 'paid',
  outstanding: 'outstanding',
  scheduled: 'processing',
  awaiting_approval: 'processing',
}

const barsAtMost = 12

/** Bars of the last months, oldest first; the newest says its value. */
export function MonthsChart({ invoices, coverage }: MonthsProps) {
  const shown = invoices.slice(0, barsAtMost).toReversed()
  const most = Math.max(...shown.map(costOf))
  const newest = shown.at(-1)
  if (shown.length < 2 || most === 0 || !newest) return null
  return (
    <figure aria-hidden="true" className="chart">
      {shown.map((invoice) => (
        <div className={invoice === newest ? 'bar-of newest' : 'bar-of'} key={invoice.invoiceId}>
          {invoice === newest ? <span className="bar-value money">{money(costOf(invoice), coverage)}</span> : null}
          <svg aria-hidden="true" className="bar-box" preserveAspectRatio="none" viewBox="0 0 1 100">
            <rect height={(100 * costOf(invoice)) / most} width="1" x="0" y={100 - (100 * costOf(invoice)) / most} />
          </svg>
          <span className="caption">{shortMonth(invoice.month)}</span>
        </div>
      ))}
    </figure>
  )
}
