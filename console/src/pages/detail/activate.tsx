/**
 * Activate: the panel is the confirmation (sum, months, card), then shows each month as it is charged, then the result. What
 * may not be tried now, and until when, stands beside it.
 */
import { useState } from 'react'
import { Link } from 'react-router'
import { ApiProblem, api } from '../../api/client.ts'
import { settingsChanged } from '../../api/queries.ts'
import { money, month } from '../../format.ts'
import { Attempts, type Planned } from '../../parts/attempts.tsx'
import { Button } from '../../parts/button.tsx'
import { CardLine } from '../../parts/card-line.tsx'
import { useOnline } from '../../shell/stale.tsx'
import { detailTexts } from '../../texts/detail.ts'
import { shellTexts } from '../../texts/shell.ts'
import type { Coverage, Settings } from '../payment-settings/page.tsx'

interface ActivateProps {
  readonly settings: Settings
  readonly coverage: Coverage
}

interface PanelProps extends ActivateProps {
  /** When the settings were read, by this browser's clock. */
  readonly readAtWall: number
}

interface Pressed {
  readonly planned: readonly Planned[]
  /** By this browser's clock: what was read later has come of this press. */
  readonly atWall: number
}

export function ActivatePanel({ settings, coverage, readAtWall }: PanelProps) {
  const [pressed, setPressed] = useState<Pressed | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const online = useOnline()
  const { accountId, activation } = settings
  const path = { accountId, coverage: coverage.coverage }

  const press = async () => {
    setBusy(true)
    setProblem(null)
    try {
      await api.POST('/api/accounts/{accountId}/coverages/{coverage}/activations', { params: { path } })
      setPressed({ planned: activation.invoices, atWall: Date.now() })
    } catch (thrown) {
      const said = thrown instanceof ApiProblem && thrown.code !== 'offline' ? thrown.message : shellTexts.noAnswer
      setProblem(said)
    } finally {
      await settingsChanged(accountId)
      setBusy(false)
    }
  }
  // Pressed elsewhere, or before this page was opened: it is shown all the same.
  const atWork = settings.attempts.filter(({ invoiceId }) => invoiceId !== null).length + settings.waiting.length > 0
  const shown = pressed ?? (atWork ? { planned: plannedOf(settings), atWall: 0 } : null)
  const action = settings.allowedActions.find((one) => one.action === 'activate')
  if (!shown && settings.outstanding.invoices.length === 0) return null
  return (
    <section aria-labelledby="activate" className="panel stack">
      <h2 className="section-title" id="activate">
        {action?.label ?? detailTexts.activate}
      </h2>
      {shown ? (
        <Attempts coverage={coverage} planned={shown.planned} settings={settings} fresh={readAtWall >= shown.atWall} />
      ) : (
        <Asked coverage={coverage} settings={settings} />
      )}
      {problem ? (
        <p className="wrong" role="alert">
          {problem}
        </p>
      ) : null}
      {shown && pressed === null ? null : (
        <Act
          action={action}
          again={pressed !== null}
          atWork={atWork}
          busy={busy}
          online={online}
          press={press}
          settings={settings}
          coverage={coverage}
        />
      )}
      {settings.outstanding.invoices.length > 0 ? (
        <p>
          <Link to={`/payment-settings/${coverage.coverage}/card`}>
            {settings.allowedActions.find((one) => one.action === 'register_card')?.label}
          </Link>
        </p>
      ) : null}
    </section>
  )
}

/** What is about to be charged, and to which card. */
function Asked({ settings, coverage }: ActivateProps) {
  const { activation, card } = settings
  if (activation.invoices.length === 0) return <Refusals coverage={coverage} settings={settings} />
  return (
    <>
      <p className="small">{detailTexts.activateLead}</p>
      <p className="sum money">{money(activation.sumMinor, coverage)}</p>
      <table className="rows">
        <tbody>
          {activation.invoices.map(({ invoiceId, month: of, amountMinor }) => (
            <tr key={invoiceId}>
              <th scope="row">{month(of)}</th>
              <td className="number money">{money(amountMinor, coverage)}</td>
            </tr>
          ))}
          {card ? (
            <tr>
              <th className="small" scope="row">
                {detailTexts.chargedTo}
              </th>
              <td className="number">
                <CardLine brand={card.brand} last4={card.last4} />
              </td>
            </tr>
          ) : null}
        </tbody>
      </table>
      <Refusals coverage={coverage} settings={settings} />
    </>
  )
}

function Refusals({ settings: { activation }, coverage }: ActivateProps) {
  return activation.refusals.map(({ invoiceId, month: of, amountMinor, sentence }) => (
    <p className="small" key={invoiceId}>
      <strong>
        {month(of)}, {money(amountMinor, coverage)}:
      </strong>{' '}
      {sentence}
    </p>
  ))
}

interface ActProps extends ActivateProps {
  readonly action: Settings['allowedActions'][number] | undefined
  readonly again: boolean
  readonly atWork: boolean
  readonly busy: boolean
  readonly online: boolean
  readonly press: () => Promise<void>
}

/** The button, or in its place why there is none and until when. */
function Act({ action, again, atWork, busy, online, press, settings, coverage }: ActProps) {
  if (atWork || settings.outstanding.invoices.length === 0) return null
  if (!online) return <p className="small">{shellTexts.offline}</p>
  if (!action?.allowed) return again ? null : <p className="prose">{action?.refused?.sentence}</p>
  const sum = money(settings.activation.sumMinor, coverage)
  return (
    <div className="stack-tight">
      <div className="buttons">
        <Button busy={busy} busyLabel={detailTexts.charging(sum)} filled={!again} onPress={() => void press()}>
          {detailTexts.activateSum(action.label, sum)}
        </Button>
      </div>
      <p className="small">{detailTexts.oneByOne}</p>
    </div>
  )
}

const plannedOf = ({ attempts, waiting, outstanding }: Settings): Planned[] =>
  outstanding.invoices
    .filter(({ invoiceId }) => [...attempts, ...waiting].some((one) => one.invoiceId === invoiceId))
    .map(({ invoiceId, month: of, dueMinor }) => ({ invoiceId, month: of, amountMinor: dueMinor }))
