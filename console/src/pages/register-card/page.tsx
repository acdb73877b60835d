/**
 * Register a card (B3-B6): the gateway's fields, the exact sum that is charged at once, what a hold is, and the result.
 * A registration is opened when the page is; until it is finished nothing changes.
 */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { type ApiProblem, answerOf, api } from '../../api/client.ts'
import { coveragesQuery, settingsChanged, settingsQuery } from '../../api/queries.ts'
import { PageTitle } from '../../parts/title.tsx'
import { Failed } from '../../shell/broken.tsx'
import { useMe } from '../../shell/signed-in.tsx'
import { registerTexts } from '../../texts/register-card.tsx'
import { RootOnly } from '../payment-settings/root-only.tsx'
import { CardForm } from './card-form.tsx'
import { type Registered, Result } from './result.tsx'
import './register-card.css'

export function Component() {
  const me = useMe()
  const { coverage = '' } = useParams()
  return me.kind === 'root' ? <OfCoverage accountId={me.accountId} code={coverage} key={coverage} /> : <RootOnly />
}

function OfCoverage({ accountId, code }: { readonly accountId: string; readonly code: string }) {
  const path = { accountId, coverage: code }
  const [result, setResult] = useState<Registered | null>(null)
  const { data: settings, error } = useQuery(settingsQuery(accountId, code))
  const { data: coverages } = useQuery(coveragesQuery)
  const {
    data: begun,
    error: refused,
    refetch,
  } = useQuery<Begun, ApiProblem>({
    queryKey: ['registration', accountId, code],
    queryFn: () => begin(path),
    // Opened once for this visit: another would be another registration.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const coverage = coverages?.items.find((one) => one.coverage === code)
  const problem = refused ?? error
  if (problem && !begun) return <Failed again={() => void refetch()} problem={problem} />
  if (!settings || !coverage) return null
  const title = settings.allowedActions.find(({ action }) => action === 'register_card')?.label ?? ''
  const onFinished = async (registered: Registered) => {
    setResult(registered)
    await settingsChanged(accountId)
  }
  return (
    <>
      <Link className="back" to={`/payment-settings/${code}`}>
        ‹ {registerTexts.back(coverage.name)}
      </Link>
      <PageTitle>{result?.title ?? title}</PageTitle>
      {result ? (
        <Result accountId={accountId} again={() => setResult(null)} coverage={coverage} result={result} />
      ) : (
        <CardForm
          begun={begun ?? null}
          coverage={coverage}
          finish={(registrationId) => finish(path, registrationId)}
          onFinished={(registration) =>
            void onFinished({ registration, title, planned: begun?.willCharge.invoices ?? [] })
          }
          settings={settings}
        />
      )}
    </>
  )
}

export type Begun = Awaited<ReturnType<typeof begin>>
const begin = (path: { readonly accountId: string; readonly coverage: string }) =>
  answerOf(api.POST('/api/accounts/{accountId}/coverages/{coverage}/registrations', { params: { path } }))

const finish = (path: { readonly accountId: string; readonly coverage: string }, registrationId: string) =>
  answerOf(
    api.POST('/api/accounts/{accountId}/coverages/{coverage}/registrations/{registrationId}/finish', {
      params: { path: { ...path, registrationId } },
    }),
  )
