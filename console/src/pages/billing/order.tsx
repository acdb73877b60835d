/** One order: what it is, how it stands, and what may be done with it. A failed one is never tried again by itself (B13). */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { ApiProblem, api } from '../../api/client.ts'
import { coveragesQuery, type Order, orderChanged, orderQuery } from '../../api/queries.ts'
import { moment, money } from '../../format.ts'
import { Question } from '../../parts/attempts.tsx'
import { Rows } from '../../parts/bones.tsx'
import { Button } from '../../parts/button.tsx'
import { Section } from '../../parts/section.tsx'
import { PageTitle } from '../../parts/title.tsx'
import { Failed } from '../../shell/broken.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { useOnline } from '../../shell/stale.tsx'
import { billingTexts } from '../../texts/billing.ts'
import { shellTexts } from '../../texts/shell.ts'
import type { Coverage } from '../payment-settings/page.tsx'
import { RootOnly } from '../payment-settings/root-only.tsx'
import { SupportLink } from '../payment-settings/support.tsx'
import { ChargesTable } from './charges.tsx'
import './billing.css'

export function Component() {
  const me = useMe()
  const { coverage = '', orderId = '' } = useParams()
  return me.kind === 'root' ? (
    <OfOrder accountId={me.accountId} code={coverage} key={orderId} orderId={orderId} />
  ) : (
    <RootOnly />
  )
}

interface OfOrderProps {
  readonly accountId: string
  readonly code: string
  readonly orderId: string
}

function OfOrder({ accountId, code, orderId }: OfOrderProps) {
  const { data: order, error, refetch } = useQuery(orderQuery(accountId, orderId))
  const { data: coverages } = useQuery(coveragesQuery)
  const coverage = coverages?.items.find((one) => one.coverage === code)
  if (error && !order) return <Failed again={() => void refetch()} problem={error} />
  return (
    <>
      <Link className="back" to={`/billing/${code}`}>
        ‹ {billingTexts.title}
      </Link>
      <PageTitle>{order ? billingTexts.orderOf(order.externalId) : billingTexts.order}</PageTitle>
      {order && coverage ? (
        <div className="ledger">
          <State accountId={accountId} coverage={coverage} order={order} />
          <Items coverage={coverage} order={order} />
          {order.charges.length > 0 ? (
            <Section title={billingTexts.charges}>
              <ChargesTable charges={order.charges} coverage={coverage} />
            </Section>
          ) : null}
        </div>
      ) : (
        <Rows count={4} />
      )}
    </>
  )
}

interface OrderProps {
  readonly order: Order
  readonly coverage: Coverage
}

function State({ order, coverage, accountId }: OrderProps & { readonly accountId: string }) {
  const { failure, needsCustomer, notGivenBack } = order
  return (
    <Section note={billingTexts.orderNote(coverage.name)} title={billingTexts.state}>
      <div className="stack">
        <p aria-live="polite" className="message">
          {order.statusText}
        </p>
        {failure ? (
          <div className="stack-tight" role="alert">
            <p className="prose">
              <strong className="wrong">{failure.reason}</strong> {failure.advice} {failure.automatic}
            </p>
            <p className="small">
              {moment(failure.failedAt, coverage.timeZone)} · <code>{failure.code}</code>
            </p>
            <p>
              <SupportLink className="button filled" code={failure.code} coverage={coverage} orderId={order.orderId} />
            </p>
          </div>
        ) : null}
        {notGivenBack ? <p className="prose">{notGivenBack.text}</p> : null}
        {needsCustomer ? (
          <Question
            accountId={accountId}
            chargeId={needsCustomer.chargeId}
            key={needsCustomer.chargeId}
            onAnswered={() => orderChanged(accountId, order.orderId)}
          />
        ) : null}
        <Acts accountId={accountId} coverage={coverage} order={order} />
      </div>
    </Section>
  )
}

/** What the API allows is a button; in place of what it does not stands why. */
function Acts({ order, coverage, accountId }: OrderProps & { readonly accountId: string }) {
  const [busy, setBusy] = useState<string | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const online = useOnline()
  const params = { path: { accountId, orderId: order.orderId } }
  const act = async (action: 'confirm' | 'cancel') => {
    setBusy(action)
    setProblem(null)
    try {
      if (action === 'confirm') await api.POST('/api/accounts/{accountId}/orders/{orderId}/confirm', { params })
      else await api.POST('/api/accounts/{accountId}/orders/{orderId}/cancel', { params })
    } catch (thrown) {
      const said = thrown instanceof ApiProblem && thrown.code !== 'offline' ? thrown.message : shellTexts.noAnswer
      setProblem(said)
    } finally {
      await orderChanged(accountId, order.orderId)
      setBusy(null)
    }
  }
  const offered = order.allowedActions.flatMap(({ action, label, allowed }) =>
    allowed && (action === 'confirm' || action === 'cancel') ? [{ action, label }] : [],
  )
  if (!online) return <p className="small">{shellTexts.offline}</p>
  return (
    <div className="stack-tight">
      {offered.some(({ action }) => action === 'confirm') ? (
        <p className="small prose">{billingTexts.confirmNote(money(order.totalMinor, coverage))}</p>
      ) : null}
      <div className="buttons">
        {offered.map(({ action, label }) => (
          <Button
            busy={busy !== null}
            {...(busy === action ? { busyLabel: billingTexts.working } : {})}
            filled={action === 'confirm'}
            key={action}
            onPress={() => void act(action)}
          >
            {action === 'confirm' ? billingTexts.withSum(label, money(order.totalMinor, coverage)) : label}
          </Button>
        ))}
      </div>
      {problem ? (
        <p className="wrong" role="alert">
          {problem}
        </p>
      ) : null}
    </div>
  )
}

function Items({ order, coverage }: OrderProps) {
  const sum = (amountMinor: number) => money(amountMinor, coverage)
  return (
    <Section title={billingTexts.items}>
      <table className="rows">
        <tbody>
          {order.items.map(({ code, name, quantity, unitMinor }) => (
            <tr key={code}>
              <th scope="row">
                {name} <span className="small">{billingTexts.times(quantity, sum(unitMinor))}</span>
              </th>
              <td className="number money">{sum(unitMinor * quantity)}</td>
            </tr>
          ))}
          {order.taxLines.map(({ taxRateBp, netMinor, taxMinor }) => (
            <tr key={taxRateBp}>
              <th scope="row">{billingTexts.tax(taxRateBp / 100, sum(netMinor))}</th>
              <td className="number money">{sum(taxMinor)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{billingTexts.total}</th>
            <td className="number money">
              <span className="total">{sum(order.totalMinor)}</span>
            </td>
          </tr>
        </tfoot>
      </table>
    </Section>
  )
}
