/**
 * Register a card (B3-B6): the gateway's fields, the exact sum that is charged at once, what a hold is, and the result.
 * A registration is opened when the page is; until it is finished nothing changes.
 */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useParams } from 'react-router'
import { type ApiProblem, answerOf, api } from '../../api/client.ts'
import { coveragesQuery, settingsQuery } from '../../api/queries.ts'
import { Back } from '../../parts/back.tsx'
import { PageTitle } from '../../parts/title.tsx'
import { Failed } from '../../shell/broken.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { registerTexts } from '../../texts/register-card.tsx'
import { RootOnly } from '../payment-settings/root-only.tsx'
import { CardForm } from './card-form.tsx'
import { Result, type Submitted } from './result.tsx'
import './register-card.css'

export function Component() {
  const me = useMe()
  const { coverage = '' } = useParams()
  return me.kind === 'root' ? <OfCoverage accountId={me.accountId} code={coverage} key={coverage} /> : <RootOnly />
}

function OfCoverage({ accountId, code }: { readonly accountId: string; readonly code: string }) {
  const [submitted, setSubmitted] = useState<Submitted | null>(null)
  const { data: settings, error } = useQuery(settingsQuery(accountId, code))
  const { data: coverages } = useQuery(coveragesQuery)
  const registration = useRegistration({ accountId, coverage: code })
  const { begun, refused, reopen } = registration
  const coverage = coverages?.items.find((one) => one.coverage === code)
  const problem = refused ?? error
  if (problem && !begun) return <Failed again={reopen} problem={problem} />
  if (!settings || !coverage) return null
  const title = settings.allowedActions.find(({ action }) => action === 'register_card')?.label ?? ''
  const again = () => {
    setSubmitted(null)
    // The one that failed is over: another is opened.
    reopen()
  }
  return (
    <>
      <Back to={`/payment-settings/${code}`}>{registerTexts.back(coverage.name)}</Back>
      <PageTitle>{submitted?.title ?? title}</PageTitle>
      {submitted ? (
        <Result accountId={accountId} again={again} coverage={coverage} submitted={submitted} />
      ) : (
        <CardForm
          begun={begun}
          coverage={coverage}
          onSubmitted={(registrationId) =>
            setSubmitted({ registrationId, title, planned: settings.registering.invoices })
          }
          settings={settings}
        />
      )}
    </>
  )
}

function useRegistration(path: { readonly accountId: string; readonly coverage: string }) {
  const { data, error, isFetching, refetch } = useQuery<Begun, ApiProblem>({
    queryKey: ['registration', path.accountId, path.coverage],
    queryFn: () => begin(path),
    // Opened once for this visit: another would be another registration.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnReconnect: false,
    retry: false,
  })
  const begun = data && !isFetching ? data : null
  return { begun, refused: isFetching ? null : error, reopen: () => void refetch() }
}

/** Null while it is being opened. */
export type Begun = Awaited<ReturnType<typeof begin>>
const begin = (path: { readonly accountId: string; readonly coverage: string }) =>
  answerOf(api.POST('/api/accounts/{accountId}/coverages/{coverage}/registrations', { params: { path } }))
