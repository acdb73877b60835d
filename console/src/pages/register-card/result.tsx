/** What came of it: registered, and what is charged at once as it happens; or why not, and that nothing changed. */
import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import type { Schemas } from '../../api/client.ts'
import { registrationQuery, settingsQuery } from '../../api/queries.ts'
import { money } from '../../format.ts'
import { Attempts, type Planned } from '../../parts/attempts.tsx'
import { CardLine } from '../../parts/card-line.tsx'
import { registerTexts } from '../../texts/register-card.tsx'
import type { Coverage } from '../payment-settings/page.tsx'

export interface Registered {
  readonly registration: Schemas['Registration']
  readonly title: string
  /** What was to be charged at once. */
  readonly planned: readonly Planned[]
}

interface ResultProps {
  readonly result: Registered
  readonly accountId: string
  readonly coverage: Coverage
  readonly again: () => void
}

export function Result({ result, accountId, coverage, again }: ResultProps) {
  const of = { accountId, coverage: coverage.coverage, registrationId: result.registration.registrationId }
  // The bank or the gateway may not be done yet: then it is asked for again until it is.
  const { data: registration = result.registration } = useQuery(registrationQuery(of, result.registration))
  const { data: settings } = useQuery(settingsQuery(accountId, coverage.coverage))
  const back = (
    <Link className="button filled" to={`/payment-settings/${coverage.coverage}`}>
      {registerTexts.back(coverage.name)}
    </Link>
  )
  if (registration.status === 'pending') {
    return (
      <div className="stack" role="status">
        <p className="message">{registerTexts.pendingTitle}</p>
        <p className="prose">{registerTexts.pendingBody}</p>
      </div>
    )
  }
  if (registration.status === 'failed') {
    return (
      <div className="stack" role="alert">
        <p className="message">{registerTexts.failedTitle}</p>
        <p className="prose">
          {registration.failure?.reason} {registration.failure?.advice}
        </p>
        <p className="small">
          {registerTexts.nothingCharged} <code>{registration.failure?.code}</code>
        </p>
        <div className="buttons">
          <button className="button filled" onClick={again} type="button">
            {registerTexts.tryAgain}
          </button>
          <Link className="button" to={`/payment-settings/${coverage.coverage}`}>
            {registerTexts.cancel}
          </Link>
        </div>
      </div>
    )
  }
  const { hold } = registration
  return (
    <div className="stack">
      <p className="message" role="status">
        {settings?.card
          ? registerTexts.done(<CardLine brand={settings.card.brand} last4={settings.card.last4} />)
          : registerTexts.doneShort}
      </p>
      {hold.placedAt !== null ? (
        <p className="prose">{registerTexts.holdStory(money(hold.amountMinor, coverage))}</p>
      ) : null}
      {settings && result.planned.length > 0 ? (
        <Attempts coverage={coverage} planned={result.planned} settings={settings} since={hold.placedAt} />
      ) : null}
      <p>{back}</p>
    </div>
  )
}
