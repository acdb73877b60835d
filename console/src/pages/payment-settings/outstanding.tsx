/** The invoices that wait to be paid, oldest first, and their sum. */
import { dayOf, money, month } from '../../format.ts'
import { Section } from '../../parts/section.tsx'
import { settingsTexts } from '../../texts/payment-settings.ts'
import type { Coverage, Settings } from './page.tsx'

interface OutstandingProps {
  readonly settings: Settings
  readonly coverage: Coverage
}

export function OutstandingSection({ settings: { outstanding }, coverage }: OutstandingProps) {
  if (outstanding.invoices.length === 0) return null
  return (
    <Section note={settingsTexts.oldestFirst} title={settingsTexts.outstanding}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{settingsTexts.month}</th>
            <th scope="col">{settingsTexts.lastAttempt}</th>
            <th className="number" scope="col">
              {settingsTexts.amount}
            </th>
          </tr>
        </thead>
        <tbody>
          {outstanding.invoices.map((invoice) => (
            <tr key={invoice.invoiceId}>
              <th scope="row">{month(invoice.month)}</th>
              <td className="small">{invoice.failure ? dayOf(invoice.failure.at, coverage.timeZone) : '–'}</td>
              <td className="number money">{money(invoice.dueMinor, coverage)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th colSpan={2} scope="row">
              {settingsTexts.total}
            </th>
            <td className="number money">
              <span className="total">{money(outstanding.sumMinor, coverage)}</span>
            </td>
          </tr>
        </tfoot>
      </table>
    </Section>
  )
}
