/**
 * What came of it: registered, and what is charged at once as it happens; or why not, and that nothing changed. Once the
 * bank has spoken the server is asked until it answers, as it may be gone for a moment or the gateway may be slow.
 */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Link } from 'react-router'
import { ApiProblem, type Schemas } from '../../api/client.ts'
import { registrationQuery, settingsChanged, settingsQuery } from '../../api/queries.ts'
import { money } from '../../format.ts'
import { Attempts, type Planned } from '../../parts/attempts.tsx'
import { CardLine } from '../../parts/card-line.tsx'
import { registerTexts } from '../../texts/register-card.tsx'
import type { Coverage } from '../payment-settings/page.tsx'

export interface Submitted {
  readonly registrationId: string
  readonly title: string
  /** What was to be charged at once. */
  readonly planned: readonly Planned[]
}

interface ResultProps {
  readonly submitted: Submitted
  readonly accountId: string
  readonly coverage: Coverage
  readonly again: () => void
}

export function Result({ submitted, accountId, coverage, again }: ResultProps) {
  const of = { accountId, coverage: coverage.coverage, registrationId: submitted.registrationId }
  const { data: registration, error } = useQuery(registrationQuery(of))
  if (registration?.status === 'registered') {
    return <Registered accountId={accountId} coverage={coverage} registration={registration} submitted={submitted} />
  }
  const isRefused = error instanceof ApiProblem && error.status !== 0
  if (registration?.status === 'failed' || (isRefused && !registration)) {
    const { reason, advice, code } = registration?.failure ?? {}
    return (
      <div className="stack" role="alert">
        <p className="message">{registerTexts.failedTitle}</p>
        <p className="prose">{reason ? `${reason} ${advice}` : error?.message}</p>
        <p className="small">
          {registerTexts.nothingCharged} {code ? <code>{code}</code> : null}
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
  return (
    <div className="stack" role="status">
      <p className="message">{registration ? registerTexts.pendingTitle : registerTexts.checking}</p>
      <p className="prose">{registerTexts.pendingBody}</p>
    </div>
  )
}

interface RegisteredProps extends Omit<ResultProps, 'again'> {
  readonly registration: Schemas['Registration']
}

function Registered({ registration: { hold }, submitted, accountId, coverage }: RegisteredProps) {
  const { data: settings, dataUpdatedAt } = useQuery(settingsQuery(accountId, coverage.coverage))
  const [knownAtWall] = useState(() => Date.now())
  useEffect(() => void settingsChanged(accountId), [accountId])
  const fresh = dataUpdatedAt >= knownAtWall
  return (
    <div className="stack">
      <p className="message" role="status">
        {settings?.card && fresh
          ? registerTexts.done(<CardLine brand={settings.card.brand} last4={settings.card.last4} />)
          : registerTexts.doneShort}
      </p>
      {hold.placedAt !== null ? (
        <p className="prose">{registerTexts.holdStory(money(hold.amountMinor, coverage))}</p>
      ) : null}
      {settings && submitted.planned.length > 0 ? (
        <Attempts coverage={coverage} fresh={fresh} planned={submitted.planned} settings={settings} />
      ) : null}
      <p>
        <Link className="button filled" to={`/payment-settings/${coverage.coverage}`}>
          {registerTexts.back(coverage.name)}
        </Link>
      </p>
    </div>
  )
}
